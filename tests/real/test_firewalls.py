"""What a firewall makes of a door, row by row of DESIGN section 2, with and without a control.

The control is a door on the same port, from the same vantage and in the same address family that answered in the same
run. Without it a refusal says nothing: it may be our own network that blocks port 25.
"""

from concurrent.futures import Future
from typing import Any

import pytest
from realnet.walls import ADDRESSES, SCENES

ROWS = [(scene, exchanger) for scene, rows in SCENES.items() for exchanger in rows]


@pytest.fixture(scope="module")
def scenes(walls: dict[str, Future[Any]]) -> dict[str, Any]:
    return {scene: walls[scene].result() for scene in SCENES}


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
