"""The files for rspamd as text; tests/real/test_plan_rspamd.py runs rspamd with them."""

import ipaddress

import pytest

from mxlatch.plan.change import HandOn, Harden, StopWaiving
from mxlatch.plan.provider import Given
from mxlatch.plan.providers import rspamd
from mxlatch.plan.providers.mailhost import OnHost
from mxlatch.terms.errors import InputError
from mxlatch.terms.latch import Latch
from tests.plan.providers.examples import DOOR, RELAY, plan

STOP = StopWaiving("10.9.8.7:25", "relay", DOOR, (Latch.SPF,))


@pytest.mark.parametrize(
    ("changes", "files"),
    [
        ((HandOn(RELAY, "relay.example.com", DOOR, "received"),), ["local.d/external_relay.conf"]),
        ((STOP,), ["override.d/options.inc"]),
        ((Harden(DOOR, "hub", "", Latch.CONTENT, "203.0.113.1:25"),), ["local.d/redis.conf"]),
        ((Harden(DOOR, "hub", "", Latch.CONTENT),), []),
        ((Harden(DOOR, "hub", "", Latch.DMARC),), ["local.d/dmarc.conf"]),
    ],
)
def test_which_files_a_change_is_in(changes: tuple[OnHost, ...], files: list[str]) -> None:
    assert list(rspamd.settings(changes)) == files


def test_a_relay_is_no_local_address_and_its_neighbours_still_are() -> None:
    (lines,) = rspamd.settings((STOP,)).values()
    listed = [ipaddress.ip_network(line.strip(' ",')) for text in lines for line in text.split("\n") if '"' in line]
    local = {a: any(ipaddress.ip_address(a) in n for n in listed) for a in ("10.9.8.7", "10.9.8.6", "10.9.8.8", "::1")}
    assert local == {"10.9.8.7": False, "10.9.8.6": True, "10.9.8.8": True, "::1": True}


def test_the_names_of_the_files_and_where_they_go() -> None:
    (written,) = rspamd.render(plan((STOP,)), Given())
    assert written.name == "rspamd-203.0.113.25_25-override.d-options.inc"
    assert "# Put this into /etc/rspamd/override.d/options.inc." in written.text


def test_only_what_is_a_host_name_is_trusted() -> None:
    with pytest.raises(InputError):
        rspamd.settings((HandOn(RELAY, 'x"]; rules = {', DOOR, "received"),))
