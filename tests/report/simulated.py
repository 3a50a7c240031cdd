"""One small simulation for the tests of its reports, of two layouts and two outages; made once. And its schema.

`python -m tests.report.simulated` prints the schema as it should stand in report/schema/simulation-1.json.
"""

import json
from functools import cache
from typing import Any

import msgspec

from mxlatch.simulate.layout import Takes
from mxlatch.simulate.result import SCHEMA, Result
from mxlatch.simulate.run import simulate
from tests.simulate.layouts import HOUR, KEPT, SINGLE, default, door, layout

UNKNOWN = layout((10, door(1, takes=Takes.UNKNOWN, recipients="unknown")), title="unknown")


@cache
def result() -> Result:
    layouts = {"today": KEPT, "single": SINGLE}
    return simulate(layouts, default(), (HOUR, 24 * HOUR), 1, messages=3_000, for_ranges=1_000)


def schema() -> dict[str, Any]:
    """The JSON Schema of what `report.simulation.as_json` writes, from the structs and their docstrings."""
    made = msgspec.json.schema(Result)
    parts = made["$defs"]
    whole = parts.pop("Result")
    parts = {name: {**part, "additionalProperties": False} for name, part in parts.items()}
    for part in (whole, *parts.values()):
        part["required"] = list(part["properties"])
        part["description"] = " ".join(part["description"].split())
    names = {
        "schema": {"const": SCHEMA, "description": "The name and version of this schema."},
        "sentence": {"type": "string", "description": "The first layout in one sentence."},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:mxlatch:schema:simulation-1",
        **whole,
        "title": "mxlatch simulation of one domain",
        "properties": {**whole["properties"], **names},
        "required": [*names, *(name for name in whole["required"] if name not in names)],
        "additionalProperties": False,
        "$defs": parts,
    }


@cache
def of_nothing_known() -> Result:
    return simulate({"today": UNKNOWN}, default(), (HOUR,), 1, messages=2_000, for_ranges=500)


if __name__ == "__main__":
    print(json.dumps(schema(), indent=2))
