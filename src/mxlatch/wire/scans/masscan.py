"""masscan's JSON (-oJ, a list) and JSON lines (-oD): records of an address with its open ports, or a port's greeting.

Older versions leave a comma behind the last record, and end a broken-off list without its bracket; both are read.
"""

import json

from mxlatch.terms.errors import ProtocolError
from mxlatch.terms.scan import Opening
from mxlatch.wire.scans import fields

_LONGEST_LINE = 1 << 20  # characters; a record with a large banner has some thousands


def parse(text: str) -> list[Opening]:
    """The open ports, a record a line as masscan writes them.

    Raises:
        ProtocolError: a line is none of masscan's.
    """
    found: list[Opening] = []
    for number, line in enumerate(text.lstrip("\ufeff").splitlines(), 1):
        record = line.strip().removeprefix("[").removesuffix("]").strip().strip(",")
        if not record:
            continue
        if len(record) > _LONGEST_LINE:
            raise ProtocolError(f"line {number}: over {_LONGEST_LINE} characters")
        try:
            found += _openings(json.loads(record))
        except (ValueError, RecursionError):
            raise ProtocolError(f"line {number}: not JSON") from None
        except ProtocolError as wrong:
            raise ProtocolError(f"line {number}: {wrong}") from None
        fields.bounded(found)
    return found


def _openings(record: object) -> list[Opening]:
    if isinstance(record, dict) and "finished" in record:  # the end mark of old versions
        return []
    if not isinstance(record, dict) or not isinstance(record.get("ports"), list):
        raise ProtocolError("no record of masscan: there are no ports in it")
    return [o for port in record["ports"] if (o := _opening(record.get("ip"), port)) is not None]


def _opening(address: object, told: object) -> Opening | None:
    """An open TCP port; None for one that is closed or of another protocol."""
    if not isinstance(told, dict):
        raise ProtocolError("no record of masscan: a port is no object")
    service = told.get("service")
    if isinstance(service, dict):
        banner = service.get("banner")
        text = banner if isinstance(banner, str) else ""
        name = service.get("name")
        return fields.opening(address, told.get("port"), "smtp" if name == "smtp" else fields.speaker(text), text)
    if told.get("proto", "tcp") != "tcp" or told.get("status") != "open":
        return None
    return fields.opening(address, told.get("port"))
