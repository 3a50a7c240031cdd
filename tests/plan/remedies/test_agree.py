"""Agree: servers with old data are brought up to date, or leave the delegation where they are nobody's."""

import pytest
from msgspec import structs

from mxlatch.paths.find import find
from mxlatch.plan.change import Delegation, Transfer
from mxlatch.plan.make import plan
from mxlatch.plan.proposal import Record, Seen
from mxlatch.plan.remedies.agree import ASSUMED_TTL, also
from tests.plan.small_worlds import DOMAIN, host, seen, small, world_of

TWO = (host(1), host(2))
OLD = {"mx": "10 mx1", "old": "10 mx1, 20 mx2"}


def told(world):
    return list(also(Seen(world, find(world))))


def with_serials(world, **serials):
    """The world with these serials, by name server."""
    (zone,) = world.zones
    servers = tuple(
        structs.replace(
            each, addresses=tuple(structs.replace(a, serial=serials[each.name[:3]]) for a in each.addresses)
        )
        for each in zone.servers
    )
    at = {address.address: address.serial for each in servers for address in each.addresses}
    names = tuple(
        structs.replace(name, views=tuple(structs.replace(view, serial=at[view.server]) for view in name.views))
        for name in world.names
    )
    return structs.replace(world, zones=(structs.replace(zone, servers=servers),), names=names)


def test_a_secondary_of_the_zone_that_lags_is_waited_for_or_mended_and_stays():
    (each,) = also(seen(small(*TWO, **OLD, fed=True)))
    assert each.changes == (Transfer(DOMAIN, ("ns2.example.com",), ("ns1.example.com",), 5, behind=True),)
    assert each.drop == each.undelegated == (Record(DOMAIN, 20, "mx2.example.com"),)
    assert (each.cost, each.doors, each.hazards) == (2, (), ())
    assert each.title == (
        "wait for ns2.example.com to serve example.com as the other name servers do, or mend the transfer"
    )


def test_the_step_waits_for_what_the_old_data_said_and_leaves_the_delegation_alone():
    made = plan(world_of(small(host(1), host(2, "content"), **OLD, fed=True)))
    (step,) = (step for step in made.steps if any(isinstance(change, Transfer) for change in step.changes))
    assert step.wait == 300 + 3600
    assert step.undo == "nothing is to be undone: old data serves nobody"
    assert not [change for change in made.changes if isinstance(change, Delegation)]
    assert (made.before, made.after) == ("open", "closed")


def test_whose_a_server_is_that_nobody_could_ask_for_the_ns_is_not_known_and_it_stays():
    world = world_of(small(*TWO, **OLD))
    (zone,) = world.zones
    servers = tuple(
        structs.replace(each, addresses=tuple(structs.replace(a, ns=None) for a in each.addresses))
        for each in zone.servers
    )
    (each,) = told(structs.replace(world, zones=(structs.replace(zone, servers=servers),)))
    assert [type(change) for change in each.changes] == [Transfer]


def test_a_server_that_the_owner_lists_is_no_strays():
    world = world_of(small(*TWO, **OLD))
    entry = structs.replace(world.inventory.domains[0], name_servers=("ns2.example.com",))
    inventory = structs.replace(world.inventory, domains=(entry,))
    (each,) = told(structs.replace(world, inventory=inventory))
    assert [type(change) for change in each.changes] == [Transfer]


@pytest.mark.parametrize(
    ("case", "ns1", "ns2", "lags", "behind"),
    [
        ("the other way round", 4, 5, "ns1.example.com", True),
        ("serials wrap round", 4_294_967_290, 5, "ns1.example.com", True),
        ("at one serial no transfer helps", 5, 5, "ns1.example.com", False),
    ],
)
def test_which_server_lags(case, ns1, ns2, lags, behind):
    (each,) = told(with_serials(world_of(small(*TWO, **OLD, fed=True)), ns1=ns1, ns2=ns2))
    (change,) = each.changes
    assert (change.servers, change.behind, change.serial) == ((lags,), behind, ns2)


def test_both_in_one_where_one_lags_and_another_is_nobodys():
    case = small(*TWO, **OLD, fed=True)
    case.views["ns3.example.com"] = case.views["ns2.example.com"]
    case.ttls["ns3.example.com", DOMAIN] = 300
    case.stale, case.delegated = frozenset({"ns2.example.com", "ns3.example.com"}), tuple(case.views)
    world = world_of(case)
    (zone,) = world.zones
    own = ("ns1.example.com", "ns2.example.com")
    servers = tuple(
        structs.replace(each, addresses=tuple(structs.replace(a, ns=own) for a in each.addresses))
        for each in zone.servers
    )
    (each,) = told(structs.replace(world, zones=(structs.replace(zone, servers=servers),)))
    mended, gone = each.changes
    assert mended.servers == ("ns2.example.com",)
    assert (gone.before, gone.after) == (tuple(case.views), own)
    assert each.hazards == ()
    steps = plan(structs.replace(world, zones=(structs.replace(zone, servers=servers),))).steps
    assert [step.title for step in steps] == [
        "wait for ns2.example.com to serve what the other name servers do, or mend the transfer",
        "take ns3.example.com out of the delegation of example.com: it serves old data",
    ]


def test_the_server_that_only_the_parent_names_leaves_and_its_records_with_it():
    (each,) = also(seen(small(*TWO, mx="10 mx1", old="10 mx1, 20 mx2")))
    (change,) = each.changes
    assert change == Delegation(
        "example.com", ("ns1.example.com", "ns2.example.com"), ("ns1.example.com",), ASSUMED_TTL
    )
    assert each.drop == each.undelegated == (Record("example.com", 20, "mx2.example.com"),)
    assert (each.cost, each.doors) == (2, ())
    assert each.undo == "delegate to it again"


def test_a_zone_with_one_server_left_is_a_hazard():
    (each,) = also(seen(small(*TWO, **OLD)))
    (hazard,) = each.hazards
    assert hazard.name == "one-server:example.com"
    assert "only ns1.example.com would serve example.com" in hazard.text


def test_the_last_server_is_not_taken_away():
    (each,) = also(seen(small(*TWO, mx="10 mx1", old="10 mx2", delegated=("ns2.example.com",))))
    assert [hazard.name for hazard in each.hazards] == ["last-servers:example.com"]
    assert (each.changes, each.drop) == ((), ())


def test_servers_that_agree_stay():
    assert list(also(seen(small(*TWO, mx="10 mx1, 20 mx2")))) == []
