"""A small internet in network namespaces: hosts with real addresses on one wire, and nothing that leads outside.

Every host is a namespace with one interface on a common bridge; each address is reached directly, so that any
IPv4 or IPv6 address can be given to a host, and one that nobody has is answered by no one. What a host starts lives
in a PID namespace of its own and ends with it, whatever it forked; names carry our process id, and what a run that was
killed left behind is removed by the next.
"""

import contextlib
import ctypes
import itertools
import os
import re
import select
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Self

PREFIX = "mxl"  # of every namespace that is ours
CLONE_NEWNET = 0x40000000
PATIENCE = 20.0  # seconds until a server that does not answer is given up
POLL = 0.02
FIRST = '"$@"; exit $?'  # not exec: the shell stays
# ICMP errors are rate-limited by default, so that a refusal may come late; a test wants each of them.
UNHURRIED = "echo 0 >/proc/sys/net/ipv4/icmp_ratelimit; echo 0 >/proc/sys/net/ipv6/icmp/ratelimit"
RELAY = Path(__file__).with_name("slow_wire.py")

_runs = itertools.count()


def wait_until(true: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
    """Poll until something is so; after `patience` seconds, AssertionError with `what` was waited for."""
    end = time.monotonic() + patience
    while not true():
        if time.monotonic() > end:
            raise AssertionError(f"waited {patience:g} s in vain for {what}")
        time.sleep(POLL)


def ip(*lines: str) -> None:
    """Run `ip` commands, one a line, in one go."""
    subprocess.run(("ip", "-batch", "-"), input="\n".join(lines), text=True, check=True)


class Process:
    """A command that runs on a host, with all that it forks, until it is stopped; its output goes to a file."""

    def __init__(self, namespace: str, argv: Sequence[str], output: Path) -> None:
        self.output = output
        # A shell is the first process of a PID namespace: its end is the end of all others. It ends with unshare
        # (--kill-child), and unshare with us (--pdeathsig); a server would lose that tie when it changes its user.
        jail = ("unshare", "--pid", "--mount", "--fork", "--kill-child", "--mount-proc", "sh", "-c", FIRST, "sh")
        with output.open("ab") as log:
            self._popen = subprocess.Popen(
                ("setpriv", "--pdeathsig", "KILL", "ip", "netns", "exec", namespace, *jail, *argv),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    @property
    def running(self) -> bool:
        """False once it has ended."""
        return self._popen.poll() is None

    def text(self) -> str:
        """What it has printed so far."""
        return self.output.read_text(errors="replace")

    def wait(self, patience: float = PATIENCE) -> int:
        """Wait until it ends by itself; its exit code."""
        return self._popen.wait(patience)

    def signal(self, number: int) -> None:
        """Send a signal to the command itself."""
        for first in _children(self._popen.pid):
            for pid in _children(first):
                os.kill(pid, number)

    def stop(self) -> None:
        """End it and all that it forked, at once; when this returns, nothing of it is left."""
        ends = [os.pidfd_open(pid) for pid in _children(self._popen.pid)]
        self._popen.kill()
        self._popen.wait()
        for end in ends:
            # The first process of a PID namespace is gone only when all others are.
            gone, _, _ = select.select([end], [], [], PATIENCE)
            os.close(end)
            assert gone, f"{self.output.name} does not end"


def _children(pid: int) -> list[int]:
    with contextlib.suppress(FileNotFoundError):
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


class Host:
    """One machine of the little internet."""

    def __init__(self, net: "Net", name: str, number: int, addresses: tuple[str, ...]) -> None:
        self.name = name
        self.addresses = addresses
        self.folder = net.folder / name
        self.namespace = f"{net.tag}-{name}"
        self.port = f"p{number}"  # its end of the cable, on the switch
        self._net = net
        self._rules: tuple[str, ...] = ()
        self._spawned: list[Process] = []
        self.folder.mkdir(parents=True)

    @property
    def v4(self) -> str:
        """Its first IPv4 address."""
        return next(a for a in self.addresses if ":" not in a)

    @property
    def v6(self) -> str:
        """Its first IPv6 address."""
        return next(a for a in self.addresses if ":" in a)

    def run(
        self, *argv: str, check: bool = True, patience: float = PATIENCE, **popen: object
    ) -> subprocess.CompletedProcess[str]:
        """Run a command here and wait for it."""
        command = ("ip", "netns", "exec", self.namespace, *argv)
        done = subprocess.run(  # type: ignore[call-overload]
            command, text=True, capture_output=True, timeout=patience, **popen
        )
        if check and done.returncode:
            raise AssertionError(f"{' '.join(argv)} on {self.name}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def spawn(self, *argv: str, output: str = "output") -> Process:
        """Start a command here; it is stopped with the network at the latest."""
        process = Process(self.namespace, argv, self.folder / output)
        self._spawned.append(process)
        return process

    def stop(self) -> None:
        """Stop all that was spawned here."""
        for process in reversed(self._spawned):
            process.stop()
        self._spawned.clear()
        for root in self.folder.glob("*.root"):
            shutil.rmtree(root, ignore_errors=True)

    # The firewall

    def nft(self, ruleset: str) -> None:
        """Load an nftables ruleset, beside what is loaded."""
        self.run("nft", "-f", "-", input=ruleset)

    def firewall(self, *rules: str) -> None:
        """Put these rules, in this order, before whatever comes to this host; they replace the ones before. None: open.

        "tcp dport 25 drop", "tcp dport 25 reject with tcp reset", "tcp dport 25 reject with icmpx admin-prohibited"…
        """
        self._rules = rules
        self._load(rules)

    @contextlib.contextmanager
    def walled(self, *rules: str) -> Iterator[None]:
        """A firewall for a while; what stood before is put back."""
        before, self._rules = self._rules, rules
        self._load(rules)
        try:
            yield
        finally:
            self._rules = before
            self._load(before)

    def _load(self, rules: Sequence[str]) -> None:
        self.nft(
            "table inet wall {}\ndelete table inet wall\ntable inet wall {\n chain input {\n"
            "  type filter hook input priority 0;\n  " + "\n  ".join(rules) + "\n }\n}\n"
        )

    def count(self, destination: str) -> None:
        """Begin to count the packets that this host sends to an address, none of which gets out uncounted."""
        family = "ip6" if ":" in destination else "ip"
        self.nft(
            f"table inet {_counter(destination)} {{\n chain output {{\n  type filter hook output priority -10;\n"
            f"  {family} daddr {destination} counter\n }}\n}}\n"
        )

    def counted(self, destination: str) -> int:
        """How many packets went there since `count`."""
        listing = self.run("nft", "list", "table", "inet", _counter(destination)).stdout
        found = re.search(r"packets (\d+)", listing)
        assert found is not None, listing
        return int(found[1])

    @contextlib.contextmanager
    def delayed(self, seconds: float) -> Iterator[None]:
        """Hold every packet to and from this host for so long (our own relay: not every kernel has netem)."""
        near, far = f"{self.port}n", f"{self.port}f"
        self._net.in_switch(
            f"link add {near} type veth peer name {far}",
            f"link set {near} up",
            f"link set {far} up",
            f"link set {far} master wire",
            f"link set {self.port} nomaster",
        )
        log = self.folder / f"slow-{seconds}"
        relay = Process(self._net.switch, (sys.executable, "-I", str(RELAY), self.port, near, str(seconds)), log)
        try:
            wait_until(lambda: "ready" in relay.text(), "the slow wire")
            yield
        finally:
            relay.stop()
            self._net.in_switch(f"link set {self.port} master wire", f"link del {near}")

    # Sockets

    def new_socket(self, family: int = socket.AF_INET, kind: int = socket.SOCK_STREAM) -> socket.socket:
        """A socket of this host, for use from the test itself: it belongs to the namespace in which it was made."""
        made: list[socket.socket] = []

        def enter_and_make() -> None:
            # A thread has its own network namespace; this one ends, and nobody else was moved.
            libc = ctypes.CDLL(None, use_errno=True)
            with open(f"/run/netns/{self.namespace}") as namespace:
                if libc.setns(namespace.fileno(), CLONE_NEWNET):
                    raise OSError(ctypes.get_errno(), f"cannot enter {self.namespace}")
            made.append(socket.socket(family, kind))

        thread = threading.Thread(target=enter_and_make)
        thread.start()
        thread.join()
        if not made:
            raise OSError(f"no socket in {self.namespace}")
        return made[0]

    def connect(self, address: str, port: int, patience: float = 5.0) -> socket.socket:
        """A TCP connection from this host; OSError as from any connect."""
        connection = self.new_socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
        connection.settimeout(patience)
        try:
            connection.connect((address, port))
        except OSError:
            connection.close()
            raise
        return connection

    def answers(self, port: int) -> bool:
        """True if TCP connections to that port of every address of this host are taken, asked from the host itself."""
        for address in self.addresses:
            try:
                self.connect(address, port, 1).close()
            except OSError:
                return False
        return True


def _counter(destination: str) -> str:
    return "count_" + re.sub(r"[^0-9a-f]", "_", destination)


class Net:
    """The wire and its hosts: `with Net(folder) as net: host = net.host("mx1", "203.0.113.1", "2001:db8:3::1")`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tag = f"{PREFIX}{os.getpid()}x{next(_runs)}"
        self.hosts: dict[str, Host] = {}

    def __enter__(self) -> Self:
        sweep()
        self.switch = f"{self.tag}-switch"
        ip(f"netns add {self.switch}")
        self.in_switch("link add wire type bridge", "link set wire up", "link set lo up")
        return self

    def __exit__(self, *exc: object) -> None:
        for host in self.hosts.values():
            host.stop()
        for namespace in [*(host.namespace for host in self.hosts.values()), self.switch]:
            ip(f"netns del {namespace}")

    def host(self, name: str, *addresses: str) -> Host:
        """Add a host with these addresses (IPv4 and IPv6 without a prefix length)."""
        host = Host(self, name, len(self.hosts), addresses)
        ip(f"netns add {host.namespace}")
        self.hosts[name] = host
        self.in_switch(
            f"link add {host.port} type veth peer name eth0 netns {host.namespace}",
            f"link set {host.port} master wire up",
        )
        lines = ["link set lo up", "link set eth0 up"]
        lines += [f"addr add {a} dev eth0" + (" nodad" if ":" in a else "") for a in addresses]
        lines += ["route add default dev eth0", "route add ::/0 dev eth0"]
        _in(host.namespace, *lines)
        host.run("sh", "-c", UNHURRIED)
        return host

    def in_switch(self, *lines: str) -> None:
        """Run `ip` commands where the bridge is."""
        _in(self.switch, *lines)


def _in(namespace: str, *lines: str) -> None:
    subprocess.run(("ip", "-n", namespace, "-batch", "-"), input="\n".join(lines), text=True, check=True)


def sweep() -> None:
    """Remove the namespaces that runs which were killed left behind."""
    listed = subprocess.run(("ip", "netns", "list"), capture_output=True, text=True, check=True).stdout
    for line in listed.splitlines():
        name = line.split()[0]
        made = re.match(rf"{PREFIX}(\d+)x\d+-", name)
        if made and not Path("/proc", made[1]).exists():
            subprocess.run(("ip", "netns", "del", name), check=False)
