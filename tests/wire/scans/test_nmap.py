"""nmap's XML, honest and hostile."""

import pytest

from mxlatch.terms.errors import ProtocolError
from mxlatch.wire.scans.nmap import parse


def run(ports: str, address: str = '<address addr="192.0.2.9" addrtype="ipv4"/>') -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE nmaprun><nmaprun scanner="nmap"><host starttime="1">'
        f"<status state='up'/>{address}<ports>{ports}</ports></host></nmaprun>"
    )


def port(number: int, state: str = "open", inside: str = "", protocol: str = "tcp") -> str:
    return f'<port protocol="{protocol}" portid="{number}"><state state="{state}"/>{inside}</port>'


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (run(port(25)), [("192.0.2.9:25", "not-asked")]),
        (
            run(port(25, "closed") + port(26, "filtered") + port(27, "open|filtered") + port(28)),
            [("192.0.2.9:28", "not-asked")],
        ),
        (run(port(25, protocol="udp")), []),
        (run(port(2526, inside='<service name="smtp" method="probed"/>')), [("192.0.2.9:2526", "smtp")]),
        (run(port(22, inside='<service name="ssh" method="probed"/>')), [("192.0.2.9:22", "other")]),
        # By the number of the port alone nmap calls 25 "smtp" too: that is no greeting.
        (run(port(25, inside='<service name="smtp" method="table"/>')), [("192.0.2.9:25", "not-asked")]),
        (run(port(2526, inside='<script id="banner" output="220 x ESMTP"/>')), [("192.0.2.9:2526", "smtp")]),
        (
            run(port(25), '<address addr="2001:db8::9" addrtype="ipv6"/><address addr="00:11:22" addrtype="mac"/>'),
            [("[2001:db8::9]:25", "not-asked")],
        ),
        ("<nmaprun/>", []),
    ],
)
def test_what_is_open(text: str, found: list[tuple[str, str]]) -> None:
    assert [(o.id, o.speaks) for o in parse(text)] == found


BOMB = '<!DOCTYPE nmaprun [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]><nmaprun>&b;</nmaprun>'
THEFT = '<!DOCTYPE nmaprun [<!ENTITY f SYSTEM "file:///etc/passwd">]><nmaprun>&f;</nmaprun>'


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (BOMB, "entities"),
        (THEFT, "entities"),
        ("<html><nmaprun/></html>", "not nmap's"),
        (run(port(25))[:-5], "no element found|unclosed"),
        ("<nmaprun>" + "<a>" * 1000, "more than 32 elements"),
        (run(port(25), ""), "is no address"),
        (run('<port protocol="tcp" portid="x"><state state="open"/></port>'), "is no port"),
        ('<?xml version="1.0" encoding="UTF-7"?><nmaprun', "unclosed|no element"),
        ("<nmaprun>\x00</nmaprun>", "line 1"),
    ],
)
def test_what_is_refused(text: str, why: str) -> None:
    with pytest.raises(ProtocolError, match=why):
        parse(text)
