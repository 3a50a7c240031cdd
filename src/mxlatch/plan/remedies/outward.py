"""Outward: from behind a firewall, only the authorised doors connect to port 25 of the world (RFC 5068).

Closes no way in, and makes none rarer; a worm on the guest Wi-Fi sends no spam in the owner's name any more. For where
another vantage saw that port 25 goes out from a network without any mail server of the owner's (rule VANT002). People
submit by 465 and 587 as before.

Limits: a network is shown to stand behind a firewall by a rule that names it. A look from a network in which an
authorised door stands may have been that door's own, and proves nothing.
"""

from collections.abc import Iterator, Sequence

from mxlatch.inventory.model import EXTRANET, GUEST, INSIDE, Firewall
from mxlatch.plan.change import Outward
from mxlatch.plan.proposal import Proposal, Seen
from mxlatch.plan.remedies.inward import authorised_addresses, nowhere_seen
from mxlatch.plan.result import Hazard
from mxlatch.terms.wording import listed
from mxlatch.world.firewalls import behind, overlaps, within
from mxlatch.world.model import VantageView
from mxlatch.world.vantages import OPEN

ID = "outward"
_COST = 2
_OF_CLIENTS = (GUEST, EXTRANET, INSIDE)


def also(seen: Seen) -> Iterator[Proposal]:
    """For each declared firewall through which port 25 was seen to go out from a network of clients."""
    for firewall in seen.world.inventory.firewalls:
        blocks = behind(seen.world.inventory, firewall)
        allow = authorised_addresses(seen, blocks)
        if leaking := [view.vantage for view in seen.world.elsewhere if _leaks(seen, view, blocks, allow)]:
            yield _outward(seen, firewall, blocks, allow, leaking)


def _leaks(seen: Seen, view: VantageView, blocks: tuple[str, ...], allow: Sequence[str]) -> bool:
    networks = seen.world.inventory.vantage(view.vantage).networks
    is_behind = bool(networks) and all(within(network, blocks) for network in networks)
    is_seen = view.port_out.state == OPEN and view.kind in _OF_CLIENTS
    return is_seen and is_behind and not any(overlaps(address, networks) for address in allow)


def _outward(
    seen: Seen, firewall: Firewall, blocks: tuple[str, ...], allow: tuple[str, ...], leaking: Sequence[str]
) -> Proposal:
    text = (
        f"devices and programs behind {firewall.name} that deliver mail by themselves (printers, monitoring, scripts) "
        "can no longer: look in its log who does, and give them a relay, or submission with a login"
    )
    return Proposal(
        remedy=ID,
        title=(
            f"at {firewall.name}, let only the authorised doors connect to port 25 of the world: "
            f"it goes out from {listed(sorted(leaking))}"
        ),
        cost=_COST,
        doors=(),
        changes=(Outward(firewall.name, blocks, allow, firewall.hook),),
        hazards=(Hazard(f"direct:{firewall.name}", text), *nowhere_seen(seen, firewall.name)),
        undo=f"take the rule for port 25 outward at {firewall.name} away",
    )
