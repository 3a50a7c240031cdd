"""A plan's digest is of all of it, and its changes are in the order of its steps."""

import json
from typing import Any

import msgspec
import pytest
from msgspec import structs

from mxlatch.plan.result import Plan
from tests.report.plans import EVERYTHING


def test_changes_are_in_the_order_of_the_steps() -> None:
    assert [type(change).__name__ for change in EVERYTHING.changes[:3]] == ["Records", "Records", "Harden"]
    assert len(EVERYTHING.changes) == sum(len(step.changes) for step in EVERYTHING.steps)


def test_the_same_plan_has_the_same_digest() -> None:
    again = msgspec.json.decode(msgspec.json.encode(EVERYTHING), type=Plan)
    assert again == EVERYTHING
    assert again.digest == EVERYTHING.digest
    assert len(again.digest) == 64


def altered(value: Any, path: tuple[Any, ...] = ()) -> Any:
    """Every place of plain data with another value there, as (path, value)."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from altered(inner, (*path, key))
    elif isinstance(value, list):
        if value:
            yield path, value[:-1]
        if len(value) > 1 and value[0] != value[1]:
            yield path, [value[1], value[0], *value[2:]]
        for number, inner in enumerate(value):
            yield from altered(inner, (*path, number))
    elif isinstance(value, bool):
        yield path, not value
    elif isinstance(value, int):
        yield path, value + 1
    elif path[-1] not in ("type", "latch") and "latches" not in path:
        yield path, value + "x"


def put(whole: Any, path: tuple[Any, ...], value: Any) -> Any:
    """A copy with another value at this place."""
    copy = json.loads(json.dumps(whole))
    inner = copy
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return copy


PLAIN = json.loads(msgspec.json.encode(EVERYTHING))
PLACES = list(altered(PLAIN))


def test_every_field_of_a_plan_is_altered_below() -> None:
    assert {path[0] for path, _ in PLACES} == {field.name for field in structs.fields(Plan)}
    assert len(PLACES) > 150


@pytest.mark.parametrize(
    ("path", "value"), PLACES, ids=lambda each: "-".join(map(str, each)) if isinstance(each, tuple) else ""
)
def test_whatever_is_altered_alters_the_digest(path: tuple[Any, ...], value: Any) -> None:
    other = msgspec.convert(put(PLAIN, path, value), Plan)
    assert other.digest != EVERYTHING.digest
