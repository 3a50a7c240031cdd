"""Names and types between text and octets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mxlatch.wire.dns.text import name_octets, name_text, type_code, type_name

NAMES = [
    (".", b"\0"),
    ("example.com", b"\7example\3com\0"),
    ("_dmarc.ex-1.com", b"\6_dmarc\4ex-1\3com\0"),
    (r"\042.example", b"\1*\7example\0"),
    (r"a\046b.example", b"\3a.b\7example\0"),
    (r"\000\255", b"\2\0\xff\0"),
]
NO_NAMES = [
    "",
    "a..b",
    ".a",
    "a.",
    "Example.com",
    "a b",
    "é",
    r"a\.b",
    r"\097",
    r"\256",
    r"\04",
    "a" * 64,
    "a." * 127 + "a",
]


@pytest.mark.parametrize(("text", "wire"), NAMES)
def test_a_name_is_written(text: str, wire: bytes) -> None:
    assert name_octets(text) == wire


@pytest.mark.parametrize("text", NO_NAMES)
def test_what_is_no_name_in_its_one_form_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no"):
        name_octets(text)


@given(st.lists(st.binary(min_size=1, max_size=20), max_size=8))
def test_any_labels_come_back_in_lower_case(labels: list[bytes]) -> None:
    wire = name_octets(name_text(labels))
    assert wire == b"".join(bytes((len(label),)) + label.lower() for label in labels) + b"\0"


@pytest.mark.parametrize(("name", "code"), [("A", 1), ("MX", 15), ("TYPE257", 257), ("TYPE65535", 65535)])
def test_a_type_has_one_name(name: str, code: int) -> None:
    assert type_code(name) == code
    assert type_name(code) == name


@pytest.mark.parametrize("name", ["", "mx", "CAA", "TYPE15", "TYPE065", "TYPE65536", "TYPE-1"])
def test_no_other_name_is_a_type(name: str) -> None:
    with pytest.raises(ValueError, match="is no type"):
        type_code(name)
