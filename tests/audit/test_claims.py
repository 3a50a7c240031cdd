"""What an audit may claim of each property: the engine's word, and when it is no more than unknown."""

import pytest
from msgspec import structs

from mxlatch.audit.claims import claim, claims
from mxlatch.data import tables
from mxlatch.inventory.model import Door as Listed
from mxlatch.inventory.model import Inventory, Vantage
from mxlatch.paths.find import find
from mxlatch.paths.model import Holds, Property
from mxlatch.terms.finding import NotAsked, NotJudged
from mxlatch.world.model import World
from tests.audit.worlds import Described, domain, two_exchangers

EQUAL = (
    two_exchangers()
    .demand("recipient")
    .door("192.0.2.1", recipient="found", tls_latch="found")
    .door("192.0.2.2", recipient="found", tls_latch="found")
)
SHUT = two_exchangers().demand("recipient").door("192.0.2.1", "closed").door("192.0.2.2", "closed")
BASELINE = NotJudged("example.com", "baseline", "the better doors do not answer")
SILENT = NotJudged("192.0.2.53", "MX of example.com", "no answer")


def said(case: Described | World, **changes: object) -> dict[str, str]:
    """What is claimed of each property."""
    world = case.world() if isinstance(case, Described) else case
    world = structs.replace(world, behaviours=tables().behaviours, **changes)
    return {each.property.name: each.holds.value for each in claims(world, find(world))}


def test_all_was_seen_and_the_owner_says_who_hands_on() -> None:
    assert set(said(EQUAL.lists("192.0.2.1", "192.0.2.2")).values()) == {"yes"}


def test_who_hands_on_only_the_owner_knows() -> None:
    relays = {"BACKSCATTER": "unknown", "DELAY": "unknown", "LOOP": "unknown"}
    others = {"ROUND": "yes", "DELIVERY": "yes", "TLS": "yes"}
    assert said(EQUAL) == relays | others
    assert said(EQUAL.lists("192.0.2.1")) == relays | others, "one door may hand on where nobody knows"


def test_one_way_in_more_could_break_what_holds_of_every_way() -> None:
    unseen = {"ROUND": "unknown", "TLS": "unknown", "DELIVERY": "yes"}
    for changes in (
        {"not_judged": (SILENT,)},
        {"interrupted": True},
        {"not_asked": (NotAsked("ns2", "example.com SOA, NS, MX", "opted out"),)},
    ):
        assert said(EQUAL, **changes).items() >= unseen.items(), changes
    assert said(EQUAL, not_asked=(NotAsked("192.0.2.1:25", "recipient", "no leave"),))["ROUND"] == "yes"


def test_where_mail_is_handed_on_to_and_nobody_looked_nothing_is_known_of_it() -> None:
    everybody = EQUAL.lists("192.0.2.1", "192.0.2.2")
    unseen = dict.fromkeys(("ROUND", "DELIVERY", "BACKSCATTER", "DELAY", "TLS"), "unknown")
    for changes in (
        {"not_judged": (NotJudged("mial.example.com", "next hop", "no such name"),)},
        {"not_asked": (NotAsked("203.0.113.9:25", "next hop", "not listed"),)},
    ):
        assert said(everybody, **changes) == unseen | {"LOOP": "yes"}, changes


@pytest.mark.parametrize(
    ("case", "changes", "holds"),
    [
        (SHUT, {}, "no"),
        (SHUT, {"not_judged": (NotJudged("mial.example.com", "next hop", "no such name"),)}, "no"),
        (SHUT, {"not_judged": (BASELINE,)}, "no"),
        (SHUT, {"not_judged": (SILENT,)}, "unknown"),
        (SHUT, {"interrupted": True}, "unknown"),
        (SHUT, {"vantage": "guest-wifi"}, "unknown"),  # it is right that nobody gets in from there
        (two_exchangers().door("192.0.2.1", valid="550 no").door("192.0.2.2", valid="550 no"), {}, "unknown"),
        (
            two_exchangers().door("192.0.2.1", valid="554 relay access denied").door("192.0.2.2", "closed"),
            {},
            "unknown",
        ),
    ],
)
def test_honest_mail_does_not_arrive_only_where_senders_meet_the_same(case, changes, holds) -> None:
    assert said(case, **changes)["DELIVERY"] == holds


def test_a_declared_vantage_may_be_the_internet() -> None:
    inventory = Inventory(vantages=(Vantage("probe-1", "the internet, at a hoster's"),))
    assert said(SHUT, vantage="probe-1", inventory=inventory)["DELIVERY"] == "no"


def test_nothing_is_claimed_where_no_record_leads_mail() -> None:
    world = domain().says("0 .").world()
    assert claims(world, find(world)) == ()
    assert claim(world, find(world), Property.LOOP).holds is Holds.UNKNOWN


def test_one_property() -> None:
    world = structs.replace(SHUT.world(), behaviours=tables().behaviours)
    held = claim(world, find(world), Property.DELIVERY)
    assert (held.holds, held.hops[0].kind) == (Holds.NO, "sender")


def test_an_entry_by_name_is_the_owners_word_too() -> None:
    doors = (Listed("mx1.example.com"), Listed("mx2.example.com"))
    assert said(EQUAL, inventory=Inventory(doors=doors))["LOOP"] == "yes"
