"""What it costs to undo a change at once: honest mail, or somebody else's help. Free is what costs neither.

Free: settings and locks of one's own (whom they refused is refused no more), and records, since who remembers the new
ones finds servers that still take mail. What is late is not lost. Limits: that old servers still stand is taken for
granted; a lock at a firewall is taken to be one's own.
"""

from mxlatch.plan.change import Change, Delegation, Records, Retire
from mxlatch.plan.records import NULL
from mxlatch.terms.wording import lasting
from mxlatch.world.model import World
from mxlatch.world.standing import declared_for


def costs(change: Change, world: World) -> str:
    """What undoing a change of this world at once costs, as the end of a sentence; "" if it is free."""
    match change:
        case Delegation():
            kept = f"resolvers keep the new NS for up to {lasting(change.ttl_before)}"
            return (
                f"only the registrar puts the NS of {change.zone} back, {kept}, and the old server must still be there"
            )
        case Records() if f"0 {NULL}" in change.after:
            return f"for up to {lasting(change.ttl)} senders that keep the null MX of {change.name} return its mail"
        case Retire() if not _is_ours(world, change.door):
            return f"{change.owner or 'whoever runs it'} has to let {change.host} take mail again"
        case _:
            return ""


def _is_ours(world: World, door_id: str) -> bool:
    """True for a door that the inventory lists, in one of its blocks: nobody else need be asked."""
    door, inventory = world.door(door_id), world.inventory
    return declared_for(door, inventory) is not None and inventory.block_of(door.address) is not None
