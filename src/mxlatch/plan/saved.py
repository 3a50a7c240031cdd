"""A plan read from a file: its JSON with its digest beside, so that one that was altered is seen (RFC 8259).

Limits: a digest is no signature. Who can write the file can write a digest too; the digest that was shown, given to
`apply --digest`, is what an altered file cannot pass.
"""

import msgspec
from msgspec import Struct

from mxlatch.plan.result import SCHEMA, Plan
from mxlatch.terms.errors import InputError

_REMEDY = "make it anew: mxlatch plan DOMAIN -o FILE"


class _Head(Struct):
    schema: str = ""
    digest: str = ""


def from_text(text: str, path: str) -> Plan:
    """The plan of a file, if it is as it was when it was saved.

    Raises:
        InputError: it is no plan, or another than its digest says.
    """
    try:
        head = msgspec.json.decode(text, type=_Head)
        if head.schema != SCHEMA:
            raise InputError(f"{path}: no plan of this version (schema {head.schema!r}, not {SCHEMA!r}): {_REMEDY}")
        plan = msgspec.json.decode(text, type=Plan)
    except msgspec.DecodeError as error:
        raise InputError(f"{path}: no plan: {error}: {_REMEDY}") from None
    if head.digest != plan.digest:
        said = f"says digest {head.digest[:16]}…" if head.digest else "has no digest"
        raise InputError(f"{path}: altered since it was made: it {said} and is {plan.digest[:16]}…: {_REMEDY}")
    return plan
