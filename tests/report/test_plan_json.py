"""A plan's JSON: its schema, that the schema is strict and explained, and that `apply` reads what is written."""

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

import mxlatch.report
from mxlatch.plan import saved
from mxlatch.plan.make import PROFILES
from mxlatch.plan.result import SCHEMA, Plan
from mxlatch.report.plan_json import SEVERAL, as_json
from mxlatch.terms.latch import Latch
from tests.report.plans import EVERYTHING, EXAMPLES, HOSTILE

SCHEMAS = {
    name: json.loads((Path(mxlatch.report.__file__).parent / "schema" / file).read_text("utf-8"))
    for name, file in ((SCHEMA, "plan-1.json"), (SEVERAL, "plans-1.json"))
}
REGISTRY = Registry().with_resources((schema["$id"], Resource.from_contents(schema)) for schema in SCHEMAS.values())


def validator(schema: str) -> Draft202012Validator:
    return Draft202012Validator(SCHEMAS[schema], registry=REGISTRY)


def parts(schema: Any, where: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object inside a schema with its place."""
    if isinstance(schema, dict):
        yield where, schema
        for key, value in schema.items():
            yield from parts(value, f"{where}/{key}")
    elif isinstance(schema, list):
        for value in schema:
            yield from parts(value, where)


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_is_valid(name: str) -> None:
    made = json.loads(as_json(EXAMPLES[name]))
    assert [error.message for error in validator(made["schema"]).iter_errors(made)] == []
    assert made["schema"] == (SCHEMA if len(EXAMPLES[name]) == 1 else SEVERAL)


@pytest.mark.parametrize("name", SCHEMAS)
def test_schema_is_valid_strict_and_explained(name: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[name])
    for where, part in parts(SCHEMAS[name]):
        if part.get("type") == "object":
            assert part["additionalProperties"] is False, where
            assert set(part["required"]) == set(part["properties"]), where
        for key, value in part.get("properties", {}).items():
            assert value.get("description") or "$ref" in value, f"{where}/properties/{key}"


def test_schema_and_structs_name_the_same_fields() -> None:
    """A field added to a Struct must be added to the schema, or the plan would not be valid."""
    structs = msgspec.json.schema(Plan)["$defs"]
    here = {frozenset(part["properties"]) for _, part in parts(SCHEMAS[SCHEMA]) if "properties" in part}
    for name, struct in structs.items():
        if "properties" in struct:
            fields = set(struct["properties"]) | ({"digest"} if name == "Plan" else set())
            assert frozenset(fields) in here, name
    assert SCHEMAS[SCHEMA]["$defs"]["latch"]["enum"] == [latch.value for latch in Latch]
    assert SCHEMAS[SCHEMA]["properties"]["profile"]["enum"] == list(PROFILES)


BROKEN: dict[str, Callable[[dict[str, Any]], object]] = {
    "another schema": lambda p: p.update(schema="mxlatch.plan/2"),
    "no digest": lambda p: p.pop("digest"),
    "a digest cut short": lambda p: p.update(digest=p["digest"][:12]),
    "a verdict that is none": lambda p: p.update(after="fine"),
    "a layout that is none": lambda p: p.update(profile="heap"),
    "a field more": lambda p: p.update(grade="A+"),
    "hazards left out": lambda p: p.pop("hazards"),
    "a hazard without name": lambda p: p["hazards"][0].update(name=""),
    "a wait in words": lambda p: p["steps"][0].update(wait="2 h"),
    "a step without changes": lambda p: p["steps"][0].pop("changes"),
    "an unheard-of change": lambda p: p["steps"][0]["changes"][0].update(type="pray"),
    "records without before": lambda p: p["steps"][0]["changes"][0].pop("before"),
    "an unheard-of latch": lambda p: p["steps"][2]["changes"][0].update(latch="hope"),
    "a lock's stage that is none": lambda p: p["steps"][3]["changes"][0].update(stage="drop"),
    "a proof's verdict left out": lambda p: p["proofs"][0].pop("after"),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_what_is_broken_is_not_valid(fault: str) -> None:
    made = json.loads(as_json([EVERYTHING]))
    broken = copy.deepcopy(made)
    BROKEN[fault](broken)
    assert validator(SCHEMA).is_valid(made)
    assert not validator(SCHEMA).is_valid(broken)


@pytest.mark.parametrize("plan", [EVERYTHING, HOSTILE], ids=["everything", "hostile"])
def test_what_is_written_is_what_apply_reads(plan: Plan) -> None:
    made = as_json([plan])
    assert all(c == "\n" or " " <= c <= "~" for c in made)
    assert made.startswith('{\n  "schema": "mxlatch.plan/1",\n  "digest": ')
    assert saved.from_text(made, "plan.json") == plan
