"""How much CPU commands without network take, beside a Python that does nothing (DESIGN 8: under 150 ms)."""

import json
import os
import statistics
import sys
from pathlib import Path

_ROUNDS = 20  # of each, in turn; the median stands
_TARGET_MS = 150.0
_OURS = ("--version", "explain MX003", "config")
_PEER = "python -c pass"


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
    """Measure all in turn and print."""
    program = str(Path(sys.executable).parent / "mxlatch")
    commands = {f"mxlatch {arguments}": [program, *arguments.split()] for arguments in _OURS}
    commands[_PEER] = [sys.executable, "-c", "pass"]
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for command in commands.values():
        cpu_ms(command)  # once, so that bytecode and pages are there for all
    for _ in range(_ROUNDS):
        for name, command in commands.items():
            taken[name].append(cpu_ms(command))
    median = {name: round(statistics.median(values), 1) for name, values in taken.items()}
    print(f"{'command':<22} {'CPU ms':>8} {'least':>8} {'most':>8}   median of {_ROUNDS} runs")
    for name, values in taken.items():
        print(f"{name:<22} {median[name]:>8.1f} {min(values):>8.1f} {max(values):>8.1f}")
    print(f"target: each under {_TARGET_MS:.0f} ms")
    version, explain, config = (median[f"mxlatch {arguments}"] for arguments in _OURS)
    figures = {"version_cpu_ms": version, "explain_cpu_ms": explain, "config_cpu_ms": config}
    ratios = {"python": round(median[_PEER] / version, 3)}
    print(json.dumps({"bench": "start", "ratios": ratios, "figures": figures}))


if __name__ == "__main__":
    main()
