"""What the settings of every mail server share."""

import msgspec
import pytest

from mxlatch.plan.change import REFUSE, REJECT, Certificate, Change, HandOn, Harden, Lock, Records, Retire, StopWaiving
from mxlatch.plan.providers import mailhost
from mxlatch.plan.providers.mailhost import OnHost
from mxlatch.plan.result import Plan, Step
from mxlatch.terms.errors import InputError
from mxlatch.terms.latch import Latch
from mxlatch.terms.smtp import Reply
from mxlatch.world.taking import says_foreign
from tests.plan.providers.examples import LOCK, in_steps

HARDEN = Harden("192.0.2.1:25", "mx2.example.com", "Postfix", Latch.DNSBL)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (HARDEN, "mx2.example.com"),
        (Lock("hub", ("192.0.2.1",), (25,), ()), "hub"),
        (HandOn("192.0.2.1:25", "relay", "192.0.2.2:25", "xclient"), "192.0.2.2:25"),
        (StopWaiving("192.0.2.1:25", "relay", "192.0.2.2:25", ()), "192.0.2.2:25"),
    ],
)
def test_where_a_change_is_set(change: OnHost, where: str) -> None:
    assert mailhost.place(change) == where


def test_a_stage_for_each_step_and_host_and_each_setting_once() -> None:
    second = msgspec.structs.replace(HARDEN, door="[2001:db8::1]:25")
    other = msgspec.structs.replace(HARDEN, host="mx3.example.com")
    tls = msgspec.structs.replace(HARDEN, latch=Latch.TLS)
    made = mailhost.stages(in_steps((HARDEN, second, other), (LOCK,), (tls, HARDEN)), lambda c: isinstance(c, Harden))
    assert [(s.prefix, s.where, s.changes, s.together) for s in made] == [
        ("step-1.", "mx2.example.com", (HARDEN,), (HARDEN,)),
        ("step-1.", "mx3.example.com", (other,), (other,)),
        ("step-3.", "mx2.example.com", (tls, HARDEN), (HARDEN, tls)),
    ]
    assert any("not in this file: lock of hub.example.com" in line for line in made[0].heads)
    assert mailhost.stages(in_steps((HARDEN,), (LOCK,)), lambda c: isinstance(c, Harden))[0].prefix == ""


@pytest.mark.parametrize(
    ("software", "postfix"), [("Postfix 3.7", True), ("", True), ("Exim 4.96", False), ("postfix", True)]
)
def test_whose_software(software: str, postfix: bool) -> None:
    change = Harden("192.0.2.1:25", "mx2", software, Latch.TLS)
    assert mailhost.expressed(change, "postfix", {Latch.TLS}, ()) is postfix


@pytest.mark.parametrize(
    ("change", "can"),
    [
        (Harden("192.0.2.1:25", "mx2", "", Latch.TLS), True),
        (Harden("192.0.2.1:25", "mx2", "", Latch.ORDER), False),
        (HandOn("192.0.2.1:25", "mx2", "192.0.2.2:25", "proxy"), True),
        (HandOn("192.0.2.1:25", "mx2", "192.0.2.2:25", "xclient"), False),
        (msgspec.structs.replace(LOCK, stage=REFUSE), True),
        (msgspec.structs.replace(LOCK, stage=REJECT), False),  # the firewall's
        (Retire("192.0.2.1:25", "mx2", "example.com"), True),
        (Certificate("mx2", ("mx3.example.com",)), False),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_a_mail_servers_settings_can_do(change: Change, can: bool) -> None:
    assert mailhost.expressed(change, "postfix", {Latch.TLS}, ("proxy",)) is can


@pytest.mark.parametrize(
    ("detail", "name"),
    [
        ("", "zen.spamhaus.org"),
        ("zen.spamhaus.org at RCPT", "zen.spamhaus.org"),
        ("asks bl.example.net, then others", "bl.example.net"),
        ("since 1.2.3.4", "zen.spamhaus.org"),
        ("rspamd", "zen.spamhaus.org"),
        ("bl.example.net;reboot", "zen.spamhaus.org"),
    ],
)
def test_the_list_that_the_owner_names(detail: str, name: str) -> None:
    assert mailhost.listed_in(detail) == name


def test_answers_of_refused_resolvers_are_no_listing() -> None:
    assert mailhost.answers_of("zen.spamhaus.org") == (2, 11)
    assert mailhost.answers_of("bl.example.net") == (2, 254)


def plan(*mx: str) -> Plan:
    records = Records("example.com", "example.com", "MX", (), mx, 300, 300)
    return Plan(
        domain="example.com", made="", profile="", sentence="", before="", after="", steps=(Step("", (records,)),)
    )


@pytest.mark.parametrize(
    ("mx", "names"),
    [
        (("20 mx2.example.com.", "10 mx1.example.com."), ("mx1.example.com", "mx2.example.com")),
        (("0 .",), ()),
        ((), ()),
    ],
)
def test_where_a_stranger_shall_deliver(mx: tuple[str, ...], names: tuple[str, ...]) -> None:
    assert mailhost.exchangers(plan(*mx)) == names


def test_a_hostile_exchanger_is_refused() -> None:
    with pytest.raises(InputError):
        mailhost.exchangers(plan("10 $(reboot)."))


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ((), "This host takes no mail from you. Deliver to the MX of example.com"),
        (("mx1.example.com",), "This host takes no mail from you. Deliver to mx1.example.com"),
    ],
)
def test_what_a_stranger_is_told(names: tuple[str, ...], told: str) -> None:
    assert mailhost.refusal("example.com", names) == told


def test_what_is_told_at_a_retired_server_is_no_refusal_of_the_client() -> None:
    told = mailhost.retired("example.com", ("mx1.example.com",))
    assert told == "Relaying denied for example.com. Deliver to mx1.example.com"
    assert says_foreign(Reply(550, (f"5.7.1 <a@example.com>: Recipient address rejected: {told}",)))
    assert not says_foreign(Reply(550, (mailhost.refusal("example.com", ()),)))
