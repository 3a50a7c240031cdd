"""What should hold of a domain's mail: for each property a table of mail systems, and the counter-example in words."""

import pytest
from msgspec import structs

from mxlatch.data import tables
from mxlatch.inventory.model import Door as Declared
from mxlatch.inventory.model import Inventory, Policy
from mxlatch.paths.assume import down
from mxlatch.paths.find import find
from mxlatch.paths.model import Holds, Property
from mxlatch.terms.door import DoorState, WayIn
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.latch import Latch
from mxlatch.world.model import FORWARD, Relay
from mxlatch.world.relays import relays_of
from tests.paths.test_find import RULE, door, tried, world

ONE, TWO, THREE = (f"192.0.2.{number}:25" for number in (1, 2, 3))
CUT = Evidence("firewall main: not from the backup", "inventory.toml:12")


def system(*doors, declared=(), cut=(), baseline=("recipient",), policies=()):
    """A domain whose owner declares these doors; relays as the inventory and the records have it."""
    inventory = Inventory(doors=declared, policies=policies)
    roles = {address: each.role for each in declared for address in each.addresses}
    made = tuple(structs.replace(each, role=roles.get(each.address, "")) for each in doors)
    relays = relays_of(made, inventory)
    return structs.replace(
        world(*made, baseline=tuple(map(Latch, baseline))),
        inventory=inventory,
        behaviours=tables().behaviours,
        relays=tuple(structs.replace(r, cut=CUT) if (r.door, r.next_door) in cut else r for r in relays),
    )


def machine(number, **more):
    return Declared(f"mx{number}.example.com", (f"192.0.2.{number}",), **more)


def backup(number, **more):
    return machine(number, role="backup", **more)


def holds(seen, wanted):
    """(yes, no or unknown; the last words of the counter-example)"""
    held = find(seen).held(wanted)
    return held.holds, held.hops[-1].text if held.hops else ""


def another(given, *ways):
    return structs.replace(given, ways_in=(*given.ways_in, *ways))


def said(given, reply):
    return structs.replace(given, session=tried(reply))


CHECKS = door(1, recipient="found", tls="found", content="found")
TAKES_ALL = door(2, recipient="absent", tls="absent", content="absent")
EQUAL = door(2, recipient="found", tls="found", content="found")
NO, YES, UNKNOWN = Holds.NO, Holds.YES, Holds.UNKNOWN


@pytest.mark.parametrize(
    ("case", "seen", "expected"),
    [
        ("every door has the latch", system(CHECKS, EQUAL), YES),
        ("the secondary has not", system(CHECKS, TAKES_ALL), NO),
        ("the secondary hands on to one that has", system(CHECKS, TAKES_ALL, declared=(backup(2),)), YES),
        ("what is only inferred", system(CHECKS, door(2, recipient="likely-absent")), NO),
        ("not known", system(CHECKS, door(2, recipient="unknown")), UNKNOWN),
        ("no door at all", system(), YES),
    ],
)
def test_no_way_round(case, seen, expected):
    assert holds(seen, Property.ROUND)[0] is expected


FILTERED = (Latch.CONTENT, Latch.RECIPIENT)


@pytest.mark.parametrize(
    ("case", "policy", "expected"),
    [
        ("content and recipient on every path", Policy(FILTERED), NO),
        ("what every path has", Policy((Latch.DKIM,)), UNKNOWN),
        ("the secondary lacks it itself, the hub behind has it", Policy((Latch.RECIPIENT,)), YES),
        ("of another domain", Policy(FILTERED, ("example.net",)), None),
        ("of another vantage", Policy(FILTERED, source="guest"), None),
    ],
)
def test_the_owners_policies(case, policy, expected):
    relaying = backup(2, waives=(Latch.CONTENT,))
    seen = system(CHECKS, TAKES_ALL, declared=(relaying,), policies=(structs.replace(policy, line=3),))
    held = [each for each in find(seen).properties if each.property is Property.POLICY]
    assert [each.holds for each in held] == ([] if expected is None else [expected])
    for each in held:
        assert each.holds is YES or each.hops[0].evidence[0].source == "inventory:3"


def test_a_policy_quotes_the_demand_and_says_which_latch_is_missing():
    seen = system(CHECKS, TAKES_ALL, policies=(Policy(FILTERED, line=3),))
    hops = find(seen).held(Property.POLICY).hops
    assert hops[0].evidence[0].text == "every path from internet passes content and recipient"
    assert [hop.text for hop in hops if hop.kind == "latch"] == ["recipient: ", "content: "]


DEAD = [door(number, DoorState.CLOSED) for number in range(1, 6)]
LOGIN, FOREIGN = "530 Authentication required", "554 Relay access denied"
LOST = "what was taken ends nowhere, and its sender learns late"
RETURNED = "none that it may try takes the mail: it is returned, at once or after days"
WHO_KNOWS = "whether any that it may try takes the mail is not known"


@pytest.mark.parametrize(
    ("case", "seen", "expected"),
    [
        ("one exchanger", system(CHECKS), (YES, "")),
        ("the first is down, the second takes it", system(door(1, DoorState.CLOSED), EQUAL), (YES, "")),
        ("every exchanger is down", system(door(1, DoorState.CLOSED)), (NO, RETURNED)),
        ("shut to strangers by a rule", system(door(1, DoorState.FILTERED, RULE)), (NO, RETURNED)),
        ("nothing is known of it", system(door(1, DoorState.UNKNOWN)), (UNKNOWN, WHO_KNOWS)),
        (
            "the first refuses the domain: nobody goes on",
            system(said(door(1), FOREIGN), said(EQUAL, "250 ok")),
            (NO, RETURNED),
        ),
        ("it takes mail only from who logs in", system(said(CHECKS, LOGIN)), (NO, RETURNED)),
        ("it refuses us, and perhaps others", system(said(CHECKS, "550 no")), (UNKNOWN, WHO_KNOWS)),
        ("five dead addresses first: Postfix tries no sixth", system(*DEAD, door(6)), (NO, RETURNED)),
        ("four: it does", system(*DEAD[:4], door(6)), (YES, "")),
        (
            "the backup is cut off from the primary",
            system(CHECKS, TAKES_ALL, declared=(backup(2),), cut={(TWO, ONE)}),
            (YES, ""),
        ),
        (
            "and honest mail comes there",
            system(door(1, DoorState.CLOSED), TAKES_ALL, declared=(backup(2),), cut={(TWO, ONE)}),
            (NO, LOST),
        ),
        ("the best exchanger goes by the MX", system(CHECKS, declared=(backup(1),)), (NO, LOST)),
        (
            "the backup hands on to one that is cut off from the hub",
            system(
                door(1, DoorState.CLOSED),
                TAKES_ALL,
                door(3),
                declared=(machine(2, next_hop=THREE), machine(3, next_hop=ONE)),
                cut={(THREE, ONE)},
            ),
            (NO, LOST),
        ),
    ],
)
def test_honest_mail_arrives(case, seen, expected):
    assert holds(seen, Property.DELIVERY) == expected


def test_a_backup_behind_nat_loses_mail_once_the_primary_is_down():
    named = structs.replace(TAKES_ALL, ways_in=(WayIn("mx", "example.com", 20, "mx.isp.example"),))
    seen = system(CHECKS, named, declared=(backup(2, behind_nat=True),))
    assert holds(seen, Property.DELIVERY) == (YES, "")
    assert holds(down(seen, [ONE]), Property.DELIVERY) == (NO, LOST)


def test_delivery_names_who_does_not_get_through():
    first, *_ = find(system(*DEAD, door(6))).held(Property.DELIVERY).hops
    assert first.text == "A mail server of honest people delivers to example.com (one that does as postfix and exim)"


def returned(refuser, taker, by="recipient"):
    return f"{refuser} refuses by {by} what {taker} has accepted: {taker} returns it to forged senders"


MAYBE = f"whether {ONE} refuses by recipient what {TWO} has accepted is not known: it would go back to forged senders"
BACKUP_ONLY = door(2, recipient="absent")


@pytest.mark.parametrize(
    ("case", "seen", "expected"),
    [
        ("nobody hands on", system(CHECKS, TAKES_ALL), (YES, "")),
        (
            "a backup without recipient check",
            system(door(1, recipient="found"), BACKUP_ONLY, declared=(backup(2),)),
            (NO, returned(ONE, TWO)),
        ),
        (
            "one that checks as the primary does",
            system(door(1, recipient="found"), door(2, recipient="found"), declared=(backup(2),)),
            (YES, ""),
        ),
        (
            "a filter in front may pass it through",
            system(door(1, recipient="found"), BACKUP_ONLY, declared=(machine(2, role="filter", next_hop=ONE),)),
            (UNKNOWN, MAYBE),
        ),
        (
            "the primary does not refuse",
            system(door(1, recipient="absent"), BACKUP_ONLY, declared=(backup(2),)),
            (YES, ""),
        ),
        ("nothing is known of the primary", system(door(1), BACKUP_ONLY, declared=(backup(2),)), (UNKNOWN, MAYBE)),
        (
            "the primary waives it for the backup",
            system(door(1, recipient="found"), BACKUP_ONLY, declared=(backup(2, waives=(Latch.RECIPIENT,)),)),
            (YES, ""),
        ),
        (
            "dnsbl sees the backup only",
            system(
                door(1, recipient="absent", dnsbl="found"),
                door(2, recipient="absent", dnsbl="absent"),
                declared=(backup(2),),
            ),
            (YES, ""),
        ),
        (
            "dnsbl sees the client by XCLIENT",
            system(
                door(1, recipient="absent", dnsbl="found"),
                door(2, recipient="absent", dnsbl="absent"),
                declared=(backup(2, hands_on_client="xclient"),),
            ),
            (NO, returned(ONE, TWO, "dnsbl")),
        ),
        (
            "a backup that is down accepts nothing",
            system(door(1, recipient="found"), door(2, DoorState.CLOSED, recipient="absent"), declared=(backup(2),)),
            (YES, ""),
        ),
        (
            "behind a hop that is shut to strangers",
            system(
                door(1, recipient="found"),
                BACKUP_ONLY,
                door(3, DoorState.FILTERED, RULE, recipient="absent"),
                declared=(machine(2, next_hop=THREE), machine(3, next_hop=ONE)),
            ),
            (NO, returned(ONE, THREE)),
        ),
        (
            "an alias to who refuses it",
            system(door(1, recipient="found"), BACKUP_ONLY, declared=(machine(2, forwards=(ONE,)),)),
            (NO, returned(ONE, TWO)),
        ),
    ],
)
def test_no_backscatter(case, seen, expected):
    assert holds(seen, Property.BACKSCATTER) == expected


UNTOLD = f"while {ONE} is down, {TWO} holds the mail and tells its sender nothing"
NOT_SAID = f"whether {TWO} tells senders of mail that waits there is not declared (Postfix does not by default)"


@pytest.mark.parametrize(
    ("case", "declared", "expected"),
    [
        ("nobody holds mail", (), (YES, "")),
        ("a backup of which nobody says", (backup(2),), (UNKNOWN, NOT_SAID)),
        ("a backup that tells nobody", (backup(2, tells_delay=False),), (NO, UNTOLD)),
        ("a backup that tells of a delay", (backup(2, tells_delay=True),), (YES, "")),
        ("a filter that passes on", (machine(2, role="filter", next_hop=ONE, tells_delay=False),), (YES, "")),
        ("a relay by next hop", (machine(2, role="relay", next_hop=ONE, tells_delay=False),), (NO, UNTOLD)),
    ],
)
def test_delay_is_told(case, declared, expected):
    assert holds(system(CHECKS, TAKES_ALL, declared=declared), Property.DELAY) == expected


def test_who_hands_mail_back_to_itself_holds_none():
    assert holds(system(CHECKS, declared=(backup(1, tells_delay=False),)), Property.DELAY) == (YES, "")


def back(number):
    return f"192.0.2.{number}:25 finds no better exchanger, or not itself among them: mail loops"


BEHIND_ISP = structs.replace(TAKES_ALL, ways_in=(WayIn("mx", "example.com", 20, "mx.isp.example"),))
OTHER_WAYS = WayIn("mx", "example.org", 20, "mx1.example.com"), WayIn("mx", "example.org", 10, "mx2.example.com")
GREYLISTS = said(door(1, recipient="found"), "450 later")


@pytest.mark.parametrize(
    ("case", "seen", "expected"),
    [
        ("a backup", system(CHECKS, TAKES_ALL, declared=(backup(2),)), (YES, "")),
        (
            "behind NAT, under a name that is not its own",
            system(CHECKS, BEHIND_ISP, declared=(backup(2, behind_nat=True),)),
            (NO, back(2)),
        ),
        (
            "behind NAT, and it knows the name",
            system(CHECKS, BEHIND_ISP, declared=(backup(2, behind_nat=True, public_names=("mx.isp.example",)),)),
            (YES, ""),
        ),
        ("the best of all by the MX", system(CHECKS, declared=(backup(1),)), (NO, back(1))),
        (
            "two that hand on to each other",
            system(CHECKS, TAKES_ALL, declared=(machine(1, next_hop=TWO), machine(2, next_hop=ONE))),
            (NO, f"what {ONE} hands on comes back to it"),
        ),
        (
            "the same, but a firewall stands between",
            system(CHECKS, TAKES_ALL, declared=(machine(1, next_hop=TWO), machine(2, next_hop=ONE)), cut={(TWO, ONE)}),
            (YES, ""),
        ),
        (
            "a ring by the second exchanger, while the first may put it off",
            system(GREYLISTS, door(2), door(3), declared=(backup(3), machine(2, next_hop=THREE))),
            (UNKNOWN, f"what {TWO} hands on may come back to it"),
        ),
    ],
)
def test_no_loop(case, seen, expected):
    assert holds(seen, Property.LOOP) == expected


def test_two_servers_that_back_up_each_others_domains_are_no_loop():
    one, two = another(CHECKS, OTHER_WAYS[0]), another(TAKES_ALL, OTHER_WAYS[1])
    seen = system(one, two, declared=(backup(1), backup(2)))
    # Each is the best for one name and goes by the MX there: a fault of its own, but no ring.
    rings = [each for each in seen.relays if each.door != each.next_door]
    assert {each.name for each in rings} == {"example.com", "example.org"}
    assert holds(structs.replace(seen, relays=tuple(rings)), Property.LOOP) == (YES, "")


def test_a_ring_of_aliases_is_a_loop():
    ring = (Relay(ONE, TWO, kind=FORWARD), Relay(TWO, ONE, kind=FORWARD))
    seen = structs.replace(system(CHECKS, TAKES_ALL), relays=ring)
    assert holds(seen, Property.LOOP) == (NO, f"what {ONE} hands on comes back to it")


def named(number, preference, **latches):
    made = door(number, **latches)
    return structs.replace(made, ways_in=(structs.replace(made.ways_in[0], preference=preference),))


@pytest.mark.parametrize(
    ("case", "seen", "expected"),
    [
        ("every exchanger", system(CHECKS, EQUAL), (YES, "")),
        ("not at the secondary", system(CHECKS, TAKES_ALL), (NO, f"{TWO} takes the mail in clear")),
        ("the secondary is down", system(CHECKS, door(2, DoorState.CLOSED, tls="absent")), (YES, "")),
        ("not known at the secondary", system(CHECKS, door(2, tls="unknown")), (UNKNOWN, "")),
        (
            "at a host that no record names",
            system(CHECKS, structs.replace(TAKES_ALL, ways_in=(WayIn("scan", "example.com", 65536, "192.0.2.2"),))),
            (YES, ""),
        ),
    ],
)
def test_tls_holds(case, seen, expected):
    assert holds(seen, Property.TLS) == expected


def test_every_property_is_judged_once():
    found = [each.property for each in find(system(CHECKS)).properties]
    assert sorted(found) == sorted(set(Property) - {Property.POLICY})
