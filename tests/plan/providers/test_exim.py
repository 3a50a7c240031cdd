"""The files for Exim as text; tests/real/test_plan_exim.py has Exim read them and answer by them."""

import msgspec
import pytest

from mxlatch.plan.change import REFUSE, Change, HandOn, Harden, Listen
from mxlatch.plan.provider import Given
from mxlatch.plan.providers import exim
from mxlatch.terms.latch import Latch
from tests.plan.providers.examples import DOOR, LOCK, RELAY, in_steps, plan

REFUSING = msgspec.structs.replace(LOCK, stage=REFUSE)


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        (LOCK, []),
        (REFUSING, ["main", "rcpt"]),
        (Harden(DOOR, "hub.example.com", "Exim", Latch.RECIPIENT), ["rcpt"]),
        (Harden(DOOR, "hub.example.com", "Postfix", Latch.RECIPIENT), []),
        (Harden(DOOR, "hub.example.com", "", Latch.CONTENT), ["main", "data"]),
        (Harden(DOOR, "hub.example.com", "", Latch.PREGREET), []),
        (HandOn(RELAY, "relay", DOOR, "xclient"), []),
        (HandOn(RELAY, "relay", DOOR, "proxy"), ["main"]),
        (Listen("hub.example.com", DOOR, "203.0.113.26"), ["main"]),
    ],
)
def test_which_files_a_change_is_in(change: Change, parts: list[str]) -> None:
    written = exim.render(plan((change,)), Given())
    assert [w.name.rsplit("-", 1)[1].removesuffix(".conf") for w in written] == parts


def test_both_families_of_doors_and_friends() -> None:
    made = exim.Snippets.of((REFUSING,), "example.com", "0123abcd")
    assert made.main == [
        "hostlist mxlatch_0123abcd_lock1 = <; 127.0.0.0/8 ; ::1 ; 198.51.100.1 ; 198.51.100.64/26 ; 2001:db8:1::1"
    ]
    assert any("{<; 203.0.113.25 ; 2001:db8:3::25}" in line for line in made.rcpt)


def test_an_option_stands_once_however_many_addresses_a_host_has() -> None:
    changes = tuple(Harden(door, "hub", "", Latch.TLS) for door in (DOOR, "[2001:db8:3::25]:25"))
    (written,) = exim.render(plan(changes), Given())
    assert written.text.count("\ntls_advertise_hosts") == 1


def test_a_later_steps_file_takes_the_place_of_the_earlier() -> None:
    tls, recipient = (Harden(DOOR, "hub", "", latch) for latch in (Latch.TLS, Latch.RECIPIENT))
    both = in_steps((tls,), (recipient,))
    made = {w.name: w.text for w in exim.render(both, Given())}
    stem = f"exim-hub-for-example.com-{both.digest[:8]}"
    assert sorted(made) == [f"step-1.{stem}-main.conf", f"step-2.{stem}-main.conf", f"step-2.{stem}-rcpt.conf"]
    assert all(f".include /etc/exim4/{stem}-" in text for text in made.values())
    assert "tls_advertise_hosts = *" in made[f"step-2.{stem}-main.conf"]


def test_no_other_plan_has_the_same_files_or_lists() -> None:
    """Two domains, or two plans of one: saved in one folder, neither takes the other's place."""
    second = msgspec.structs.replace(plan((REFUSING,)), domain="second.example")
    plans = (plan((REFUSING,)), plan((REFUSING,), "made another day"), second)
    written = [exim.render(each, Given()) for each in plans]
    names = [w.name for texts in written for w in texts]
    assert len(set(names)) == len(names) == 6
    lists = {line for texts in written for line in texts[0].text.splitlines() if line.startswith("hostlist")}
    assert len(lists) == 3
