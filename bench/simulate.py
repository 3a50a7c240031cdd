"""A million messages with their retries over ten days, three of which the first server is away; and the same, plainly.

Ours is what `mxlatch simulate` calls for each figure: messages are drawn and sent try by try, half of them honest, to a
server with a sandwich and a backup whose spool fills. The peer is the plain loop of the tests, one message after the
other, which they hold equal to it; it gets fewer messages, and the rates are compared.
"""

import importlib
import json
import statistics
import sys

from bench.common import Meter, metered
from mxlatch.data import mix_text, tables
from mxlatch.simulate.draws import Draws, drawn
from mxlatch.simulate.layout import Exposure, Layout, LayoutDoor, LayoutWay
from mxlatch.simulate.mix import Mix, parse
from mxlatch.simulate.play import play
from mxlatch.simulate.timeline import Outage, timeline
from mxlatch.terms.latch import Latch

_MESSAGES = 1_000_000
_PLAIN_MESSAGES = 20_000
_ROUNDS = 3
_DAY = 86400.0
_HORIZON = 10 * _DAY
_TARGET_SECONDS = 5.0
_FULL = {"192.0.2.2:25": 4 * _DAY}  # the spool, from the second day of the outage


def layout() -> Layout:
    """A filter, a backup that hands on to it, the filter's second address behind that, and a remembered host."""
    latches = (Latch.CONTENT, Latch.DNSBL)
    first = LayoutDoor("192.0.2.1:25", "mx1", recipients="found", latches=latches, greylists=True)
    again = LayoutDoor("192.0.2.3:25", "mx1", recipients="found", latches=latches)
    backup = LayoutDoor("192.0.2.2:25", "mx2", queues=True, next_doors=(first.id,), recipients="absent")
    bare = LayoutDoor("192.0.2.4:25", "hub", recipients="absent")
    ways = (
        LayoutWay("mx", "example.com", 10, "mx1.example.com", first.id),
        LayoutWay("mx", "example.com", 20, "mx2.example.com", backup.id, Exposure.PAST),
        LayoutWay("mx", "example.com", 99, "mx3.example.com", again.id),
        LayoutWay("remembered", "example.com", 65536, "hub.example.com", bare.id, Exposure.PAST),
    )
    return Layout("bench", "example.com", (first, backup, again, bare), ways)


def outage(of: Layout) -> Outage:
    """The first server is away from the third day to the fifth."""
    return Outage("first", of.firsts()[0], 3 * _DAY, 2 * _DAY)


def halves(mix: Mix, messages: int) -> list[tuple[bool, Draws]]:
    """The messages of a run: half of them honest."""
    return [
        (True, drawn(len(mix.honest), messages // 2, _HORIZON, 1)),
        (False, drawn(len(mix.spam), messages // 2, _HORIZON, 2)),
    ]


def ours(mix: Mix) -> tuple[Meter, int]:
    """Draw and send them all."""
    of, sent = layout(), 0
    with metered() as meter:
        when = timeline(of, outage(of), _FULL, mix.when_full)
        for honest, draws in halves(mix, _MESSAGES):
            played = play(of, mix, mix.values(), when, draws, honest=honest)
            sent += len(played.taken)
    return meter, sent


def plainly(mix: Mix) -> tuple[Meter, int]:
    """The same by the tests' plain loop, fewer messages."""
    of, sent = layout(), 0
    plain = importlib.import_module("tests.simulate.plainly").Plainly
    with metered() as meter:
        for honest, draws in halves(mix, _PLAIN_MESSAGES):
            done = plain(of, mix, outage(of), mix.values(), _FULL).run(draws, mix.honest if honest else mix.spam)
            sent += len(done)
    return meter, sent


def main() -> None:
    mix = parse(mix_text(), "default.toml", tables().behaviours)
    walls: list[float] = []
    ratios: list[float] = []
    rates: dict[str, list[float]] = {"mxlatch": [], "plain loop": []}
    for number in range(_ROUNDS):
        (fast, many), (slow, few) = ours(mix), plainly(mix)
        walls.append(fast.wall * _MESSAGES / many)
        rates["mxlatch"].append(many / fast.cpu)
        rates["plain loop"].append(few / slow.cpu)
        ratios.append(rates["mxlatch"][-1] / rates["plain loop"][-1])
        print(f"  round {number + 1}/{_ROUNDS}: {walls[-1]:.2f} s a million messages", file=sys.stderr)
    seconds, ratio = statistics.median(walls), statistics.median(ratios)
    print(f"simulate: messages per CPU-second, median of {_ROUNDS} rounds")
    for name, found in rates.items():
        print(f"{name:16}{statistics.median(found):12,.0f}")
    print(f"a million messages, ten days: {seconds:.2f} s (target: under {_TARGET_SECONDS:.0f} s)")
    figures = {"seconds_million_messages": round(seconds, 3)}
    figures |= {name.replace(" ", "_"): round(statistics.median(found)) for name, found in rates.items()}
    print(json.dumps({"bench": "simulate", "ratios": {"plain_loop": round(ratio, 1)}, "figures": figures}))


if __name__ == "__main__":
    main()
