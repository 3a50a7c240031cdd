from pathlib import Path

import pytest

from mxlatch.cli import places


@pytest.mark.parametrize(
    ("environment", "config", "state"),
    [
        ({"HOME": "/home/a"}, "/home/a/.config/mxlatch", "/home/a/.local/state/mxlatch"),
        ({"HOME": "/home/a", "XDG_CONFIG_HOME": "/c", "XDG_STATE_HOME": "/s"}, "/c/mxlatch", "/s/mxlatch"),
        ({"HOME": "/home/a", "XDG_CONFIG_HOME": "relative"}, "/home/a/.config/mxlatch", "/home/a/.local/state/mxlatch"),
    ],
)
def test_where(environment, config, state):
    assert (places.config_dir(environment), places.state_dir(environment)) == (Path(config), Path(state))


def test_where_the_cases_are():
    assert places.cases({"XDG_STATE_HOME": "/s"}) == Path("/s/mxlatch/cases.sqlite")


def test_what_is_remembered():
    assert places.remembered({"HOME": "/home/a"}) == Path("/home/a/.local/state/mxlatch/remembered.json")
