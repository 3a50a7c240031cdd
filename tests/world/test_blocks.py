"""Leave for a block by its reverse zone: who is asked, whose word counts, and what is told where nobody speaks."""

from datetime import date

import pytest

from mxlatch.inventory.blocks import BlockLeave, zones_of
from mxlatch.inventory.leave import Leave, key_hash
from mxlatch.inventory.model import Block, end_of
from mxlatch.terms import dns
from mxlatch.terms.question import DnsQuestion, SmtpQuestion
from mxlatch.world.blocks import MOST_ZONES, bounded, find_blocks, names_to_ask
from mxlatch.world.domain import enquire, enquire_leave
from tests.fakes.example import ROOT, ZONE, door, internet, inventory, scope
from tests.fakes.internet import NOW, FakeInternet

SECRET = b"a secret of ours"
C24, C20, C26, C17, C48 = "198.51.100.0/24", "10.7.16.0/20", "198.51.100.64/26", "10.7.128.0/17", "2001:db8:5::/48"
Z24, Z16 = "100.51.198.in-addr.arpa", "7.10.in-addr.arpa"
Z48 = "5.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"
PARTS = [f"{n}.7.10.in-addr.arpa" for n in range(16, 32)]
ENDED = Block(C24, "ticket 7", until=date(2020, 12, 31))
NS = {"ns1": "192.0.2.61", "ns2": "192.0.2.62"}


def record(zone: str, until: str = "2999-12-31", key: str = "", label: str = "_mxlatch.") -> str:
    return f"{label}{zone} TXT v=mxlatch1; key={key or key_hash(SECRET, zone)}; until={until}"


def zone(apex: str, *lines: str) -> dict[str, str]:
    """A reverse zone with two servers."""
    return {apex: "\n".join([f"{apex} SOA ns1.rev 1", f"{apex} NS ns1.rev", f"{apex} NS ns2.rev", *lines])}


def world(one: dict[str, str] | str, other: dict[str, str] | str | None = None, **more: object) -> FakeInternet:
    """The example's internet, whose root delegates these reverse zones; what ns1 and ns2 say (the same if None)."""
    apexes = one if isinstance(one, dict) else (Z24,)
    lines = [f"{apex} NS {name}.rev" for apex in apexes for name in NS]
    root = {".": "\n".join([ROOT["."], *lines, *(f"{name}.rev A {address}" for name, address in NS.items())])}
    servers = {"192.0.2.1": root, NS["ns1"]: one, NS["ns2"]: one if other is None else other}
    return internet(more=servers, **more)


def given(*blocks: Block, **changes: object):
    names = {name: key_hash(SECRET, name) for name in ("example.com", *names_to_ask(blocks, NOW))}
    return scope(**({"inventory": inventory(blocks=blocks), "authorised": "", "key_hashes": names} | changes))


def said(there: FakeInternet, block: Block) -> BlockLeave | str:
    asking = given(block)
    return there.conclude(find_blocks([block], asking))[block.cidr]


FOREVER = end_of(date(2999, 12, 31))
GOOD = BlockLeave("txt at _mxlatch.100.51.198.in-addr.arpa until 2999-12-31", FOREVER)


@pytest.mark.parametrize(
    ("case", "block", "there", "granted"),
    [
        ("its zone", Block(C24), world(zone(Z24, record(Z24))), GOOD),
        ("a reference that ended, and its zone", ENDED, world(zone(Z24, record(Z24))), GOOD),
        ("one server is silent", Block(C24), world(zone(Z24, record(Z24)), dns.NO_RESPONSE), GOOD),
        ("longer than a /24: the zone that holds it", Block(C26), world(zone(Z24, record(Z24))), GOOD),
        (
            "no zone of its own: the name in the zone above",
            Block(C24),
            world(zone("51.198.in-addr.arpa", record(Z24))),
            GOOD,
        ),
        (
            "between octets: the zone that holds it",
            Block(C20),
            world(zone(Z16, record(Z16))),
            BlockLeave("txt at _mxlatch.7.10.in-addr.arpa until 2999-12-31", FOREVER),
        ),
        (
            "between octets: every part, until the first ends",
            Block(C20),
            world(zone(Z16, *(record(part) for part in PARTS[1:]), record(PARTS[0], "2030-01-31"))),
            BlockLeave(
                "txt at _mxlatch.16.7.10.in-addr.arpa and 15 other zones until 2030-01-31", end_of(date(2030, 1, 31))
            ),
        ),
        (
            "IPv6",
            Block(C48),
            world(zone(Z48, record(Z48))),
            BlockLeave(f"txt at _mxlatch.{Z48} until 2999-12-31", FOREVER),
        ),
    ],
)
def test_proved(case: str, block: Block, there: FakeInternet, granted: BlockLeave) -> None:
    assert said(there, block) == granted


@pytest.mark.parametrize(
    ("case", "block", "there", "why"),
    [
        ("no record", Block(C24), world(zone(Z24)), f"_mxlatch.{Z24} has no TXT that begins with v=mxlatch1"),
        ("ended", Block(C24), world(zone(Z24, record(Z24, "2020-01-01"))), "ended on 2020-01-01"),
        ("another's key", Block(C24), world(zone(Z24, record(Z24, key="0" * 40))), "to another operator's key"),
        (
            "the record of another zone",
            Block(C24),
            world(zone(Z24, record(Z24, key=key_hash(SECRET, Z16)))),
            "to another operator's key",
        ),
        ("a wildcard", Block(C24), world(zone(Z24, record(Z24, label="*."))), "a wildcard answers for every name"),
        ("the servers disagree", Block(C24), world(zone(Z24, record(Z24)), zone(Z24)), "do not agree"),
        (
            "nobody speaks",
            Block(C24),
            world(dns.NO_RESPONSE),
            f"no authoritative server of {Z24} answered",
        ),
        ("nobody serves it", Block(C24), internet(), "100.51.198.in-addr.arpa is not in the DNS"),
        (
            "the root is silent",
            Block(C24),
            internet(more={"192.0.2.1": dns.NO_RESPONSE}),
            "no server of the root says whether arpa is a zone",
        ),
        (
            "one part is missing",
            Block(C20),
            world(zone(Z16, *(record(part) for part in PARTS[1:]))),
            "16.7.10.in-addr.arpa is not in the DNS",
        ),
        ("too many parts", Block(C17), world(zone(Z16)), "are more than the 16 that are asked for one block"),
        ("the record for a part", Block("198.51.0.0/16"), world(zone(Z24, record(Z24))), "51.198.in-addr.arpa"),
    ],
)
def test_not_proved(case: str, block: Block, there: FakeInternet, why: str) -> None:
    told = said(there, block)
    assert isinstance(told, str)
    assert why in told


def test_a_block_with_a_reference_that_holds_is_asked_of_nobody() -> None:
    there = world(zone(Z24, record(Z24)))
    assert there.conclude(find_blocks([Block(C24, "ticket 7")], given(Block(C24)))) == {}
    assert there.asked == []


def test_without_a_key_nobody_is_asked() -> None:
    there = world(zone(Z24, record(Z24)))
    assert there.conclude(find_blocks([Block(C24)], given(Block(C24), key_hashes={}))) == {}
    assert there.asked == []


def test_a_bound_on_zones_is_told_of_each_block_that_it_leaves_out() -> None:
    blocks = [Block(f"10.{n}.1.0/24") for n in range(MOST_ZONES + 2)]
    asked, left_out = bounded(blocks, NOW)
    assert (asked, [*left_out]) == (blocks[:MOST_ZONES], [block.cidr for block in blocks[MOST_ZONES:]])
    assert {*left_out.values()} == {"at most 128 reverse zones are asked in one run, and its are beyond them"}
    _, left_out = bounded([Block("0.0.0.0/1")], NOW)
    assert "no reverse zone holds all of it" in str(left_out["0.0.0.0/1"])
    assert not zones_of(Block("0.0.0.0/1"))


TXT = record("example.com")
LISTED = "192.0.2.0/24"
Z_LISTED = "2.0.192.in-addr.arpa"


def test_a_domains_leave_carries_what_the_reverse_zones_say() -> None:
    leave = world(zone(Z_LISTED, record(Z_LISTED)), zone=f"{ZONE}\n{TXT}").conclude(
        enquire_leave("example.com", given(Block(LISTED)))
    )
    assert isinstance(leave, Leave)
    assert leave.reverse == {LISTED: BlockLeave(f"txt at _mxlatch.{Z_LISTED} until 2999-12-31", FOREVER)}


@pytest.mark.parametrize(
    ("case", "lines", "of_block", "probed"),
    [
        ("domain and block", TXT, record(Z_LISTED), True),
        ("the domain only", TXT, "", False),
        ("the block only", "", record(Z_LISTED), False),
    ],
)
def test_recipients_are_asked_where_both_gave_leave(case: str, lines: str, of_block: str, probed: bool) -> None:
    there = world(zone(Z_LISTED, of_block), zone=f"{ZONE}\n{lines}", doors={"192.0.2.21": door(), "192.0.2.22": door()})
    there.conclude(enquire("example.com", given(Block(LISTED))))
    assert {bool(q.probes) for q in there.asked if isinstance(q, SmtpQuestion)} == {probed}


def test_without_leave_for_the_domain_no_block_is_asked_for() -> None:
    there = world(zone(Z_LISTED, record(Z_LISTED)))
    there.conclude(enquire_leave("example.com", given(Block(LISTED))))
    assert not [q for q in there.asked if isinstance(q, DnsQuestion) and q.name.endswith("arpa")]
