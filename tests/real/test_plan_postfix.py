"""The settings that a plan gives to Postfix, set by the real postconf and met by real clients.

hub        203.0.113.25  2001:db8:3::25   knows its recipients
secondary  203.0.113.30                   takes any recipient and hands on to the hub
filter     198.51.100.1  2001:db8:1::1    may deliver to the hub
stranger   192.0.2.66    2001:db8:66::1
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from realnet import smtp, tools
from realnet.network import Net
from realnet.server import Server
from realnet.talk import recipient, replies

from mxlatch.plan.change import REFUSE, HandOn, Harden, Listen, Lock, Retire, StopWaiving
from mxlatch.plan.providers import postfix
from mxlatch.terms.latch import Latch

DOMAIN = "example.com"
HUB, SECOND, FILTER = ("203.0.113.25", "2001:db8:3::25"), "203.0.113.30", ("198.51.100.1", "2001:db8:1::1")
STRANGER, BACKUP = ("192.0.2.66", "2001:db8:66::1"), "203.0.113.26"
PLAN, OTHER = f"{DOMAIN}-0123abcd-2", "second.example-4567abcd-2"  # where two plans keep what was before
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


# Where people hand in their mail: with restrictions of its own, as Postfix's own master.cf has them, and without.
SUBMISSION = (
    "postconf -M 'submission/inet=submission inet n - n - - smtpd' 'smtps/inet=smtps inet n - n - - smtpd'\n"
    "postconf -P 'smtps/inet/smtpd_client_restrictions=reject_unknown_client_hostname'\n"
)


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Net]:
    with Net(tmp_path_factory.mktemp("postfix") / "hosts") as made:
        made.host("filter", *FILTER)
        made.host("stranger", *STRANGER)
        yield made


@pytest.fixture(scope="module")
def locked(net: Net) -> Server:
    text = postfix.script(EVERY[:1], DOMAIN, PLAN, ("mx1.example.com",))
    host = net.host("hub", *HUB)
    settings = SUBMISSION + wrapped(text, "lock.sh")
    return smtp.postfix(host, smtp.Exchanger("hub.example.com", DOMAIN, ("info",), settings=settings))


@pytest.mark.parametrize("family", [0, 1], ids=["v4", "v6"])
def test_a_lock_by_settings(net: Net, locked: Server, family: int) -> None:
    assert recipient(net.hosts["filter"], HUB[family], KNOWN).startswith("250 2.1.5")
    refused = recipient(net.hosts["stranger"], HUB[family], KNOWN)
    assert refused.startswith("550 5.7.1 ")
    assert "This host takes no mail from you. Deliver to mx1.example.com" in refused


@pytest.mark.parametrize("family", [0, 1], ids=["v4", "v6"])
def test_a_lock_is_of_its_port(net: Net, locked: Server, family: int) -> None:
    """Who comes to 587 or 465 is judged by what stood there before."""
    stranger = net.hosts["stranger"]
    assert recipient(stranger, HUB[family], KNOWN, port=25).startswith("550 5.7.1")
    assert recipient(stranger, HUB[family], KNOWN, port=587).startswith("250 2.1.5")
    assert "cannot find your hostname" in recipient(stranger, HUB[family], KNOWN, port=465)


def test_the_filter_is_still_judged_by_what_else_there_is(net: Net, locked: Server) -> None:
    assert recipient(net.hosts["filter"], HUB[0], UNKNOWN).startswith("550 5.1.1")


def test_a_hardened_secondary_knows_the_recipients_of_the_hub(net: Net, locked: Server) -> None:
    """The secondary's address is none of the filter's: its own probes need leave too."""
    text = postfix.script((Harden(f"{SECOND}:25", "second", "Postfix", Latch.RECIPIENT),), DOMAIN, PLAN)
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
        ("waives-not", "203.0.113.51", before + wrapped(postfix.script(changes, DOMAIN, PLAN), "s.sh")),
    ):
        smtp.postfix(net.host(name, address), smtp.Exchanger(f"{name}.example.com", DOMAIN, settings=settings))
    assert recipient(relay, "203.0.113.52", "x@other.example").startswith("250")
    assert recipient(relay, "203.0.113.51", "x@other.example").startswith("554 5.7.1")


def test_xclient_is_for_the_relay_alone(net: Net) -> None:
    change = HandOn("198.51.100.1:25", "filter", "203.0.113.60:25", "xclient", "Postfix")
    text = postfix.script((change,), DOMAIN, PLAN)
    smtp.postfix(net.host("x", "203.0.113.60"), smtp.Exchanger("x.example.com", DOMAIN, settings=wrapped(text, "x.sh")))
    said = replies(net.hosts["filter"], "203.0.113.60", "EHLO f.example", "XCLIENT ADDR=192.0.2.66", "EHLO c.example")
    assert [line[:3] for line in said] == ["220", "250", "220", "250"]
    said = replies(net.hosts["stranger"], "203.0.113.60", "EHLO f.example", "XCLIENT ADDR=192.0.2.66")
    assert said[-1].startswith("550 5.7.0"), said


def test_a_host_that_takes_no_more_mail_for_the_domain(net: Net) -> None:
    """Also not for one that it has as its own; who may relay still hands in."""
    text = postfix.script((Retire("203.0.113.61:25", "old", DOMAIN),), DOMAIN, PLAN, ("mx1.example.com",))
    settings = "postconf -e 'mynetworks = 198.51.100.1'\n" + wrapped(text, "r.sh")
    smtp.postfix(net.host("old", "203.0.113.61"), smtp.Exchanger("old.example.com", DOMAIN, settings=settings))
    refused = recipient(net.hosts["stranger"], "203.0.113.61", KNOWN)
    assert refused.startswith("550 5.7.1")
    assert "mx1.example.com" in refused
    assert recipient(net.hosts["filter"], "203.0.113.61", KNOWN).startswith("250")


def test_a_sandwich_on_one_host(net: Net) -> None:
    """Who comes to the second address only gets 4xx; after a visit to the first, the second lets it in."""
    text = postfix.script((Listen("s", "203.0.113.70:25", "203.0.113.71", "Postfix"),), DOMAIN, PLAN)
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
    text, undo = postfix.script(EVERY, DOMAIN, PLAN), postfix.undo(PLAN)
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
        "smtpd_client_restrictions = $mxlatch_lock, reject_unknown_client_hostname, ",
        "postscreen_allowlist_interfaces = !203.0.113.26, ",
        "mynetworks = ![2001:db8::30], 127.0.0.0/8",
        "smtpd_authorized_xclient_hosts = 203.0.113.30",
        "unverified_recipient_reject_code = 550",
    ):
        assert any(each.startswith(line) for each in seen["once"].splitlines()), seen["once"]


def test_a_script_that_fails_changes_nothing(net: Net) -> None:
    """No certificate: TLS cannot be switched on, and what came before it in the script is put back."""
    changes = (StopWaiving("192.0.2.9:25", "r", "203.0.113.25:25", ()), Harden("203.0.113.25:25", "hub", "", Latch.TLS))
    text = postfix.script(changes, DOMAIN, PLAN)
    settings = "postconf -n >/srv/before; " + wrapped(text, "t.sh").rstrip() + " && exit 9\npostconf -n >/srv/after\n"
    host = net.host("fails", "203.0.113.90")
    smtp.postfix(host, smtp.Exchanger("fails.example.com", DOMAIN, ("info",), settings=settings)).stop()
    files = host.folder / "postfix"
    assert (files / "before").read_text() == (files / "after").read_text()
    assert "nothing was changed" in (files / "settings.log").read_text()


def in_turn(folder: Path, *scripts: str) -> tuple[list[str], str]:
    """Scripts run one after the other, whether they fail or not: the settings before and after each; what is said."""
    show = "{ postconf -n; postconf -M; ls /etc/postfix/mxlatch || :; } >/srv/shown-%d 2>&1\n"
    steps = f"mkdir -p /etc/postfix\ncp /srv/main.cf /srv/master.cf /etc/postfix\n{SUBMISSION}{show % 0}"
    for number, text in enumerate(scripts, 1):
        steps += wrapped(text, f"{number}.sh").rstrip() + f" || echo refused: {number}\n" + show % number
    files = {
        "main.cf": "compatibility_level = 3.6\nsmtpd_client_restrictions = reject_unauth_pipelining\n",
        "master.cf": "smtp inet n - n - - smtpd\n",
    }
    ran = tools.run("postfix", folder, steps, files)
    assert ran.returncode == 0, ran.stdout
    return [(folder / f"shown-{n}").read_text() for n in range(len(scripts) + 1)], ran.stdout


LOCK = (Lock("hub", (), (25,), FILTER, "the filter", stage=REFUSE),)
FIRST, SECOND_PLAN = (
    (postfix.script(LOCK, d, p), postfix.undo(p)) for d, p in ((DOMAIN, PLAN), ("second.example", OTHER))
)


def test_the_locks_of_two_domains_on_one_host(net: Net) -> None:
    host, quick = net.host("both", "203.0.113.91"), "touch -d '1 minute ago' /etc/postfix/*.cf\n"
    settings = wrapped(FIRST[0], "1.sh") + quick + wrapped(SECOND_PLAN[0], "2.sh")
    smtp.postfix(host, smtp.Exchanger("both.example.com", DOMAIN, ("info",), settings=settings))
    assert recipient(net.hosts["stranger"], "203.0.113.91", KNOWN).startswith("550 5.7.1")
    assert recipient(net.hosts["filter"], "203.0.113.91", KNOWN).startswith("250")


def test_the_second_ones_undo_leaves_the_first_ones_lock(tmp_path: Path) -> None:
    """And the first one's waits for it, as long as both stand."""
    shown, told = in_turn(tmp_path, FIRST[0], SECOND_PLAN[0], FIRST[0], FIRST[1], SECOND_PLAN[1], FIRST[1], FIRST[1])
    before, first, second, again, refused, undone, bare, twice = shown
    assert before != first != second == again == refused
    assert undone == first
    assert bare == before == twice
    assert "refused: 4\n" in told
    assert f"is of a later plan too. Run the undo of {OTHER} first, then this" in told
    assert "refused: 7\n" in told
    assert f"nothing of {PLAN} stands here" in told
    assert told.count("refused: ") == 2
    assert "warning" not in told


def test_a_lock_that_lets_in_others_is_refused(tmp_path: Path) -> None:
    """Together they would let in nobody: what either plan wants is not for a script to guess."""
    other = (Lock("hub", (), (25,), (STRANGER[0],), "another filter", stage=REFUSE),)
    shown, told = in_turn(tmp_path, FIRST[0], postfix.script(other, "second.example", OTHER), FIRST[1])
    before, first, refused, undone = shown
    assert refused == first != before == undone
    assert f"smtp/inet is locked already, by /etc/postfix/mxlatch/{PLAN}/lock1.cidr, which lets in others" in told
    assert "nothing was changed" in told


def test_a_port_that_no_service_has_is_told(tmp_path: Path) -> None:
    (before, after), told = in_turn(tmp_path, postfix.script((Lock("h", (), (2525,), (), stage=REFUSE),), DOMAIN, PLAN))
    assert before == after
    assert "master.cf has no service at port 2525 of this host: set the lock by hand" in told


def test_what_somebody_changed_since_is_left_and_told(tmp_path: Path) -> None:
    by_hand = "postconf -e 'smtpd_client_restrictions = $mxlatch_lock, reject_unauth_pipelining, sleep 1'\n"
    shown, told = in_turn(tmp_path, FIRST[0], by_hand, FIRST[1])
    assert shown[3] == shown[2] != shown[1]
    assert "nothing was changed: smtpd_client_restrictions is not as this plan left it" in told


@pytest.mark.parametrize("first", ["lock", "postscreen"])
def test_a_lock_behind_postscreen(net: Net, first: str) -> None:
    """Then port 25 is of the service that postscreen passes its clients on to; whichever of the two was first."""
    pregreet = (Harden("203.0.113.95:25", "hub", "Postfix", Latch.PREGREET),)
    screen = postfix.script(pregreet, DOMAIN, OTHER)
    address = {"lock": "203.0.113.95", "postscreen": "203.0.113.96"}[first]
    old = "touch -d '1 minute ago' /etc/postfix/*.cf\n"
    settings = SUBMISSION + "postconf -e 'postscreen_greet_wait = 1s'\n" + old
    for text in (FIRST[0], screen) if first == "lock" else (screen, FIRST[0]):
        settings += wrapped(text, "s.sh") + old
    host = net.host(f"screen-{first}", address)
    smtp.postfix(host, smtp.Exchanger(f"{first}.example.com", DOMAIN, ("info",), settings=settings))
    assert "warning" not in (host.folder / "postfix" / "settings.log").read_text()
    assert recipient(net.hosts["stranger"], address, KNOWN).startswith("550 5.7.1")
    assert recipient(net.hosts["stranger"], address, KNOWN, port=587).startswith("250")
    assert recipient(net.hosts["filter"], address, KNOWN).startswith("250")
