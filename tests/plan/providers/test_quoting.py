"""Values into foreign syntaxes: what is one is written anew, what is none is refused, remarks are one line."""

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mxlatch.plan.providers import quoting
from mxlatch.terms.errors import InputError
from tests.plan.hostile import HOSTILE


@pytest.mark.parametrize(
    ("texts", "v4", "v6"),
    [
        ((), (), ()),
        (("192.0.2.1", "192.0.2.1"), ("192.0.2.1",), ()),
        (("192.0.2.9/24", "192.0.2.1"), ("192.0.2.0/24",), ()),
        (("2001:DB8::1", "10.0.0.0/9", "10.128.0.0/9"), ("10.0.0.0/8",), ("2001:db8::1",)),
    ],
)
def test_families(texts: tuple[str, ...], v4: tuple[str, ...], v6: tuple[str, ...]) -> None:
    assert quoting.families(texts) == (v4, v6)


@pytest.mark.parametrize(
    ("text", "found"),
    [("192.0.2.1:25", ("192.0.2.1", 25)), ("[2001:db8::1]:2525", ("2001:db8::1", 2525))],
)
def test_doors(text: str, found: tuple[str, int]) -> None:
    assert quoting.door(text) == found


@pytest.mark.parametrize(
    "text",
    ["192.0.2.1", "192.0.2.1:0", "192.0.2.1:65536", "2001:db8::1:25", "[192.0.2.1]:25", "mx1:25", "1.2.3.4:２５"],
)
def test_what_is_no_door(text: str) -> None:
    with pytest.raises(InputError):
        quoting.door(text)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_hostile_text_is_an_address_or_a_name(text: str) -> None:
    for parse in (quoting.address, quoting.network, quoting.door, quoting.host):
        if parse is quoting.host and text == "a" * 5000:
            continue
        with pytest.raises(InputError):
            parse(text)


@given(st.text() | st.sampled_from(HOSTILE))
def test_a_remark_is_one_printable_line(text: str) -> None:
    shown = quoting.remark(text)
    assert shown.isascii()
    assert shown.isprintable()
    assert len(shown) <= 303


@given(st.text() | st.sampled_from(HOSTILE))
def test_a_file_name_is_no_path(text: str) -> None:
    name = quoting.file_name(text)
    assert name.isascii()
    assert name
    assert "/" not in name
    assert not name.startswith((".", "-"))


@pytest.mark.parametrize("text", [t for t in HOSTILE if t.isascii() and not set(t) & set("\0\r\n")])
def test_a_word_for_the_shell(text: str) -> None:
    ran = subprocess.run(("sh", "-c", f"printf %s {quoting.shell(text)}"), capture_output=True, text=True, check=True)
    assert ran.stdout == text


@pytest.mark.parametrize("text", ["a\nb", "a\0b", "a\rb"])
def test_no_word_for_the_shell(text: str) -> None:
    with pytest.raises(InputError):
        quoting.shell(text)


def test_too_many() -> None:
    with pytest.raises(InputError, match="4097 addresses"):
        quoting.families(["192.0.2.1"] * 4097)
