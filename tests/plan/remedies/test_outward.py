"""Outward: from behind a firewall, only the authorised doors connect to port 25 of the world."""

import pytest
from msgspec import structs

from mxlatch.inventory.model import Vantage
from mxlatch.paths.find import find
from mxlatch.plan.change import Outward
from mxlatch.plan.make import plan
from mxlatch.plan.proposal import Seen
from mxlatch.plan.remedies.outward import also
from mxlatch.world.model import PortOut, VantageView
from tests.plan.small_worlds import WIFI, host, seen, small, world_of


def wifi(kind: str = "guest", state: str = "open", networks: tuple[str, ...] = (WIFI,), *hosts, **given) -> Seen:
    """A look from a network behind the firewall."""
    world = world_of(small(host(1), *hosts, **{"firewall": True} | given))
    world = structs.replace(
        world,
        inventory=structs.replace(world.inventory, vantages=(Vantage("wifi", kind, networks),)),
        elsewhere=(VantageView("wifi", kind, "", 0.0, port_out=PortOut(state)),),
    )
    return Seen(world, find(world))


def test_a_network_of_guests_from_which_port_25_goes_out():
    (each,) = also(wifi())
    assert each.changes == (Outward("main", ("192.0.2.0/24",), ("192.0.2.1",)),)
    assert (each.cost, each.doors, each.drop) == (2, (), ())
    assert each.title.endswith("connect to port 25 of the world: it goes out from wifi")
    assert [hazard.name for hazard in each.hazards] == ["direct:main"]
    assert "printers, monitoring" in each.hazards[0].text
    assert each.undo == "take the rule for port 25 outward at main away"


@pytest.mark.parametrize(
    ("case", "seen"),
    [
        ("port 25 does not go out", wifi(state="closed")),
        ("nobody can tell", wifi(state="unknown")),
        ("nobody asked", wifi(state="not-asked")),
        ("the internet is no network of clients", wifi("internet")),
        ("nobody says which network it is", wifi(networks=())),
        ("it is not shown to stand behind the firewall", wifi(networks=("10.9.0.0/16",))),
        ("a part of it may go another way", wifi(networks=(WIFI, "10.9.0.0/16"))),
        ("it may have been the mail server's own", wifi("inside", networks=("192.0.2.0/28",))),
        ("no firewall is declared", wifi(firewall=False)),
        ("nobody looked from elsewhere", seen(small(host(1), firewall=True))),
    ],
)
def test_not_what_was_not_seen(case, seen):
    assert list(also(seen)) == []


def test_it_is_in_the_plan_whatever_else_is():
    made = plan(wifi().world)
    assert [remedy.id for remedy in made.remedies] == ["outward"]
    (step,) = made.steps
    assert step.check.startswith("look again from that network")


def test_not_where_a_server_inside_hands_on_to_the_world():
    """One that nobody authorised, and to which a record leads: honest mail would end there."""
    relay = host(2, role="relay", next="mx3.example.com", authorised=False)
    out = host(3, addresses=["198.51.100.3"])
    made = plan(wifi("guest", "open", (WIFI,), relay, out, mx="10 mx1, 20 mx2").world, "keep-backup")
    assert "outward" not in {remedy.id for remedy in made.remedies}
