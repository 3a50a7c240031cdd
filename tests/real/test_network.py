"""The little internet itself: what a firewall does to a connection, and that nothing outlives its network."""

import contextlib
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from realnet.network import Host, Net, sweep, wait_until

CONNECTED, REFUSED, SILENT = "connected", "refused", "silent"
# IPv4 "administratively prohibited" reaches a program as EHOSTUNREACH, IPv6 as EACCES.
PROHIBITED_V4, PROHIBITED_V6 = "No route to host", "Permission denied"
LISTENER = """
import socket
listener = socket.create_server(("::", 25), family=socket.AF_INET6, dualstack_ipv6=True)
while True:
    listener.accept()
"""


@pytest.fixture
def ends(net: Net) -> tuple[Host, Host]:
    """A client, and a server that listens on port 25 of its addresses."""
    client, server = (
        net.host("client", "192.0.2.1", "2001:db8:1::1"),
        net.host("server", "203.0.113.9", "2001:db8:3::9"),
    )
    server.spawn(sys.executable, "-Ic", LISTENER)
    wait_until(lambda: server.answers(25), "the listener")
    return client, server


def knock(client: Host, address: str, patience: float = 1.5) -> str:
    try:
        client.connect(address, 25, patience).close()
    except TimeoutError:
        return SILENT
    except ConnectionRefusedError:
        return REFUSED
    except OSError as refusal:
        return refusal.strerror or str(refusal)
    return CONNECTED


@pytest.mark.parametrize(
    ("rule", "v4", "v6"),
    [
        ("accept", CONNECTED, CONNECTED),
        ("tcp dport 25 drop", SILENT, SILENT),
        ("tcp dport 25 reject with tcp reset", REFUSED, REFUSED),
        ("tcp dport 25 reject with icmpx port-unreachable", REFUSED, REFUSED),
        ("tcp dport 25 reject with icmpx admin-prohibited", PROHIBITED_V4, PROHIBITED_V6),
        ("ip saddr 192.0.2.1 tcp dport 25 drop", SILENT, CONNECTED),
        ("ip saddr 192.0.2.77 tcp dport 25 drop", CONNECTED, CONNECTED),
    ],
)
def test_a_firewall_decides_what_a_knock_meets(ends: tuple[Host, Host], rule: str, v4: str, v6: str) -> None:
    client, server = ends
    with server.walled(rule):
        assert [knock(client, server.v4), knock(client, server.v6)] == [v4, v6]
    assert [knock(client, server.v4), knock(client, server.v6)] == [CONNECTED, CONNECTED]


def test_a_slow_wire_holds_every_packet(ends: tuple[Host, Host]) -> None:
    client, server = ends
    with server.delayed(0.3):
        for address in server.addresses:
            begun = time.monotonic()
            assert knock(client, address) == CONNECTED
            assert 0.6 <= time.monotonic() - begun < 1.4  # there and back
    begun = time.monotonic()
    assert knock(client, server.v4) == CONNECTED
    assert time.monotonic() - begun < 0.3


def test_packets_to_an_address_are_counted_whoever_has_it(ends: tuple[Host, Host]) -> None:
    client, server = ends
    client.count("203.0.113.9")
    client.count("2001:db8:3::9")
    client.count("10.0.0.5")
    knock(client, server.v4)
    assert client.counted("203.0.113.9") > 0
    assert client.counted("2001:db8:3::9") == 0
    with client.new_socket(kind=socket.SOCK_DGRAM) as sock:
        sock.sendto(b"?", ("10.0.0.5", 53))
    assert client.counted("10.0.0.5") == 1


def test_what_was_spawned_ends_with_all_that_it_forked(net: Net) -> None:
    host = net.host("host", "192.0.2.1")
    process = host.spawn("sh", "-c", "setsid sleep 4711 & setsid sleep 4711 & wait")
    wait_until(lambda: len(_sleepers()) == 2, "two children")
    process.stop()
    assert _sleepers() == []


def _sleepers() -> list[str]:
    words = b"sleep\x004711\x00"
    return [str(p) for p in Path("/proc").glob("[0-9]*/cmdline") if _read(p) == words]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # it ended meanwhile
        return b""


def test_a_failure_leaves_no_namespace(tmp_path: Path) -> None:
    net = Net(tmp_path / "hosts")
    with contextlib.suppress(RuntimeError), net:
        assert net.host("host", "192.0.2.1").namespace in _namespaces()
        raise RuntimeError
    assert net.tag not in _namespaces()


def test_what_a_killed_run_left_is_swept(tmp_path: Path) -> None:
    ended = subprocess.Popen(("true",))
    ended.wait()
    left = f"mxl{ended.pid}x0-left"
    subprocess.run(("ip", "netns", "add", left), check=True)
    sweep()
    assert left not in _namespaces()


def _namespaces() -> str:
    return subprocess.run(("ip", "netns", "list"), capture_output=True, text=True, check=True).stdout
