"""The stories, planned and carried out on real servers: the way round is gone when the plan is through, and only then.

Audit, plan, apply up to each wait, what is by hand done for real (with the plan's own settings for Postfix where it has
them), audit again, and back: every record as before but the serial, the ruleset byte for byte, the way round open
again. The clock of a run is put ahead where the plan waits for hours or a week.
"""

import asyncio
import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from realnet.auditor import Run
from realnet.network import Host, Net
from realnet.plot import BIND, KNOT, SERVERS, Desk, Plot
from realnet.world import ADDRESSES, DOMAIN, RECIPIENT

from mxlatch.lab.post import Message
from mxlatch.lab.sender import Refusal, hand_over
from mxlatch.plan.change import Change, Delegation, Harden, Inward, Lock, Records, Retire
from mxlatch.plan.result import Plan

KNOWN = (RECIPIENT.partition("@")[0],)
FILTER, HUB, STRANGER = "203.0.113.1", "203.0.113.25", "203.0.113.66"
ADDRESS_LINES = tuple(
    f"{name} {'AAAA' if ':' in a else 'A'} {a}" for name in ("mx1", "mx2") for a in ADDRESSES[name]
)  # fmt: skip
TWO = ("@ MX 10 mx1", "@ MX 20 mx2", '@ TXT "v=spf1 mx -all"', *ADDRESS_LINES)
ELSE = "table inet own {\n chain input {\n  type filter hook input priority 0;\n  tcp dport 111 drop\n }\n}\n"


@contextlib.contextmanager
def plot(folder: Path, primary: str, zone: Sequence[str], astray: Sequence[str] | None = None) -> Iterator[Plot]:
    with Net(folder / "hosts") as net:
        made = Plot(net, folder, primary, zone, astray)
        made.hosts |= {"hub": net.host("hub", HUB), "stranger": net.host("stranger", STRANGER)}
        yield made


def door(name: str, more: str) -> str:
    """A door of the inventory at all addresses of a host."""
    addresses = list(ADDRESSES.get(name, (HUB,)))
    return f'[[door]]\nname = "{name}.{DOMAIN}"\naddresses = {addresses}\n{more}\n'


def kinds(plan: Plan) -> list[list[type[Change]]]:
    return [[type(change) for change in step.changes] for step in plan.steps]


def ended(run: Run, code: int, *words: str) -> None:
    assert (run.code, [word for word in words if word not in run.out]) == (code, []), run


def send(source: Host, address: str) -> None:
    """Hand a message over, as the lab's sender does."""
    message = Message("someone@sender.example", (RECIPIENT,), b"Subject: hello\r\n\r\nHello\r\n")

    async def run() -> None:
        reader, writer = await asyncio.open_connection(sock=source.connect(address, 25))
        await hand_over(reader, writer, "sender.example", message, "")

    asyncio.run(run())


# --- story 1: the secondary and the remembered host ---------------------------------------------------------------

FILTERED = ("@ MX 10 mx1", "@ MX 20 mail", f"mx1 A {FILTER}", f"mail A {HUB}")
BEHIND = f"""
[[door]]
name = "mx1.{DOMAIN}"
address = "{FILTER}"
role = "filter"
next_hop = "mail.{DOMAIN}"
latches = {{ content = "the filter" }}
waives = ["content"]

[[door]]
name = "mail.{DOMAIN}"
address = "{HUB}"
role = "mailbox"
latches = {{ content = false }}
"""


@pytest.mark.parametrize("primary", [BIND, KNOT])
def test_story_1(tmp_path: Path, primary: str) -> None:
    with plot(tmp_path, primary, FILTERED) as seen:
        hub, desk = seen.hosts["hub"], Desk(seen, ("recipient", "relay", "content", "tls"), BEHIND)
        hub.nft(ELSE)
        seen.postfix("mx1", "mx1", KNOWN, filters_for=HUB)
        seen.postfix("hub", "mail", None)
        records, rules = seen.records(), hub.run("nft", "list", "ruleset").stdout
        assert desk.verdict == "open"
        assert kinds(desk.make_plan()) == [[Records], [Lock], [Lock]]

        ended(desk.apply(), 3, "done        step 1", "waits       until")
        assert {tuple(seen.answers(ns, DOMAIN, "MX")) for ns in seen.records()} == {(f"300 10 mx1.{DOMAIN}.",)}
        assert desk.verdict == "open", "senders remember the host"
        ended(desk.apply(), 3, "waits       until")
        ended(desk.apply(later="+2h"), 3, "by hand     step 2")

        seen.postfix("hub", "mail", None, settings=desk.script(f"mail.{DOMAIN}"))
        with pytest.raises(Refusal, match=r"550 5\.7\.1 .*This host takes no mail from you"):
            send(seen.hosts["stranger"], HUB)
        assert desk.verdict == "unknown", "seen from outside, it may refuse us alone"
        ended(desk.apply("--done", "2", later="+2h"), 3, "waits       until")
        ended(desk.apply(later="+8d"), 3, "by hand     step 3")
        ended(desk.apply("--nft", later="+8d"), 1, f"this machine has not the address {HUB}")
        assert hub.run("nft", "list", "ruleset").stdout == rules
        ended(desk.apply("--nft", at=hub, later="+8d"), 0, "done        step 3", "the plan is carried out")

        with pytest.raises(ConnectionRefusedError):
            send(seen.hosts["stranger"], HUB)
        send(seen.hosts["stranger"], FILTER)
        seen.until_logged("mx1", "status=sent (250 2.0.0 Ok")
        assert desk.verdict == "closed"

        ended(desk.apply("--rollback"), 1, "not done    step 3", "still there step 1")
        ended(
            desk.apply("--rollback", "--nft", at=hub),
            3,
            "done        step 3",
            "by hand     step 2",
            "still there step 1",
        )
        assert seen.records() != records, "no record leads to a server that still refuses"
        seen.postfix("hub", "mail", None)
        ended(desk.apply("--rollback", "--done", "2"), 0, "everything is back as it was")
        assert seen.records() == records
        assert hub.run("nft", "list", "ruleset").stdout == rules
        assert desk.verdict == "open"


# --- stories 3 and 5: the fallback that hides who connected, and the backup that nobody looks after ---------------

STRONG = door("mx1", 'role = "mailbox"\nlatches = { content = "rspamd", dnsbl = "check_client_access" }')
BACKUP = door(
    "mx2",
    f'role = "backup"\nnext_hop = "mx1.{DOMAIN}"\nwaives = ["content"]\nlatches = {{ content = false, dnsbl = false }}',
)


@pytest.mark.parametrize("primary", [KNOT, BIND])
@pytest.mark.parametrize("story", [3, 5])
def test_stories_3_and_5(tmp_path: Path, story: int, primary: str) -> None:
    """The fallback knows the recipients, the backup takes any; either is retired, and its MX deleted."""
    known = KNOWN if story == 3 else None
    with plot(tmp_path, primary, TWO) as seen:
        desk = Desk(seen, ("recipient", "relay", "content", "dnsbl", "tls"), STRONG + BACKUP)
        seen.postfix("mx1", "mx1", KNOWN, listed=(STRANGER,))
        seen.postfix("mx2", "mx2", known, relays_to=FILTER)
        records = seen.records()
        assert desk.verdict == "open"
        send(seen.hosts["stranger"], ADDRESSES["mx2"][0])
        with pytest.raises(Refusal, match="listed"):
            send(seen.hosts["stranger"], FILTER)
        assert kinds(desk.make_plan("--profile", "single")) == [[Records], [Retire, Retire]]

        ended(desk.apply(), 3, "done        step 1", "waits       until")
        assert desk.verdict == "open", "senders remember the host"
        ended(desk.apply(later="+2h"), 3, "by hand     step 2")
        if story == 5:
            seen.postfix("mx2", "mx2", known, relays_to=FILTER, settings=desk.script(f"mx2.{DOMAIN}"))
        else:
            seen.postfix("mx2", "mx2", known, relays_to=FILTER, of="friends.example")
        with pytest.raises(Refusal):
            send(seen.hosts["stranger"], ADDRESSES["mx2"][0])
        ended(desk.apply("--done", "2", later="+2h"), 0, "the plan is carried out")
        assert desk.verdict == "closed"

        ended(desk.apply("--rollback"), 3, "by hand     step 2", "still there step 1")
        seen.postfix("mx2", "mx2", known, relays_to=FILTER)
        ended(desk.apply("--rollback", "--done", "2"), 0, "everything is back as it was")
        assert seen.records() == records
        assert desk.verdict == "open"


# --- story 4: two servers of unequal strength ---------------------------------------------------------------------


def test_story_4(tmp_path: Path) -> None:
    """The weaker one gets the recipients of the other; the DNS stays as it is."""
    with plot(tmp_path, BIND, TWO) as seen:
        desk = Desk(seen, ("recipient", "relay", "tls"), door("mx1", "") + door("mx2", ""))
        seen.postfix("mx1", "mx1", KNOWN)
        seen.postfix("mx2", "mx2", None)
        records = seen.records()
        assert desk.verdict == "open"
        assert kinds(desk.make_plan()) == [[Harden, Harden]]
        ended(desk.apply(), 3, "by hand     step 1")
        assert desk.verdict == "open"
        seen.postfix("mx2", "mx2", KNOWN)
        ended(desk.apply("--done", "1"), 0, "the plan is carried out")
        assert desk.verdict == "closed"
        ended(desk.apply("--rollback"), 3, "by hand     step 1")
        seen.postfix("mx2", "mx2", None)
        ended(desk.apply("--rollback", "--done", "1"), 0, "everything is back as it was")
        assert (seen.records(), desk.verdict) == (records, "open")


# --- story 2: name servers that disagree, and a rogue exchanger ---------------------------------------------------

BENCH = "203.0.113.3"
AGREED = (
    "@ MX 10 mx1",
    "@ MX 10 mx2",
    "chem MX 10 bench",
    *ADDRESS_LINES,
    f"bench A {BENCH}",
    f"ns5 A {ADDRESSES['ns5'][0]}",
)
OLD = (*AGREED, "@ MX 30 bench")
TAKES_CHEM = f"postconf -e 'virtual_mailbox_domains = {DOMAIN}, chem.{DOMAIN}'\n"


@pytest.mark.parametrize("primary", [BIND, KNOT])
def test_story_2(tmp_path: Path, primary: str) -> None:
    """The old name server leaves the delegation, the department's MX moves, and the rogue takes no more mail."""
    with plot(tmp_path, primary, AGREED, astray=OLD) as seen:
        desk = Desk(
            seen,
            ("recipient", "relay", "tls"),
            door("mx1", "") + door("mx2", ""),
            f'subdomains = ["chem.{DOMAIN}"]\n',
        )
        for name in ("mx1", "mx2"):
            seen.postfix(name, name, KNOWN, settings=TAKES_CHEM)
        seen.postfix("mx3", "bench", None, settings=TAKES_CHEM)
        records = seen.records()
        assert desk.remember() == "open"
        assert kinds(desk.make_plan()) == [[Delegation], [Records], [Records], [Retire]]

        ended(desk.apply(), 3, "by hand     step 1")
        seen.delegate(*SERVERS[primary])
        ended(desk.apply("--done", "1"), 3, "waits       until")
        assert desk.verdict == "open", "the department's MX leads there"
        # Updates are signed with the time, and the servers' clocks stay: so the wait is over in the journal.
        desk.has_waited(hours=50)
        ended(desk.apply(), 3, "done        step 2", "waits       until")
        assert seen.answers(primary, f"chem.{DOMAIN}", "MX") == [
            f"300 10 {name}.{DOMAIN}." for name in ("bench", "mx1", "mx2")
        ]
        desk.has_waited(hours=2)
        ended(desk.apply(), 3, "done        step 3", "waits       until")
        assert seen.answers(primary, f"chem.{DOMAIN}", "MX") == [f"300 10 {n}.{DOMAIN}." for n in ("mx1", "mx2")]
        assert desk.verdict == "open", "senders remember the host"
        ended(desk.apply(later="+2h"), 3, "by hand     step 4")
        seen.postfix("mx3", "bench", None, settings=TAKES_CHEM + desk.script(f"bench.{DOMAIN}"))
        ended(desk.apply("--done", "4", later="+2h"), 0, "the plan is carried out")
        assert desk.verdict == "closed"

        ended(desk.apply("--rollback", "--at-once"), 3, "by hand     step 4", "still there step 3")
        seen.postfix("mx3", "bench", None, settings=TAKES_CHEM)
        ended(desk.apply("--rollback", "--at-once", "--done", "4"), 3, "done        step 2", "by hand     step 1")
        assert seen.records() == records
        seen.delegate(*SERVERS[primary], "ns5")
        ended(desk.apply("--rollback", "--done", "1"), 0, "everything is back as it was")
        assert desk.verdict == "open"


# --- story 2, at the firewall: servers that departments set up by themselves --------------------------------------

EDGE = ("203.0.113.100", "2001:db8:3::100")
DEPARTMENTS = {f"dept{n}": f"203.0.113.12{n}" if n < 4 else "2001:db8:3::114" for n in (1, 2, 3, 4)}
INSIDE = ("203.0.113.0/28", "203.0.113.112/28", "2001:db8:3::/48")
FIREWALL = '[[firewall]]\nname = "edge"\nhook = "forward"\n' + "".join(
    f'[[firewall.rule]]\nto = "{to}"\nallow = ["any"]\n' for to in INSIDE
)
NOT_OURS = "".join(
    f'[[door]]\nname = "{name}.{DOMAIN}"\naddress = "{address}"\nauthorised = false\n'
    for name, address in DEPARTMENTS.items()
)


def behind(firewall: Host, inside: dict[Host, Sequence[str]], outside: dict[Host, Sequence[str]]) -> None:
    """Whoever is outside reaches what is inside through the firewall, and back."""
    firewall.run("sh", "-c", "cd /proc/sys/net; echo 1 >ipv4/ip_forward; echo 1 >ipv6/conf/all/forwarding;"
                 " for f in ipv4/conf/*/send_redirects ipv4/conf/*/rp_filter; do echo 0 >$f; done")  # fmt: skip
    for hosts, others in ((inside, outside), (outside, inside)):
        for host in hosts:
            # All stand on one wire, and an IPv6 router tells its neighbours of the shorter way (RFC 4861 section 8).
            host.run("sh", "-c", "for f in /proc/sys/net/ipv6/conf/*/accept_redirects; do echo 0 >$f; done")
            for each in EDGE:
                host.run("ip", "route", "replace", each, "dev", "eth0")
            for address in (address for addresses in others.values() for address in addresses):
                host.run("ip", "route", "replace", address, "via", EDGE[":" in address], "dev", "eth0")


def test_story_2_at_the_firewall(tmp_path: Path) -> None:
    """Four servers that nobody authorised: the firewall lets the world in to the authorised one only."""
    with plot(tmp_path, KNOT, ("@ MX 10 mx1", *(line for line in ADDRESS_LINES if line.startswith("mx1")))) as seen:
        edge, dept = (seen.net.host(name, *each) for name, each in (("edge", EDGE), ("dept", DEPARTMENTS.values())))
        seen.hosts["dept"] = dept
        mx1, stranger = seen.hosts["mx1"], seen.hosts["stranger"]
        behind(edge, {dept: [*DEPARTMENTS.values()], mx1: ADDRESSES["mx1"]},
               {seen.probe: ADDRESSES["probe"], stranger: (STRANGER,)})  # fmt: skip
        edge.nft(ELSE)
        rules = edge.run("nft", "list", "ruleset").stdout
        desk = Desk(seen, ("recipient", "relay", "tls"), door("mx1", "") + NOT_OURS + FIREWALL)
        seen.postfix("mx1", "mx1", KNOWN)
        seen.postfix("dept", "dept1", None)
        assert desk.verdict == "open"
        (inward,) = desk.make_plan().changes
        assert isinstance(inward, Inward)
        assert (inward.blocks, inward.allow) == (INSIDE, ADDRESSES["mx1"])
        send(stranger, DEPARTMENTS["dept1"])

        ended(desk.apply("--nft"), 1, "this machine is not said to be the firewall edge", "--nft --firewall edge")
        ended(desk.apply("--nft", "--firewall", "edge", at=edge), 0, "done        step 1", "the plan is carried out")
        with pytest.raises(ConnectionRefusedError):
            send(stranger, DEPARTMENTS["dept1"])
        send(stranger, FILTER)
        assert desk.verdict == "closed"

        ended(desk.apply("--rollback", "--nft"), 1, "still there step 1")
        ended(desk.apply("--rollback", "--nft", "--firewall", "edge", at=edge), 0, "everything is back as it was")
        assert edge.run("nft", "list", "ruleset").stdout == rules
        assert desk.verdict == "open"
