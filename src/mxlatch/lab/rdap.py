"""The lab's registry: RDAP over plain HTTP, domain look-ups only (RFC 9082 section 3.1.3, RFC 9083 section 5.3)."""

import asyncio
import contextlib
import json
import urllib.parse
from collections.abc import AsyncIterator, Mapping

from mxlatch.lab.dns import LOOPBACK

_LARGEST_REQUEST = 8192  # octets of request line and headers
_PATIENCE = 10.0  # seconds for a whole request
_PREFIX = "/domain/"
_MEDIA_TYPE = "application/rdap+json"


def reply(path: str, registered: Mapping[str, tuple[str, ...]]) -> tuple[int, dict[str, object]]:
    """The status and JSON body for a request path."""
    name = urllib.parse.unquote(path.partition("?")[0]).lower().removesuffix(".")
    if not name.startswith(_PREFIX):
        return 400, {"errorCode": 400, "title": "only /domain/NAME is served here"}
    name = name.removeprefix(_PREFIX)
    if name not in registered:
        return 404, {"errorCode": 404, "title": "not found"}
    return 200, {
        "rdapConformance": ["rdap_level_0"],
        "objectClassName": "domain",
        "ldhName": name,
        "status": ["active"],
        "nameservers": [{"objectClassName": "nameserver", "ldhName": server} for server in registered[name]],
    }


@contextlib.asynccontextmanager
async def serving(registered: Mapping[str, tuple[str, ...]], behaviour: str) -> AsyncIterator[int]:
    """Serve on a loopback port; gives the port. behaviour: "normal", "error" (503) or "silent"."""

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_PATIENCE):
                head = await reader.readuntil(b"\r\n\r\n")
                if behaviour == "silent":
                    await reader.read()
                writer.write(_response(head, registered, behaviour))
                await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError, TimeoutError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(converse, LOOPBACK, 0, limit=_LARGEST_REQUEST)
    try:
        port: int = server.sockets[0].getsockname()[1]
        yield port
    finally:
        server.close()


def _response(head: bytes, registered: Mapping[str, tuple[str, ...]], behaviour: str) -> bytes:
    method, _, rest = head.split(b"\r\n", 1)[0].decode("latin-1").partition(" ")
    if behaviour == "error":
        status, body = 503, {"errorCode": 503, "title": "service unavailable"}
    elif method != "GET":
        status, body = 405, {"errorCode": 405, "title": "GET only"}
    else:
        status, body = reply(rest.partition(" ")[0], registered)
    text = json.dumps(body).encode()
    lines = [
        f"HTTP/1.1 {status} {body.get('title', 'OK')}",
        f"Content-Type: {_MEDIA_TYPE}",
        f"Content-Length: {len(text)}",
        "Connection: close",
        "\r\n",
    ]
    return "\r\n".join(lines).encode() + text
