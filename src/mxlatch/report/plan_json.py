"""A plan for programs: its fields and its digest, under a published JSON Schema (schema/plan-1.json).

Plain ASCII, as an audit's JSON is. What `mxlatch apply` reads is this.
"""

from collections.abc import Sequence
from typing import Any, cast

import msgspec

from mxlatch.plan.result import Plan
from mxlatch.report.escape import json_text

SEVERAL = "mxlatch.plans/1"


def as_json(plans: Sequence[Plan]) -> str:
    """One domain: its object. Several or none: {"schema": "mxlatch.plans/1", "plans": […]}, in the order given."""
    objects = [plan_object(plan) for plan in plans]
    whole = objects[0] if len(objects) == 1 else {"schema": SEVERAL, "plans": objects}
    return json_text(whole) + "\n"


def plan_object(plan: Plan) -> dict[str, Any]:
    """The plan as plain lists, dicts and scalars: `schema` and `digest` first, then its fields in their order."""
    plain = cast("dict[str, Any]", msgspec.to_builtins(plan))
    return {"schema": plain.pop("schema"), "digest": plan.digest, **plain}
