"""What it costs to undo a change at once: honest mail, or somebody else's help. Free is what costs neither.

Free: settings and locks of one's own (whom they refused is refused no more), and records, since who remembers the new
ones finds servers that still take mail. What is late is not lost. Limits: that old servers still stand is taken for
granted; a lock at a firewall is taken to be one's own, and so are the settings of a server in one's own blocks.
"""

from mxlatch.plan.change import Change, Delegation, HandOn, Harden, Listen, Records, Retire, StopWaiving
from mxlatch.plan.records import NULL
from mxlatch.terms.wording import lasting, listed
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
        case Retire() if change.owner or not _is_ours(world, change.door):
            return f"{change.owner or 'whoever runs it'} has to let {change.host} take mail again"
        case Harden(door=door) | Listen(like=door):
            return _put_back(world, door)
        case HandOn():
            return _put_back(world, change.door, change.next_door)
        case StopWaiving():
            return _put_back(world, change.next_door)
        case _:
            return ""


def _is_ours(world: World, door_id: str) -> bool:
    """True for a door that the inventory lists, in one of its blocks.

    A block alone makes no door one's own where somebody is to be asked (`Retire.owner`): it may be listed for leave.
    """
    door, inventory = world.door(door_id), world.inventory
    return declared_for(door, inventory) is not None and inventory.block_of(door.address) is not None


def _put_back(world: World, *doors: str) -> str:
    """What changing the settings of these doors back needs; "" if nobody else."""
    asked = dict.fromkeys(filter(None, (_asked(world, door) for door in doors)))
    return f"{listed(asked)} {'has' if len(asked) == 1 else 'have'} to change the settings back" if asked else ""


def _asked(world: World, door_id: str) -> str:
    """Whom to ask about a door outside one's blocks, by the inventory; "" for nobody."""
    door = world.doors_by_id.get(door_id)
    if door is None or world.inventory.block_of(door.address) is not None:
        return ""
    declared = declared_for(door, world.inventory)
    return declared.owner if declared is not None else ""
