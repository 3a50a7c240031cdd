"""Every text for servers, firewalls and consoles, with hostile values in every field of every change.

Either the value is refused with InputError, or it stands in remarks only: the lines that a tool obeys are letter by
letter those of a plan with plain values.
"""

import re
import subprocess
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mxlatch.plan.change import Change
from mxlatch.plan.provider import Given
from mxlatch.plan.providers import exchange_online, exim, google, nftables, postfix, rspamd, steps
from mxlatch.terms.errors import InputError
from tests.plan.hostile import HOSTILE
from tests.plan.providers.examples import EVERY, plan

PROVIDERS = (nftables, postfix, exim, rspamd, exchange_online, google, steps)
GIVEN = Given()
# Words that are not shown as they came, but decided by: which texts there are, or which product is meant.
DECIDE = {"by", "provider", "rrtype", "software", "detail"}
PEOPLE = (google, steps)


def poisoned(change: Change, field: str, value: str) -> Change | None:
    """A change with a value in one field; None where the field holds no text."""
    was = getattr(change, field)
    if isinstance(was, tuple) and (not was or isinstance(was[0], str)) and field != "latches":
        return msgspec.structs.replace(change, **{field: (value, *was)})
    return msgspec.structs.replace(change, **{field: value}) if type(was) is str else None


def fields() -> Iterator[tuple[int, str]]:
    for number, change in enumerate(EVERY):
        for field in change.__struct_fields__:
            yield number, field


def code(text: str) -> list[str]:
    """The lines that a tool obeys. TLS in the script for Postfix names the host, as one word of the shell.

    A plan has a digest, and a firewall's table its name as a hash.
    """
    text = re.sub("(?<![0-9a-f])[0-9a-f]{8}(?![0-9a-f])", "HASH", text)
    kept = [line for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]
    return [line for line in kept if not line.startswith("    must ")]


def texts(provider: ModuleType, changes: tuple[Change, ...]) -> dict[str, str] | None:
    """What a provider writes, by name; None if it refuses, or needs the digest of a plan that nobody can write down."""
    try:
        return {w.name: w.text for w in provider.render(plan(changes), GIVEN)}
    except (InputError, UnicodeEncodeError):
        return None


def hold(provider: ModuleType, number: int, field: str, value: str) -> bool:
    """Check one case; True if it was refused."""
    change: Any = poisoned(EVERY[number], field, value)
    if change is None or (field in ("firewall", "endpoint") and provider in PEOPLE):
        return False
    found, plain = texts(provider, (change,)), texts(provider, (EVERY[number],))
    if found is None:
        return True
    for text in found.values():
        assert text.isascii()
        assert all(line.isprintable() for line in text.replace("\t", " ").split("\n"))
    if provider not in PEOPLE and field not in DECIDE and plain is not None and value:
        lines = {line for text in plain.values() for line in code(text)}
        assert {line for text in found.values() for line in code(text)} <= lines, field
    return False


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.NAME)
def test_nothing_hostile_reaches_a_tool(provider: ModuleType) -> None:
    refused = sum(hold(provider, *each, value) for each in fields() for value in HOSTILE)
    assert refused or provider is steps


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(PROVIDERS), st.sampled_from([*fields()]), st.text(max_size=40))
def test_nor_anything_else(provider: ModuleType, where: tuple[int, str], value: str) -> None:
    # A name or an address by chance is none of the examples', and is no harm.
    if not any(c.isascii() and c.isalnum() for c in value):
        hold(provider, *where, value)


@pytest.mark.parametrize("value", [value for value in HOSTILE if value.encode("ascii", "replace").decode() != "?"])
def test_the_shell_reads_the_script_for_postfix(value: str) -> None:
    """Where a host's name is in a message, the message is one word."""
    changes = tuple(poisoned(c, "host", value) or c for c in EVERY if "host" in c.__struct_fields__)
    written = texts(postfix, changes)
    assert written
    for text in written.values():
        assert subprocess.run(("sh", "-n"), input=text, text=True).returncode == 0
        for line in text.splitlines():
            if line.startswith("    must "):
                script = f"must() {{ [ $# = 1 ]; }}; {line}"
                assert subprocess.run(("sh", "-c", script)).returncode == 0, line


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.NAME)
def test_a_plan_without_its_kinds_gives_no_text(provider: ModuleType) -> None:
    assert provider.render(plan(()), Given()) == () or provider is steps


@pytest.mark.parametrize("number", range(len(EVERY)))
def test_every_kind_is_in_the_steps(number: int) -> None:
    (written,) = steps.render(plan((EVERY[number],)), Given())
    assert len(written.text.splitlines()) >= 6
