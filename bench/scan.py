"""Addresses of a /16 tried on port 25 per CPU-second: our connect and SYN scans beside nmap's.

Two namespaces joined by veth. Behind one of them 10.77.0.0/16 is all there: 512 addresses accept, 4,096 answer with
RST, and nftables drops the rest. Every contender is a process of its own in the other namespace, its CPU time counted
from start to end, and must find the 512. Ours goes twice over what is silent; nmap has --max-retries 1.
"""

import json
import os
import random
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from ipaddress import IPv4Network

from bench.common import Run, take_turns

BLOCK = IPv4Network("10.77.0.0/16")
DOORS, CLOSED = 512, 4096
ROUNDS = 3
SECONDS = 180  # for one contender: beyond it something hangs
TARGETS = {"nmap_connect": 1.5, "nmap_syn": 5.0}
PEERS = {"nmap_connect": "connect", "nmap_syn": "syn"}
_NEAR, _FAR = "10.76.0.1", "10.76.0.2"
# A process of its own, and nothing of the benchmark in it. The pace is no bound: CPU is the measure here, and nobody is
# at the other end.
_OURS = """\
import sys
from ipaddress import ip_network
from secrets import randbits
from mxlatch.inventory.model import Block, Inventory
from mxlatch.net.gate import Gate
from mxlatch.net.sweep import Sweep

gate = Gate(Inventory(blocks=(Block(sys.argv[1], "bench"),)))
sweep = Sweep(gate, [gate.scan(ip_network(sys.argv[1]))], (25,), how=sys.argv[2], rate=1e9, secret=randbits(64))
sweep.run()
for opening in sweep.swept(sweep.controlled())[0].open:
    print(f"{opening.address} {opening.port}/open/")
"""
_SEED = 25
# Of -T4, -T5, --min-rate, --min-hostgroup and --min-parallelism, tried singly and together; its defaults take minutes.
_QUICKEST = {
    "-sT": ["-T5", "--min-hostgroup", "4096", "--min-parallelism", "500"],
    "-sS": ["-T4", "--min-rate", "10000"],
}


def main() -> None:
    """Run all in turn, print the table and the last line."""
    nmap = shutil.which("nmap")
    if os.geteuid() or nmap is None or shutil.which("nft") is None:
        raise SystemExit("bench scan: needs root, nmap, nft and ip (Debian: nmap nftables iproute2)")
    with network() as near:
        contenders = {
            "connect": lambda: ours(near, "connect"),
            "syn": lambda: ours(near, "syn"),
            "nmap_connect": lambda: theirs(near, nmap, "-sT"),
            "nmap_syn": lambda: theirs(near, nmap, "-sS"),
        }
        report(take_turns(contenders, ROUNDS))


def report(runs: dict[str, list[Run]]) -> None:
    print(f"scan: addresses per CPU-second, median of {ROUNDS} interleaved rounds; all {DOORS} doors found each time")
    print(f"{'':16}{'per CPU-s':>12}{'CPU s':>8}{'wall s':>8}")
    figures: dict[str, float] = {"found": DOORS}
    for name, done in runs.items():
        figures[name] = round(statistics.median(run.rate for run in done))
        cpu, wall = (statistics.median(getattr(run, what) for run in done) for what in ("cpu", "wall"))
        print(f"{name:16}{figures[name]:12,.0f}{cpu:8.2f}{wall:8.1f}")
    ratios = {}
    for peer, mine in PEERS.items():
        pairs = zip(runs[mine], runs[peer], strict=True)
        ratios[peer] = round(statistics.median(a.rate / b.rate for a, b in pairs), 2)
        print(f"{mine} / {peer}: {ratios[peer]:.2f}, target {TARGETS[peer]}")
    print(json.dumps({"bench": "scan", "ratios": ratios, "figures": figures}))


def ours(near: str, how: str) -> Run:
    """Our scan, by the calls that `mxlatch scan` makes."""
    return timed(near, [sys.executable, "-c", _OURS, str(BLOCK), how])


def theirs(near: str, nmap: str, kind: str) -> Run:
    """nmap without name look-ups and host discovery, with the options by which it was quickest per CPU-second here."""
    usual = ["-n", "-Pn", "-p25", "--max-retries", "1", "--open", "-oG", "-", str(BLOCK)]
    return timed(near, [nmap, kind, *_QUICKEST[kind], *usual])


def timed(namespace: str, command: Sequence[str]) -> Run:
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        ["ip", "netns", "exec", namespace, *command], stdout=subprocess.PIPE, text=True, check=True, timeout=SECONDS
    )
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    found = done.stdout.count("25/open/")
    if found != DOORS:
        raise SystemExit(f"bench scan: {command[0]} found {found} of {DOORS} doors")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(BLOCK.num_addresses, cpu, wall)


@contextmanager
def network() -> Iterator[str]:
    """The two namespaces; the name of the one to look from. What was begun ends, also after a failure."""
    near, far = f"bench-near-{os.getpid()}", f"bench-far-{os.getpid()}"
    with ExitStack() as stack:
        for name in (near, far):
            ip("netns", "add", name)
            stack.callback(ip, "netns", "del", name)
        ip("link", "add", "veth0", "netns", near, "type", "veth", "peer", "name", "veth0", "netns", far)
        for name, address in ((near, _NEAR), (far, _FAR)):
            ip("-n", name, "address", "add", f"{address}/24", "dev", "veth0")
            ip("-n", name, "link", "set", "veth0", "up")
            ip("-n", name, "link", "set", "lo", "up")
        ip("-n", near, "route", "add", str(BLOCK), "via", _FAR)
        ip("-n", far, "route", "add", "local", str(BLOCK), "dev", "lo")
        subprocess.run(["ip", "netns", "exec", far, "nft", "-f", "-"], input=ruleset(), text=True, check=True)
        listener = subprocess.Popen(
            ["ip", "netns", "exec", far, sys.executable, "-c", "import bench.scan as b; b.answer()"],
            stdout=subprocess.PIPE,
        )
        stack.callback(listener.wait)
        stack.callback(listener.terminate)
        assert listener.stdout is not None
        listener.stdout.readline()  # it listens
        yield near


def ruleset() -> str:
    """Doors, closed ones, and silence."""
    chosen = random.Random(_SEED).sample(range(1, BLOCK.num_addresses - 1), DOORS + CLOSED)
    doors, closed = (", ".join(str(BLOCK[n]) for n in part) for part in (chosen[:DOORS], chosen[DOORS:]))
    return f"""
table inet bench {{
  set doors {{ type ipv4_addr; elements = {{ {doors} }} }}
  set closed {{ type ipv4_addr; elements = {{ {closed} }} }}
  chain input {{
    type filter hook input priority 0;
    ip daddr {BLOCK} tcp dport 25 ip daddr @doors accept
    ip daddr {BLOCK} tcp dport 25 ip daddr @closed reject with tcp reset
    ip daddr {BLOCK} drop
  }}
}}
"""


def answer() -> None:
    """Accept on port 25 of every address, and close: the far end's only process."""
    listening = socket.create_server(("", 25), backlog=4096)
    print("up", flush=True)
    while True:
        listening.accept()[0].close()


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True)
