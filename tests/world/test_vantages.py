"""What other vantages saw, and what that makes of the doors seen from here."""

import pytest
from msgspec import structs

from mxlatch.inventory.model import Door as Listed
from mxlatch.inventory.model import Firewall, Rule, Vantage
from mxlatch.terms.door import Door, DoorState
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.observation import NOT_ALLOWED, RESET, SESSION, SILENT, Observation
from mxlatch.terms.question import DnsQuestion, SmtpQuestion
from mxlatch.world.build import build
from mxlatch.world.doors import reached
from mxlatch.world.model import DoorView, PortOut, VantageView, World
from mxlatch.world.vantages import Look, agreed, everywhere, look
from tests.fakes.example import ZONE, inventory, scope
from tests.fakes.example import internet as example
from tests.fakes.internet import NOW, FakeInternet, session

HELLO = session(("", "220 mx ESMTP"))
CONTROL = "203.0.113.9"
WIFI = Vantage("guest-wifi", "guest Wi-Fi", controls=(CONTROL,))
VPS = Vantage("vps", "internet, at a provider")
BACK = Listed("back.example.com", ("192.0.2.30",), next_hop="")
DECLARED = inventory(doors=(BACK, Listed("by-name.example.com", port=2525)), vantages=(WIFI, VPS))


def at(vantage: str, **changes: object):
    return scope(inventory=DECLARED, vantage=vantage, **changes)


def looked(internet: FakeInternet, vantage: str = "guest-wifi", only: int | None = None) -> Look:
    """A whole `vantage run` over this internet, or its first answers only."""
    where = at(vantage)
    internet.conclude(look(where))
    answers = {q: structs.replace(internet.ask(q), vantage=vantage) for r in internet.rounds[:only] for q in r}
    return Look(where, answers.get, tuple(answers.values()))


def world(internet: FakeInternet, *looks: Look) -> World:
    """An audit from the internet, joined with these looks."""
    where = at("internet")
    answers: dict[object, Observation] = {}

    def lookup(question):
        return answers.setdefault(question, internet.ask(question))

    build("example.com", lookup, where, frozenset())  # to ask everything
    return build("example.com", lookup, where, reached(answers.values()), others=looks)


def test_a_look_asks_the_dns_the_inventorys_doors_and_the_controls_and_tries_no_recipient():
    there = example(resolver="by-name.example.com A 192.0.2.31", doors={"192.0.2.30": HELLO, CONTROL: HELLO})
    looked(there)
    doors = [q for q in there.asked if isinstance(q, SmtpQuestion)]
    assert {(q.address, q.port) for q in doors} == {("192.0.2.30", 25), ("192.0.2.31", 2525), (CONTROL, 25)}
    assert all(q.probes == () for q in doors)
    assert {q.published for q in doors if q.address == "192.0.2.31"} == {False}  # no listed address: the gate's
    assert {q.server for q in there.asked if isinstance(q, DnsQuestion) and q.rrtype == "MX"} == {
        "192.0.2.11",
        "192.0.2.12",
    }


def test_what_a_vantage_saw_of_each_door():
    seen = world(example(), looked(example(doors={"192.0.2.30": HELLO, CONTROL: "reset"})))
    (view,) = seen.elsewhere
    assert (view.vantage, view.kind, view.what) == ("guest-wifi", "guest", "guest Wi-Fi")
    assert [(door.id, door.state, door.answered) for door in view.doors] == [("192.0.2.30:25", DoorState.OPEN, True)]
    assert [each.vantage for each in everywhere(seen)] == ["internet", "guest-wifi"]
    assert {door.id for door in everywhere(seen)[0].doors} == {door.id for door in seen.doors}


def test_silence_that_was_met_once_only_says_nothing():
    there = example(doors={CONTROL: HELLO})
    there.conclude(look(at("guest-wifi")))
    first = [o for o in looked(there).observations if getattr(o.question, "attempt", 1) == 1]
    (view,) = world(example(), Look(at("guest-wifi"), {}.get, tuple(first))).elsewhere
    assert [(door.state, door.reason) for door in view.doors] == [
        (DoorState.UNKNOWN, "silent once, and the second pass was not made")
    ]


@pytest.mark.parametrize(
    ("doors", "state", "reason"),
    [
        ({CONTROL: HELLO}, "open", ""),
        ({CONTROL: session(ended="reset by peer")}, "open", ""),  # the connection stood: port 25 goes out
        ({CONTROL: "reset"}, "unknown", "no control answered (refused), and from no other vantage did one"),
        ({}, "unknown", "no control answered (silent), and from no other vantage did one"),
        ({CONTROL: NOT_ALLOWED}, "unknown", f"no control answered ({NOT_ALLOWED}), and from no other vantage did one"),
    ],
)
def test_port_25_outward(doors, state, reason):
    (view,) = world(example(), looked(example(doors=doors))).elsewhere
    assert (view.port_out.state, view.port_out.reason) == (state, reason)


@pytest.mark.parametrize("blocked", ["reset", SILENT])
def test_port_25_is_closed_outward_if_the_control_answers_somebody_else(blocked):
    wifi = looked(example(doors={CONTROL: blocked}))
    answers = Observation(SmtpQuestion(CONTROL, 25, CONTROL), SESSION, HELLO, NOW, "vps")
    vps = Look(at("vps"), {}.get, (answers,))
    assert [view.port_out.state for view in world(example(), wifi, vps).elsewhere] == ["closed", "not-asked"]


OTHER = ZONE.replace("10 mx1.example.com", "10 inside.example.com")
INSIDE = "mx1.example.com A 10.0.0.5"


@pytest.mark.parametrize(
    ("there", "told"),
    [
        (ZONE, []),
        (OTHER, [("example.com", "MX", ("10 mx1.example.com",), ("10 inside.example.com",), True)]),
        (
            OTHER.replace("ns1.example.com 7", "ns1.example.com 8"),
            [("example.com", "MX", ("10 mx1.example.com",), ("10 inside.example.com",), False)],
        ),
        (
            ZONE.replace("mx1.example.com A 192.0.2.21", INSIDE),
            [("mx1.example.com", "addresses", ("192.0.2.21",), ("10.0.0.5",), False)],
        ),
        ("servfail", []),  # who says nothing says nothing else
    ],
    ids=["the same", "another MX", "another MX at another serial", "another address", "no answer"],
)
def test_name_servers_that_say_something_else_there(there, told):
    if there == "servfail":
        internet = example(more={"192.0.2.11": "servfail", "192.0.2.12": "servfail"})
    else:
        internet = example(there, resolver="")
    (view,) = world(example(resolver=""), looked(internet)).elsewhere
    only = [
        (
            d.name,
            d.rrtype,
            tuple(x for x in d.here if x not in d.there),
            tuple(x for x in d.there if x not in d.here),
            d.same_serial,
        )
        for d in view.differences
    ]
    assert only == told
    assert all(d.evidence for d in view.differences)


def door(state: str, closed_by=None) -> Door:
    return Door("192.0.2.21", 25, DoorState(state), f"is {state}", closed_by=closed_by)


def view(state: str, vantage: str = "vps", kind: str = "internet", time: float = NOW) -> VantageView:
    there = DoorView("192.0.2.21", 25, DoorState(state), "", state == "open", ())
    return VantageView(vantage, kind, "", time, (structs.replace(there, evidence=(evidence(state),)),))


def evidence(text: str) -> Evidence:
    return Evidence(f"{text} there")


AGREED = [
    ("silent here and there", door("filtered"), view("filtered"), "filtered", True),
    ("silent here, refuses there", door("filtered"), view("closed"), "filtered", True),
    ("silent here, unknown there", door("filtered"), view("unknown"), "filtered", False),
    ("silent here, open there", door("filtered", evidence("rule")), view("open"), "unknown", False),
    ("refuses here, open there", door("closed"), view("open"), "unknown", False),
    ("open here, silent there", door("open"), view("filtered"), "open", False),
    ("unknown here, silent there", door("unknown"), view("filtered"), "unknown", False),
    ("the same vantage again", door("filtered"), view("filtered", vantage="internet"), "filtered", False),
    ("inside does not speak for the internet", door("filtered"), view("filtered", kind="inside"), "filtered", False),
    ("nor does it when it is open there", door("closed"), view("open", kind="inside"), "closed", False),
    ("a look of last week", door("filtered"), view("filtered", time=NOW - 7 * 86_400), "filtered", False),
]


@pytest.mark.parametrize(("seen", "other", "state", "closed"), [c[1:] for c in AGREED], ids=[c[0] for c in AGREED])
def test_a_second_vantage_of_the_internet(seen, other, state, closed):
    (found,) = agreed([seen], [other], at("internet"))
    assert (found.state, found.closed_by is not None) == (state, closed)
    assert agreed([seen], [other], at("guest-wifi")) == (seen,)  # from here nobody speaks for the internet


def test_a_door_that_a_second_vantage_closes_leaves_no_gap():
    here = example(doors={"192.0.2.21": HELLO, "192.0.2.22": SILENT})
    alone = world(here)
    shut = Observation(SmtpQuestion("192.0.2.22", 25, "mx2", attempt=2), RESET, None, NOW, "vps", "192.0.2.22:25")
    open_ = Observation(SmtpQuestion("192.0.2.21", 25, "mx1"), SESSION, HELLO, NOW, "vps", "192.0.2.21:25")
    joined = world(here, Look(at("vps"), {}.get, (shut, open_)))
    assert [gap.subject for gap in alone.not_judged if gap.what == "door"] == ["192.0.2.22:25"]
    assert [gap.subject for gap in joined.not_judged if gap.what == "door"] == []
    assert joined.door("192.0.2.22:25").closed_by.text == "closed from vps: refuses connections"


def test_doors_of_other_domains_are_left_out():
    foreign = Observation(SmtpQuestion("198.51.100.7", 25, "mx.example.net"), SESSION, HELLO, NOW, "vps")
    (view,) = world(example(), Look(at("vps", domains=()), {}.get, (foreign,))).elsewhere
    assert (view.doors, view.differences, view.port_out) == (
        (),
        (),
        PortOut("not-asked", "no server elsewhere was named to try (--control)"),
    )


@pytest.mark.parametrize(
    ("case", "vantage", "answered", "still"),
    [
        ("guests get in, whom the rule keeps out", "guest-wifi", True, False),
        ("guests are kept out, as the rule says", "guest-wifi", False, True),
        ("the filter gets in, whom the rule lets in", "vps", True, True),
    ],
)
def test_a_declared_rule_that_another_vantage_saw_broken_closes_nothing(case, vantage, answered, still):
    rule = Evidence("only from vps", "inventory.toml:9")
    seen = Door("192.0.2.30", 25, DoorState.FILTERED, closed_by=rule)
    state = DoorState.OPEN if answered else DoorState.FILTERED
    other = VantageView(vantage, "guest", "", NOW, (DoorView("192.0.2.30", 25, state, "", answered),))
    walls = (Firewall("border", (Rule("192.0.2.30/32", 25, ("vps",)),)),)
    where = structs.replace(at("internet"), inventory=structs.replace(DECLARED, firewalls=walls))
    (found,) = agreed([seen], [other], where)
    assert (found.closed_by is not None) is still
