"""Providers are found by being there, and each says what it is."""

import typing

import pytest

from mxlatch.plan.change import Change
from mxlatch.plan.provider import Given
from mxlatch.plan.providers import CARRIERS, RENDERERS
from tests.plan.providers.hand import LOCK, mx, plan

KINDS = typing.get_args(Change)


def test_the_dns_providers_are_there() -> None:
    assert {"zone", "nsupdate", "octodns", "dnscontrol"} <= set(RENDERERS)
    assert {"rfc2136", "zone"} <= {carrier.NAME for carrier in CARRIERS}


@pytest.mark.parametrize("name", RENDERERS)
def test_each_says_what_it_is_and_what_it_leaves_out(name: str) -> None:
    module = RENDERERS[name]
    assert name == module.NAME
    assert module.TITLE
    assert set(module.KINDS) <= set(KINDS)
    change = mx()
    if type(change) in module.KINDS and type(LOCK) not in module.KINDS:
        assert any("lock of mx1" in text.text for text in module.render(plan([change, LOCK]), Given(today="20261128")))
