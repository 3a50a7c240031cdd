"""Names and types as text and as octets (RFC 1035 section 3.1), for both speeds of the parser.

Every octet but lower-case letters, digits, "-" and "_" is written `\\DDD`, a dot inside a label too (`\\046`), so
that two names are equal exactly when their texts are.
"""

import re
from collections.abc import Iterable

from mxlatch.terms.names import ROOT

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28, "TLSA": 52}
OPT = 41
IN = 1
LONGEST_NAME = 255  # octets on the wire, RFC 1035 section 3.1
LONGEST_LABEL = 63

_NAMES_OF_TYPES = {code: name for name, code in TYPES.items()}
_OTHER_TYPE = re.compile(r"TYPE(\d{1,5})")  # RFC 3597 section 5
_LABEL = re.compile(r"(?:[a-z0-9_-]|\\(?:[01]\d\d|2[0-4]\d|25[0-5]))+")
_ESCAPE = re.compile(rb"\\(\d{3})")
_TEXT_OF_OCTET = {
    octet: chr(octet) if chr(octet) in "abcdefghijklmnopqrstuvwxyz0123456789-_" else f"\\{octet:03d}"
    for octet in range(256)
}


def type_name(code: int) -> str:
    """The mnemonic of a type that mxlatch reads, "TYPE257" for any other."""
    return _NAMES_OF_TYPES.get(code) or f"TYPE{code}"


def type_code(name: str) -> int:
    """The number of a type.

    Raises:
        ValueError: neither a mnemonic that mxlatch reads nor TYPEnnn.
    """
    code = TYPES.get(name)
    if code is not None:
        return code
    other = _OTHER_TYPE.fullmatch(name)
    if not other or int(other[1]) > 0xFFFF or type_name(int(other[1])) != name:
        raise ValueError(f"{name!r} is no type: write TYPEnnn where there is no mnemonic")
    return int(other[1])


def label_text(label: bytes) -> str:
    """One label, lower case, with its escapes."""
    return "".join(map(_TEXT_OF_OCTET.__getitem__, label.lower()))


def name_text(labels: Iterable[bytes]) -> str:
    """A name of these labels, the empty one of the root left out."""
    return ".".join(map(label_text, labels)) or ROOT


def name_octets(name: str) -> bytes:
    """A name as it stands on the wire, uncompressed.

    Raises:
        ValueError: not a name as `name_text` writes it, or too long.
    """
    labels = [] if name == ROOT else [_label_octets(label) for label in name.split(".")]
    wire = b"".join([bytes((len(label),)) + label for label in labels]) + b"\0"
    if len(wire) > LONGEST_NAME or name_text(labels) != name:
        raise ValueError(f"{name[:80]!r} is no name in its canonical form, or longer than {LONGEST_NAME} octets")
    return wire


def _label_octets(label: str) -> bytes:
    octets = _ESCAPE.sub(_unescape, label.encode("ascii", "replace")) if _LABEL.fullmatch(label) else b""
    if not 0 < len(octets) <= LONGEST_LABEL:
        raise ValueError(f"{label[:80]!r} is no label of 1 to {LONGEST_LABEL} octets in lower case")
    return octets


def _unescape(match: re.Match[bytes]) -> bytes:
    return bytes((int(match[1]),))
