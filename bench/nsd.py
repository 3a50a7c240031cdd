"""One NSD on this machine with many zones: what the DNS benchmarks ask.

It runs in the foreground as a child, from a configuration and zones in a temporary directory, on an unprivileged port
of the loopback, and ends with the run.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ADDRESS = "127.0.0.1"
_STARTS_WITHIN = 60.0  # seconds, to load the zones

_CONFIG = """\
server:
  server-count: 1
  ip-address: {address}
  port: {port}
  username: ""
  zonesdir: "{folder}"
  pidfile: "{folder}/nsd.pid"
  xfrdfile: "{folder}/xfrd.state"
  zonelistfile: "{folder}/zone.list"
  xfrdir: "{folder}"
  logfile: "{folder}/nsd.log"
  database: ""
  rrl-ratelimit: 0
  minimal-responses: {minimal}
remote-control:
  control-enable: no
"""


def zone_name(number: int) -> str:
    """The name of a zone."""
    return f"d{number:05}.example"


def zone_text(number: int) -> str:
    """What every zone has: SOA, two NS, two MX, and their addresses, which differ from zone to zone."""
    high, low = number >> 8 & 0xFF, number & 0xFF
    hosts = "".join(
        f"{host} A 198.{18 + n}.{high}.{low}\n{host} AAAA 2001:db8:{number:x}::{n + 1:x}\n"
        for n, host in enumerate(("ns1", "ns2", "mx1", "mx2"))
    )
    return f"$TTL 3600\n@ SOA ns1 hostmaster {number} 7200 900 1209600 300\n@ NS ns1\n@ NS ns2\n" + (
        f"@ MX 10 mx1\n@ MX 20 mx2\n{hosts}"
    )


def binary() -> str | None:
    """Where NSD is, if it is: installed, or unpacked for the tests (tests/real/install.py)."""
    unpacked = Path(os.environ.get("MXLATCH_TEST_CACHE", "/var/cache/mxlatch-test"), "trees/nsd/usr/sbin")
    return shutil.which("nsd") or shutil.which("nsd", path=f"/usr/sbin:/usr/local/sbin:{unpacked}")


@contextmanager
def running(zones: int, minimal: bool = False, more: Mapping[str, str] = {}) -> Iterator[int]:
    """An NSD that serves so many zones, and `more` by name and text; gives its port.

    minimal: answers without the authority and additional sections that are not needed ("minimal-responses").
    """
    command = binary()
    if command is None:
        raise SystemExit("bench: no nsd here (Debian package nsd)")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # else the server would outlive the benchmark
    with tempfile.TemporaryDirectory(prefix="mxlatch-bench-") as folder:
        port = _free_port()
        _write(Path(folder), {zone_name(n): zone_text(n) for n in range(zones)} | dict(more), port, minimal)
        server = subprocess.Popen([command, "-d", "-c", f"{folder}/nsd.conf"], stderr=subprocess.DEVNULL)
        try:
            _wait(server, port, Path(folder))
            yield port
        finally:
            server.terminate()
            server.wait()


def _write(folder: Path, zones: Mapping[str, str], port: int, minimal: bool) -> None:
    parts = [_CONFIG.format(address=ADDRESS, port=port, folder=folder, minimal="yes" if minimal else "no")]
    for name, text in zones.items():
        file = f"zone.{name}"
        (folder / file).write_text(text)
        parts.append(f'zone:\n  name: "{name}"\n  zonefile: "{file}"\n')
    (folder / "nsd.conf").write_text("".join(parts))


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((ADDRESS, 0))
        return int(probe.getsockname()[1])


def _wait(server: subprocess.Popen[bytes], port: int, folder: Path) -> None:
    """Until it answers: any answer will do."""
    query = b"\x12\x34\0\0\0\1\0\0\0\0\0\0\6d00000\7example\0\0\6\0\1"
    until = time.monotonic() + _STARTS_WITHIN
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.settimeout(0.2)
        probe.connect((ADDRESS, port))
        while time.monotonic() < until and server.poll() is None:
            try:
                probe.send(query)
                probe.recv(4096)
                return
            except TimeoutError:
                pass
            except ConnectionRefusedError:
                time.sleep(0.1)
    log = folder / "nsd.log"
    raise SystemExit(f"bench: nsd does not answer\n{log.read_text()[-2000:] if log.exists() else ''}")
