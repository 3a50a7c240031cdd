"""The settings that a plan gives to Exim: read by the real Exim, and asked by `exim -bh`, as if somebody connected."""

import subprocess
from pathlib import Path

import pytest
from realnet import tools

from mxlatch.plan.change import REFUSE, HandOn, Harden, Listen, Lock, Retire, StopWaiving
from mxlatch.plan.provider import Given
from mxlatch.plan.providers import exim
from mxlatch.plan.providers.exim import Snippets
from mxlatch.plan.providers.mailhost import OnHost
from mxlatch.plan.result import Plan, Step
from mxlatch.terms.latch import Latch

DOMAIN, DOOR = "example.com", "203.0.113.25:25"
HUB, FILTER, STRANGER = (
    ("203.0.113.25", "2001:db8:3::25"),
    ("198.51.100.1", "2001:db8:1::1"),
    ("192.0.2.66", "2001:db8::66"),
)
LOCK = Lock("hub", HUB, (25, 465), (*FILTER, "198.51.100.64/26"), "the filter", shared=True, stage=REFUSE)
RELAY = "198.51.100.200"
CONFIG = f"""
primary_hostname = hub.example.com
exim_user = Debian-exim
exim_group = Debian-exim
keep_environment =
spool_directory = /srv/spool
log_file_path = /srv/%slog
host_lookup =
rfc1413_query_timeout = 0s
domainlist local_domains = {DOMAIN}
domainlist relay_to_domains =
hostlist relay_from_hosts = 127.0.0.1 : {RELAY}
acl_smtp_rcpt = rcpt
acl_smtp_data = data
.include /srv/main.conf
begin acl
rcpt:
.include /srv/rcpt.conf
  accept hosts = +relay_from_hosts
  accept domains = +local_domains
  deny message = relay not permitted
data:
.include /srv/data.conf
  accept
begin routers
users:
  driver = accept
  local_parts = info
  transport = hole
begin transports
hole:
  driver = appendfile
  file = /dev/null
"""
PREPARE = "mkdir -p /srv/spool; chown Debian-exim /srv /srv/spool; chown root /srv/*.conf; chmod 644 /srv/*.conf\n"


def files(*changes: OnHost) -> dict[str, str]:
    made = Snippets.of(changes, DOMAIN, "0123abcd", ("mx1.example.com",))
    parts = {"main": made.main, "rcpt": made.rcpt, "data": made.data}
    return {"exim.conf": CONFIG} | {f"{name}.conf": "\n".join(lines) + "\n" for name, lines in parts.items()}


def checked(folder: Path, group: str, *changes: OnHost) -> subprocess.CompletedProcess[str]:
    return tools.run(group, folder, PREPARE + "exim4 -bV -C /srv/exim.conf", files(*changes))


def test_the_locks_of_two_domains_on_one_host(tmp_path: Path) -> None:
    """Both files are included: no list is defined twice, and who may connect may."""
    first, second = (Snippets.of((LOCK,), domain, mark, ("mx1.example.com",))
                     for domain, mark in ((DOMAIN, "0123abcd"), ("second.example", "4567abcd")))  # fmt: skip
    parts = {
        f"{part}.conf": "\n".join(getattr(first, part) + getattr(second, part)) + "\n"
        for part in ("main", "rcpt", "data")
    }
    both = {"exim.conf": CONFIG} | parts
    assert tools.run("exim", tmp_path, PREPARE + "exim4 -bV -C /srv/exim.conf", both).returncode == 0
    answers = [asked(tmp_path, client, f"info@{DOMAIN}", both) for client in (FILTER[0], STRANGER[0])]
    assert [answer[:3] for answer in answers] == ["250", "550"]


def says(folder: Path, client: str, to: str, *changes: OnHost, at: str = f"{HUB[0]}.25") -> str:
    """The reply to RCPT for a client that connects from an address to our address and port."""
    return asked(folder, client, to, files(*changes), at)


def asked(folder: Path, client: str, to: str, settings: dict[str, str], at: str = f"{HUB[0]}.25") -> str:
    """The same, of these files."""
    dialogue = f"EHLO client.example\nMAIL FROM:<someone@elsewhere.example>\nRCPT TO:<{to}>\nQUIT\n"
    script = PREPARE + f"exim4 -C /srv/exim.conf -oMi {at} -bh {client} </srv/dialogue 2>/dev/null"
    ran = tools.run("exim", folder, script, settings | {"dialogue": dialogue})
    replies = [line for line in ran.stdout.splitlines() if line[:3].isdigit() and line[3:4] == " "]
    assert len(replies) == 5, ran.stdout
    return replies[3]


@pytest.mark.parametrize("family", [0, 1], ids=["v4", "v6"])
def test_a_lock(tmp_path: Path, family: int) -> None:
    at, known = f"{HUB[family]}.25", f"info@{DOMAIN}"
    assert says(tmp_path, FILTER[family], known, LOCK, at=at).startswith("250")
    refused = says(tmp_path, STRANGER[family], known, LOCK, at=at)
    assert refused == "550 5.7.1 This host takes no mail from you. Deliver to mx1.example.com"
    assert says(tmp_path, STRANGER[family], known, at=at).startswith("250"), "without the lock"


@pytest.mark.parametrize(
    ("client", "at", "reply"),
    [
        ("198.51.100.77", f"{HUB[0]}.465", "250"),
        (STRANGER[0], f"{HUB[0]}.465", "550"),
        (STRANGER[0], f"{HUB[0]}.2525", "250"),
        (STRANGER[0], "203.0.113.26.25", "250"),
        ("127.0.0.1", f"{HUB[0]}.25", "250"),
    ],
)
def test_a_lock_is_for_these_doors_and_people(tmp_path: Path, client: str, at: str, reply: str) -> None:
    assert says(tmp_path, client, f"info@{DOMAIN}", LOCK, at=at).startswith(reply)


def test_recipients(tmp_path: Path) -> None:
    change = Harden(DOOR, "hub", "Exim 4.96", Latch.RECIPIENT)
    assert says(tmp_path, STRANGER[0], f"info@{DOMAIN}", change).startswith("250")
    assert says(tmp_path, STRANGER[0], f"nobody@{DOMAIN}", change) == "550 5.1.1 Unknown recipient"
    assert says(tmp_path, STRANGER[0], f"nobody@{DOMAIN}").startswith("250"), "without it"


def test_relaying(tmp_path: Path) -> None:
    change = Harden(DOOR, "hub", "", Latch.RELAY)
    assert says(tmp_path, STRANGER[0], "x@other.example", change) == "550 5.7.1 Relay not permitted"
    assert says(tmp_path, RELAY, "x@other.example", change).startswith("250")


def test_a_host_that_takes_no_more_mail_for_the_domain(tmp_path: Path) -> None:
    change = Retire(DOOR, "hub", DOMAIN)
    assert says(tmp_path, STRANGER[0], f"info@{DOMAIN}", change).startswith("550 5.7.1 Relaying denied")
    assert says(tmp_path, RELAY, f"info@{DOMAIN}", change).startswith("250")


def test_what_is_no_longer_waived(tmp_path: Path) -> None:
    change = StopWaiving(f"{RELAY}:25", "relay", DOOR, (Latch.RECIPIENT, Latch.RELAY, Latch.DNSBL))
    assert says(tmp_path, RELAY, f"nobody@{DOMAIN}").startswith("250"), "before"
    assert says(tmp_path, RELAY, f"nobody@{DOMAIN}", change) == "550 5.1.1 Unknown recipient"
    assert says(tmp_path, RELAY, "x@other.example", change) == "550 5.7.1 Relay not permitted"
    assert says(tmp_path, RELAY, f"info@{DOMAIN}", change).startswith("250")


EVERY = (
    LOCK,
    *(Harden(DOOR, "hub", "Exim", latch, "203.0.113.1:25", "bl.example.net") for latch in sorted(exim.LATCHES)),
    HandOn(f"{RELAY}:25", "relay", DOOR, "proxy", "Exim"),
    HandOn("[2001:db8::30]:25", "relay", DOOR, "proxy", ""),
    StopWaiving(f"{RELAY}:25", "relay", DOOR, tuple(Latch), "Exim"),
    Retire(DOOR, "hub", "old.example.com", "", "Exim"),
    Listen("hub", DOOR, "203.0.113.26", "Exim"),
)


def test_every_setting_is_read(tmp_path: Path) -> None:
    ran = checked(tmp_path, "exim-heavy", *EVERY)
    assert ran.returncode == 0, ran.stdout
    assert "Configuration file is /srv/exim.conf" in ran.stdout


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (Harden(DOOR, "hub", "", Latch.CONTENT), "mxlatch_needs_an_exim_with_content_scanning"),
        (HandOn(f"{RELAY}:25", "relay", DOOR, "proxy"), "mxlatch_needs_an_exim_with_proxy"),
    ],
)
def test_what_this_exim_lacks_is_an_error_and_not_silence(tmp_path: Path, change: OnHost, word: str) -> None:
    ran = checked(tmp_path, "exim", change)
    assert ran.returncode != 0
    assert word in ran.stdout


def test_the_files_as_they_are_written(tmp_path: Path) -> None:
    """With their heads, and as the plan gives them."""
    here = tuple(change for change in EVERY if isinstance(change, Lock | Harden | Listen))
    plan = Plan(domain=DOMAIN, made="", profile="", sentence="", before="", after="", steps=(Step("all", here),))
    written = {w.name.rpartition("-")[2]: w.text for w in exim.render(plan, Given())}
    assert sorted(written) == ["data.conf", "main.conf", "rcpt.conf"]
    ran = tools.run("exim-heavy", tmp_path, PREPARE + "exim4 -bV -C /srv/exim.conf", {"exim.conf": CONFIG} | written)
    assert ran.returncode == 0, ran.stdout
