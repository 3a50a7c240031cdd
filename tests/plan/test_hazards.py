"""Hazards that more than one remedy has: names that are moved, and other domains whose mail comes to what is shut."""

import pytest
from msgspec import structs

from mxlatch.inventory.model import Domain
from mxlatch.plan.hazards import handed_in_first, moved, of_others
from mxlatch.plan.proposal import Record
from mxlatch.terms.door import MX, WayIn
from mxlatch.world.model import Neighbour
from tests.plan.small_worlds import secondary, world_of

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
