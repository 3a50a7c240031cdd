"""What the tests on real servers share: the world, made once, and the reason where it cannot be made."""

import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))  # these tests are no package, and share `install` and `realnet`

from install import missing  # noqa: E402
from realnet.auditor import LEAVE  # noqa: E402
from realnet.network import Net  # noqa: E402
from realnet.runs import Case, Seen, run_all  # noqa: E402
from realnet.walls import SCENES, seen  # noqa: E402
from realnet.world import World  # noqa: E402

# What is stopped in turn.
OUTAGES = ("ns1", "ns2", "ns3", "ns5", "ns6", "rdap", "mx1", "mx2", "mx3", "resolver", "com", "root")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out, and say why, what this machine cannot run; nothing else in the run is touched."""
    ours = [item for item in items if item.path.is_relative_to(HERE)]
    reason = missing() if ours else ""
    for item in ours:
        if reason:
            item.add_marker(pytest.mark.skip(reason=f"real servers: {reason}"))


@pytest.fixture
def net(tmp_path: Path) -> Iterator[Net]:
    """A wire without hosts."""
    with Net(tmp_path / "hosts") as made:
        yield made


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The world of the audit, as `realnet.world` describes it; a test that changes it puts it back."""
    folder = tmp_path_factory.mktemp("world")
    with Net(folder / "hosts") as made:
        yield World(made, folder)


@pytest.fixture(scope="session")
def walls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[Any]]]:
    """The scenes of the firewalls, begun with the audits if some test asks for them: both mostly wait."""
    folder = tmp_path_factory.mktemp("walls")
    with ThreadPoolExecutor(len(SCENES)) as pool:
        yield {scene: pool.submit(seen, scene, folder / scene.replace(" ", "-")) for scene in SCENES}


@pytest.fixture(scope="session")
def audits(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Seen]:
    """The audits of the world: with leave ("all"), without ("no leave"), and with each server down in turn."""
    if any("walls" in item.fixturenames for item in request.session.items):  # type: ignore[attr-defined]
        request.getfixturevalue("walls")
    alone = [Case("all"), Case("again"), Case("no leave", options=("--no-search",))]
    alone += [Case("searched", "ns5", LEAVE)]
    return run_all([*alone, *(Case(name, down=name) for name in OUTAGES)], tmp_path_factory.mktemp("audits"))
