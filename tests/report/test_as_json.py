"""The JSON report: its schema, that the schema is strict and explained, and that the bytes are safe and stable."""

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
from mxlatch.audit.result import SCHEMA, Audit
from mxlatch.paths.model import Holds, Property
from mxlatch.report.as_json import SEVERAL, as_json
from mxlatch.terms.latch import Latch, LatchState

SCHEMAS = {
    name: json.loads((Path(mxlatch.report.__file__).parent / "schema" / file).read_text("utf-8"))
    for name, file in ((SCHEMA, "audit-1.json"), (SEVERAL, "audits-1.json"))
}
REGISTRY = Registry().with_resources((schema["$id"], Resource.from_contents(schema)) for schema in SCHEMAS.values())


def validator(schema: str) -> Draft202012Validator:
    return Draft202012Validator(SCHEMAS[schema], registry=REGISTRY)


def parts(schema: Any, where: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object inside a schema with its place; names of fields are no keywords, though one is "properties"."""
    if isinstance(schema, dict):
        yield where, schema
        for key, value in schema.items():
            inside = value.items() if key in ("properties", "$defs") else [("", value)]
            for name, each in inside:
                yield from parts(each, f"{where}/{key}/{name}".rstrip("/"))
    elif isinstance(schema, list):
        for value in schema:
            yield from parts(value, where)


def test_every_example_is_valid(example) -> None:
    made = json.loads(as_json(example.audits))
    assert [error.message for error in validator(made["schema"]).iter_errors(made)] == []
    assert made["schema"] == (SCHEMA if len(example.audits) == 1 else SEVERAL)


@pytest.mark.parametrize("name", SCHEMAS)
def test_schema_is_valid_strict_and_explained(name: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[name])
    for where, part in parts(SCHEMAS[name]):
        if part.get("type") == "object":
            assert part["additionalProperties"] is False, where
        for key, value in part.get("properties", {}).items():
            assert value.get("description"), f"{where}/properties/{key}"


def test_schema_and_structs_name_the_same_fields() -> None:
    """A field added to a Struct must be added to the schema, or the audit would not be valid."""
    structs = msgspec.json.schema(Audit)["$defs"]
    here = {frozenset(part["properties"]) for _, part in parts(SCHEMAS[SCHEMA]) if "properties" in part}
    for name, struct in structs.items():
        if "properties" in struct:
            assert frozenset(struct["properties"]) in here, name
    assert list(SCHEMAS[SCHEMA]["$defs"]["latch"]["enum"]) == [latch.value for latch in Latch]


BROKEN: dict[str, Callable[[dict[str, Any]], object]] = {
    "another schema": lambda a: a.update(schema="mxlatch.audit/2"),
    "a verdict that is none": lambda a: a.update(verdict="fine"),
    "a field more": lambda a: a.update(grade="A+"),
    "a field less": lambda a: a.pop("sentence"),
    "not asked left out": lambda a: a.pop("not_asked"),
    "no domain": lambda a: a.update(domain=""),
    "complete as a word": lambda a: a.update(complete="yes"),
    "a door without id": lambda a: a["doors"][0].pop("id"),
    "a door's port as a string": lambda a: a["doors"][0].update(port="25"),
    "port 0": lambda a: a["doors"][0].update(port=0),
    "a door half open": lambda a: a["doors"][0].update(state="ajar"),
    "an unheard-of latch": lambda a: a["doors"][0]["latches"].update(hope=a["doors"][0]["latches"]["tls"]),
    "a latch without evidence": lambda a: a["doors"][0]["latches"]["tls"].pop("evidence"),
    "a latch state that is none": lambda a: a["doors"][0]["latches"]["tls"].update(state="ok"),
    "preference over 16 bits": lambda a: a["doors"][0]["ways_in"][0].update(preference=70000),
    "evidence with a date as words": lambda a: a["doors"][0]["evidence"][0].update(time="noon"),
    "a path without hops": lambda a: a["paths"][0].pop("hops"),
    "a certainty in percent": lambda a: a["paths"][0].update(certainty=0.9),
    "a finding of no severity": lambda a: a["findings"][0].pop("severity"),
    "a finding with a grade": lambda a: a["findings"][0].update(severity="awful"),
    "a reason left out": lambda a: a["not_asked"][0].pop("reason"),
    "dns without zones": lambda a: a["dns"].pop("zones"),
    "an answer's status in words": lambda a: a["dns"]["names"][0]["answers"][0].update(status="it said nothing"),
    "a property of another name": lambda a: a["properties"][0].update(name="all is well"),
    "a property that holds a little": lambda a: a["properties"][0].update(holds="mostly"),
    "a property without its counter-example": lambda a: a["properties"][0].pop("hops"),
    "an assumption as a word": lambda a: a.update(assumed="down:mx1"),
    "a list for an object": lambda a: a.update(dns=[]),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_what_is_broken_is_not_valid(fault: str, assumed: Audit) -> None:
    made = json.loads(as_json([assumed]))
    broken = copy.deepcopy(made)
    BROKEN[fault](broken)
    assert validator(SCHEMA).is_valid(made)
    assert not validator(SCHEMA).is_valid(broken)


def test_what_was_written_can_be_read_back(story_1: Audit) -> None:
    assert msgspec.json.decode(as_json([story_1]), type=Audit) == story_1


def test_bytes_do_not_depend_on_how_a_dict_was_filled(story_1: Audit) -> None:
    door = story_1.doors[0]
    turned = msgspec.structs.replace(door, latches=dict(reversed(door.latches.items())))
    other = msgspec.structs.replace(story_1, doors=(turned, *story_1.doors[1:]))
    assert as_json([other]) == as_json([story_1])


def test_every_property_is_in_the_schema() -> None:
    fields = SCHEMAS[SCHEMA]["$defs"]["property"]["properties"]
    assert (fields["name"]["enum"], fields["holds"]["enum"]) == (list(Property), list(Holds))


def test_every_latch_state_is_in_the_schema() -> None:
    states = SCHEMAS[SCHEMA]["$defs"]["latch_state"]["properties"]["state"]["enum"]
    assert LatchState("likely-found").state in states
    assert set(states) == {"found", "likely-found", "absent", "likely-absent", "unknown", "not-asked"}


def test_hostile_bytes_neither_break_utf8_nor_reach_a_terminal(hostile: Audit) -> None:
    made = as_json([hostile])
    assert all(c == "\n" or " " <= c <= "~" for c in made)
    assert json.loads(made)["doors"][0]["software"] == hostile.doors[0].software  # nothing is lost but lone surrogates
    msgspec.json.decode(made.encode())  # a strict reader
