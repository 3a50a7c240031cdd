"""A plan's file is the plan, and an altered one is seen."""

import json

import pytest

from mxlatch.plan import saved
from mxlatch.plan.result import Hazard
from mxlatch.report.plan_json import as_json
from mxlatch.terms.errors import InputError
from tests.plan.providers.hand import LOCK, mx, plan

WHOLE = plan([mx(), LOCK], hazards=(Hazard("no-backup", "one is left"),))
TEXT = as_json([WHOLE])


def test_what_is_saved_is_read_again() -> None:
    assert saved.from_text(TEXT, "plan.json") == WHOLE
    assert json.loads(TEXT)["digest"] == WHOLE.digest


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("10 mx1", "10 evil"),
        ('"wait": 0', '"wait": 1'),
        ("no-backup", "harmless"),
        (WHOLE.digest, "0" * 64),
        (f'"digest": "{WHOLE.digest}",', ""),
    ],
)
def test_an_altered_file_is_refused(old: str, new: str) -> None:
    assert old in TEXT
    with pytest.raises(InputError, match=r"plan\.json: altered since it was made.*mxlatch plan"):
        saved.from_text(TEXT.replace(old, new), "plan.json")


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"schema": "mxlatch.plan/1"}', '{"schema": 1}'])
def test_no_plan_is_told_as_that(text: str) -> None:
    with pytest.raises(InputError, match=r"plan\.json: no plan"):
        saved.from_text(text, "plan.json")


def test_a_plan_of_another_version_is_refused() -> None:
    with pytest.raises(InputError, match="no plan of this version"):
        saved.from_text(TEXT.replace("mxlatch.plan/1", "mxlatch.plan/9"), "plan.json")
