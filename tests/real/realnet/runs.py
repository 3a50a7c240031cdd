"""Many audits at once, each in a world of its own: most of an audit's time is waiting for who does not answer."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from realnet.auditor import INVENTORY, LEAVE, Run, audit
from realnet.network import Net
from realnet.world import World

AT_ONCE = 16  # worlds; each has a dozen small servers


@dataclass(frozen=True)
class Case:
    """One audit to run. down: the server that is stopped before it. options: of the command line.

    As a rule without the search: the values that these audits are held to are those of the records.
    """

    name: str
    down: str = ""
    options: tuple[str, ...] = (*LEAVE, "--no-search")
    inventory: str = INVENTORY


@dataclass(frozen=True)
class Seen:
    """An audit's end, the bundle it saved, and what the servers logged meanwhile."""

    run: Run
    bundle: Path
    logs: dict[str, str]


def run_all(cases: Iterable[Case], folder: Path) -> dict[str, Seen]:
    """Run every case; by name."""
    wanted = list(cases)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        seen = pool.map(lambda case: _run(case, folder / case.name), wanted)
        return {case.name: each for case, each in zip(wanted, seen, strict=True)}


def _run(case: Case, folder: Path) -> Seen:
    folder.mkdir()
    bundle = folder / "seen.mxlatch"
    with Net(folder / "hosts") as net:
        world = World(net, folder, case.down)
        before = {name: len(server.log()) for name, server in world.servers.items()}
        run = audit(world, folder / "home", *case.options, "--save", str(bundle), inventory=case.inventory)
        logs = {name: server.log()[before[name] :] for name, server in world.servers.items()}
    return Seen(run, bundle, logs)
