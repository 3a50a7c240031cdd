"""What proves that an address block is the owner's, so that it may be asked about recipients and scanned (DESIGN 6).

Its own reference in the inventory, until its last day; or `--authorised REF`, for the run. A domain's proof covers no
block.
"""

from msgspec import Struct

from mxlatch.inventory.model import Block


class Granted(Struct, frozen=True):
    """A block is proved; by: what proves it, for the result."""

    by: str


def proof_of(block: Block, reference: str | None, now: float) -> Granted | str:
    """What proves the block, or the reason why nothing does.

    reference: of the whole run, None without one. now: seconds since 1970 UTC: a reference may end while a run waits.
    """
    own = block.reference(now)
    if own is not None:
        return Granted(f"block {block.cidr}: {own}")
    return Granted(reference) if reference is not None else _why_not(block)


def _why_not(block: Block) -> str:
    if block.authorised is not None:
        return f"the leave for block {block.cidr} ({block.authorised}) ended on {block.until}"
    return f"block {block.cidr} has no proof of control"
