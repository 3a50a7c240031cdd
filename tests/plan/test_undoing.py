"""What undoing costs, for every kind of change."""

from typing import get_args

import pytest
from msgspec import structs

from mxlatch.plan.change import (
    REFUSE,
    Change,
    Delegation,
    HandOn,
    Harden,
    Listen,
    Records,
    Retire,
    StopWaiving,
)
from mxlatch.plan.undoing import costs
from mxlatch.terms.latch import Latch
from mxlatch.world.model import World
from tests.plan.providers.examples import EVERY, LOCK
from tests.plan.small_worlds import fallback, host, small, world_of

FREE = {
    "Lock",
    "Inward",
    "Outward",
    "Harden",
    "HandOn",
    "StopWaiving",
    "Tenant",
    "Transfer",
    "Listen",
    "Records",
    "Policy",
    "Certificate",
}
NOT_ALWAYS = {"Delegation", "Retire", "Records"}


def mx(*after: str) -> Records:
    return Records("example.com", "example.com", "MX", ("10 mx1.example.com.",), after, 7200, 3600)


def test_every_kind_was_thought_of() -> None:
    assert {kind.__name__ for kind in get_args(Change)} == FREE | NOT_ALWAYS


@pytest.mark.parametrize("change", [c for c in EVERY if type(c).__name__ in FREE], ids=lambda c: type(c).__name__)
def test_what_is_ones_own_is_undone_for_free(change: Change) -> None:
    assert costs(change, world_of(fallback())) == ""


@pytest.mark.parametrize("stage", [REFUSE, "reject"])
def test_whom_a_lock_shut_out_is_let_in_again(stage: str) -> None:
    assert costs(LOCK, world_of(fallback())) == ""


@pytest.mark.parametrize("after", [(), ("20 mx2.example.com.",), ("10 mx1.example.com.", "20 mx2.example.com.")])
def test_records_are_published_again(after: tuple[str, ...]) -> None:
    assert costs(mx(*after), world_of(fallback())) == ""


def test_a_null_mx_is_remembered_and_returns_mail() -> None:
    assert costs(mx("0 ."), world_of(fallback())).startswith("for up to 2 h senders that keep the null MX")


def test_a_delegation_needs_the_registrar() -> None:
    gone = Delegation("example.com", ("ns1.example.com", "old.example.net"), ("ns1.example.com",), 172_800)
    told = costs(gone, world_of(fallback()))
    assert "only the registrar puts the NS of example.com back" in told
    assert "2 days" in told


@pytest.mark.parametrize(
    ("server", "owner", "said"),
    [
        (host(2), "", ""),
        (host(2, declared=False), "", "whoever runs it has to let mx2.example.com take mail again"),
        (host(2, addresses=["203.0.113.2"]), "the ISP", "the ISP has to let mx2.example.com take mail again"),
    ],
)
def test_a_server_of_ones_own_takes_mail_again_anothers_must_be_asked_for(server, owner, said) -> None:
    given = world_of(small(host(1), server, mx="10 mx1, 20 mx2"))
    door = f"{server.addresses[0]}:25"
    assert costs(Retire(door, "mx2.example.com", "example.com", owner), given) == said


def owned(given: World, **owners: str) -> World:
    """The world whose inventory names whom to ask, by host ("mx2")."""
    doors = tuple(structs.replace(d, owner=owners.get(d.name.partition(".")[0], "")) for d in given.inventory.doors)
    return structs.replace(given, inventory=structs.replace(given.inventory, doors=doors))


ONE, TWO, INSIDE = "203.0.113.1:25", "203.0.113.2:25", "192.0.2.3:25"
HOSTS = [host(n, addresses=[door.removesuffix(":25")]) for n, door in enumerate((ONE, TWO, INSIDE), 1)]
GIVEN = world_of(small(*HOSTS, mx="10 mx1, 20 mx2, 30 mx3"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (Retire(INSIDE, "mx3", "example.com", "the ISP"), "the ISP has to let mx3 take mail again"),
        (Harden(TWO, "mx2", "", Latch.DNSBL), "the ISP has to change the settings back"),
        (Harden(ONE, "mx1", "", Latch.DNSBL), ""),
        (HandOn(TWO, "mx2", ONE, "xclient"), "the ISP has to change the settings back"),
        (StopWaiving(TWO, "mx2", ONE, (Latch.SPF,)), ""),
        (StopWaiving(ONE, "mx1", TWO, (Latch.SPF,)), "the ISP has to change the settings back"),
        (Listen("mx2", TWO, "192.0.2.9"), "the ISP has to change the settings back"),
        (Harden(INSIDE, "mx3", "", Latch.DNSBL), ""),  # our own mail team's, by the block
    ],
)
def test_who_is_to_be_asked_is_needed(change: Change, said: str) -> None:
    assert costs(change, owned(GIVEN, mx2="the ISP", mx3="mail team")) == said


def test_both_ends_of_a_relay_may_be_others() -> None:
    told = costs(HandOn(TWO, "mx2", ONE, "xclient"), owned(GIVEN, mx1="physics", mx2="the ISP"))
    assert told == "the ISP and physics have to change the settings back"
