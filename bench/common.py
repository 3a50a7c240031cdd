"""What the benchmarks share: contenders in processes of their own, taking turns; medians; the table; the last line."""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from msgspec import Struct

SLOWEST_CONTENDER = 300.0  # seconds: beyond it something hangs


class Run(Struct):
    """What one contender did in one process."""

    work: int  # units: questions, sessions, lines
    cpu: float  # seconds, user and system, of all threads of the process
    wall: float  # seconds

    @property
    def rate(self) -> float:
        """Units per CPU-second."""
        return self.work / self.cpu


class Meter:
    """Filled by `metered`."""

    cpu = 0.0
    wall = 0.0


@contextmanager
def metered() -> Iterator[Meter]:
    """Measure CPU and wall time of what stands inside."""
    meter = Meter()
    wall, cpu = time.perf_counter(), time.process_time()
    yield meter
    meter.cpu, meter.wall = time.process_time() - cpu, time.perf_counter() - wall


def in_own_process(module: str, *arguments: str) -> str:
    """Run `python -m module arguments`; return the last line that it prints."""
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, timeout=SLOWEST_CONTENDER)
    return done.stdout.strip().splitlines()[-1]


def take_turns(contenders: Mapping[str, Callable[[], Run]], rounds: int) -> dict[str, list[Run]]:
    """Run every contender once a round, in an order that turns: no place in it is the lucky one."""
    names = list(contenders)
    runs: dict[str, list[Run]] = {name: [] for name in names}
    for number in range(rounds):
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            runs[name].append(contenders[name]())
            print(f"  round {number + 1}/{rounds} {name}: {runs[name][-1].rate:,.0f}", file=sys.stderr)
    return runs


def ratios(runs: Mapping[str, Sequence[Run]], ours: str) -> dict[str, float]:
    """Our rate over each peer's, per CPU-second: the median of the rounds, each compared within itself."""
    return {
        peer: round(statistics.median(a.rate / b.rate for a, b in zip(runs[ours], theirs, strict=True)), 2)
        for peer, theirs in runs.items()
        if peer != ours
    }


def report(bench: str, unit: str, runs: Mapping[str, Sequence[Run]], ours: str, targets: Mapping[str, float]) -> None:
    """Print the table, and as last line the JSON object."""
    worth = ratios(runs, ours)
    print(f"{bench}: {unit} per CPU-second, median of {len(runs[ours])} interleaved rounds")
    print(f"{'':16}{'per CPU-s':>12}{'us each':>10}{'per s':>12}{'ratio':>8}{'target':>8}")
    figures: dict[str, float] = {}
    for name, done in runs.items():
        rate = statistics.median(run.rate for run in done)
        wall = statistics.median(run.work / run.wall for run in done)
        figures[name] = round(rate)
        ratio = f"{worth[name]:8.2f}" if name in worth else f"{'':8}"
        target = f"{targets[name]:8.1f}" if name in targets else ""
        print(f"{name:16}{rate:12,.0f}{1e6 / rate:10.1f}{wall:12,.0f}{ratio}{target}")
    print(json.dumps({"bench": bench, "ratios": worth, "figures": figures}))
