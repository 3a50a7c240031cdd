"""Ctrl-C in the middle of an audit: it says what it has, marked incomplete; a replay of its bundle says the same."""

import signal
from pathlib import Path

import pytest
from realnet.auditor import LEAVE, Run, finish, mxlatch, start_audit
from realnet.world import World


@pytest.fixture(scope="module")
def interrupted(world: World, tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Path]:
    """An audit that got its SIGINT while it waited for the silent name server, and the bundle that it left."""
    home = tmp_path_factory.mktemp("interrupted")
    before = len(world.servers["ns3"].log())
    running = start_audit(world, home, *LEAVE, "--save", str(home / "seen"))
    world.until_logged("ns3", "example.com): query: example.com IN MX", before)
    running.send_signal(signal.SIGINT)
    return finish(running), home / "seen"


def test_it_ends_as_the_shell_expects(interrupted: tuple[Run, Path]) -> None:
    run, _ = interrupted
    assert run.code == 130
    assert "Traceback" not in run.err


def test_it_says_what_it_has_and_that_this_is_not_all(interrupted: tuple[Run, Path]) -> None:
    report = interrupted[0].json
    assert report["complete"] is False
    assert report["verdict"] == "unknown"
    servers = {server["name"]: server for zone in report["dns"]["zones"] for server in zone["servers"]}
    assert {"ns1.example.com", "ns2.example.com", "ns3.example.com", "ns4.example.com"} <= servers.keys()
    assert report["not_judged"]


def test_its_bundle_replays(interrupted: tuple[Run, Path], world: World, tmp_path: Path) -> None:
    run, bundle = interrupted
    replayed = mxlatch(world.probe, tmp_path / "home", "replay", str(bundle), "--json")
    assert replayed.out == run.out
