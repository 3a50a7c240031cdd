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
    made = exim.Snippets.of((REFUSING,), "example.com")
    assert made.main == [
        "hostlist mxlatch_lock1 = <; 127.0.0.0/8 ; ::1 ; 198.51.100.1 ; 198.51.100.64/26 ; 2001:db8:1::1"
    ]
    assert any("{<; 203.0.113.25 ; 2001:db8:3::25}" in line for line in made.rcpt)


def test_an_option_stands_once_however_many_addresses_a_host_has() -> None:
    changes = tuple(Harden(door, "hub", "", Latch.TLS) for door in (DOOR, "[2001:db8:3::25]:25"))
    (written,) = exim.render(plan(changes), Given())
    assert written.text.count("\ntls_advertise_hosts") == 1


def test_a_later_steps_file_takes_the_place_of_the_earlier() -> None:
    tls, recipient = (Harden(DOOR, "hub", "", latch) for latch in (Latch.TLS, Latch.RECIPIENT))
    made = {w.name: w.text for w in exim.render(in_steps((tls,), (recipient,)), Given())}
    assert sorted(made) == ["step-1.exim-hub-main.conf", "step-2.exim-hub-main.conf", "step-2.exim-hub-rcpt.conf"]
    assert all(".include /etc/exim4/exim-hub-" in text for text in made.values())
    assert "tls_advertise_hosts = *" in made["step-2.exim-hub-main.conf"]
