"""What the tests on real servers share: the world, made once, and the reason where it cannot be made."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))  # these tests are no package, and share `install` and `realnet`

from install import missing  # noqa: E402
from realnet.auditor import LEAVE  # noqa: E402
from realnet.network import Net  # noqa: E402
from realnet.runs import Case, Seen, run_all  # noqa: E402
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
def audits(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Seen]:
    """The audits of the world: with leave ("all"), without ("no leave"), and with each server down in turn."""
    alone = [Case("all"), Case("again"), Case("no leave", options=("--no-search",))]
    alone += [Case("searched", "ns5", LEAVE)]
    return run_all([*alone, *(Case(name, down=name) for name in OUTAGES)], tmp_path_factory.mktemp("audits"))
