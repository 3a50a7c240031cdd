"""PowerShell for Exchange Online: the script as a golden file, and its quotes."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mxlatch.plan.change import Tenant
from mxlatch.plan.provider import Given
from mxlatch.plan.providers import exchange_online
from mxlatch.terms.errors import InputError
from tests.plan.hostile import HOSTILE
from tests.plan.providers.examples import plan

GOLDEN = Path(__file__).parent / "golden"
ENDPOINT = "example-com.mail.protection.outlook.com"
TENANTS = {
    "certificate": Tenant("microsoft", "example.com", ENDPOINT, ("198.51.100.1",), "*.filter.example", shared=True),
    "addresses": Tenant(
        "microsoft", "example.com", ENDPOINT, ("198.51.100.1", "198.51.100.64/26", "203.0.112.0/23", "2001:db8::1")
    ),
}
QUOTES = "'\u2018\u2019\u201a\u201b"


@pytest.mark.parametrize("name", TENANTS)
def test_the_script(name: str) -> None:
    script, undo = exchange_online.render(plan((TENANTS[name],)), Given())
    assert script.text == (GOLDEN / f"exchange-online-{name}.ps1").read_text()
    assert undo.text == (GOLDEN / "exchange-online-undo.ps1").read_text()


def test_the_connector_is_enabled_after_the_check_and_after_enhanced_filtering() -> None:
    script, _ = exchange_online.render(plan((TENANTS["certificate"],)), Given())
    order = [
        "Get-MessageTraceV2",
        "-Enabled $false @lock",
        "-EFSkip",
        "-Enabled $true",
        "# Another matter, and no lock",
    ]
    assert sorted(order, key=script.text.index) == order
    assert "\nSet-OrganizationConfig" not in script.text, "RejectDirectSend is no part of the lock"
    assert "ConnectorType = 'Partner'" in script.text


def read(text: str) -> str:
    """What PowerShell makes of a string in single quotes (about_Quoting_Rules), if it ends where the text ends."""
    assert text[0] in QUOTES
    found, rest = "", text[1:]
    while rest:
        if rest[0] not in QUOTES:
            found, rest = found + rest[0], rest[1:]
        elif rest[1:] and rest[1] in QUOTES:
            found, rest = found + rest[0], rest[2:]
        else:
            assert len(rest) == 1, "the string ends early"
            return found
    raise AssertionError("the string does not end")


@given(st.text(alphabet=st.sampled_from(QUOTES + 'a$`"(;)') | st.characters()) | st.sampled_from(HOSTILE))
def test_a_string_holds_what_it_was_given(text: str) -> None:
    try:
        quoted = exchange_online.quoted(text)
    except InputError:
        assert not text.isprintable()
    else:
        assert read(quoted) == text


@pytest.mark.parametrize(
    ("allow", "found"),
    [
        (("192.0.2.1",), ("192.0.2.1",)),
        (("192.0.2.0/25", "2001:db8::1"), ("192.0.2.0/25",)),
        (("198.51.100.0/23",), ("198.51.100.0/24", "198.51.101.0/24")),
    ],
)
def test_addresses_as_connectors_take_them(allow: tuple[str, ...], found: tuple[str, ...]) -> None:
    assert exchange_online.addresses(allow) == found


@pytest.mark.parametrize("allow", [(), ("2001:db8::1",), ("10.0.0.0/8",), ("192.0.2.1 -or 1",)])
def test_what_no_connector_takes(allow: tuple[str, ...]) -> None:
    with pytest.raises(InputError):
        exchange_online.addresses(allow)


@pytest.mark.parametrize(
    ("name", "good"),
    [("*.filter.example", True), ("mx.filter.example", True), ("mx.*.example", False), ("*", False), ("**.x", False)],
)
def test_certificate_names(name: str, good: bool) -> None:
    if good:
        assert exchange_online.certificate_name(name) == name
    else:
        with pytest.raises(InputError):
            exchange_online.certificate_name(name)
