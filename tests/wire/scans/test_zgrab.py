"""zgrab2's JSON lines."""

import json

import pytest

from mxlatch.terms.errors import ProtocolError
from mxlatch.wire.scans.zgrab import parse


def record(status: str, protocol: str = "smtp", banner: str = "", **more: object) -> str:
    module = {"status": status, "protocol": protocol, "result": {"banner": banner}, **more}
    return json.dumps({"ip": "192.0.2.9", "data": {protocol: module}})


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (record("success", banner="220 x ESMTP\r\n"), [("192.0.2.9:25", "smtp", "220 x ESMTP")]),
        (record("success", port=2526), [("192.0.2.9:2526", "smtp", "")]),
        (record("protocol-error", banner="SSH-2.0"), [("192.0.2.9:25", "other", "SSH-2.0")]),
        (record("success", "banner", "220 x ESMTP", port=2526), [("192.0.2.9:2526", "smtp", "220 x ESMTP")]),
        (record("connection-timeout"), []),
        (record("connection-refused") + "\n\n" + record("success"), [("192.0.2.9:25", "smtp", "")]),
        ('{"ip": "192.0.2.9", "data": {"smtp": 5}}', []),
        (
            '{"ip": "192.0.2.9", "data": {"smtp": {"status": "success", "result": [1]}}}',
            [("192.0.2.9:25", "not-asked", "")],
        ),
    ],
)
def test_what_took_a_connection(text: str, found: list[tuple[str, str, str]]) -> None:
    assert [(o.id, o.speaks, o.banner) for o in parse(text)] == found


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{", "line 1: not JSON"),
        ("[]", "no record of zgrab2"),
        ('{"ip": "192.0.2.9"}', "no data"),
        ('{"data": {"smtp": {"status": "success"}}}', "is no address"),
        (record("success", port="http"), "is no port"),
        ('{"a":' * 100_000, "not JSON"),
    ],
)
def test_what_is_refused(line: str, why: str) -> None:
    with pytest.raises(ProtocolError, match=why):
        parse(line)
