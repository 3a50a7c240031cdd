"""The settings that a plan gives to Postfix, set by the real postconf and met by real clients.

hub        203.0.113.25  2001:db8:3::25   knows its recipients
secondary  203.0.113.30                   takes any recipient and hands on to the hub
filter     198.51.100.1  2001:db8:1::1    may deliver to the hub
stranger   192.0.2.66    2001:db8:66::1
"""

from collections.abc import Iterator

import pytest
from realnet import smtp
from realnet.network import Net
from realnet.server import Server
from realnet.talk import recipient, replies

from mxlatch.plan.change import REFUSE, HandOn, Harden, Listen, Lock, Retire, StopWaiving
from mxlatch.plan.providers import postfix
from mxlatch.terms.latch import Latch

DOMAIN = "example.com"
HUB, SECOND, FILTER = ("203.0.113.25", "2001:db8:3::25"), "203.0.113.30", ("198.51.100.1", "2001:db8:1::1")
STRANGER, BACKUP = ("192.0.2.66", "2001:db8:66::1"), "203.0.113.26"
KNOWN, UNKNOWN = f"info@{DOMAIN}", f"nobody@{DOMAIN}"
# Of the settings: every kind of change once. The order test needs a short pregreet.
EVERY = (
    Lock("hub", HUB, (25,), FILTER, "the filter", stage=REFUSE),
    *(Harden("203.0.113.25:25", "hub", "Postfix", latch, "203.0.113.1:25") for latch in postfix.LATCHES),
    HandOn("203.0.113.30:25", "secondary", "203.0.113.25:25", "xclient", "Postfix"),
    HandOn("203.0.113.30:25", "secondary", "203.0.113.25:25", "proxy", ""),
    StopWaiving("[2001:db8::30]:25", "secondary", "203.0.113.25:25", (Latch.RECIPIENT,), "Postfix"),
    Retire("203.0.113.25:25", "hub", "old.example.com", "", "Postfix"),
    Listen("hub", "203.0.113.25:25", BACKUP, "Postfix"),
)


def wrapped(text: str, name: str) -> str:
    """A script of ours, run by the settings script of the server."""
    return f"cat >/srv/{name} <<'THE_SCRIPT'\n{text}THE_SCRIPT\nsh /srv/{name}\n"


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Net]:
    with Net(tmp_path_factory.mktemp("postfix") / "hosts") as made:
        made.host("filter", *FILTER)
        made.host("stranger", *STRANGER)
        yield made


@pytest.fixture(scope="module")
def locked(net: Net) -> Server:
    text = postfix.script(EVERY[:1], DOMAIN, ("mx1.example.com",))
    host = net.host("hub", *HUB)
    return smtp.postfix(host, smtp.Exchanger("hub.example.com", DOMAIN, ("info",), settings=wrapped(text, "lock.sh")))


@pytest.mark.parametrize("family", [0, 1], ids=["v4", "v6"])
def test_a_lock_by_settings(net: Net, locked: Server, family: int) -> None:
    assert recipient(net.hosts["filter"], HUB[family], KNOWN).startswith("250 2.1.5")
    refused = recipient(net.hosts["stranger"], HUB[family], KNOWN)
    assert refused.startswith("550 5.7.1 ")
    assert "This host takes no mail from you. Deliver to mx1.example.com" in refused


def test_the_filter_is_still_judged_by_what_else_there_is(net: Net, locked: Server) -> None:
    assert recipient(net.hosts["filter"], HUB[0], UNKNOWN).startswith("550 5.1.1")


def test_a_hardened_secondary_knows_the_recipients_of_the_hub(net: Net, locked: Server) -> None:
    """The secondary's address is none of the filter's: its own probes need leave too."""
    text = postfix.script((Harden(f"{SECOND}:25", "second", "Postfix", Latch.RECIPIENT),), DOMAIN)
    known = net.host("primary", "203.0.113.40")
    smtp.postfix(known, smtp.Exchanger("primary.example.com", DOMAIN, ("info",)))
    front = smtp.Exchanger(
        "second.example.com", DOMAIN, None, filters_for="203.0.113.40", settings=wrapped(text, "h.sh")
    )
    smtp.postfix(net.host("second", SECOND), front)
    stranger = net.hosts["stranger"]
    assert recipient(stranger, SECOND, KNOWN).startswith("250")
    assert recipient(stranger, SECOND, UNKNOWN).startswith("550 5.1.1")
    assert recipient(stranger, SECOND, "x@other.example").startswith("554")


def test_who_is_no_longer_waived(net: Net) -> None:
    """The hub's mynetworks hold the relay; afterwards they do not, and it cannot relay through the hub."""
    relay = net.host("relay", "203.0.113.50")
    changes = (StopWaiving("203.0.113.50:25", "relay", "203.0.113.51:25", (Latch.RELAY,), ""),)
    before = "postconf -e 'mynetworks = 203.0.113.0/24' 'smtpd_relay_restrictions = permit_mynetworks, reject'\n"
    for name, address, settings in (
        ("waives", "203.0.113.52", before),
        ("waives-not", "203.0.113.51", before + wrapped(postfix.script(changes, DOMAIN), "s.sh")),
    ):
        smtp.postfix(net.host(name, address), smtp.Exchanger(f"{name}.example.com", DOMAIN, settings=settings))
    assert recipient(relay, "203.0.113.52", "x@other.example").startswith("250")
    assert recipient(relay, "203.0.113.51", "x@other.example").startswith("554 5.7.1")


def test_xclient_is_for_the_relay_alone(net: Net) -> None:
    change = HandOn("198.51.100.1:25", "filter", "203.0.113.60:25", "xclient", "Postfix")
    text = postfix.script((change,), DOMAIN)
    smtp.postfix(net.host("x", "203.0.113.60"), smtp.Exchanger("x.example.com", DOMAIN, settings=wrapped(text, "x.sh")))
    said = replies(net.hosts["filter"], "203.0.113.60", "EHLO f.example", "XCLIENT ADDR=192.0.2.66", "EHLO c.example")
    assert [line[:3] for line in said] == ["220", "250", "220", "250"]
    said = replies(net.hosts["stranger"], "203.0.113.60", "EHLO f.example", "XCLIENT ADDR=192.0.2.66")
    assert said[-1].startswith("550 5.7.0"), said


def test_a_host_that_takes_no_more_mail_for_the_domain(net: Net) -> None:
    """Also not for one that it has as its own; who may relay still hands in."""
    text = postfix.script((Retire("203.0.113.61:25", "old", DOMAIN),), DOMAIN, ("mx1.example.com",))
    settings = "postconf -e 'mynetworks = 198.51.100.1'\n" + wrapped(text, "r.sh")
    smtp.postfix(net.host("old", "203.0.113.61"), smtp.Exchanger("old.example.com", DOMAIN, settings=settings))
    refused = recipient(net.hosts["stranger"], "203.0.113.61", KNOWN)
    assert refused.startswith("550 5.7.1")
    assert "mx1.example.com" in refused
    assert recipient(net.hosts["filter"], "203.0.113.61", KNOWN).startswith("250")


def test_a_sandwich_on_one_host(net: Net) -> None:
    """Who comes to the second address only gets 4xx; after a visit to the first, the second lets it in."""
    text = postfix.script((Listen("s", "203.0.113.70:25", "203.0.113.71", "Postfix"),), DOMAIN)
    quick = "postconf -e 'postscreen_greet_wait = 1s' 'postscreen_access_list ='\n"
    host = net.host("s", "203.0.113.70", "203.0.113.71")
    smtp.postfix(host, smtp.Exchanger("s.example.com", DOMAIN, ("info",), settings=quick + wrapped(text, "s.sh")))
    stranger, other = net.hosts["stranger"], net.hosts["filter"]
    assert recipient(stranger, "203.0.113.71", KNOWN).startswith("4"), "the second address first"
    assert recipient(stranger, "203.0.113.71", KNOWN).startswith("4"), "again: a retry is no pass"
    assert recipient(stranger, "203.0.113.70", KNOWN).startswith("250"), "the first"
    assert recipient(stranger, "203.0.113.71", KNOWN).startswith("250"), "the second, after the first"
    assert recipient(other, "203.0.113.71", KNOWN).startswith("4"), "another client is a stranger still"


def test_every_setting_at_once_then_undone(net: Net) -> None:
    """postfix check passes, no parameter is unknown, a second run changes nothing, the undo leaves what was before."""
    text, undo = postfix.script(EVERY, DOMAIN), postfix.undo()
    before = (
        "postconf -e inet_interfaces=203.0.113.80 smtpd_tls_cert_file=/srv/main.cf "
        "'smtpd_client_restrictions = reject_unknown_client_hostname'\n"
    )
    shown = "{ postconf -n; postconf -M; } >/srv/%s 2>&1\n"
    settings = before + shown % "before" + wrapped(text, "a.sh") + shown % "once" + "sh /srv/a.sh\n" + shown % "twice"
    settings += (
        wrapped(undo, "u.sh") + shown % "after" + "[ ! -e /etc/postfix/mxlatch ]\npostconf -e inet_interfaces=all\n"
    )
    host = net.host("all", "203.0.113.80", BACKUP)
    smtp.postfix(host, smtp.Exchanger("all.example.com", DOMAIN, ("info",), settings=settings)).stop()
    seen = {name: (host.folder / "postfix" / name).read_text() for name in ("before", "once", "twice", "after")}
    assert seen["after"] == seen["before"] != seen["once"] == seen["twice"]
    assert "unused parameter" not in seen["once"]
    assert "warning" not in (host.folder / "postfix" / "settings.log").read_text()
    for line in (
        "smtpd_client_restrictions = permit_sasl_authenticated, check_client_access "
        "cidr:/etc/postfix/mxlatch/1/lock3.cidr, reject_unknown_client_hostname, ",
        "postscreen_allowlist_interfaces = !203.0.113.26, ",
        "mynetworks = ![2001:db8::30], 127.0.0.0/8",
        "smtpd_authorized_xclient_hosts = 203.0.113.30",
        "unverified_recipient_reject_code = 550",
    ):
        assert any(each.startswith(line) for each in seen["once"].splitlines()), seen["once"]


def test_a_script_that_fails_changes_nothing(net: Net) -> None:
    """No certificate: TLS cannot be switched on, and what came before it in the script is put back."""
    changes = (StopWaiving("192.0.2.9:25", "r", "203.0.113.25:25", ()), Harden("203.0.113.25:25", "hub", "", Latch.TLS))
    text = postfix.script(changes, DOMAIN)
    settings = "postconf -n >/srv/before; " + wrapped(text, "t.sh").rstrip() + " && exit 9\npostconf -n >/srv/after\n"
    host = net.host("fails", "203.0.113.90")
    smtp.postfix(host, smtp.Exchanger("fails.example.com", DOMAIN, ("info",), settings=settings)).stop()
    files = host.folder / "postfix"
    assert (files / "before").read_text() == (files / "after").read_text()
    assert "nothing was changed" in (files / "settings.log").read_text()
