"""From worlds to layouts: what takes mail, who keeps it, what is missing where, and what is not known."""

import pytest
from msgspec.structs import replace

from mxlatch.inventory.model import Door as DeclaredDoor
from mxlatch.inventory.model import Inventory
from mxlatch.simulate.layout import Exposure, Takes, layout_of
from mxlatch.simulate.timeline import Outage, timeline
from mxlatch.terms.door import DoorState, WayIn
from mxlatch.terms.latch import Latch
from mxlatch.world.model import Relay
from tests.paths.test_find import RULE, door, tried, world

FILTER = door(1, recipient="found", content="found")
HUB = door(2, recipient="absent", content="absent")
BASELINE = (Latch.RECIPIENT, Latch.CONTENT)


def by_door(made):
    return {way.door: way for way in made.ways}


def test_what_lacks_a_latch_of_the_baseline_is_past_it():
    made = layout_of(world(FILTER, HUB, baseline=BASELINE))
    assert by_door(made)[FILTER.id].exposure is Exposure.MET
    assert by_door(made)[HUB.id].exposure is Exposure.PAST
    assert by_door(made)[HUB.id].missing == BASELINE
    assert made.door(FILTER.id).latches == (Latch.RECIPIENT, Latch.CONTENT)


@pytest.mark.parametrize("state", ["unknown", "not-asked"])
def test_a_latch_that_is_not_known_is_neither_there_nor_missing(state):
    unsure = door(2, recipient=state, content=state)
    made = layout_of(world(FILTER, unsure, baseline=BASELINE))
    assert by_door(made)[unsure.id].exposure is Exposure.NOT_KNOWN
    assert made.door(unsure.id).recipients == "unknown"
    assert made.door(unsure.id).latches == ()


def test_likely_counts():
    made = layout_of(world(FILTER, door(2, recipient="found", content="likely-absent"), baseline=BASELINE))
    assert made.ways[1].exposure is Exposure.PAST
    made = layout_of(world(FILTER, door(2, recipient="likely-absent", content="likely-found"), baseline=BASELINE))
    assert (made.doors[1].recipients, made.doors[1].latches) == ("absent", (Latch.CONTENT,))


def test_equal_doors_without_any_latch_are_unlatched_and_never_closed():
    bare = door(1, recipient="absent", content="absent")
    assert layout_of(world(bare, baseline=())).ways[0].exposure is Exposure.UNLATCHED


@pytest.mark.parametrize(
    ("case", "there", "takes"),
    [
        ("refuses the connection", door(2, DoorState.CLOSED), Takes.SHUT),
        ("filtered, as declared", door(2, DoorState.FILTERED, RULE), Takes.SHUT),
        ("filtered, no rule", door(2, DoorState.FILTERED), Takes.UNKNOWN),
        ("unknown", door(2, DoorState.UNKNOWN), Takes.UNKNOWN),
        ("takes", replace(HUB, session=tried("250 ok")), Takes.TAKES),
        ("greylists", replace(HUB, session=tried("450 later")), Takes.TAKES),
        ("serves another", replace(HUB, session=tried("554 Relay access denied")), Takes.REFUSES),
        ("refuses, perhaps us only", replace(HUB, session=tried("550 no")), Takes.UNKNOWN),
        ("wants a login", replace(HUB, session=tried("530 5.7.0 Authentication required")), Takes.REFUSES),
        ("a trap", replace(HUB, role="trap"), Takes.PUTS_OFF),
        ("a trap that was seen to refuse", replace(HUB, session=tried("550 no"), role="trap"), Takes.UNKNOWN),
        ("a trap that was seen to take mail", replace(HUB, session=tried("250 ok"), role="trap"), Takes.TAKES),
        ("a trap that is shut", replace(door(2, DoorState.CLOSED), role="trap"), Takes.SHUT),
        ("locked to the filter", replace(HUB, endpoint="closed"), Takes.REFUSES),
    ],
)
def test_what_a_door_takes(case, there, takes):
    made = layout_of(world(replace(FILTER, session=tried("250 ok")), there))
    assert made.door(there.id).takes is takes
    assert made.door(there.id).greylists is (case == "greylists")


def test_who_calls_the_domain_foreign_is_believed_only_beside_one_that_takes_it():
    foreign = replace(HUB, session=tried("554 Relay access denied"))
    assert layout_of(world(FILTER, foreign)).door(foreign.id).takes is Takes.UNKNOWN


@pytest.mark.parametrize(("role", "queues"), [("backup", True), ("", True), ("relay", True), ("filter", False)])
def test_who_hands_on_keeps_mail_unless_it_filters(role, queues):
    front = replace(FILTER, role=role)
    made = layout_of(world(front, HUB, relays=(Relay(front.id, HUB.id),)))
    assert (made.door(front.id).queues, made.door(front.id).next_doors) == (queues, (HUB.id,))
    assert bool(made.spools) is queues


def test_what_a_next_hop_still_sees_and_does_not_waive():
    back = door(3, recipient="absent")
    hub = door(1, recipient="found", content="found", dnsbl="found")
    for relay, later in (
        (Relay(back.id, hub.id), {Latch.RECIPIENT, Latch.CONTENT}),
        (Relay(back.id, hub.id, hands_on_client=True), {Latch.RECIPIENT, Latch.CONTENT, Latch.DNSBL}),
        (Relay(back.id, hub.id, waives=(Latch.CONTENT,)), {Latch.RECIPIENT}),
    ):
        assert set(layout_of(world(hub, back, relays=(relay,))).door(back.id).later) == later


def test_of_two_next_hops_the_weaker_decides():
    back, weak = door(3, recipient="absent"), door(2, recipient="found")
    relays = (Relay(back.id, FILTER.id), Relay(back.id, weak.id))
    assert layout_of(world(FILTER, weak, back, relays=relays)).door(back.id).later == (Latch.RECIPIENT,)


def test_relays_in_a_ring_end():
    one, two = door(1, recipient="found"), door(2, recipient="found")
    layout_of(world(one, two, relays=(Relay(one.id, two.id), Relay(two.id, one.id))))


def test_relays_that_all_hand_on_to_each_other_end():
    doors = [door(number, recipient="found") for number in range(1, 31)]
    relays = tuple(Relay(one.id, other.id) for one in doors for other in doors if one is not other)
    made = layout_of(world(*doors, relays=relays))
    down = Outage("everything", frozenset(each.id for each in doors[1:]), 3600.0)
    timeline(made, down, {}, "452")


def test_the_first_is_the_best_exchange_with_all_of_its_machine():
    again = replace(door(9, recipient="found"), address="192.0.2.99")
    inventory = Inventory(doors=(DeclaredDoor("mail1", ("192.0.2.1", "192.0.2.99")), DeclaredDoor("x", ("192.0.2.2",))))
    made = layout_of(replace(world(FILTER, HUB, again), inventory=inventory))
    assert made.firsts() == ({FILTER.id, again.id},)
    assert made.mailboxes() == {FILTER.id, HUB.id, again.id}


def test_the_first_is_one_that_takes_mail():
    assert layout_of(world(door(1, DoorState.CLOSED), HUB)).firsts() == ({HUB.id},)


def test_the_mailboxes_stand_behind_the_filter():
    hub = replace(HUB, ways_in=())
    made = layout_of(world(FILTER, hub, relays=(Relay(FILTER.id, hub.id),)))
    assert made.mailboxes() == {hub.id}
    assert made.takes_mail


def test_where_no_published_door_is_known_to_take_mail_nothing_is_said_of_honest_mail():
    assert not layout_of(world(door(1, DoorState.UNKNOWN))).takes_mail


def test_mail_for_other_names_is_left_out_and_told_but_not_the_other_names_of_the_mailboxes():
    other = WayIn("mx", "lists.example.com", 10, "mx1.example.com")
    tenant = WayIn("other-domain", "example.net", 10, "mx1.example.com")
    seen = world(FILTER)
    seen = replace(seen, ways_in=(*seen.ways_in, (other, FILTER.id), (tenant, FILTER.id)))
    made = layout_of(seen)
    assert [way.kind for way in made.ways] == ["mx", "other-domain"]
    assert made.left_out == ("mail for lists.example.com, which has records of its own",)


def test_published_ways_come_first_in_the_order_of_their_numbers():
    remembered = WayIn("remembered", "example.com", 65536, "old.example.com")
    seen = world(FILTER, HUB)
    made = layout_of(replace(seen, ways_in=((remembered, HUB.id), *reversed(seen.ways_in))))
    assert [(way.kind, way.preference) for way in made.ways] == [("mx", 10), ("mx", 20), ("remembered", 65536)]
