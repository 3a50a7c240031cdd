"""VANT001: a back-end behind a filter takes connections from the filter only, whoever knows its address.

A back-end is a declared mailbox or backup that another declared door hands mail on to, or that a firewall rule keeps to
some. Not told of a back-end that is published as an exchanger and that no rule keeps to anybody (other rules speak of
it), nor of one that answers from inside where no rule says who may.
"""

from collections.abc import Iterator

from mxlatch.audit.subjects import published, title
from mxlatch.inventory.hops import hop_to
from mxlatch.inventory.model import ANY, EXTRANET, GUEST, INTERNET, MX, Inventory
from mxlatch.inventory.model import Door as Listed
from mxlatch.paths.model import Paths
from mxlatch.terms.door import DoorState
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.finding import Finding, Severity
from mxlatch.terms.references import cited
from mxlatch.terms.rule import Rule
from mxlatch.terms.wording import listed
from mxlatch.world.model import DoorView, VantageView, World
from mxlatch.world.vantages import everywhere, is_place

RULE = Rule(
    id="VANT001",
    severity=Severity.HIGH,
    title="a back-end is reachable from where only the filter should be",
    remedy="let only the filter connect to the back-end: a firewall rule, or a restriction in the mail server itself",
    references=cited("default-deny", "unfiltered"),
)

_BACK_ENDS = ("mailbox", "backup")
_STRANGERS = (INTERNET, GUEST, EXTRANET)  # kinds of places from which nobody need reach a back-end


def check(world: World, paths: Paths) -> Iterator[Finding]:
    """One finding for each back-end that stands open to a vantage that nobody admitted."""
    public = {door.id for door in world.doors if published(door)}
    found: dict[str, tuple[list[VantageView], list[Evidence]]] = {}
    for view in everywhere(world):
        for door in view.doors:
            why = _why(world, view, door, door.id in public)
            if why:
                views, evidence = found.setdefault(door.id, ([], []))
                views.append(view)
                evidence += [*why, *door.evidence]
    names = {door.id: title(door) for door in world.doors}
    for door_id, (views, evidence) in sorted(found.items()):
        internet = any(view.kind == INTERNET for view in views)
        yield RULE.finding(
            subject=door_id,
            message=(
                f"{names.get(door_id, door_id)} is a back-end and takes connections from "
                f"{listed(view.vantage for view in views)}"
            ),
            evidence=evidence,
            severity=RULE.severity if internet else Severity.MEDIUM,
        )


def _why(world: World, view: VantageView, door: DoorView, is_public: bool) -> list[Evidence]:
    """What makes it a back-end that this vantage should not reach; nothing if it may, or is shut, or is none."""
    if door.state is not DoorState.OPEN or not is_place(door.address):
        return []
    inventory = world.inventory
    declared = inventory.door_at(door.address, door.port)
    if declared is None or declared.role not in _BACK_ENDS:
        return []
    restricted = any(ANY not in rule.allow for _, rule in inventory.covering(door.address, door.port))
    refused = inventory.refused_by_rule(door.address, door.port, view.vantage)
    if restricted:
        return [refused] if refused else []
    if is_public or view.kind not in _STRANGERS:
        return []
    return [_behind(world, front, door) for front in inventory.doors if _hands_on(front, declared, door, inventory)]


def _behind(world: World, front: Listed, door: DoorView) -> Evidence:
    name = front.name or ", ".join(front.addresses)
    return world.inventory.evidence(f"{name} hands mail on to {front.next_hop} ({door.id})", front.line)


def _hands_on(front: Listed, back: Listed, door: DoorView, inventory: Inventory) -> bool:
    """True if the declared next hop is this door, by name or by address."""
    if front is back or front.next_hop in ("", MX):
        return False
    hop = hop_to(front.next_hop, inventory)
    return back in hop.doors and hop.port in (None, door.port)
