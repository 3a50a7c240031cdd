import io

import click
import pytest

from mxlatch.cli import telling
from mxlatch.cli.options import Telling
from mxlatch.report import PLAN_FORMATS, Style


class Stream(io.StringIO):
    def __init__(self, terminal: bool, encoding: str) -> None:
        super().__init__()
        self._terminal, self._encoding = terminal, encoding

    def isatty(self) -> bool:
        return self._terminal

    @property
    def encoding(self) -> str:
        return self._encoding


TERMINAL, PIPE, OLD = Stream(True, "utf-8"), Stream(False, "UTF-8"), Stream(True, "ANSI_X3.4-1968")


@pytest.mark.parametrize(
    ("color", "stream", "environment", "colour"),
    [
        ("auto", TERMINAL, {}, True),
        ("auto", PIPE, {}, False),
        ("auto", TERMINAL, {"TERM": "dumb"}, False),
        ("auto", TERMINAL, {"NO_COLOR": "1"}, False),
        ("auto", TERMINAL, {"NO_COLOR": ""}, True),
        ("auto", PIPE, {"FORCE_COLOR": "1"}, True),
        ("auto", PIPE, {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ("always", PIPE, {"NO_COLOR": "1"}, True),
        ("never", TERMINAL, {"FORCE_COLOR": "1"}, False),
    ],
)
def test_colour(color, stream, environment, colour):
    assert telling.style(color, False, stream, environment).colour is colour


@pytest.mark.parametrize(
    ("ascii", "stream", "plain"), [(False, TERMINAL, False), (True, TERMINAL, True), (False, OLD, True)]
)
def test_ascii(ascii, stream, plain):
    assert telling.style("auto", ascii, stream, {}).ascii is plain


def test_a_pipe_has_80_columns():
    assert telling.style("auto", False, PIPE, {}) == Style(width=80)


def form(**given: object) -> str:
    fields = {"format": None, "output": None, "json": False, "color": "auto", "ascii": False, **given}
    return telling.form(Telling(**fields)).name


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({}, "text"),
        ({"json": True}, "json"),
        ({"format": "json"}, "json"),
        ({"json": True, "format": "json"}, "json"),
        ({"output": "-"}, "text"),
        ({"output": "a/b.JSON"}, "json"),
        ({"output": "b.txt"}, "text"),
        ({"output": "b.txt", "json": True}, "json"),
    ],
)
def test_form(given, name):
    assert form(**given) == name


@pytest.mark.parametrize("given", [{"format": "yaml"}, {"json": True, "format": "text"}, {"output": "a"}])
def test_what_is_no_form(given):
    with pytest.raises(click.UsageError):
        form(**given)


def test_a_plan_has_forms_of_its_own():
    asked = Telling(format=None, output="plan.md", json=False, color="auto", ascii=False)
    assert telling.form(asked, PLAN_FORMATS).name == "markdown"
    with pytest.raises(click.UsageError):
        telling.form(asked)
