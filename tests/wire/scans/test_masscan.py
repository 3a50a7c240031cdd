"""masscan's JSON of several versions."""

import pytest

from mxlatch.terms.errors import ProtocolError
from mxlatch.wire.scans.masscan import parse

OPEN = '{ "ip": "192.0.2.9", "timestamp": "1", "ports": [ {"port": 25, "proto": "tcp", "status": "open", "ttl": 64} ] }'
SHUT = '{ "ip": "192.0.2.8", "ports": [ {"port": 25, "proto": "tcp", "status": "closed"} ] }'
SAID = (
    '{ "ip": "192.0.2.7", "ports": [ {"port": 2526, "proto": "tcp", "service": {"name": "smtp", "banner": "220 x"}} ] }'
)
UDP = '{ "ip": "192.0.2.6", "ports": [ {"port": 53, "proto": "udp", "status": "open"} ] }'


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"[\n{OPEN}\n,\n{SAID}\n]\n", [("192.0.2.9:25", "not-asked"), ("192.0.2.7:2526", "smtp")]),
        (
            f"[\n{OPEN},\n{SHUT},\n{UDP},\n{{finished: 1}}\n]\n".replace("{finished: 1}", '{"finished": 1}'),
            [("192.0.2.9:25", "not-asked")],
        ),
        (f"[\n{OPEN},\n", [("192.0.2.9:25", "not-asked")]),  # broken off
        (f"{OPEN}\n{OPEN}\n", [("192.0.2.9:25", "not-asked")] * 2),
        ("[]", []),
    ],
)
def test_what_is_open(text: str, found: list[tuple[str, str]]) -> None:
    assert [(o.id, o.speaks) for o in parse(text)] == found


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{", "line 1: not JSON"),
        ("{}", "line 1: no record of masscan"),
        ('{"ip": "192.0.2.1", "ports": [25]}', "a port is no object"),
        ('{"ip": "x", "ports": [{"port": 25, "status": "open"}]}', "'x' is no address"),
        ('{"ip": "192.0.2.1", "ports": [{"port": 70000, "status": "open"}]}', "is no port"),
        ('{"ip": "192.0.2.1", "ports": [{"status": "open"}]}', "is no port"),
        ('{"a":' * 100_000, "not JSON"),
        ("x" * (2 << 20), "over 1048576 characters"),
    ],
)
def test_what_is_refused(line: str, why: str) -> None:
    with pytest.raises(ProtocolError, match=why):
        parse(line)
