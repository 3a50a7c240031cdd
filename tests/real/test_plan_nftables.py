"""The rulesets of a plan, checked by nft and met by real packets, on the host itself and on a firewall in between."""

import asyncio
import contextlib
import sys
from collections.abc import Coroutine, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from msgspec import structs
from realnet.network import Host, Net, wait_until

from mxlatch.inventory.nftables import Flow, Passage, parse, passage
from mxlatch.plan.change import Inward, Lock, Outward
from mxlatch.plan.provider import Done, Elsewhere, Given, Means, NotDone, Ran
from mxlatch.plan.providers import nftables
from mxlatch.plan.providers.ruleset import Rule, nothing, ruleset
from mxlatch.plan.result import Plan, Step

HUB = ("203.0.113.25", "2001:db8:3::25")
FILTER = ("198.51.100.1", "2001:db8:1::1")
CLOUD = ("198.51.100.77", "2001:db8:1:2::77")  # in the filter's ranges
STRANGER = ("192.0.2.66", "2001:db8:66::1")
FIREWALL = ("203.0.113.1", "2001:db8:3::1")
PC = ("203.0.113.80", "2001:db8:3::80")
ALLOW = (FILTER[0], FILTER[1], "198.51.100.64/26", "2001:db8:1:2::/64")
LOCK = Lock("hub.example.com", HUB, (25, 465), ALLOW, "the filter", shared=True)
PORTS = (25, 465, 8025)
LISTEN = """
import socket, sys, threading
for port in map(int, sys.argv[1:]):
    s = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True)
    def serve(s=s):
        while True:
            c, _ = s.accept()
            c.sendall(b"220 here\\r\\n")
            c.close()
    threading.Thread(target=serve).start()
print("ready", flush=True)
"""
ELSE = """table inet site {
	set friends {
		type ipv4_addr
		elements = { 192.0.2.1 }
	}

	chain input {
		type filter hook input priority filter; policy accept;
		tcp dport 23 drop
	}
}
"""


@dataclass(frozen=True)
class Site:
    """The hosts, each with IPv4 and IPv6."""

    net: Net

    def __getattr__(self, name: str) -> Host:
        return self.net.hosts[name]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Hub, a firewall before it that nobody passes yet, the filter, the filter's cloud, a stranger, a PC inside."""
    with Net(tmp_path_factory.mktemp("site") / "hosts") as net:
        for name, addresses in {
            "hub": HUB, "filter": FILTER, "cloud": CLOUD, "stranger": STRANGER, "fw": FIREWALL, "pc": PC
        }.items():  # fmt: skip
            net.host(name, *addresses)
        for name in ("hub", "stranger", "filter", "pc"):
            listener = net.hosts[name].spawn(sys.executable, "-I", "-c", LISTEN, *map(str, PORTS))
            wait_until(lambda process=listener: "ready" in process.text(), "the listener")  # type: ignore[misc]
        yield Site(net)


def means(host: Host, firewall: str = "") -> Means:
    """Runs programs on a host, which is said to be that firewall."""

    async def run(argv: Sequence[str], text: bytes) -> Ran:
        done = host.run(*argv, input=text.decode(), check=False)
        return Ran(done.returncode, done.stdout, done.stderr)

    async def nobody(*_: object) -> Any:
        raise AssertionError("nothing is asked")

    return Means(exchange=nobody, ask=nobody, run=run, firewall=firewall)


def listed(host: Host) -> str:
    return host.run("nft", "list", "ruleset").stdout


def stateless(host: Host) -> str:
    """Without counters."""
    return host.run("nft", "-s", "list", "ruleset").stdout


def done(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(work)


def meets(host: Host, address: str, port: int) -> str:
    """What a connection meets: "open", "reset" or "silence"."""
    try:
        with host.connect(address, port, 5) as connection:
            return "open" if connection.recv(8).startswith(b"220") else "reset"
    except ConnectionRefusedError:
        return "reset"
    except ConnectionResetError:
        return "reset"
    except TimeoutError:
        return "silence"


@contextlib.contextmanager
def loaded(host: Host, text: str) -> Iterator[None]:
    """A ruleset for a while, as its owner would load and undo it."""
    host.run("nft", "-c", "-f", "-", input=text)
    host.nft(text)
    try:
        yield
    finally:
        host.nft(nothing())


@pytest.mark.parametrize("hook", ["", "input"])
def test_a_lock_on_the_host_itself(site: Site, hook: str) -> None:
    with loaded(site.hub, ruleset((structs.replace(LOCK, hook=hook),))):
        seen = {
            (who, port): {meets(site.net.hosts[who], address, port) for address in HUB}
            for who in ("filter", "cloud", "stranger", "hub")
            for port in PORTS
        }
    refused = {("stranger", 25), ("stranger", 465)}
    assert seen == {key: {"reset"} if key in refused else {"open"} for key in seen}


@contextlib.contextmanager
def through_the_firewall(site: Site) -> Iterator[None]:
    """Hub and PC are reached through the firewall, and reach the world through it."""
    v4, v6 = FIREWALL
    site.fw.run("sh", "-c", "cd /proc/sys/net; echo 1 >ipv4/ip_forward; echo 1 >ipv6/conf/all/forwarding;"
                " for f in ipv4/conf/*/send_redirects ipv4/conf/*/rp_filter; do echo 0 >$f; done")  # fmt: skip
    for host in (site.hub, site.pc, site.filter, site.stranger):
        # All stand on one wire, and an IPv6 router tells its neighbours of the shorter way (RFC 4861 section 8).
        host.run("sh", "-c", "for f in /proc/sys/net/ipv6/conf/*/accept_redirects; do echo 0 >$f; done")
    for host in (site.hub, site.pc):
        for other in (FILTER, STRANGER):
            host.run("ip", "route", "replace", f"{other[0]}/32", "via", v4, "dev", "eth0")
            host.run("ip", "-6", "route", "replace", f"{other[1]}/128", "via", v6, "dev", "eth0")
    for host in (site.filter, site.stranger):
        for other in (HUB, PC):
            host.run("ip", "route", "replace", f"{v4}/32", "dev", "eth0")
            host.run("ip", "-6", "route", "replace", f"{v6}/128", "dev", "eth0")
            host.run("ip", "route", "replace", f"{other[0]}/32", "via", v4, "dev", "eth0")
            host.run("ip", "-6", "route", "replace", f"{other[1]}/128", "via", v6, "dev", "eth0")
    try:
        yield
    finally:
        for host, others in ((site.hub, (FILTER, STRANGER)), (site.pc, (FILTER, STRANGER)),
                             (site.filter, (HUB, PC)), (site.stranger, (HUB, PC))):  # fmt: skip
            for other in others:
                host.run("ip", "route", "del", f"{other[0]}/32")
                host.run("ip", "-6", "route", "del", f"{other[1]}/128")


BEHIND = ("203.0.113.0/24", "2001:db8:3::/48")
INWARD = Inward("edge", BEHIND, HUB, (25, 465), "forward")
OUTWARD = Outward("edge", BEHIND, HUB, "forward")


def routed(site: Site) -> None:
    """Wait until every way leads through the firewall."""
    for who, address in ((site.filter, HUB), (site.stranger, HUB), (site.stranger, PC), (site.pc, STRANGER),
                         (site.hub, STRANGER)):  # fmt: skip
        for each in address:
            wait_until(lambda w=who, e=each: meets(w, e, 8025) == "open", "the routes")  # type: ignore[misc]


def met(site: Site, *ways: tuple[str, tuple[str, str]]) -> dict[tuple[str, str, int], set[str]]:
    """What connections meet, over IPv4 and IPv6, by who, to whom, and port."""
    return {
        (who, to[0], port): {meets(site.net.hosts[who], address, port) for address in to}
        for who, to in ways
        for port in PORTS
    }


def test_a_lock_at_a_firewall_and_port_25_outward(site: Site) -> None:
    text = ruleset((structs.replace(LOCK, firewall="edge", hook="forward"), OUTWARD))
    with through_the_firewall(site), loaded(site.fw, text):
        routed(site)
        seen = met(site, ("filter", HUB), ("stranger", HUB), ("hub", STRANGER), ("pc", STRANGER))
        read = parse(site.fw.run("nft", "-j", "list", "ruleset").stdout)
        inside = {
            to: passage(read, Flow(PC[at], to, 25), "forward") for at, to in ((0, "203.0.113.9"), (1, f"{HUB[1]}9"))
        }
    refused = {("stranger", HUB[0], 25), ("stranger", HUB[0], 465), ("pc", STRANGER[0], 25)}
    assert seen == {key: {"reset"} if key in refused else {"open"} for key in seen}
    assert set(inside.values()) == {Passage.ALLOWED}, "from inside to inside is no way out"


@pytest.mark.parametrize("hook", ["forward", ""])
def test_the_default_deny_inward(site: Site, hook: str) -> None:
    """A server that nobody listed is shut to everybody outside, the filter too; the authorised one is not touched."""
    with through_the_firewall(site), loaded(site.fw, ruleset((structs.replace(INWARD, hook=hook),))):
        routed(site)
        seen = met(site, ("stranger", HUB), ("stranger", PC), ("filter", PC), ("hub", PC), ("pc", HUB))
        rules = site.fw.run("nft", "list", "ruleset").stdout
    refused = {(who, PC[0], port) for who in ("stranger", "filter") for port in (25, 465)}
    assert seen == {key: {"reset"} if key in refused else {"open"} for key in seen}
    assert "counter packets 8 " in rules, "what is refused is counted: two by two ports, over IPv4 and IPv6"


def test_the_default_deny_of_a_host_that_is_its_own_firewall(site: Site) -> None:
    alone = Inward("pc", PC, (), (25,), "input")
    with loaded(site.pc, ruleset((alone, Outward("pc", PC, (), "input")))):
        seen = met(site, ("hub", PC), ("pc", PC), ("pc", HUB))
    refused = {("hub", PC[0], 25), ("pc", HUB[0], 25)}
    assert seen == {key: {"reset"} if key in refused else {"open"} for key in seen}


def test_a_connection_that_is_open_stays_open(site: Site) -> None:
    """Also where nothing tracked it before: only its first packet is judged."""
    with through_the_firewall(site):
        routed(site)
        # Nothing was read yet: the greeting waits in the socket, and the end of the session is to come.
        with site.stranger.connect(PC[0], 465, 5) as open_before, loaded(site.fw, ruleset((INWARD,))):
            assert meets(site.stranger, PC[0], 465) == "reset"
            open_before.sendall(b"QUIT\r\n")
            assert open_before.recv(8).startswith(b"220")


def carried_out_at(site: Site, changes: Sequence[Rule]) -> None:
    """At the firewall, in force, and back; nobody else may."""
    site.fw.nft(ELSE)
    try:
        before, here = listed(site.fw), means(site.fw, "edge")
        for other in (means(site.fw), means(site.fw, "wifi"), means(site.hub, "wifi")):
            assert isinstance(done(nftables.look(changes, other)), Elsewhere)
        saved = done(nftables.look(changes, here))
        assert isinstance(done(nftables.holds(changes, here)), NotDone)
        assert isinstance(done(nftables.carry_out(changes, saved, here)), Done)
        assert isinstance(done(nftables.holds(changes, here)), Done)
        assert isinstance(done(nftables.carry_out(changes, saved, here)), Done), "loaded already"
        assert isinstance(done(nftables.undo(changes, saved, here)), Done)
        assert listed(site.fw) == before
    finally:
        site.fw.run("nft", "flush", "ruleset")


@pytest.mark.parametrize("change", [INWARD, OUTWARD, structs.replace(LOCK, firewall="edge", hook="forward")],
                         ids=lambda change: type(change).__name__)  # fmt: skip
def test_carried_out_at_the_firewall_that_the_inventory_names(site: Site, change: Rule) -> None:
    carried_out_at(site, (change,))


def test_an_older_default_deny_comes_back(site: Site) -> None:
    """A newer rule for the same firewall takes the older one's place, and gives it back."""
    here, older, newer = means(site.fw, "edge"), (structs.replace(INWARD, ports=(25,)),), (INWARD,)
    try:
        assert isinstance(done(nftables.carry_out(older, done(nftables.look(older, here)), here)), Done)
        first = stateless(site.fw)
        saved = done(nftables.look(newer, here))
        assert isinstance(done(nftables.holds(newer, here)), NotDone)
        assert isinstance(done(nftables.undo(newer, saved, here)), NotDone), "that is not what stands there"
        assert isinstance(done(nftables.carry_out(newer, saved, here)), Done)
        assert isinstance(done(nftables.holds(newer, here)), Done)
        assert stateless(site.fw).count("chain in1") == 1
        assert isinstance(done(nftables.undo(newer, saved, here)), Done)
        assert stateless(site.fw) == first
    finally:
        site.fw.run("nft", "flush", "ruleset")


def test_loading_twice_leaves_one_table_and_undo_what_was_before(site: Site) -> None:
    site.hub.nft(ELSE)
    try:
        before = listed(site.hub)
        site.hub.nft(ruleset((LOCK,)))
        once = listed(site.hub)
        site.hub.nft(ruleset((LOCK,)))
        assert listed(site.hub) == once != before
        site.hub.nft(nothing())
        assert listed(site.hub) == before
    finally:
        site.hub.run("nft", "flush", "ruleset")


def test_the_undo_file_alone_removes_it_and_harms_nothing_where_it_is_not(site: Site) -> None:
    before = listed(site.hub)
    site.hub.nft(nothing())
    site.hub.nft(ruleset((LOCK,)))
    site.hub.nft(nothing())
    site.hub.nft(nothing())
    assert listed(site.hub) == before


def test_carried_out_and_undone(site: Site) -> None:
    """What `look` saved brings back what was there, byte for byte: nothing, or an older lock."""
    site.hub.nft(ELSE)
    doer, older = means(site.hub), (structs.replace(LOCK, allow=FILTER),)
    try:
        bare = listed(site.hub)
        assert nftables.group(LOCK, doer) == "nftables at hub.example.com"
        before = done(nftables.look(older, doer))
        assert isinstance(done(nftables.carry_out(older, before, doer)), Done)
        assert isinstance(done(nftables.holds(older, doer)), Done)
        assert meets(site.stranger, HUB[1], 25) == meets(site.cloud, HUB[0], 25) == "reset"
        first = stateless(site.hub)
        saved = done(nftables.look((LOCK,), doer))
        assert isinstance(done(nftables.holds((LOCK,), doer)), NotDone)
        assert isinstance(done(nftables.carry_out((LOCK,), before, doer)), NotDone), "looked at too long ago"
        assert isinstance(done(nftables.carry_out((LOCK,), saved, doer)), Done)
        assert isinstance(done(nftables.holds((LOCK,), doer)), Done)
        assert meets(site.cloud, HUB[0], 25) == "open"
        assert isinstance(done(nftables.undo(older, before, doer)), NotDone), "that is not what stands there"
        assert isinstance(done(nftables.undo((LOCK,), saved, doer)), Done)
        assert stateless(site.hub) == first
        assert isinstance(done(nftables.undo(older, before, doer)), Done)
        assert listed(site.hub) == bare
    finally:
        site.hub.run("nft", "flush", "ruleset")


def test_a_newer_plan_with_more_ports_replaces_the_older_lock(site: Site) -> None:
    """The filter has moved, and mail is taken at 465 too: the old table would refuse the new filter."""
    doer, older = means(site.hub), (structs.replace(LOCK, ports=(25,), allow=(CLOUD[0],)),)
    newer = (structs.replace(LOCK, ports=(25, 465), allow=FILTER),)
    try:
        before = done(nftables.look(older, doer))
        assert isinstance(done(nftables.carry_out(older, before, doer)), Done)
        assert meets(site.filter, HUB[0], 25) == "reset"
        first = stateless(site.hub)
        saved = done(nftables.look(newer, doer))
        assert isinstance(done(nftables.carry_out(newer, saved, doer)), Done)
        assert isinstance(done(nftables.holds(newer, doer)), Done)
        assert stateless(site.hub).count("table inet ") == 1
        assert {meets(site.filter, address, port) for address in HUB for port in (25, 465)} == {"open"}
        assert {meets(site.stranger, address, port) for address in HUB for port in (25, 465)} == {"reset"}
        assert isinstance(done(nftables.undo(older, before, doer)), NotDone), "the newer plan goes first"
        assert isinstance(done(nftables.undo(newer, saved, doer)), Done)
        assert stateless(site.hub) == first
        assert isinstance(done(nftables.undo(older, before, doer)), Done)
        assert stateless(site.hub) == ""
    finally:
        site.hub.run("nft", "flush", "ruleset")


def test_an_older_lock_of_another_door_too_stays_and_is_told(site: Site) -> None:
    """What it alone locks would be open without it."""
    doer, older = means(site.hub), (structs.replace(LOCK, ports=(25, 8025), allow=(CLOUD[0],)),)
    newer = (structs.replace(LOCK, ports=(25, 465), allow=FILTER),)
    try:
        assert isinstance(done(nftables.carry_out(older, done(nftables.look(older, doer)), doer)), Done)
        outcome = done(nftables.carry_out(newer, done(nftables.look(newer, doer)), doer))
        assert isinstance(outcome, Done)
        assert f"it has {HUB[0]} port 8025 and {HUB[1]} port 8025 too" in outcome.told
        assert meets(site.stranger, HUB[0], 8025) == "reset"
        held = done(nftables.holds(newer, doer))
        assert isinstance(held, NotDone)
        site.hub.run("sh", "-c", held.remedy.split("`")[1])
        assert isinstance(done(nftables.holds(newer, doer)), Done)
        assert meets(site.filter, HUB[0], 25) == "open"
    finally:
        site.hub.run("nft", "flush", "ruleset")


def texts(domain: str, *changes: Rule) -> tuple[str, str]:
    """What a plan for a domain writes for the one firewall, and its undo."""
    plan = Plan(domain=domain, made="", profile="", sentence="", before="", after="", steps=(Step("all", changes),))
    load, undo = nftables.render(plan, Given())
    return load.text, undo.text


AT_EDGE = structs.replace(LOCK, firewall="edge", hook="forward", ports=(25,))
FIRST = texts("example.com", AT_EDGE)
SECOND = texts("second.example", structs.replace(AT_EDGE, host="pc", addresses=PC, allow=STRANGER))


@pytest.mark.parametrize("order", [(FIRST, SECOND), (SECOND, FIRST)], ids=["first", "second"])
@pytest.mark.parametrize("undone", [FIRST, SECOND], ids=["undo-first", "undo-second"])
def test_two_domains_at_one_firewall(site: Site, order: list[tuple[str, str]], undone: tuple[str, str]) -> None:
    """Each has its mailbox (the hub, the PC) and its filter (the filter, the stranger): nobody shuts out another's."""
    ways = (("filter", HUB), ("stranger", HUB), ("stranger", PC), ("filter", PC))
    with through_the_firewall(site):
        routed(site)
        wait_until(lambda: meets(site.filter, PC[0], 8025) == meets(site.filter, PC[1], 8025) == "open", "the routes")
        try:
            for load, _ in order:
                site.fw.nft(load)
            both = {(who, to[0]): {meets(site.net.hosts[who], each, 25) for each in to} for who, to in ways}
            site.fw.nft(undone[1])
            one = {(who, to[0]): {meets(site.net.hosts[who], each, 25) for each in to} for who, to in ways}
            site.fw.nft((SECOND if undone is FIRST else FIRST)[1])
            assert listed(site.fw) == ""
        finally:
            site.fw.run("nft", "flush", "ruleset")
    locked = {("stranger", HUB[0]), ("filter", PC[0])}
    assert both == {way: {"reset"} if way in locked else {"open"} for way in both}
    locked -= {("stranger", HUB[0]) if undone is FIRST else ("filter", PC[0])}
    assert one == {way: {"reset"} if way in locked else {"open"} for way in one}


@pytest.mark.parametrize("rule", [AT_EDGE, INWARD, OUTWARD], ids=lambda rule: type(rule).__name__)
def test_what_another_domain_holds_is_neither_replaced_nor_undone(site: Site, rule: Rule) -> None:
    """Two tables for one door would reset whom the other lets in."""
    (load, undo), (other, its_undo) = (texts(domain, rule) for domain in ("example.com", "second.example"))
    try:
        site.fw.nft(load)
        before = listed(site.fw)
        for text in (other, its_undo):
            refused = site.fw.run("nft", "-f", "-", input=text, check=False)
            assert refused.returncode
            assert "File exists" in refused.stderr
            assert "Another domain's plan holds this: see the head of this file" in refused.stderr
            assert listed(site.fw) == before
        assert "for example.com" in before
        site.fw.nft(load)
        assert listed(site.fw) == before
        site.fw.nft(undo)
        site.fw.nft(other)
        assert listed(site.fw) == before.replace("for example.com", "for second.example").replace(
            mark(before), mark(listed(site.fw))
        )
        site.fw.nft(its_undo)
        site.fw.nft(its_undo)
        assert listed(site.fw) == ""
    finally:
        site.fw.run("nft", "flush", "ruleset")


def mark(rules: str) -> str:
    """Of the first table, whose it is."""
    return rules.partition('" : ')[2].split()[0]


def test_a_newer_text_of_the_same_domain_takes_the_doors_that_it_has(site: Site) -> None:
    """The filter has moved. What only the older plan locks stays locked."""
    older = texts("example.com", structs.replace(LOCK, addresses=HUB[:1], ports=(25, 8025), allow=CLOUD[:1]))
    newer = texts("example.com", structs.replace(LOCK, addresses=HUB[:1], ports=(25, 465), allow=FILTER[:1]))
    try:
        site.hub.nft(older[0])
        site.hub.nft(newer[0])
        met = {port: (meets(site.filter, HUB[0], port), meets(site.cloud, HUB[0], port)) for port in PORTS}
        assert met == {25: ("open", "reset"), 465: ("open", "reset"), 8025: ("reset", "open")}
    finally:
        site.hub.run("nft", "flush", "ruleset")


def test_a_lock_by_apply_takes_the_place_of_texts_and_gives_them_back(site: Site) -> None:
    load, undo = texts("example.com", structs.replace(LOCK, allow=CLOUD))
    doer = means(site.hub)
    try:
        site.hub.nft(load)
        first = sorted(stateless(site.hub).split("table "))
        saved = done(nftables.look((LOCK,), doer))
        assert isinstance(done(nftables.carry_out((LOCK,), saved, doer)), Done)
        assert isinstance(done(nftables.holds((LOCK,), doer)), Done)
        assert isinstance(done(nftables.undo((LOCK,), saved, doer)), Done)
        assert sorted(stateless(site.hub).split("table ")) == first
        site.hub.nft(undo)
        assert stateless(site.hub) == ""
    finally:
        site.hub.run("nft", "flush", "ruleset")


@pytest.mark.parametrize("rule", [AT_EDGE, INWARD, OUTWARD], ids=lambda rule: type(rule).__name__)
def test_the_plans_of_two_domains_have_the_same_rule(site: Site, rule: Rule) -> None:
    """The first one's rollback does not take away what the second one's stands on: that goes first."""
    here = means(site.fw, "edge")
    try:
        saved = []
        for _ in ("example.com", "second.example"):
            saved.append(done(nftables.look((rule,), here)))
            assert isinstance(done(nftables.carry_out((rule,), saved[-1], here)), Done)
        outcome = done(nftables.undo((rule,), saved[0], here))
        assert isinstance(outcome, NotDone)
        assert outcome.remedy == "roll that one back first"
        assert isinstance(done(nftables.holds((rule,), here)), Done)
        assert isinstance(done(nftables.undo((rule,), saved[1], here)), Done)
        assert isinstance(done(nftables.holds((rule,), here)), Done)
        assert isinstance(done(nftables.undo((rule,), saved[0], here)), Done)
        assert listed(site.fw) == ""
    finally:
        site.fw.run("nft", "flush", "ruleset")


def test_another_machine_is_not_touched(site: Site) -> None:
    before = listed(site.pc)
    assert isinstance(done(nftables.look((LOCK,), means(site.pc))), Elsewhere)
    assert listed(site.pc) == before


def test_our_own_reader_understands_what_was_loaded(site: Site) -> None:
    with loaded(site.hub, ruleset((structs.replace(LOCK, hook="input"),))):
        read = parse(site.hub.run("nft", "-j", "list", "ruleset").stdout)
    for at in range(2):
        asked = {who: passage(read, Flow(source, HUB[at], 25), "input") for who, source in
                 {"stranger": None, "filter": FILTER[at], "cloud": CLOUD[at]}.items()}  # fmt: skip
        assert asked == {"stranger": Passage.REFUSED, "filter": Passage.ALLOWED, "cloud": Passage.ALLOWED}


def test_a_lock_for_one_family_and_nobody_allowed(site: Site) -> None:
    lock = Lock("hub.example.com", HUB[:1], (25,), ())
    with loaded(site.hub, ruleset((lock,))):
        assert [meets(site.filter, address, 25) for address in HUB] == ["reset", "open"]
