"""A hub that no MX names, found by what gives it away: each source of candidates, over the lab's real transports."""

import asyncio

import pytest

from mxlatch.audit.verdict import judge
from mxlatch.lab.topology import parse
from mxlatch.world.scope import Remembered, SeenName
from tests.audit.test_on_the_lab import TOPOLOGIES, asked

TEXT = (TOPOLOGIES / "hidden-hub.toml").read_text()
HERE = "; given away by:\n"
HUB = "192.0.2.66"


def audit(*records, **changes):
    topology = parse(TEXT.replace(HERE, HERE + "".join(f"{record}\n" for record in records)), "hidden-hub.toml")
    log = asyncio.run(asked(topology, leave=True, search="all", **changes))
    return judge(log, "example.com")


@pytest.mark.parametrize(
    ("records", "changes", "kind"),
    [
        (['@ TXT "v=spf1 a:zx9.example.com -all"'], {}, "host-name"),
        (['@ TXT "v=spf1 ip4:192.0.2.64/29 -all"'], {}, "host-name"),
        (['@ TXT "v=spf1 include:_spf.example.com -all"', '_spf TXT "v=spf1 ip4:192.0.2.66"'], {}, "host-name"),
        (['_dmarc TXT "v=DMARC1; p=none; rua=mailto:dmarc@zx9.example.com"'], {}, "host-name"),
        (['_smtp._tls TXT "v=TLSRPTv1; rua=mailto:tls@r.example.com"', "r MX 10 zx9"], {}, "host-name"),
        (["_submission._tcp SRV 0 1 587 zx9"], {}, "host-name"),
        (["autodiscover CNAME zx9"], {}, "host-name"),
        ([], {"seen_names": (SeenName("zx9.example.com", "", "crt.json"),)}, "host-name"),
        ([], {"seen_names": (SeenName("gone.example.com", HUB, "message"),)}, "host-name"),
        ([], {"remembered": (Remembered("example.com", "old.example.com", HUB, 1.7e9, "old"),)}, "remembered"),
    ],
    ids=["spf a", "spf ip4", "spf include", "dmarc", "tls-rpt", "srv", "autodiscover", "list", "message", "remembered"],
)
def test_the_hub_is_found_and_is_a_back_door(records, changes, kind):
    told = audit(*records, **changes)
    (hub,) = (door for door in told.doors if door.address == HUB)
    assert {way.kind for way in hub.ways_in} == {kind}
    assert hub.ways_in[0].evidence
    assert told.verdict == "open", told.sentence


def test_the_reverse_name_gives_it_away():
    reverse = """
[[zone]]
name = "2.0.192.in-addr.arpa"
text = '''
$TTL 3600
@   SOA  ns1.example.com. hostmaster.example.com. 1 7200 900 1209600 300
@   NS   ns1.example.com.
66  PTR  zx9.example.com.
'''
"""
    told = judge(asyncio.run(asked(parse(TEXT + reverse, "hidden-hub.toml"), leave=True, search="all")), "example.com")
    (hub,) = (door for door in told.doors if door.address == HUB)
    assert [way.evidence[0].text for way in hub.ways_in] == ["66.2.0.192.in-addr.arpa PTR zx9.example.com"]
    assert told.verdict == "open", told.sentence


def test_what_nothing_gives_away_is_not_found():
    told = audit()
    assert HUB not in {door.address for door in told.doors}
    assert told.verdict == "closed", told.sentence


def test_what_is_seen_and_not_followed_is_told_and_changes_no_verdict():
    told = audit('@ TXT "v=spf1 ip4:203.0.113.0/24 exists:%{i}.spf.example.com ptr -all"')
    assert [(each.text, each.source) for each in told.not_followed] == [
        ("SPF of example.com: ip4:203.0.113.0/24: 256 addresses, not enumerated", "203.0.113.1:53/udp"),
        (
            "SPF of example.com: exists:%{i}.spf.example.com: names no host: it asks about each client",
            "203.0.113.1:53/udp",
        ),
        ("SPF of example.com: ptr: names no host: it asks about each client", "203.0.113.1:53/udp"),
    ]
    nothing = audit()
    assert nothing.not_followed == ()
    assert (told.verdict, told.complete, told.sentence) == (nothing.verdict, nothing.complete, nothing.sentence)
