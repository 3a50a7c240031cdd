"""The layouts and the tables of docs/explanation/single-pair-sandwich-backup.md.

`python -m tests.simulate.page` prints the tables as they should stand there; test_page.py holds the page to them.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from mxlatch.report.simulation import compared, duration, losers, octets, percent, plain, shown
from mxlatch.simulate.result import LayoutResult
from mxlatch.simulate.run import simulate
from tests.simulate.layouts import BACKUP, DAY, HOUR, PRIMARY, default, door, layout

HUB = door(9, latched=False)
ALIAS = door(3, host="host1")  # the first server's second address
FRONT = door(2, next_doors=(PRIMARY.id,), role="filter")  # of equal preference with the server of the mailboxes
STRONG = door(2, queues=True, next_doors=(PRIMARY.id,), role="backup")
LAYOUTS = {
    "filter, and the old server as secondary": layout((10, PRIMARY), (20, HUB), ("remembered", HUB)),
    "single": layout((10, PRIMARY)),
    "single, the old server still open": layout((10, PRIMARY), ("remembered", HUB)),
    "pair": layout((10, PRIMARY), (10, door(2))),
    "pair, of which one holds the mailboxes": layout((10, FRONT), (10, PRIMARY)),
    "sandwich round a dumb backup": layout((10, PRIMARY), (20, BACKUP), (99, ALIAS)),
    "dumb backup": layout((10, PRIMARY), (20, BACKUP)),
    "backup with the latches of the first": layout((10, PRIMARY), (20, STRONG)),
}
TELLS = "the same, and it tells of delay after 4 h"
MESSAGES, FOR_RANGES, SEED = 100_000, 6_500, 1


def tables() -> str:
    """All of them."""
    return "\n".join([*_whole(), "", *_spools(), "", *_named()])


def _simulated(layouts, mix, outages=(DAY,)):
    return simulate(layouts, mix, outages, SEED, messages=MESSAGES, for_ranges=FOR_RANGES).layouts


def _with(mix, name, value):
    numbers = tuple(replace(n, value=value, low=value, high=value) if n.id == name else n for n in mix.numbers)
    return replace(mix, numbers=numbers)


def _whole() -> Iterator[str]:
    mix = default()
    rows = list(_simulated(LAYOUTS, mix))
    tells = _with(mix, "spool.tells-delay", 4 * HOUR)
    rows += [replace(each, title=TELLS) for each in _simulated({"": layout((10, PRIMARY), (20, STRONG))}, tells)]
    yield "| layout | spam past a latch | meanwhile | lost, untold | bounced | late, told | bounces per 1,000 spam |"
    yield "|---|---|---|---|---|---|---|"
    yield from (_row(each) for each in rows)


def _row(of: LayoutResult) -> str:
    outage = compared(of)
    cells = [
        shown(of.reached.past, percent),
        shown(outage.spam_past, percent),
        shown(outage.lost, percent),
        shown(outage.bounced, percent),
        shown(outage.told, percent),
        shown(of.backscatter, plain),
    ]
    return f"| {of.title} | {' | '.join(cells)} |"


def _spools() -> Iterator[str]:
    yield "| a full spool answers | full after | it holds at most | bounced |"
    yield "|---|---|---|---|"
    for when_full, words in (("452", "452, try later"), ("552", "552, refused")):
        mix = replace(_with(default(), "spool.size", 500e6), when_full=when_full)
        outage = compared(_simulated({"": LAYOUTS["dumb backup"]}, mix)[0])
        cells = (shown(outage.spool_full, duration), shown(outage.spool_peak, octets), shown(outage.bounced, percent))
        yield f"| {words} | {' | '.join(cells)} |"


def _named() -> Iterator[str]:
    (single,) = _simulated({"": LAYOUTS["single"]}, default(), (4 * HOUR, DAY, 3 * DAY))
    labels, columns = losers(single.outages)
    yield f"| sender | {' | '.join(column.head for column in columns)} |"
    yield f"|---|{'---|' * len(columns)}"
    for number, label in enumerate(labels):
        yield f"| {label} | {' | '.join(shown(column.figures[number], percent) for column in columns)} |"


if __name__ == "__main__":
    print(tables())
