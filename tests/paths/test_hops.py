"""A way round as a postmaster reads it: each case a small mail system, and the hops in words."""

import pytest
from msgspec import structs

from mxlatch.paths.facts import facts_of
from mxlatch.paths.find import find
from mxlatch.paths.hops import blind_to, handed_on, may_be_tried, surely_tried, taken, way_text
from mxlatch.terms.door import DoorState, WayIn
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.latch import Latch, LatchState
from mxlatch.terms.verdict import Certainty
from mxlatch.world.model import FORWARD, Relay
from tests.paths.test_find import CONTENT, DNSBL, RECIPIENT, RULE, door, tried, world

ONE, TWO, THREE = (f"192.0.2.{number}:25" for number in (1, 2, 3))
TO_HUB = Relay(TWO, ONE)
CUT = Evidence("firewall main: not from the backup", "inventory.toml:12")
SAID = (Evidence("example.com MX 10 mx1.example.com", "192.0.2.53"),)


@pytest.mark.parametrize(
    ("way", "text"),
    [
        (WayIn("mx", "example.com", 10, "mx1.example.com"), "example.com MX 10 mx1.example.com"),
        (
            WayIn("mx", "example.com", 10, "mx1.example.com", SAID),
            "example.com MX 10 mx1.example.com, as 1 server says",
        ),
        (
            WayIn("implicit-mx", "example.com", 0, "example.com"),
            "example.com has no MX: its own address takes its mail",
        ),
        (
            WayIn("other-domain", "old.example", 65536, "mx1.example.com"),
            "mail for old.example comes to the same mailboxes, by mx1.example.com",
        ),
        (
            WayIn("remembered", "example.com", 65536, "hub.example.com"),
            "hub.example.com, to which no MX of example.com leads",
        ),
    ],
)
def test_a_way_in_in_words(way, text):
    assert way_text(way) == text


@pytest.mark.parametrize(
    ("how", "blind"),
    [
        (False, "relay tls dnsbl spf pregreet order"),
        ("", "relay tls dnsbl spf pregreet order"),
        ("received", "relay tls pregreet order"),
        ("xclient", "tls pregreet"),
        (True, "tls pregreet"),
        ("proxy", ""),
    ],
)
def test_what_cannot_judge_behind_a_relay(how, blind):
    assert blind_to(Relay(TWO, ONE, how)) == set(map(Latch, blind.split()))


def told(seen, start=TWO):
    """The words of the surest path that begins at a door, without sender and way in."""
    path = next(path for path in find(seen).paths if path.doors[0] == start)
    return [hop.text for hop in path.hops[2:]], path


BARE = door(2, recipient="absent", content="absent", dnsbl="absent")
HUB = door(1, recipient="found", content="found", dnsbl="found")
ASKED = structs.replace(HUB, session=tried("250 ok"))


@pytest.mark.parametrize(
    ("case", "seen", "words"),
    [
        (
            "a weak secondary",
            world(HUB, BARE),
            [
                f"{TWO} answers",
                "recipient: ",
                f"{TWO} takes the mail for the mailbox (at RCPT; only a canary proves delivery)",
            ],
        ),
        (
            "blind behind a relay",
            world(HUB, BARE, baseline=(DNSBL,), relays=(TO_HUB,)),
            [
                f"{TWO} answers",
                f"hands on to {ONE}",
                f"dnsbl: ; {ONE} has it, but sees {TWO} and not the client",
                f"{ONE} takes the mail for the mailbox (at RCPT; only a canary proves delivery)",
            ],
        ),
        (
            "an alias",
            world(door(1, recipient="absent"), BARE, relays=(Relay(TWO, ONE, kind=FORWARD),)),
            [
                f"{TWO} answers",
                "recipient: ",
                f"{TWO} takes the mail for the mailbox (at RCPT; only a canary proves delivery)",
            ],
        ),
        (
            "a relay that is cut off",
            world(door(1, recipient="absent"), BARE, relays=(structs.replace(TO_HUB, cut=CUT),)),
            [f"{TWO} answers", f"{ONE} lets nothing in from {TWO}", "recipient: ", f"what {TWO} took does not arrive"],
        ),
        (
            "a relay to nobody but itself",
            world(HUB, BARE, relays=(Relay(TWO, TWO),)),
            [f"{TWO} answers", "recipient: ", f"{TWO} hands on to nobody but those that had it: it loops"],
        ),
        (
            "a hub that nobody reached",
            world(door(1, DoorState.UNKNOWN, recipient="absent"), BARE, relays=(TO_HUB,)),
            [
                f"{TWO} answers",
                f"hands on to {ONE}: said so",
                "recipient: ",
                f"whether {ONE} takes the mail for the mailbox is not known",
            ],
        ),
        (
            "a server that takes mail only from who logs in",
            world(ASKED, structs.replace(BARE, session=tried("530 Authentication required"))),
            [f"{TWO} answers", "recipient: ", f"{TWO} takes mail only from who logs in"],
        ),
        (
            "a server to which the domain is foreign",
            world(ASKED, structs.replace(BARE, session=tried("554 Relay access denied"))),
            [f"{TWO} answers", "recipient: ", f"{TWO} does not relay to example.com"],
        ),
        (
            "a server that refuses us",
            world(ASKED, structs.replace(BARE, session=tried("550 no"))),
            [f"{TWO} answers", "recipient: ", f"{TWO} refuses the valid recipient, perhaps from us only"],
        ),
        (
            "a locked endpoint",
            world(HUB, structs.replace(BARE, endpoint="closed")),
            [f"{TWO} is locked to the filter", "recipient: ", f"nothing gets in at {TWO}"],
        ),
        (
            "shut by a declared rule",
            world(HUB, door(2, DoorState.FILTERED, RULE, recipient="absent")),
            [f"{TWO} is said so", "recipient: ", f"nothing gets in at {TWO}"],
        ),
    ],
)
def test_a_path_in_words_is_the_least_of_its_hops(case, seen, words):
    texts, path = told(seen)
    assert texts == words
    assert min(hop.certainty for hop in path.hops) == path.certainty


def test_nothing_gets_into_a_trap_from_a_stranger_nor_from_a_relay():
    trap = structs.replace(BARE, role="trap")
    words, path = told(world(ASKED, trap))
    assert words[0] == "192.0.2.2:25 is a trap, which takes nothing"
    assert (path.certainty, words[-1]) == (Certainty.CLOSED, "nothing gets in at 192.0.2.2:25")
    weak = structs.replace(BARE, address="192.0.2.3")
    words, path = told(world(ASKED, trap, weak, relays=(Relay(THREE, TWO),)), THREE)
    assert words[1] == "hands on to 192.0.2.2:25, a trap, which takes nothing"
    assert (path.certainty, words[-1]) == (Certainty.CLOSED, "what 192.0.2.3:25 took does not arrive")


def test_a_latch_that_is_missing_says_why_and_shows_it():
    shown = Evidence("RCPT TO:<nobody@example.com> -> 250 ok", "192.0.2.2:25/tcp")
    state = LatchState("absent", detail="takes an unknown recipient at RCPT", evidence=(shown,))
    (latch,) = (
        h for h in told(world(HUB, structs.replace(BARE, latches={RECIPIENT: state})))[1].hops if h.kind == "latch"
    )
    assert (latch.text, latch.evidence) == ("recipient: takes an unknown recipient at RCPT", (shown,))


def test_who_was_seen_to_refuse_strangers_only_is_said_so():
    foreign = structs.replace(door(1, recipient="found"), session=tried("554 Relay access denied"))
    _, path = told(world(foreign, BARE, relays=(TO_HUB,)))
    assert (path.certainty, path.missing, path.unsure) == (Certainty.UNKNOWN, (), (RECIPIENT,))


FIRST_THEN = Relay(TWO, THREE, before=(ONE,))


@pytest.mark.parametrize(
    ("case", "first", "may", "surely"),
    [
        ("a better exchanger that answers", HUB, False, False),
        ("one that greylists", structs.replace(HUB, session=tried("450 later")), True, False),
        ("one that is down", door(1, DoorState.CLOSED), True, True),
        ("one that a rule shuts to strangers", door(1, DoorState.FILTERED, RULE), True, False),
        ("one of which nothing is known", door(1, DoorState.UNKNOWN), True, False),
    ],
)
def test_when_a_relay_comes_to_the_next_exchanger(case, first, may, surely):
    seen = world(first, BARE, door(3), relays=(TO_HUB, FIRST_THEN))
    assert (may_be_tried(FIRST_THEN, seen), surely_tried(FIRST_THEN, seen)) == (may, surely)


def test_who_is_cut_off_from_the_better_exchanger_goes_on_to_the_next():
    seen = world(HUB, BARE, door(3, recipient="absent"), relays=(structs.replace(TO_HUB, cut=CUT), FIRST_THEN))
    assert surely_tried(FIRST_THEN, seen)
    assert {(path.doors, path.certainty.word) for path in find(seen).paths if path.doors[0] == TWO} == {
        ((TWO, ONE), "closed"),
        ((TWO, THREE), "likely"),
    }


@pytest.mark.parametrize(
    ("relay", "hub", "certainty"),
    [
        (TO_HUB, HUB, Certainty.PROVEN),
        (TO_HUB, door(1, DoorState.FILTERED, RULE), Certainty.PROVEN),
        (TO_HUB, door(1, DoorState.UNKNOWN), Certainty.UNKNOWN),
        (structs.replace(TO_HUB, cut=CUT), HUB, Certainty.CLOSED),
    ],
)
def test_how_surely_what_is_handed_on_gets_in(relay, hub, certainty):
    assert handed_on(relay, world(hub, BARE, relays=(relay,))) is certainty


@pytest.mark.parametrize(
    ("said", "certainty"),
    [
        ("250 ok", Certainty.PROVEN),
        ("450 later", Certainty.PROVEN),
        ("550 no", Certainty.UNKNOWN),
        ("554 Relay access denied", Certainty.CLOSED),
        ("530 Authentication required", Certainty.CLOSED),
    ],
)
def test_how_surely_a_door_takes_a_strangers_mail(said, certainty):
    asked = structs.replace(BARE, session=tried(said))
    assert taken(facts_of(asked), asked.ways_in[0], world(ASKED, asked)) is certainty


def test_content_waived_for_a_friend_is_told():
    waiving = structs.replace(TO_HUB, waives=(CONTENT,))
    texts, path = told(world(HUB, BARE, baseline=(CONTENT,), relays=(waiving,)))
    assert path.missing == (CONTENT,)
    assert texts[1:3] == [f"hands on to {ONE}", f"content: ; {ONE} has it, but waives it for {TWO}"]
