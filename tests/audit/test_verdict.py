"""The verdict of whole small internets, and when it may not be better than unknown."""

import pytest
from msgspec import structs

from mxlatch.audit.log import Log
from mxlatch.audit.verdict import judge, judge_world
from mxlatch.inventory.model import Domain, Vantage
from mxlatch.paths.assume import parse
from mxlatch.paths.find import find
from mxlatch.terms import dns
from mxlatch.terms.door import Door, DoorState, WayIn
from mxlatch.terms.latch import Latch
from mxlatch.terms.smtp import Session, Tls
from mxlatch.world.build import build
from tests.fakes.collecting import collected
from tests.fakes.example import ZONE, door, internet, inventory, scope

NULL = "\n".join(line for line in ZONE.splitlines() if " MX " not in line) + "\nexample.com MX 0 ."

BARE = "\n".join(line for line in ZONE.splitlines() if " MX " not in line and "mx" not in line)
REFUSE = {"192.0.2.11": dns.REFUSED, "192.0.2.12": dns.REFUSED}


def secure(held):
    return Session(held.turns, Tls("ok", "TLSv1.3", "AES", trusted=True), held.ended)


FINE, WEAK = secure(door()), secure(door(random="250 ok"))
BOTH = {"192.0.2.21": FINE, "192.0.2.22": FINE}


def audit(net, **changes):
    return judge(collected(net, scope(**changes)), "example.com")


@pytest.mark.parametrize(
    ("case", "net", "verdict", "complete"),
    [
        ("equal doors", internet(doors=BOTH), "closed", True),
        ("a weaker secondary", internet(doors=BOTH | {"192.0.2.22": WEAK}), "open", True),
        ("a silent secondary", internet(doors={"192.0.2.21": FINE}), "unknown", False),
        ("a dead secondary", internet(doors={"192.0.2.21": FINE, "192.0.2.22": "reset"}), "closed", True),
        ("everything silent", internet(doors={}), "unknown", False),
        ("a silent name server", internet(doors=BOTH, more={"192.0.2.12": dns.NO_RESPONSE}), "unknown", False),
        ("open, and incomplete too", internet(doors=BOTH | {"192.0.2.22": WEAK}, rdap=("a b",)), "open", False),
        ("a null MX", internet(NULL), "no-mail", True),
        ("name servers that all refuse", internet(more=REFUSE), "unknown", False),
        (
            "a parent that refuses, and no registry",
            internet(more={"192.0.2.2": dns.REFUSED}, rdap=None),
            "unknown",
            False,
        ),
        ("a root that fails, and no registry", internet(more={"192.0.2.1": dns.SERVFAIL}, rdap=None), "unknown", False),
        ("no such domain", internet(com={"com": "example.net NS a.gtld"}, rdap=None), "no-mail", True),
        ("neither MX nor address", internet(BARE), "no-mail", True),
        ("exchangers without an address", internet(BARE + "\nexample.com MX 1 gone.example.com"), "no-mail", True),
    ],
)
def test_verdicts(case, net, verdict, complete):
    told = audit(net)
    assert (told.verdict, told.complete) == (verdict, complete)


def test_without_leave_closed_says_what_was_not_asked():
    told = audit(internet(doors=BOTH), leave=False)
    assert (told.verdict, told.complete) == ("closed", True)
    assert told.sentence == (
        "No way round STARTTLS: both doors were judged; recipients and relaying not asked: no leave."
    )


def test_a_demanded_latch_that_could_not_be_asked_is_unknown_not_closed():
    wanted = inventory(domains=(Domain("example.com", baseline=(Latch.RECIPIENT,)),))
    assert audit(internet(doors=BOTH), inventory=wanted).verdict == "unknown"


def test_an_empty_log_is_judged_unknown():
    told = judge(Log(scope(), interrupted=True), "example.com")
    assert (told.verdict, told.complete) == ("unknown", False)


def test_the_moment_is_the_runs_own():
    assert audit(internet()).time == "2025-06-15T15:06:40Z"


SECOND_PLACE = Vantage("vps", "internet, at another provider")


@pytest.mark.parametrize(
    ("there", "vantage", "verdict", "complete"),
    [
        ({"192.0.2.21": FINE}, "vps", "closed", True),  # silent from both
        ({"192.0.2.21": FINE, "192.0.2.22": "reset"}, "vps", "closed", True),
        ({"192.0.2.21": FINE, "192.0.2.22": WEAK}, "vps", "unknown", False),  # some strangers get in
        ({"192.0.2.21": FINE}, "internet", "unknown", False),  # the same place again
        ({"192.0.2.21": FINE}, "guest-wifi", "unknown", False),  # guests do not speak for the internet
        ({}, "vps", "unknown", False),  # silent there too, and so is everything: its own way out may be blocked
    ],
)
def test_a_silent_secondary_and_a_look_from_elsewhere(there, vantage, verdict, complete):
    known = {"inventory": inventory(vantages=(SECOND_PLACE,))}
    log = collected(internet(doors={"192.0.2.21": FINE}), scope(**known))
    log.others = (collected(internet(doors=there), scope(vantage=vantage, **known)),)
    found = judge(log, "example.com")
    assert (found.verdict, found.complete) == (verdict, complete)
    assert [view.vantage for view in found.vantages] == ["internet", vantage]


def test_a_web_server_at_the_apex_of_a_name_without_mail_is_no_door():
    """It refuses port 25, which is known since a door of another domain of the run answered."""
    way = WayIn("apex-address", "example.com", 65536, "example.com")
    refuses = Door("192.0.2.80", 25, DoorState.CLOSED, "refuses connections", (way,))
    log = collected(internet(NULL), scope())
    built = build("example.com", log.get, log.scope, frozenset())
    world = structs.replace(built, doors=(refuses,), ways_in=((way, refuses.id),))
    told = judge_world(world, find(world))
    assert told.verdict == "no-mail"
    assert told.sentence.startswith("example.com takes no mail: it has a null MX")


def test_an_assumption_changes_the_world_and_is_named():
    log = collected(internet(doors=BOTH | {"192.0.2.22": WEAK}), scope())
    dropped = judge(log, "example.com", [parse("drop:mx2"), parse("down:mx2")])
    assert dropped.assumed == ("drop:mx2", "down:mx2")
    assert (dropped.verdict, dropped.not_assumed) == ("closed", ())
    assert dropped.sentence.startswith("Assuming drop:mx2 and down:mx2: No way round")
    assert not [finding for finding in dropped.findings if finding.id == "DOOR001"], "it was not seen to refuse"
    plain = judge(log, "example.com")
    assert (plain.verdict, plain.assumed) == ("open", ())
    assert not plain.sentence.startswith("Assuming")


def test_an_assumption_that_does_not_fit_is_left_out_and_told():
    log = collected(internet(doors=BOTH | {"192.0.2.22": WEAK}), scope())
    audit = judge(log, "example.com", [parse("down:mx9"), parse("down:mx1")])
    assert audit.assumed == ("down:mx1",)
    (why,) = audit.not_assumed
    assert why.startswith("down:mx9: no server of example.com is known by that: there are mx1.example.com")


def test_properties_have_their_counter_examples():
    audit = judge(collected(internet(doors=BOTH | {"192.0.2.22": WEAK}), scope()), "example.com")
    held = {each.name: each for each in audit.properties}
    assert (held["no way round"].holds, held["no way round"].hops) == ("no", audit.paths[0].hops)
    assert (held["honest mail arrives"].holds, held["honest mail arrives"].hops) == ("yes", ())
    assert held["no backscatter"].holds == "unknown", "nobody said who hands on"
