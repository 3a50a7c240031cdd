"""Lock: only the filter may connect to the mailbox's own server."""

import pytest

from mxlatch.plan.change import REFUSE, REJECT
from mxlatch.plan.proposal import Record
from mxlatch.plan.remedies.lock import propose
from tests.plan.small_worlds import host, rogue, secondary, seen, small

FRONT = {"role": "filter", "next": "mx2.example.com"}
HUB = ["192.0.2.2", "2001:db8::2"]


def test_the_secondary_that_is_the_hub_itself():
    (each,) = propose(seen(secondary()))
    refuse, reject = each.changes
    assert (refuse.stage, reject.stage) == (REFUSE, REJECT)
    assert (refuse.addresses, refuse.ports, refuse.allow) == (("192.0.2.2",), (25,), ("192.0.2.1",))
    assert each.drop == (Record("example.com", 20, "mx2.example.com"),)
    assert each.unlisted == ("192.0.2.2:25",)
    assert (each.cost, each.rarer) == (3, ())
    assert [hazard.name for hazard in each.hazards] == ["cut-off:mx2.example.com"]
    assert each.undo == "take the rule for mx2.example.com away"


def test_both_families_partners_and_the_firewall():
    hub = host(2, "content", addresses=HUB, partners=("203.0.113.0/28",))
    (each,) = propose(seen(small(host(1, **FRONT), hub, mx="10 mx1, 20 mx2", firewall=True)))
    refuse, *resets = each.changes
    assert refuse.addresses == ("192.0.2.2", "2001:db8::2")
    assert refuse.allow == ("192.0.2.1", "203.0.113.0/28")
    assert each.hazards == ()
    # No rule of the firewall names the IPv6 address: that one is locked on the host.
    assert [(lock.firewall, lock.addresses) for lock in resets] == [("main", tuple(HUB[:1])), ("", tuple(HUB[1:]))]
    assert {(lock.stage, lock.allow) for lock in resets} == {(REJECT, refuse.allow)}


def test_one_firewall_before_both_families():
    case = small(host(1, **FRONT), host(2, "content", addresses=HUB), mx="10 mx1, 20 mx2", firewall=True,
                 behind=("192.0.2.0/24", "2001:db8::/32"))  # fmt: skip
    ((_, reject),) = (each.changes for each in propose(seen(case)))
    assert (reject.firewall, list(reject.addresses)) == ("main", HUB)


def test_shared_addresses_make_it_rarer_only():
    (each,) = propose(seen(small(host(1, operator="cloud", **FRONT), host(2, "content"), mx="10 mx1, 20 mx2")))
    assert all(lock.shared for lock in each.changes)
    assert each.rarer == ("mail from other customers of cloud through its shared addresses",)
    assert [hazard.name for hazard in each.hazards] == ["cut-off:mx2.example.com", "ranges:mx2.example.com"]


@pytest.mark.parametrize(
    ("case", "world"),
    [
        ("nobody hands on to it", rogue()),
        ("mail would have nowhere to go", small(host(1, **FRONT), host(2, "content"), mx="20 mx2")),
        (
            "another domain's MX leads there",
            small(
                host(1, **FRONT),
                host(2, "content", ways=[("other-domain", "brand.example", "mx2.example.com")]),
                mx="10 mx1, 20 mx2",
            ),
        ),
    ],
)
def test_not_where_it_would_lose_mail(case, world):
    assert list(propose(seen(world))) == []
