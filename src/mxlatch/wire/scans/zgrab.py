"""zgrab2's JSON lines: one object an address, in `data` what its modules found; `smtp` and `banner` are read.

The port is the record's own (zgrab2 from 2024 on writes it) or the module's: 25 where neither says.
"""

import json
from collections.abc import Iterator

from mxlatch.terms.errors import ProtocolError
from mxlatch.terms.scan import Opening
from mxlatch.wire.scans import fields

_LONGEST_LINE = 8 << 20  # characters: a record holds certificate chains
_USUAL_PORT = 25
_ANSWERED = ("success", "protocol-error", "application-error")  # a connection stood


def parse(text: str) -> list[Opening]:
    """What took a connection.

    Raises:
        ProtocolError: a line is none of zgrab2's.
    """
    found: list[Opening] = []
    for number, line in enumerate(text.lstrip("\ufeff").splitlines(), 1):
        if len(line) > _LONGEST_LINE:
            raise ProtocolError(f"line {number}: over {_LONGEST_LINE} characters")
        try:
            found += _openings(json.loads(line)) if line.strip() else ()
        except (ValueError, RecursionError):
            raise ProtocolError(f"line {number}: not JSON") from None
        except ProtocolError as wrong:
            raise ProtocolError(f"line {number}: {wrong}") from None
        fields.bounded(found)
    return found


def _openings(record: object) -> Iterator[Opening]:
    if not isinstance(record, dict) or not isinstance(record.get("data"), dict):
        raise ProtocolError("no record of zgrab2: there is no data in it")
    for module in record["data"].values():
        if not isinstance(module, dict) or module.get("status") not in _ANSWERED:
            continue
        result = module.get("result")
        banner = result.get("banner") if isinstance(result, dict) else ""
        text = banner if isinstance(banner, str) else ""
        spoken = module.get("protocol") == "smtp" and module["status"] == "success"
        port = module.get("port") or record.get("port") or _USUAL_PORT
        yield fields.opening(record.get("ip"), port, "smtp" if spoken else fields.speaker(text), text)
