"""The audit for programs: the fields of DESIGN section 5, under a published JSON Schema (schema/audit-1.json).

The bytes depend on the audit alone. They are plain ASCII.
"""

from collections.abc import Sequence
from typing import Any, cast

import msgspec

from mxlatch.audit.result import Audit
from mxlatch.report.escape import json_text
from mxlatch.terms.latch import Latch

SEVERAL = "mxlatch.audits/1"
_LATCH_ORDER = [name.value for name in Latch]


def as_json(audits: Sequence[Audit]) -> str:
    """One domain: its object. Several or none: {"schema": "mxlatch.audits/1", "audits": […]}, in the order given."""
    objects = [audit_object(audit) for audit in audits]
    whole = objects[0] if len(objects) == 1 else {"schema": SEVERAL, "audits": objects}
    return json_text(whole) + "\n"


def audit_object(audit: Audit) -> dict[str, Any]:
    """The audit as plain lists, dicts and scalars, in the order of its fields and of the latches."""
    plain = cast("dict[str, Any]", msgspec.to_builtins(audit))
    for door in plain["doors"]:
        door["latches"] = {name: door["latches"][name] for name in _LATCH_ORDER if name in door["latches"]}
    return plain
