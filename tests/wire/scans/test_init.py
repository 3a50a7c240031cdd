"""Other scanners' files are told apart by what is in them, and each door counts once."""

import contextlib

import pytest

from mxlatch.terms.errors import ProtocolError
from mxlatch.wire.scans import parse

NMAP = (
    '<nmaprun><host><address addr="192.0.2.1" addrtype="ipv4"/><ports><port protocol="tcp" portid="25">'
    '<state state="open"/></port></ports></host></nmaprun>'
)
MASSCAN = '{"ip": "192.0.2.1", "ports": [{"port": 25, "proto": "tcp", "status": "open"}]}'
GREETED = '{"ip": "192.0.2.1", "ports": [{"port": 25, "service": {"name": "smtp", "banner": "220 x ESMTP"}}]}'
ZGRAB = '{"ip": "192.0.2.1", "data": {"smtp": {"status": "success", "protocol": "smtp", "result": {}}}}'


@pytest.mark.parametrize(
    ("text", "how"),
    [
        (NMAP, "nmap"),
        (f'\ufeff<?xml version="1.0"?>\n{NMAP}', "nmap"),
        (f"[\n{MASSCAN}\n]\n", "masscan"),
        (f"{MASSCAN}\n", "masscan"),
        (ZGRAB, "zgrab2"),
    ],
)
def test_whose_it_is(text: str, how: str) -> None:
    told = parse(text)
    assert told.how == how
    assert [opening.id for opening in told.openings] == ["192.0.2.1:25"]


def test_each_door_once_and_with_its_greeting() -> None:
    (opening,) = parse(f"[\n{MASSCAN},\n{GREETED},\n{MASSCAN}\n]").openings
    assert (opening.speaks, opening.banner) == ("smtp", "220 x ESMTP")


@pytest.mark.parametrize("text", ["", "  \n", "Starting Nmap 7.93", "#masscan\nopen tcp 25 192.0.2.1 0", "\x00", "42"])
def test_what_is_none_of_them(text: str) -> None:
    with pytest.raises(ProtocolError, match="neither nmap's XML"):
        parse(text)


@pytest.mark.parametrize("whole", [NMAP, f"[\n{MASSCAN},\n{GREETED}\n]", ZGRAB], ids=["nmap", "masscan", "zgrab2"])
def test_garbage_raises_only_protocol_errors(whole: str) -> None:
    for place in range(len(whole)):
        for text in (whole[:place], whole[place:], whole[:place] + "\x00" + whole[place + 1 :]):
            with contextlib.suppress(ProtocolError):
                parse(text)
