"""The steps for Google Workspace."""

import msgspec
import pytest

from mxlatch.plan.change import Tenant
from mxlatch.plan.provider import Given
from mxlatch.plan.providers import google
from mxlatch.terms.errors import InputError
from tests.plan.providers.examples import plan

TENANT = Tenant("google", "example.com", "aspmx.l.google.com", ("52.0.0.1", "2600:1f00::/40"), shared=True)


def test_the_steps_in_their_order() -> None:
    (written,) = google.render(plan((TENANT,)), Given())
    order = ["Who would be cut off", "52.0.0.1\n", "2600:1f00::/40", "Automatically detect external IP"]
    order += ["Require TLS", "Reject all mail not from gateway IPs", "421 4.7.0", "neither SPF nor DMARC"]
    order += ["rarer, not closed", "Undo:"]
    assert sorted(order, key=written.text.index) == order


@pytest.mark.parametrize("allow", [(), ("10.0.0.1",), ("52.0.0.1", "fd00::/8")])
def test_what_cannot_be_a_gateway(allow: tuple[str, ...]) -> None:
    with pytest.raises(InputError):
        google.render(plan((msgspec.structs.replace(TENANT, allow=allow),)), Given())


def test_another_providers_tenant_is_left_out_and_said() -> None:
    other = msgspec.structs.replace(TENANT, provider="microsoft", domain="example.org")
    assert google.render(plan((other,)), Given()) == ()
    (written,) = google.render(plan((TENANT, other)), Given())
    assert "not in this file: example.org at microsoft" in written.text
