"""How much CPU `mxlatch --version` takes, beside a Python that does nothing (DESIGN 8: under 150 ms)."""

import json
import os
import statistics
import sys
from pathlib import Path

_ROUNDS = 20  # of each, in turn; the median stands
_TARGET_MS = 150.0
_OURS, _PEER = "mxlatch --version", "python -c pass"


def cpu_ms(command: list[str]) -> float:
    """User and system time of one run of a command, milliseconds."""
    null = os.open(os.devnull, os.O_WRONLY)
    try:
        child = os.posix_spawn(command[0], command, dict(os.environ), file_actions=[(os.POSIX_SPAWN_DUP2, null, 1)])
    finally:
        os.close(null)
    _, status, used = os.wait4(child, 0)
    if status:
        raise SystemExit(f"{' '.join(command)} failed: status {status}")
    return (used.ru_utime + used.ru_stime) * 1000


def main() -> None:
    """Measure both in turn and print."""
    commands = {
        _OURS: [str(Path(sys.executable).parent / "mxlatch"), "--version"],
        _PEER: [sys.executable, "-c", "pass"],
    }
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for command in commands.values():
        cpu_ms(command)  # once, so that bytecode and pages are there for both
    for _ in range(_ROUNDS):
        for name, command in commands.items():
            taken[name].append(cpu_ms(command))
    median = {name: statistics.median(values) for name, values in taken.items()}
    print(f"{'command':<20} {'CPU ms':>8} {'least':>8} {'most':>8}   of {_ROUNDS} runs")
    for name, values in taken.items():
        print(f"{name:<20} {median[name]:>8.1f} {min(values):>8.1f} {max(values):>8.1f}")
    print(f"target: {_OURS} under {_TARGET_MS:.0f} ms")
    figures = {"version_cpu_ms": round(median[_OURS], 1), "python_cpu_ms": round(median[_PEER], 1)}
    ratios = {"python": round(median[_PEER] / median[_OURS], 3)}
    print(json.dumps({"bench": "start", "ratios": ratios, "figures": figures}))
