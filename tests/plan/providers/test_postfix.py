"""The scripts for Postfix as text; tests/real/test_plan_postfix.py runs them and speaks to the server."""

import subprocess

import msgspec
import pytest

from mxlatch.plan.change import REFUSE, Change, HandOn, Harden, Outward, Records
from mxlatch.plan.provider import Given
from mxlatch.plan.providers import postfix
from mxlatch.terms.errors import InputError
from mxlatch.terms.latch import Latch
from tests.plan.providers.examples import DOMAIN, DOOR, EVERY, LOCK, in_steps, plan

MX = Records(DOMAIN, DOMAIN, "MX", (), ("10 mx1.example.com.",), 300, 300)
REFUSING = msgspec.structs.replace(LOCK, stage=REFUSE)


@pytest.mark.parametrize(
    ("change", "expressed"),
    [
        (LOCK, False),
        (REFUSING, True),
        (msgspec.structs.replace(REFUSING, firewall="edge"), True),
        (Harden(DOOR, "hub", "Exim 4.96", Latch.RECIPIENT), False),
        (Harden(DOOR, "hub", "", Latch.RECIPIENT), True),
        (Harden(DOOR, "hub", "Postfix", Latch.ORDER), False),
        (HandOn(DOOR, "relay", DOOR, "received"), False),
        (HandOn(DOOR, "relay", DOOR, "xclient"), True),
        (Outward("edge", (), ()), False),
    ],
)
def test_what_postfix_has_settings_for(change: Change, expressed: bool) -> None:
    assert postfix.expresses(change) is expressed
    assert bool(postfix.render(plan((change,)), Given())) is expressed


def test_a_stranger_is_told_the_exchangers_that_the_plan_publishes() -> None:
    script, _ = postfix.render(plan((MX, REFUSING)), Given())
    told = "550 5.7.1 This host takes no mail from you. Deliver to mx1.example.com"
    table = ["127.0.0.0/8 DUNNO", "198.51.100.1 DUNNO", "198.51.100.64/26 DUNNO", "::1 DUNNO", "2001:db8:1::1 DUNNO"]
    assert "\n".join([*table, f"0.0.0.0/0 {told}", f"::/0 {told}"]) in script.text


def test_a_script_and_its_undo_for_each_step() -> None:
    harden = Harden(DOOR, LOCK.host, "Postfix", Latch.TLS)
    written = postfix.render(in_steps((harden,), (MX,), (REFUSING,)), Given())
    assert [w.name for w in written] == [
        f"step-{n}.postfix-hub.example.com-for-example.com{end}" for n in (1, 3) for end in (".sh", "-undo.sh")
    ]
    folders = [line for w in written for line in w.text.splitlines() if line.startswith("plan=")]
    assert folders[0] == folders[1] != folders[2] == folders[3]
    assert folders[2].endswith("-3")


def test_each_plan_has_a_folder_of_its_own() -> None:
    """Two domains, or two plans of one, have the same step for one host: neither writes over the other's."""
    second = msgspec.structs.replace(plan((REFUSING,)), domain="second.example")
    plans = (plan((REFUSING,)), plan((REFUSING,), "made another day"), second)
    written = [postfix.render(each, Given())[0] for each in plans]
    folders = {line for w in written for line in w.text.splitlines() if line.startswith("plan=")}
    assert len(folders) == 3
    assert written[0].name != written[2].name


@pytest.mark.parametrize(
    ("ports", "services"),
    [((25,), "25 smtp"), ((2525, 25), "25 smtp 2525"), ((465, 587), "465 smtps submissions 587 submission")],
)
def test_the_services_of_a_locks_ports(ports: tuple[int, ...], services: str) -> None:
    text = postfix.script((msgspec.structs.replace(REFUSING, ports=ports),), DOMAIN, "here")
    assert f'\nlock "{services}" "203.0.113.25 2001:db8:3::25" "$ours/lock1.cidr"\n' in text


def test_the_shell_reads_them() -> None:
    for written in postfix.render(plan(EVERY), Given()):
        assert subprocess.run(("sh", "-n"), input=written.text, text=True).returncode == 0, written.name


def test_a_list_answers_only_what_means_listed() -> None:
    script, _ = postfix.render(plan((Harden(DOOR, "hub", "", Latch.DNSBL),)), Given())
    assert "reject_rbl_client zen.spamhaus.org=127.0.0.[2..11]" in script.text


def test_xclient_is_not_promised_of_postfix_as_a_relay() -> None:
    script, _ = postfix.render(plan((HandOn(DOOR, "relay", DOOR, "xclient"),)), Given())
    assert "cannot send it" in script.text


def test_what_it_has_no_setting_for_is_an_error_if_asked_directly() -> None:
    with pytest.raises(InputError, match="order"):
        postfix.script((Harden(DOOR, "hub", "", Latch.ORDER),), DOMAIN, "here")
