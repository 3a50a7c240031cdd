"""Runs mxlatch on a host of the little internet, as its user would, and reads what it says."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from realnet.network import Host
from realnet.world import BLOCKS, DOMAIN, RECIPIENT, World

PROGRAM = Path(sys.executable).with_name("mxlatch")
PATIENCE = 240.0  # seconds; a silent door is knocked at twice
LAB_PACE = "1000"  # times the polite pace: these servers are ours
LEAVE = ("--authorised", "the tests own this world")
# The blocks are listed since nothing here is globally routable; a block without a reference of its own gives no leave.
INVENTORY = f"""
[operator]
name = "mxlatch's tests"
ehlo = "probe.example.net"
contact = "postmaster@example.net"
sender = "probe@example.net"

[[domain]]
name = "{DOMAIN}"
recipient = "{RECIPIENT}"
baseline = ["recipient", "relay", "tls"]
""" + "".join(f'\n[[block]]\ncidr = "{block}"\n' for block in BLOCKS)


@dataclass(frozen=True)
class Run:
    """How a run of mxlatch ended and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The report."""
        assert self.out, f"exit {self.code}, nothing on standard output\n{self.err}"
        return json.loads(self.out)


def mxlatch(host: Host, home: Path, *arguments: str, **variables: str) -> Run:
    """Run mxlatch on a host, with an empty home directory and these environment variables."""
    return finish(start(host, home, *arguments, **variables))


def audit(world: World, home: Path, *options: str, domain: str = DOMAIN, inventory: str = INVENTORY) -> Run:
    """Audit from the probe, through this world's root, registry, resolver and certificates."""
    return finish(start_audit(world, home, *options, domain=domain, inventory=inventory))


def start(host: Host, home: Path, *arguments: str, **variables: str) -> subprocess.Popen[str]:
    """The same as `mxlatch`, not waited for."""
    home.mkdir(exist_ok=True)
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MXLATCH", "XDG", "LC_", "TZ"))}
    command = ("ip", "netns", "exec", host.namespace, str(PROGRAM), *arguments)
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=clean | {"HOME": str(home)} | variables
    )


def start_audit(
    world: World, home: Path, *options: str, domain: str = DOMAIN, inventory: str = INVENTORY
) -> subprocess.Popen[str]:
    """The same as `audit`, not waited for."""
    home.mkdir(exist_ok=True)
    (home / "inventory.toml").write_text(inventory)
    lab = ("--root-hints", str(world.hints_file), "--rdap", world.rdap_url, "--resolver", world.resolver)
    lab += ("--ca", str(world.ca_file), "--rate", LAB_PACE, "--inventory", str(home / "inventory.toml"))
    return start(world.probe, home, "audit", domain, *lab, "--json", *options)


def finish(process: subprocess.Popen[str]) -> Run:
    """Wait for the end; one that does not come is made, and a failure."""
    with process:
        try:
            out, err = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
    return Run(process.returncode, out, err)
