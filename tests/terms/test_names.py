import pytest
from hypothesis import given
from hypothesis import strategies as st

from mxlatch.terms.names import ROOT, BadName, domain_name, is_below, parent

LABEL = "a" * 63


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("example.org", "example.org"),
        ("Example.ORG.", "example.org"),
        ("  example.org \n", "example.org"),
        ("_mxlatch.example.org", "_mxlatch.example.org"),
        ("xn--exmple-cua.org", "xn--exmple-cua.org"),
        (f"{LABEL}.org", f"{LABEL}.org"),
        (".".join([LABEL] * 3 + ["b" * 61]), ".".join([LABEL] * 3 + ["b" * 61])),  # 253 octets
    ],
)
def test_a_name_that_a_person_gave(raw, name):
    assert domain_name(raw) == name


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ("exämple.org", "A-label form"),
        ("\N{KELVIN SIGN}elvin.org", "A-label form"),
        ("example..org", "empty label"),
        ("", "empty label"),
        (".", "empty label"),
        (f"{LABEL}a.org", "over 63 octets"),
        (".".join([LABEL] * 3 + ["b" * 62]), "longer than 253 octets"),
        ("exa mple.org", "character"),
        ("example.org/", "character"),
        ("exa\\046mple.org", "character"),
    ],
)
def test_what_is_no_name_says_why(raw, message):
    with pytest.raises(BadName, match=message):
        domain_name(raw)


@given(st.text(max_size=300))
def test_whatever_is_given_is_a_name_or_a_bad_one(raw):
    try:
        name = domain_name(raw)
    except BadName:
        return
    assert domain_name(name) == name == name.lower()


@pytest.mark.parametrize(
    ("name", "above"), [("mx.example.org", "example.org"), ("example.org", "org"), ("org", ROOT), (ROOT, ROOT)]
)
def test_parent(name, above):
    assert parent(name) == above


@pytest.mark.parametrize(
    ("name", "zone", "below"),
    [
        ("example.org", "example.org", True),
        ("mx.example.org", "example.org", True),
        ("badexample.org", "example.org", False),
        ("org", "example.org", False),
        ("example.org", ROOT, True),
        (ROOT, ROOT, True),
    ],
)
def test_is_below(name, zone, below):
    assert is_below(name, zone) is below
