"""The scenes of the firewalls: an audit each of exchangers behind walls, which waits a minute for the silent doors."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from realnet import smtp
from realnet.auditor import INVENTORY, LEAVE, audit
from realnet.network import Net
from realnet.village import Village
from realnet.world import DOMAIN

RESET = "tcp dport 25 reject with tcp reset"
PROHIBITED = "tcp dport 25 reject with icmpx admin-prohibited"
DROP = "tcp dport 25 drop"
DROP_V6 = "ip6 daddr ::/0 tcp dport 25 drop"
OPEN = "accept"
# Delays strangers: three or four SYNs are dropped, and those that are sent again pass.
LATE = "tcp dport 25 tcp flags & (fin | syn | rst | ack) == syn quota until 200 bytes drop"


@dataclass(frozen=True)
class Wall:
    """An exchanger behind a firewall: its rules, and how long every packet is held there (seconds)."""

    rules: str
    held: float = 0.0
    declared: bool = False  # the inventory has a firewall rule that lets nobody in


WALLS = {
    "open": Wall(OPEN),
    "reset": Wall(RESET),
    "prohibited": Wall(PROHIBITED),
    "silent": Wall(DROP),
    "declared": Wall(DROP, declared=True),
    "slow": Wall(OPEN, held=1.5),
    "late": Wall(LATE),
    "v4-only": Wall(DROP_V6),
}
ADDRESSES = {name: (f"203.0.113.{n}", f"2001:db8:3::{n}") for n, name in enumerate(WALLS, 11)}

# Which exchangers the domain has; then, by exchanger, what becomes of its IPv4 and its IPv6 door: state and verdict.
CLOSED, LIKELY = ("closed", "closed"), ("filtered", "likely-closed")
DECLARED, UNKNOWN, GOOD = ("filtered", "closed"), ("unknown", "unknown"), ("open", "closed")
SCENES = {
    "with a control": {
        "open": (GOOD, GOOD),
        "reset": (CLOSED, CLOSED),
        "prohibited": (CLOSED, CLOSED),
        "silent": (LIKELY, LIKELY),
        "declared": (DECLARED, DECLARED),
        "slow": (GOOD, GOOD),
        "late": (GOOD, GOOD),
    },
    "without a control": {
        "reset": (UNKNOWN, UNKNOWN),
        "prohibited": (UNKNOWN, UNKNOWN),
        "silent": (UNKNOWN, UNKNOWN),
    },
    "with a control in IPv4 only": {
        "v4-only": (GOOD, UNKNOWN),
        "reset": (CLOSED, UNKNOWN),
        "prohibited": (CLOSED, UNKNOWN),
        "silent": (LIKELY, UNKNOWN),
    },
    "with a slow control": {
        "slow": (GOOD, GOOD),
        "reset": (CLOSED, CLOSED),
    },
}


def seen(scene: str, folder: Path) -> Any:
    """The audit of a scene."""
    folder.mkdir()
    names = list(SCENES[scene])
    lines = [f"@ MX 10 {name}" for name in names]
    lines += [f"{name} {'AAAA' if ':' in a else 'A'} {a}" for name in names for a in ADDRESSES[name]]
    with Net(folder / "hosts") as net, contextlib.ExitStack() as walls:
        village = Village(net, folder, {DOMAIN: tuple(lines)})
        for name in names:
            host = net.host(name, *ADDRESSES[name])
            certificate = village.certificate(f"{name}.{DOMAIN}")
            smtp.exim(host, smtp.Exchanger(f"{name}.{DOMAIN}", DOMAIN, ("info",), certificate))
            host.firewall("iif lo accept", WALLS[name].rules)
            if WALLS[name].held:
                walls.enter_context(host.delayed(WALLS[name].held))
        return audit(village, folder / "home", *LEAVE, inventory=INVENTORY + _declarations(names)).json


def _declarations(names: Sequence[str]) -> str:
    """The firewalls of the inventory."""
    told = [a for name in names if WALLS[name].declared for a in ADDRESSES[name]]
    return "".join(f'\n[[firewall.rule]]\nto = "{a}"\nport = 25\nallow = []\n' for a in told).replace(
        "\n[[firewall.rule]]", '\n[[firewall]]\nname = "edge"\n\n[[firewall.rule]]', 1
    )
