import socket

import pytest

from mxlatch.lab.places import closed_port, silent_port

PATIENCE = 0.3  # seconds: on loopback an answer takes microseconds


def connect(port: int) -> None:
    with socket.socket() as client:
        client.settimeout(PATIENCE)
        client.connect(("127.0.0.1", port))


def query(port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(PATIENCE)
        client.connect(("127.0.0.1", port))
        client.send(b"x" * 12)
        client.recv(512)


@pytest.mark.parametrize("knock", [connect, query])
def test_a_closed_port_refuses(knock) -> None:  # type: ignore[no-untyped-def]
    with closed_port() as port, pytest.raises(ConnectionRefusedError):
        knock(port)


@pytest.mark.parametrize("knock", [connect, query])
def test_a_silent_port_says_nothing_however_often_one_knocks(knock) -> None:  # type: ignore[no-untyped-def]
    with silent_port() as port:
        for _ in range(3):
            with pytest.raises(TimeoutError):
                knock(port)
