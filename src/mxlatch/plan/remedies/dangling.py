"""Dangling: MX records whose exchange does not exist, cannot exist, or could be anybody's are deleted.

Not a name's last ones: without any MX its mail would go to its own address (RFC 5321 section 5.1).
"""

from collections.abc import Iterator

from mxlatch.plan.proposal import Proposal, Record, Seen
from mxlatch.plan.result import StaysOpen
from mxlatch.plan.views import right_views
from mxlatch.terms.wording import listed
from mxlatch.world.model import MailName

ID = "dangling"
_COST = 1
_NO_HOST = ("literal", "localhost")  # kinds of `world.model.Exchange`


def also(seen: Seen) -> Iterator[Proposal]:
    """For each exchange that surely leads nowhere, where the name has another."""
    served = {name.name for name in seen.world.names if not _all_dangle(seen, name)}
    for exchange in seen.world.exchanges:
        why = _why(exchange.kind, exchange.dangling, absent=exchange.absent)
        if not why:
            continue
        gone = {Record(n.name, p, x) for n in seen.world.names if not n.wildcard for p, x in n.mx if x == exchange.name}
        drop = tuple(sorted(record for record in gone if record.name in served))
        if drop:
            yield Proposal(
                remedy=ID,
                title=f"delete the MX {exchange.name}: {why}",
                cost=_COST * len(drop),
                doors=(),
                drop=drop,
                undo="publish the record again",
            )


def cannot(seen: Seen) -> Iterator[StaysOpen]:
    """Where every exchange of a name leads nowhere."""
    silent = {entry.name for entry in seen.world.inventory.domains if not entry.mail}
    for name in seen.world.names:
        if not name.wildcard and name.name not in silent and name.mx and _all_dangle(seen, name):
            yield StaysOpen(
                f"no MX of {name.name} leads anywhere ({listed(sorted({exchange for _, exchange in name.mx}))})",
                "publish one that takes its mail, or a null MX, and only then delete these: without any MX "
                f"mail goes to the address of {name.name} itself",
            )


def _all_dangle(seen: Seen, name: MailName) -> bool:
    """True if of the records that count none leads anywhere."""
    right = right_views(name)
    known = [seen.world.exchange(exchange) for _, exchange in (right[0].meant if right else None) or ()]
    return all(each is not None and _why(each.kind, each.dangling, absent=each.absent) for each in known)


def _why(kind: str, dangling: str, *, absent: bool) -> str:
    if dangling:
        return f"{dangling} is free for anybody to register"
    if kind in _NO_HOST:
        return "it is no host name" if kind == _NO_HOST[0] else "it leads each sender to itself"
    return "it has no address" if absent else ""
