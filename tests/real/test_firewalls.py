"""What a firewall makes of a door, row by row of DESIGN section 2, with and without a control.

The control is a door on the same port, from the same vantage and in the same address family that answered in the same
run. Without it a refusal says nothing: it may be our own network that blocks port 25.
"""

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
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
ROWS = [(scene, exchanger) for scene, rows in SCENES.items() for exchanger in rows]


def run(scene: str, folder: Path) -> Any:
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
        return audit(village, folder / "home", *LEAVE, inventory=INVENTORY + declarations(names)).json


def declarations(names: list[str]) -> str:
    """The firewalls of the inventory."""
    told = [a for name in names if WALLS[name].declared for a in ADDRESSES[name]]
    return "".join(f'\n[[firewall.rule]]\nto = "{a}"\nport = 25\nallow = []\n' for a in told).replace(
        "\n[[firewall.rule]]", '\n[[firewall]]\nname = "edge"\n\n[[firewall.rule]]', 1
    )


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The audits of all scenes, at once: each waits a minute for the silent doors."""
    folder = tmp_path_factory.mktemp("walls")
    with ThreadPoolExecutor(len(SCENES)) as pool:
        reports = pool.map(lambda scene: run(scene, folder / scene.replace(" ", "-")), SCENES)
        yield dict(zip(SCENES, reports, strict=True))


@pytest.mark.parametrize(("scene", "exchanger"), ROWS, ids=[f"{s}: {e}" for s, e in ROWS])
def test_what_a_firewall_makes_of_a_door(scenes: dict[str, Any], scene: str, exchanger: str) -> None:
    doors = {door["address"]: (door["state"], door["verdict"]) for door in scenes[scene]["doors"]}
    assert tuple(doors[address] for address in ADDRESSES[exchanger]) == SCENES[scene][exchanger]


@pytest.mark.parametrize("scene", SCENES)
def test_a_door_that_nobody_vouches_for_makes_the_audit_incomplete(scenes: dict[str, Any], scene: str) -> None:
    report = scenes[scene]
    unsure = {door["id"] for door in report["doors"] if door["verdict"] in ("unknown", "likely-closed")}
    assert {entry["subject"] for entry in report["not_judged"]} == unsure
    assert report["complete"] is not bool(unsure)


def test_without_a_control_no_verdict_is_claimed(scenes: dict[str, Any]) -> None:
    assert scenes["without a control"]["verdict"] == "unknown"


def test_a_slow_door_is_judged_like_any_other(scenes: dict[str, Any]) -> None:
    slow = [door for door in scenes["with a control"]["doors"] if door["address"] in ADDRESSES["slow"]]
    for door in slow:
        assert {latch: state["state"] for latch, state in door["latches"].items()} == {
            "recipient": "found",
            "relay": "found",
            "tls": "found",
        }
