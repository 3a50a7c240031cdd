import asyncio
import json

import pytest

from mxlatch.lab.rdap import reply, serving
from mxlatch.wire.rdap import name_servers

REGISTERED = {"example.com": ("ns1.example.com", "ns6.example.com")}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/domain/example.com", 200),
        ("/domain/EXAMPLE.com.", 200),
        ("/domain/example.com?x=1", 200),
        ("/domain/www.example.com", 404),
        ("/domain/", 404),
        ("/ip/192.0.2.1", 400),
        ("", 400),
    ],
)
def test_replies(path: str, status: int) -> None:
    assert reply(path, REGISTERED)[0] == status


def get(request: bytes, behaviour: str = "normal") -> tuple[bytes, bytes]:
    async def run() -> bytes:
        async with serving(REGISTERED, behaviour) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(request)
            whole = await asyncio.wait_for(reader.read(), 5)
            writer.close()
            return whole

    head, _, body = asyncio.run(run()).partition(b"\r\n\r\n")
    return head.split(b"\r\n")[0], body


def test_our_own_reader_understands_it() -> None:
    status, body = get(b"GET /domain/example.com HTTP/1.1\r\nHost: x\r\n\r\n")
    assert status == b"HTTP/1.1 200 OK"
    assert name_servers(body, "example.com") == ("ns1.example.com", "ns6.example.com")


@pytest.mark.parametrize(
    ("request_", "behaviour", "status"),
    [
        (b"GET /domain/none.com HTTP/1.1\r\n\r\n", "normal", b"HTTP/1.1 404 not found"),
        (b"POST /domain/example.com HTTP/1.1\r\n\r\n", "normal", b"HTTP/1.1 405 GET only"),
        (b"\r\n\r\n", "normal", b"HTTP/1.1 405 GET only"),
        (b"GET /domain/example.com HTTP/1.1\r\n\r\n", "error", b"HTTP/1.1 503 service unavailable"),
        (b"x" * 20000, "normal", b""),
    ],
)
def test_others(request_: bytes, behaviour: str, status: bytes) -> None:
    line, body = get(request_, behaviour)
    assert line == status
    assert not status or json.loads(body)["errorCode"]
