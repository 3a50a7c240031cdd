"""From a log to the world."""

import pytest

from mxlatch.audit.log import Log
from mxlatch.inventory.model import Domain
from mxlatch.inventory.model import Door as Declared
from mxlatch.terms import dns
from mxlatch.terms.door import DoorState
from mxlatch.terms.latch import Latch
from mxlatch.world.build import build
from mxlatch.world.doors import reached
from tests.fakes.collecting import collected
from tests.fakes.example import ADDRESSES, COM, ZONE, door, internet, inventory, scope
from tests.fakes.internet import seen


def world_of(net, **changes):
    log = collected(net, scope(**changes))
    return build("example.com", log.get, log.scope, reached(log))


def test_every_mx_of_every_server_is_a_way_in_with_who_said_it():
    world = world_of(internet(other=ZONE + "example.com MX 30 mx3.example.com"))
    ways = {(way.preference, way.exchange): [e.source for e in way.evidence] for way, _ in world.ways_in}
    assert ways[10, "mx1.example.com"] == ["192.0.2.11:53/udp", "192.0.2.12:53/udp"]
    (old,) = (e for e in world.exchanges if e.name == "mx3.example.com")
    assert (old.problem, old.absent) == ("no such name", True)


def test_doors_bear_the_ways_that_lead_to_them():
    world = world_of(internet())
    assert [(d.id, d.state, [w.exchange for w in d.ways_in]) for d in world.doors] == [
        ("192.0.2.21:25", DoorState.OPEN, ["mx1.example.com"]),
        ("192.0.2.22:25", DoorState.OPEN, ["mx2.example.com"]),
    ]


def test_the_longest_ttl_of_the_ns_set_counts_at_the_parent_and_in_the_zone():
    com = {"com": COM["com"].replace("example.com NS", "example.com 172800 NS", 1)}
    (zone,) = world_of(internet(ZONE.replace("example.com NS", "example.com 7200 NS"), other=ZONE, com=com)).zones
    assert (zone.parent_ttl, zone.ns_ttl) == (172_800, 7200)


@pytest.mark.parametrize("status", [dns.NO_RESPONSE, dns.REFUSED])
def test_a_server_that_says_nothing_says_no_ttl(status):
    (zone,) = world_of(internet(more={"192.0.2.12": status})).zones
    assert (zone.parent_ttl, zone.ns_ttl) == (3600, 3600)
    (zone,) = world_of(internet(more={"192.0.2.11": status, "192.0.2.12": status})).zones
    assert (zone.parent_ttl, zone.ns_ttl) == (3600, None)


@pytest.mark.parametrize(
    ("soa", "kept"),
    [
        ("example.com SOA ns1.example.com 7", 300),
        ("example.com 120 SOA ns1.example.com 7", 120),
    ],
)
def test_what_is_not_there_is_kept_for_the_smaller_of_the_soas_minimum_and_its_ttl(soa, kept):
    (zone,) = world_of(internet(ZONE.replace("example.com SOA ns1.example.com 7", soa), other=ZONE)).zones
    assert {each.address: each.negative_ttl for each in zone.addresses} == {"192.0.2.11": kept, "192.0.2.12": 300}
    (zone,) = world_of(internet(more={"192.0.2.11": dns.REFUSED})).zones
    assert {each.address: each.negative_ttl for each in zone.addresses} == {"192.0.2.11": None, "192.0.2.12": 300}


def test_the_baseline_is_what_the_best_doors_that_answer_have_between_them():
    world = world_of(internet(doors={"192.0.2.21": "reset", "192.0.2.22": door(random="250 ok")}))
    assert world.baseline == (Latch.RELAY,)
    assert world.baseline_from == "the doors of preference 20"


def test_the_inventorys_baseline_stands_above_that():
    wanted = inventory(domains=(Domain("example.com", recipient="a@example.com", baseline=(Latch.DNSBL,)),))
    assert world_of(internet(), inventory=wanted).baseline == (Latch.DNSBL,)


def test_no_mx_anywhere_makes_the_names_own_address_a_way_in():
    bare = "\n".join(line for line in ZONE.splitlines() if " MX " not in line) + "\nexample.com A 192.0.2.21"
    world = world_of(internet(bare, resolver=ADDRESSES + "example.com A 192.0.2.21"))
    assert [(w.kind, w.name, w.preference, d) for w, d in world.ways_in] == [
        ("implicit-mx", "example.com", 0, "192.0.2.21:25")
    ]


def test_a_null_mx_leads_nowhere_and_is_no_problem():
    null = "\n".join(line for line in ZONE.splitlines() if " MX " not in line) + "\nexample.com MX 0 ."
    world = world_of(internet(null))
    assert world.ways_in == ()
    assert [(e.kind, e.problem) for e in world.exchanges] == [("null", "")]


def test_a_server_that_is_silent_is_not_judged_and_the_others_stand():
    world = world_of(internet(more={"192.0.2.12": dns.NO_RESPONSE}))
    assert [(gap.subject, gap.what) for gap in world.not_judged if "ns2" in gap.subject] == [
        ("ns2.example.com 192.0.2.12", "example.com SOA, NS, MX")
    ]
    assert len(world.doors) == 2


def test_without_leave_recipients_are_not_asked_and_nothing_is_missing():
    world = world_of(internet(), leave=False)
    assert {each.what for each in world.not_asked} == {"recipient", "relay"}


def test_the_inventory_says_who_is_authorised_and_who_hands_on_to_whom():
    doors = (
        Declared("mx1.example.com", ("192.0.2.21",), role="mailbox"),
        Declared("mx2.example.com", ("192.0.2.22",), role="backup", next_hop="mx1.example.com"),
    )
    world = world_of(internet(), inventory=inventory(doors=doors))
    assert [(d.authorised, d.role) for d in world.doors] == [(True, "mailbox"), (True, "backup")]
    assert [(r.door, r.next_door) for r in world.relays] == [("192.0.2.22:25", "192.0.2.21:25")]


def test_an_interrupted_run_builds_what_there_is():
    log = Log(scope())
    world = build("example.com", log.get, log.scope, reached(log), interrupted=True)
    assert world.doors == ()
    assert world.not_judged


def test_a_wildcards_way_in_bears_its_name_and_not_that_of_the_random_label():
    world = world_of(internet(ZONE + "*.example.com MX 10 mx1.example.com"))
    assert {way.name for way, _ in world.ways_in} == {"example.com", "*.example.com"}


def test_a_server_that_knows_lower_case_only_has_the_mx_all_the_same():
    def answers(question, usual):
        lower = question.name == "example.com" and question.spelling == "mixed" and question.server == "192.0.2.12"
        return seen(question, dns.NODATA, dns.Reply(0, True, False)) if lower else usual

    net = internet()
    usual = net.ask
    net.ask = lambda question: answers(question, usual(question)) if hasattr(question, "spelling") else usual(question)
    (name,) = (n for n in world_of(net).names if n.name == "example.com")
    (view,) = (v for v in name.views if v.server == "192.0.2.12")
    assert (view.mx, view.lower_status) == ((), dns.ANSWER)
    assert view.meant == ((10, "mx1.example.com"), (20, "mx2.example.com"))
