"""Hazards that more than one remedy has: names that are moved, and other domains whose mail comes to what is shut."""

import pytest
from msgspec import structs

from mxlatch.inventory.model import Domain
from mxlatch.paths.find import find
from mxlatch.plan.change import Harden
from mxlatch.plan.effect import changed
from mxlatch.plan.hazards import comes_back, handed_in_first, moved, of_others
from mxlatch.plan.proposal import Proposal, Record, Seen
from mxlatch.terms.door import MX, WayIn
from mxlatch.terms.latch import Latch
from mxlatch.world.model import Neighbour
from tests.plan.small_worlds import host, secondary, small, world_of

ONE, TWO = "192.0.2.1:25", "192.0.2.2:25"
HUB, ELSEWHERE = "192.0.2.2", "198.51.100.9"


def second(*records: str, **more) -> Neighbour:
    """Another domain. records: "10 192.0.2.2"."""
    pairs = (record.split() for record in records)
    ways = tuple((WayIn(MX, "second.example", int(p), "mx.second.example"), address) for p, address in pairs)
    return Neighbour("second.example", ways, **more)


def beside(*neighbours: Neighbour, **inventory):
    world = world_of(secondary())
    return structs.replace(world, neighbours=neighbours, inventory=structs.replace(world.inventory, **inventory))


def said(world) -> list[str]:
    return [each.text for each in of_others(world, "mx2.example.com", HUB.__eq__, "192.0.2.1".__eq__)]


def test_each_name_is_moved_once():
    records = [Record("a.example.com", 10, "mx1.example.com"), Record("a.example.com", 20, "mx2.example.com")]
    assert [each.name for each in moved(records)] == ["moved:a.example.com"]


@pytest.mark.parametrize(
    ("case", "records", "first"),
    [
        ("its only exchanger", ("10 192.0.2.2",), True),
        ("its best", ("10 192.0.2.2", "20 198.51.100.9"), True),
        ("one of two that share the load", ("10 198.51.100.9", "10 192.0.2.2"), True),
        ("its secondary", ("10 198.51.100.9", "20 192.0.2.2"), False),
        ("none of its own", ("10 198.51.100.9",), False),
        ("no record leads anywhere", (), False),
    ],
)
def test_where_the_mail_of_another_domain_is_handed_in_first(case, records, first):
    assert handed_in_first(beside(second(*records)), HUB.__eq__) == (("second.example",) if first else ())


@pytest.mark.parametrize(
    ("case", "world", "words"),
    [
        ("none", beside(), None),
        ("it is elsewhere", beside(second(f"10 {ELSEWHERE}")), None),
        ("its secondary", beside(second(f"10 {ELSEWHERE}", f"20 {HUB}")), "(second.example MX 20 mx.second.example)"),
        ("it is fed by a relay that is let in", beside(second(relays=(("192.0.2.1", HUB),))), None),
        (
            "it is fed by one that is not",
            beside(second(relays=((ELSEWHERE, HUB),))),
            f"{ELSEWHERE} hands mail for second.example on to it",
        ),
        ("nobody answered for it", beside(Neighbour("second.example")), "whether mail for second.example is handed"),
        (
            "the inventory has it, and nobody looked",
            beside(domains=(Domain("example.com"), Domain("third.example"))),
            "whether mail for third.example is handed",
        ),
        ("it takes no mail", beside(domains=(Domain("third.example", mail=False),)), None),
        ("a name of the domain itself was looked for", beside(domains=(Domain("old.example.com"),)), None),
        ("the domain itself", beside(structs.replace(second(), domain="example.com", ways_in=None)), None),
    ],
)
def test_other_domains_at_what_is_shut(case, world, words):
    found = said(world)
    assert len(found) == (words is not None)
    assert words is None or (words in found[0] and found[0].startswith("other domains at mx2.example.com: "))


def told(case, latch, *doors, drop=()):
    """What comes back once these doors have a latch, and these records are gone."""
    world = world_of(case)
    taken = [
        Proposal("harden", "", 1, (), changes=(Harden(door, host, "", Latch(latch)),))
        for door, host in ((ONE, "mx1.example.com"), (TWO, "mx2.example.com"))
        if door in doors
    ]
    after = changed(world, [*taken, Proposal("delete", "", 1, (), drop=drop)])
    return [each.name for each in comes_back(Seen(after, find(after)), taken)]


@pytest.mark.parametrize(
    ("case", "latch", "lacks", "more", "doors", "returned"),
    [
        ("the backup takes what it then refuses", "recipient", ["recipient"], {}, (ONE,), ["returned:mx2.example.com"]),
        ("the same of the content", "content", ["content"], {}, (ONE,), ["returned:mx2.example.com"]),
        ("the backup refuses it already", "content", [], {}, (ONE,), []),
        ("behind the backup it is blind", "dnsbl", ["dnsbl"], {}, (ONE,), []),
        (
            "unless it is told the client",
            "dnsbl",
            ["dnsbl"],
            {"hands_on": "xclient"},
            (ONE,),
            ["returned:mx2.example.com"],
        ),
        ("it waives it for the backup", "content", ["content"], {"waives": ("content",)}, (ONE,), []),
        ("the plan gives it to both", "content", ["content"], {}, (ONE, TWO), []),
        ("it goes by the MX", "content", ["content"], {"next": "mx"}, (ONE,), ["returned:mx2.example.com"]),
    ],
)
def test_what_a_backup_has_accepted_comes_back(case, latch, lacks, more, doors, returned):
    backup = host(2, *lacks, role="backup", **{"next": "mx1.example.com"} | more)
    assert told(small(host(1, latch), backup, mx="10 mx1, 20 mx2"), latch, *doors) == returned


def test_who_relays_only_after_the_plan_gets_it_back_too():
    # As long as it is listed at the same preference, it hands on to nobody.
    case = small(host(1, "content"), host(2, "content", role="backup", next="mx"), mx="10 mx1, 10 mx2")
    assert told(case, "content", ONE) == []
    assert told(case, "content", ONE, drop=(Record("example.com", 10, "mx2.example.com"),)) == [
        "returned:mx2.example.com"
    ]
