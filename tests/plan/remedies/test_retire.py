"""Retire: a server takes no more mail for the domain."""

import pytest
from msgspec import structs

from mxlatch.paths.find import find
from mxlatch.plan.addresses import AddressRecord
from mxlatch.plan.change import Records, Retire
from mxlatch.plan.make import plan
from mxlatch.plan.proposal import Record, Seen
from mxlatch.plan.remedies.retire import propose
from mxlatch.world.model import AddressView
from tests.plan.small_worlds import (
    ADDRESS_TTL,
    DOMAIN,
    fallback,
    host,
    knows,
    rogue,
    secondary,
    seen,
    small,
    stranger,
    world_of,
)


def test_the_secondary_that_the_sceptic_deletes():
    (each,) = propose(seen(fallback()))
    assert each.changes == (Retire("192.0.2.2:25", "mx2.example.com", "example.com"),)
    assert each.drop == (Record("example.com", 20, "mx2.example.com"),)
    assert (each.cost, each.unlisted) == (2, ("192.0.2.2:25",))
    assert [hazard.name for hazard in each.hazards] == ["no-backup:mx2.example.com"]
    assert each.undo == "let mx2.example.com take mail for example.com again, and publish its record"


def test_the_server_that_nobody_listed_is_somebody_elses_to_close():
    (each,) = propose(seen(rogue()))
    assert [hazard.name for hazard in each.hazards] == ["not-ours:192.0.2.2"]
    assert (each.cost, each.drop) == (2, ())


def test_a_subdomain_moves_with_it():
    case = small(host(1), host(2, role="backup", next="mx1.example.com"), mx="10 mx1, 20 mx2", sub="5 mx2")
    (each,) = propose(seen(case))
    assert each.add == (Record("sub.example.com", 10, "mx1.example.com", "192.0.2.1:25"),)
    assert [hazard.name for hazard in each.hazards] == ["no-backup:mx2.example.com", "moved:sub.example.com"]


@pytest.mark.parametrize(
    ("case", "world"),
    [
        ("a mailbox keeps its mail", small(host(1), host(2, "content"), mx="10 mx1, 20 mx2")),
        ("others hand on to it", secondary()),
        ("without a list all are strangers", small(host(1, declared=False), host(2, declared=False), mx="10 mx1")),
        (
            "a brand's MX leads there",
            small(host(1), host(2, declared=False, ways=[("other-domain", "brand.example", "mx2.example.com")])),
        ),
    ],
)
def test_not_what_must_stay(case, world):
    assert not [each for each in propose(seen(world)) if each.changes[0].host == "mx2.example.com"]


def test_what_is_remembered_too():
    (each,) = propose(seen(small(host(1), host(2, role="backup", ways=knows("remembered mx2")), mx="10 mx1")))
    assert (each.title, each.cost) == ("mx2.example.com takes no more mail for example.com", 1)


FIRST = f"mx1.{DOMAIN}"


def gone(case):
    """What is retired of a stranger's server under a good name."""
    (each,) = propose(seen(case))
    return each


def test_a_strangers_address_leaves_the_name_of_the_owners_server_which_keeps_its_mx():
    each = gone(stranger())
    assert (each.drop, each.unaddressed) == ((), (AddressRecord(FIRST, "192.0.2.66"),))
    assert [change.door for change in each.changes] == ["192.0.2.66:25"]
    assert each.title == "192.0.2.66 takes no more mail for example.com, and mx1.example.com leads there no more"
    assert [hazard.name for hazard in each.hazards] == ["not-ours:192.0.2.66", f"address:{FIRST}"]
    assert each.cost == 3


DOWN = small(
    host(1, state="closed"),
    host(2),
    host(66, "content", declared=False, addresses=["192.0.2.66"]),
    mx="10 mx1, 20 mx2",
    also_at={FIRST: ["192.0.2.66"]},
)


@pytest.mark.parametrize(
    ("case", "world"),
    [
        ("the good address takes mail", stranger()),
        ("it is down for now", DOWN),
        ("over IPv6", stranger(address="2001:db8::66")),
    ],
)
def test_no_mx_of_the_owners_server_goes_with_the_stranger(case, world):
    assert gone(world).drop == ()


def test_the_plan_publishes_the_name_without_the_address_and_waits_then_the_stranger_refuses():
    made = plan(world_of(stranger()))
    assert (made.before, made.after) == ("open", "closed")
    records, refused = made.steps
    assert records.changes == (
        Records(DOMAIN, FIRST, "A", ("192.0.2.1", "192.0.2.66"), ("192.0.2.1",), ADDRESS_TTL, ADDRESS_TTL),
    )
    assert (records.title, records.wait) == (f"delete A 192.0.2.66 of {FIRST}", ADDRESS_TTL + 3600)
    assert [type(change) for change in refused.changes] == [Retire]


def test_a_backup_that_goes_by_the_mx_hands_on_to_it_no_more():
    world = stranger(mx="10 mx1, 20 mx2")
    world.hosts.append(host(2, role="backup", next="mx"))
    made = plan(world_of(world))
    assert "192.0.2.66" in {getattr(change, "host", "") for change in made.changes}
    assert made.after == "closed"


@pytest.mark.parametrize(
    ("case", "change"),
    [
        ("the name is an alias", {"cname": "elsewhere.example.com"}),
        ("no server of the zone said so", {"addresses": (AddressView("192.0.2.1", ("public resolution",)),)}),
    ],
)
def test_not_where_the_address_cannot_be_taken_out_of_the_name(case, change):
    world = world_of(stranger())
    exchanges = tuple(structs.replace(e, **change) if e.name == FIRST else e for e in world.exchanges)
    world = structs.replace(world, exchanges=exchanges)
    assert list(propose(Seen(world, find(world)))) == []


def test_a_strangers_exchanger_that_was_the_only_other_one_is_a_backup_less():
    (each,) = propose(seen(small(host(1), host(2, "content", declared=False), mx="10 mx1, 20 mx2")))
    assert [hazard.name for hazard in each.hazards] == ["not-ours:mx2.example.com", "no-backup:mx2.example.com"]
