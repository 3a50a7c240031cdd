"""The rulesets of a plan, checked by nft and met by real packets, on the host itself and on a firewall in between."""

import asyncio
import contextlib
import sys
from collections.abc import Coroutine, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
from realnet.network import Host, Net, wait_until

from mxlatch.inventory.nftables import Flow, Passage, parse, passage
from mxlatch.plan.change import Lock, Outward
from mxlatch.plan.provider import Done, Means, NotDone, Ran
from mxlatch.plan.providers import nftables

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
        for name in ("hub", "stranger", "filter"):
            listener = net.hosts[name].spawn(sys.executable, "-I", "-c", LISTEN, *map(str, PORTS))
            wait_until(lambda process=listener: "ready" in process.text(), "the listener")  # type: ignore[misc]
        yield Site(net)


def means(host: Host) -> Means:
    """Runs programs on a host."""

    async def run(argv: Sequence[str], text: bytes) -> Ran:
        done = host.run(*argv, input=text.decode(), check=False)
        return Ran(done.returncode, done.stdout, done.stderr)

    async def nobody(*_: object) -> Any:
        raise AssertionError("nothing is asked")

    return Means(exchange=nobody, ask=nobody, run=run)


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
        host.nft(nftables.nothing())


@pytest.mark.parametrize("hook", ["", "input"])
def test_a_lock_on_the_host_itself(site: Site, hook: str) -> None:
    with loaded(site.hub, nftables.ruleset((LOCK,), hook)):
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


def test_a_lock_at_a_firewall_and_port_25_outward(site: Site) -> None:
    changes = (LOCK, Outward("edge", (HUB[0], HUB[1])))
    text = nftables.ruleset(changes, "forward", ("203.0.113.0/24", "2001:db8:3::/48"))
    with through_the_firewall(site), loaded(site.fw, text):
        for who, address in ((site.filter, HUB), (site.stranger, HUB), (site.pc, STRANGER), (site.hub, STRANGER)):
            for each in address:
                wait_until(lambda w=who, e=each: meets(w, e, 8025) == "open", "the routes")  # type: ignore[misc]
        inward = {
            (who, port): {meets(site.net.hosts[who], address, port) for address in HUB}
            for who in ("filter", "stranger")
            for port in PORTS
        }
        outward = {
            (who, port): {meets(site.net.hosts[who], address, port) for address in STRANGER}
            for who in ("hub", "pc")
            for port in (25, 8025)
        }
        read = parse(site.fw.run("nft", "-j", "list", "ruleset").stdout)
        inside = {
            to: passage(read, Flow(PC[at], to, 25), "forward") for at, to in ((0, "203.0.113.9"), (1, f"{HUB[1]}9"))
        }
    refused = {("stranger", 25), ("stranger", 465), ("pc", 25)}
    assert inward == {key: {"reset"} if key in refused else {"open"} for key in inward}
    assert set(inside.values()) == {Passage.ALLOWED}, "from inside to inside is no way out"
    assert outward == {key: {"reset"} if key in refused else {"open"} for key in outward}


def test_loading_twice_leaves_one_table_and_undo_what_was_before(site: Site) -> None:
    site.hub.nft(ELSE)
    try:
        before = listed(site.hub)
        site.hub.nft(nftables.ruleset((LOCK,)))
        once = listed(site.hub)
        site.hub.nft(nftables.ruleset((LOCK,)))
        assert listed(site.hub) == once != before
        site.hub.nft(nftables.nothing())
        assert listed(site.hub) == before
    finally:
        site.hub.run("nft", "flush", "ruleset")


def test_the_undo_file_alone_removes_it_and_harms_nothing_where_it_is_not(site: Site) -> None:
    before = listed(site.hub)
    site.hub.nft(nftables.nothing())
    site.hub.nft(nftables.ruleset((LOCK,)))
    site.hub.nft(nftables.nothing())
    site.hub.nft(nftables.nothing())
    assert listed(site.hub) == before


def test_carried_out_and_undone(site: Site) -> None:
    """What `look` saved brings back what was there, byte for byte: nothing, or an older lock."""
    site.hub.nft(ELSE)
    doer, older = means(site.hub), (msgspec.structs.replace(LOCK, allow=FILTER),)
    try:
        bare = listed(site.hub)
        assert nftables.group(LOCK, doer) == "nftables at hub.example.com"
        nothing = done(nftables.look(older, doer))
        assert isinstance(done(nftables.carry_out(older, nothing, doer)), Done)
        assert isinstance(done(nftables.holds(older, doer)), Done)
        assert meets(site.stranger, HUB[1], 25) == meets(site.cloud, HUB[0], 25) == "reset"
        first = stateless(site.hub)
        saved = done(nftables.look((LOCK,), doer))
        assert isinstance(done(nftables.holds((LOCK,), doer)), NotDone)
        assert isinstance(done(nftables.carry_out((LOCK,), nothing, doer)), NotDone), "looked at too long ago"
        assert isinstance(done(nftables.carry_out((LOCK,), saved, doer)), Done)
        assert isinstance(done(nftables.holds((LOCK,), doer)), Done)
        assert meets(site.cloud, HUB[0], 25) == "open"
        assert isinstance(done(nftables.undo(older, nothing, doer)), NotDone), "that is not what stands there"
        assert isinstance(done(nftables.undo((LOCK,), saved, doer)), Done)
        assert stateless(site.hub) == first
        assert isinstance(done(nftables.undo(older, nothing, doer)), Done)
        assert listed(site.hub) == bare
    finally:
        site.hub.run("nft", "flush", "ruleset")


def test_another_machine_is_not_touched(site: Site) -> None:
    before = listed(site.pc)
    assert isinstance(done(nftables.look((LOCK,), means(site.pc))), NotDone)
    assert listed(site.pc) == before


def test_our_own_reader_understands_what_was_loaded(site: Site) -> None:
    with loaded(site.hub, nftables.ruleset((LOCK,), "input")):
        read = parse(site.hub.run("nft", "-j", "list", "ruleset").stdout)
    for at in range(2):
        asked = {who: passage(read, Flow(source, HUB[at], 25), "input") for who, source in
                 {"stranger": None, "filter": FILTER[at], "cloud": CLOUD[at]}.items()}  # fmt: skip
        assert asked == {"stranger": Passage.REFUSED, "filter": Passage.ALLOWED, "cloud": Passage.ALLOWED}


def test_a_lock_for_one_family_and_nobody_allowed(site: Site) -> None:
    lock = Lock("hub.example.com", HUB[:1], (25,), ())
    with loaded(site.hub, nftables.ruleset((lock,))):
        assert [meets(site.filter, address, 25) for address in HUB] == ["reset", "open"]
