"""Exports of certificate-transparency logs: the names that certificates were issued for (RFC 6962).

Read are the JSON of crt.sh (`name_value`, names one a line, and `common_name`) and lists of objects with `dns_names`
(certspotter). Wildcards name no host and are left out, and so are mail addresses.
"""

from collections.abc import Iterator

import msgspec

from mxlatch.terms.errors import ProtocolError
from mxlatch.terms.names import BadName, domain_name

MOST_NAMES = 200_000  # of one export; crt.sh itself stops below that


class _Entry(msgspec.Struct):
    name_value: str = ""
    common_name: str | None = None
    dns_names: list[str] = []


_decoder = msgspec.json.Decoder(list[_Entry])


def names(export: bytes) -> tuple[str, ...]:
    """The host names, each once, sorted.

    Raises:
        ProtocolError: not such an export, or too large a one.
    """
    try:
        entries = _decoder.decode(export)
    except msgspec.MsgspecError as error:
        raise ProtocolError(f"no export of a certificate log: {error}") from error
    found: set[str] = set()
    for raw in (raw for entry in entries for raw in _raw(entry)):
        found.update(_host(raw))
        if len(found) > MOST_NAMES:
            raise ProtocolError(f"over {MOST_NAMES} names in an export of a certificate log")
    return tuple(sorted(found))


def _raw(entry: _Entry) -> Iterator[str]:
    yield from entry.name_value.split("\n")
    yield entry.common_name or ""
    yield from entry.dns_names


def _host(raw: str) -> tuple[str, ...]:
    try:
        return (domain_name(raw),) if raw else ()
    except BadName:
        return ()
