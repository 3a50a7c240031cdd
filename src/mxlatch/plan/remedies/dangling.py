"""Dangling: MX records whose exchange does not exist, cannot exist, or could be anybody's are deleted."""

from collections.abc import Iterator

from mxlatch.plan.proposal import Proposal, Record, Seen

ID = "dangling"
_COST = 1
_NO_HOST = ("literal", "localhost")  # kinds of `world.model.Exchange`


def also(seen: Seen) -> Iterator[Proposal]:
    """For each exchange that surely leads nowhere, where the name has another."""
    for exchange in seen.world.exchanges:
        why = _why(exchange.kind, exchange.dangling, absent=exchange.absent)
        if not why:
            continue
        gone = {Record(n.name, p, x) for n in seen.world.names if not n.wildcard for p, x in n.mx if x == exchange.name}
        left = {n.name for n in seen.world.names for _, x in n.mx if x != exchange.name}
        drop = tuple(sorted(record for record in gone if record.name in left))
        if drop:
            yield Proposal(
                remedy=ID,
                title=f"delete the MX {exchange.name}: {why}",
                cost=_COST * len(drop),
                doors=(),
                drop=drop,
                undo="publish the record again",
            )


def _why(kind: str, dangling: str, *, absent: bool) -> str:
    if dangling:
        return f"{dangling} is free for anybody to register"
    if kind in _NO_HOST:
        return "it is no host name" if kind == _NO_HOST[0] else "it leads each sender to itself"
    return "it has no address" if absent else ""
