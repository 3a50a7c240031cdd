import pytest

from mxlatch.paths.model import Path, Paths
from mxlatch.terms.door import WayIn
from mxlatch.terms.verdict import Certainty


def path(certainty: Certainty) -> Path:
    return Path(WayIn("mx", "example.org", 10, "mx"), ("192.0.2.1:25",), certainty)


PROVEN, LIKELY, UNKNOWN, CLOSED = map(path, sorted(Certainty, reverse=True))


@pytest.mark.parametrize(
    ("paths", "shown"),
    [((), None), ((UNKNOWN, CLOSED), None), ((LIKELY, UNKNOWN), LIKELY), ((PROVEN, LIKELY), PROVEN)],
)
def test_the_counter_example_is_the_surest_way_round(paths, shown):
    assert Paths(paths, {}).shortest_open is shown
