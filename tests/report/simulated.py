"""One small simulation for the tests of its reports, of two layouts and two outages; made once."""

from functools import cache

from mxlatch.simulate.layout import Takes
from mxlatch.simulate.result import Result
from mxlatch.simulate.run import simulate
from tests.simulate.layouts import HOUR, KEPT, SINGLE, default, door, layout

UNKNOWN = layout((10, door(1, takes=Takes.UNKNOWN, recipients="unknown")), title="unknown")


@cache
def result() -> Result:
    layouts = {"today": KEPT, "single": SINGLE}
    return simulate(layouts, default(), (HOUR, 24 * HOUR), 1, messages=3_000, for_ranges=1_000)


@cache
def of_nothing_known() -> Result:
    return simulate({"today": UNKNOWN}, default(), (HOUR,), 1, messages=2_000, for_ranges=500)
