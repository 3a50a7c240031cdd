"""An internet in a thread beside the test, and a command line to look at it with."""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from mxlatch.cli import main
from mxlatch.lab.internet import Running, internet
from mxlatch.lab.story import topology
from mxlatch.lab.topology import Topology, parse

PACE = "10000"
TOPOLOGIES = Path(__file__).parent / "topologies"


@dataclass
class Lab:
    """A lab that is up. options: for `mxlatch audit`; transcript: (client, door, line) of all that doors were told."""

    running: Running
    folder: Path
    options: list[str]

    @property
    def domain(self) -> str:
        return self.running.domains[0]

    def told(self, verb: str) -> list[tuple[str, str, str]]:
        return [row for row in self.running.post.transcript if verb in " ".join(row).upper()]


@contextlib.contextmanager
def serving(there: Topology, folder: Path, seen_from: str = "") -> Iterator[Lab]:
    """The topology, up beside the caller; its files in the folder."""
    up = threading.Event()
    held: dict[str, object] = {}

    async def serve() -> None:
        held["loop"], held["end"] = asyncio.get_running_loop(), asyncio.Event()
        async with internet(there, seen_from=seen_from) as running:
            held["running"] = running
            up.set()
            await held["end"].wait()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    assert up.wait(20)
    running = held["running"]
    try:
        folder.mkdir(exist_ok=True)
        written = running.write(folder)
        yield Lab(running, folder, ["--rate", PACE, *(word for pair in written.items() for word in pair)])
    finally:
        held["loop"].call_soon_threadsafe(held["end"].set)
        thread.join(20)


@pytest.fixture
def lab(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Lab]:
    """The topology named by the test's parameter, story1 by default; "story1:harden" is the one after that remedy."""
    name, _, remedy = getattr(request, "param", "story1").partition(":")
    shown = topology(name).remedied(remedy) if remedy else topology(name)
    with serving(shown, tmp_path / "lab") as there:
        yield there


@pytest.fixture
def seen_from(tmp_path: Path) -> Callable[[str, str], contextlib.AbstractContextManager[Lab]]:
    """A topology of tests/cli, as it looks from an address; "" for a stranger's."""

    def put_up(name: str, address: str) -> contextlib.AbstractContextManager[Lab]:
        path = TOPOLOGIES / f"{name}.toml"
        return serving(parse(path.read_text(), str(path)), tmp_path / f"lab{address}", address)

    return put_up


@dataclass
class Said:
    """What a command line came to."""

    code: int
    out: str
    err: str


@pytest.fixture
def mxlatch(capfd: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Run `mxlatch ARGUMENTS`."""

    def run(*arguments: str) -> Said:
        code = main(arguments)
        out, err = capfd.readouterr()
        return Said(code, out, err)

    return run
