"""Inward: behind a firewall, the world connects to the authorised doors only."""

import pytest
from msgspec import structs

from mxlatch.inventory.model import Door as Listed
from mxlatch.inventory.model import Firewall, Inventory, Rule, Vantage
from mxlatch.paths.find import find
from mxlatch.plan.change import Inward
from mxlatch.plan.make import plan
from mxlatch.plan.proposal import Record, Seen
from mxlatch.plan.remedies.inward import propose
from mxlatch.terms.door import MX, WayIn
from mxlatch.terms.smtp import Reply, Session, Turn
from mxlatch.terms.verdict import Verdict
from mxlatch.world.model import Neighbour
from tests.plan.small_worlds import Case, host, knows, secondary, seen, small, world_of

BOTH = ("192.0.2.0/24", "2001:db8::/32")
DEPARTMENTS = [
    host(number, "content", addresses=[f"2001:db8::{number}"], declared=False, ways=knows("scan"))
    for number in (2, 3, 4)
]


def campus(*more, mx: str = "10 mx1", **given) -> Case:
    """A server of one's own, and those that departments set up by themselves, behind one firewall."""
    return small(host(1), *DEPARTMENTS, *more, mx=mx, **{"firewall": True, "behind": BOTH} | given)


def test_the_departments_servers_are_shut_to_the_world():
    (each,) = propose(seen(campus()))
    assert each.changes == (Inward("main", BOTH, ("192.0.2.1",), (25,)),)
    assert each.doors == tuple(f"[2001:db8::{number}]:25" for number in (2, 3, 4))
    assert (each.cost, each.drop, each.rarer, each.latches) == (3, (), (), ())
    assert each.title == "at main, let the world connect to port 25 of the authorised doors only"
    assert each.undo == "take the rule for port 25 at main away"


def test_it_is_taken_where_it_is_cheaper_than_to_ask_each_of_them():
    made = plan(world_of(campus()))
    assert [remedy.id for remedy in made.remedies] == ["inward"]
    assert (made.before, made.after) == (Verdict.OPEN, Verdict.CLOSED)


def test_who_is_cut_off_is_named():
    (each,) = propose(seen(campus(host(5, authorised=False, ways=knows("remembered mx5")))))
    assert [hazard.name for hazard in each.hazards] == [
        *(f"rogue:2001:db8::{number}" for number in (2, 3, 4)),
        "rogue:mx5.example.com",
        "monitoring:main",
    ]
    assert all("and its users" in hazard.text for hazard in each.hazards[:-1])


def test_an_authorised_server_whose_address_nobody_knows_is_named():
    inventory = world_of(campus()).inventory
    for entry, named in ((Listed("mx9.example.org"), True), (Listed("mx9.example.org", ("192.0.2.9",)), False)):
        more = structs.replace(inventory, doors=(*inventory.doors, entry))
        (each,) = propose(with_world(campus(), inventory=more))
        assert ("no-address:mx9.example.org" in {hazard.name for hazard in each.hazards}) == named
        assert ("192.0.2.9" in each.changes[0].allow) != named


def with_world(case: Case, **given) -> Seen:
    world = structs.replace(world_of(case), **given)
    return Seen(world, find(world))


LOGIN = Session((Turn("RCPT TO:<a@example.com>", Reply(530, ("Authentication required",)), "valid"),))


@pytest.mark.parametrize(("session", "ports", "shut"), [(None, (25, 587), 3), (LOGIN, (25,), 2)])
def test_a_submission_port_is_shut_only_where_strangers_mail_may_be_taken(session, ports, shut):
    world = world_of(campus())
    there = [door.address == "2001:db8::2" for door in world.doors]
    doors = tuple(
        structs.replace(door, port=587, session=session or door.session) if at else door
        for door, at in zip(world.doors, there, strict=True)
    )
    ways_in = tuple((way, door.id) for door in doors for way in door.ways_in)
    (each,) = propose(with_world(campus(), doors=doors, ways_in=ways_in))
    assert (each.changes[0].ports, len(each.doors)) == (ports, shut)
    assert ("submission:main" in {hazard.name for hazard in each.hazards}) == (587 in ports)


def test_the_records_of_a_department_go():
    (each,) = propose(seen(campus(mx="10 mx1, 20 mx3")))
    assert each.drop == (Record("example.com", 20, "mx3.example.com"),)
    assert each.cost == 4


def test_every_authorised_server_stays_open_and_so_does_where_it_could_listen():
    case = campus(host(5, addresses=["192.0.2.5", "198.51.100.5"], spare=("192.0.2.201",)))
    (each,) = propose(seen(case))
    assert each.changes[0].allow == ("192.0.2.1", "192.0.2.5", "192.0.2.201")


def test_each_firewall_is_an_offer_of_its_own():
    case = campus()
    inventory = structs.replace(
        world_of(case).inventory,
        firewalls=tuple(
            Firewall(name, (Rule(to),), hook="forward") for name, to in zip(("v4", "v6"), BOTH, strict=True)
        ),
    )
    (each,) = propose(with_world(case, inventory=inventory))
    assert each.changes == (Inward("v6", BOTH[1:], (), (25,), "forward"),)


UNLISTED = Inventory(firewalls=(Firewall("main", (Rule("2001:db8::/32"),)),))


def seen_from(*networks: str) -> Seen:
    case = campus()
    wifi = Vantage("wifi", "guest Wi-Fi", networks)
    return with_world(case, vantage="wifi", inventory=structs.replace(world_of(case).inventory, vantages=(wifi,)))


@pytest.mark.parametrize(
    ("case", "seen"),
    [
        ("no firewall is declared", seen(campus(firewall=False))),
        ("they are not shown to stand behind it", seen(campus(behind=("192.0.2.0/24",)))),
        ("all are authorised", seen(small(host(1), firewall=True))),
        ("without a list all are strangers", with_world(campus(), inventory=UNLISTED)),
        ("mail would have nowhere to go", seen(campus(mx="10 mx3"))),
        ("a hub is for a lock", seen(small(host(1, role="filter", next="mx2.example.com"), host(2), firewall=True))),
        ("who looked stands behind it", seen_from("2001:db8:0:f::/64")),
        ("nobody says where who looked stands", seen_from()),
    ],
)  # fmt: skip
def test_not_where_it_is_not_shown_to_close(case, seen):
    assert list(propose(seen)) == []


@pytest.mark.parametrize(
    ("case", "records", "hazard"),
    [
        ("its secondary is shut", ("10 198.51.100.9", "20 2001:db8::3"), True),
        ("one that nobody knew of is", ("10 198.51.100.9", "20 192.0.2.77"), True),
        ("it goes to an authorised door", ("10 192.0.2.1",), False),
        ("its only exchanger is shut", ("10 2001:db8::3",), None),
    ],
)
def test_another_domain_that_the_run_saw_there_is_named_or_the_doors_stay(case, records, hazard):
    ways = tuple((WayIn(MX, "second.example", int(p), "mx"), a) for p, a in map(str.split, records))
    offers = list(propose(with_world(campus(), neighbours=(Neighbour("second.example", ways),))))
    named = [any(each.name == "others:main" for each in offer.hazards) for offer in offers]
    assert named == ([] if hazard is None else [hazard])


def test_who_looked_from_before_it_counts():
    assert list(propose(seen_from("2001:db9::/64")))


def test_the_story_with_a_filter_is_none_of_it():
    assert list(propose(seen(secondary()))) == []
