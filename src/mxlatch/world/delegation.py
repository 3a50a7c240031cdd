"""Down from the root to a domain's zone, and what each of its parent's servers says of it (RFC 1034 section 5.3.3).

On the way down a few servers of each level are asked until one answers; of the zone's own parent *every* address is
asked, since they may disagree. Referrals that lead sideways or upward are not followed.
"""

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from msgspec import Struct

from mxlatch.terms import dns
from mxlatch.terms.names import ROOT, parent
from mxlatch.terms.observation import Observation
from mxlatch.terms.question import DnsQuestion
from mxlatch.world.answers import answered
from mxlatch.world.enquiry import Enquiry
from mxlatch.world.scope import Scope

MOST_PARENT_ADDRESSES = 64  # the largest real parents have 26
_AT_A_TIME = 3  # servers of one level asked in one round on the way down
_MOST_TRIED = 9  # three rounds without an answer: the level does not answer
_MOST_LOOKED_UP = 64  # servers of one level without glue whose addresses are asked for, on the way down

_CLEAR = frozenset({dns.ANSWER, dns.REFERRAL, dns.NODATA, dns.NXDOMAIN})

Glue = dict[str, tuple[str, ...]]


class Cut(Struct, frozen=True):
    """What one server said when asked for the NS of a name.

    kind: "delegated" (ns and glue hold), "none" (the name is no zone), "absent" (no such name), "unknown" (reason).
    ttl: of these NS, seconds; None where there are none.
    """

    kind: str
    ns: tuple[str, ...] = ()
    glue: Glue = {}
    reason: str = ""
    ttl: int | None = None


class Delegation(Struct, frozen=True):
    """Where a domain's zone hangs.

    zone: the deepest zone cut at or above the domain that was found. views: by address of the parent's servers, what
    each says of the zone. status: "delegated", "absent" (the parent knows no such name) or "unknown" with a reason.
    limit: which bound left servers of the parent out, "" for none.
    """

    domain: str
    zone: str
    parent: str
    status: str
    views: dict[str, Cut]
    observations: tuple[Observation, ...] = ()
    reason: str = ""
    limit: str = ""

    @property
    def ns(self) -> tuple[str, ...]:
        """Every name server that any server of the parent names."""
        return tuple(sorted({name for cut in self.views.values() for name in cut.ns}))

    @property
    def glue(self) -> Glue:
        """The addresses that the parent's servers gave for them."""
        merged: dict[str, set[str]] = {}
        for cut in self.views.values():
            for name, addresses in cut.glue.items():
                merged.setdefault(name, set()).update(addresses)
        return {name: tuple(sorted(addresses)) for name, addresses in merged.items()}


class _Level(Struct):
    """A zone on the way down and the addresses of its servers."""

    zone: str
    addresses: tuple[str, ...]


def find_delegation(domain: str, scope: Scope) -> Enquiry[Delegation]:
    """Walk from the root hints to the zone that holds `domain`, then ask every server of its parent."""
    above = here = _Level(ROOT, tuple(sorted({address for _, address in scope.root_hints})))
    status, reason = "delegated", ""
    for name in reversed(list(_ancestors(domain))):
        cut = yield from _descend(name, here)
        match cut.kind:
            case "delegated":
                addresses = yield from _addresses(cut, here, scope)
                above, here = here, _Level(name, addresses)
            case "absent":
                status = "absent"
                break
            case "unknown":
                status = "unknown"
                reason = f"no server of {_shown(here.zone)} says whether {name} is a zone: {cut.reason}"
                break
    if status == "delegated" and here.zone == ROOT:
        status = "absent"
    # Where the domain itself is missing below a zone that is there, that zone's delegation is of no interest.
    zone = domain if status != "delegated" else here.zone
    asked_of = here if status != "delegated" else above
    return (yield from _ask_every_parent(domain, zone, asked_of, status, reason))


def read_cut(observation: Observation, name: str) -> Cut:
    """What an answer to `name NS` says of a zone cut at `name`."""
    reply = observation.value
    # A refusal and a SERVFAIL are replies too, and say nothing of the name.
    if not isinstance(reply, dns.Reply) or observation.status not in _CLEAR:
        return Cut("unknown", reason=observation.reason or observation.status)
    if observation.status == dns.NXDOMAIN:
        return Cut("absent")
    if observation.status == dns.NODATA:
        return Cut("none")
    section = {dns.ANSWER: reply.answer, dns.REFERRAL: reply.authority}.get(observation.status, ())
    here = [r for r in section if r.rrtype == "NS" and r.owner == name]
    ns = tuple(sorted({str(r.value) for r in here}))
    if not ns:
        # A referral to a cut above the name (sideways or upward) is nobody's word on this name.
        return Cut("unknown", reason="a referral elsewhere") if observation.status == dns.REFERRAL else Cut("none")
    return Cut("delegated", ns, glue(reply, ns), ttl=max(r.ttl for r in here))


def glue(reply: dns.Reply, names: Sequence[str]) -> Glue:
    """The addresses that the additional section gives for these names."""
    found: dict[str, set[str]] = {}
    for record in reply.additional:
        if record.rrtype in ("A", "AAAA") and record.owner in names:
            found.setdefault(record.owner, set()).add(str(record.value))
    return {name: tuple(sorted(addresses)) for name, addresses in found.items()}


def resolver_questions(names: Sequence[str], scope: Scope) -> list[DnsQuestion]:
    """Ask public resolution for the addresses of names."""
    return [
        DnsQuestion(address, name, rrtype, recursion=True, port=port)
        for name in names
        for rrtype in ("A", "AAAA")
        for address, port in scope.resolvers[:1]
    ]


def addresses_in(observation: Observation) -> tuple[str, ...]:
    """The addresses in an answer to an A or AAAA question, at the name or at the end of its aliases."""
    return tuple(sorted({str(r.value) for r in answered(observation, "A", "AAAA")}))


def _ancestors(domain: str) -> Iterator[str]:
    while domain != ROOT:
        yield domain
        domain = parent(domain)


def _shown(zone: str) -> str:
    return "the root" if zone == ROOT else zone


def _descend(name: str, level: _Level) -> Enquiry[Cut]:
    """Ask a few of the level's servers at a time for a cut at `name`; the first clear word counts."""
    tried = _alternating(level.addresses)[:_MOST_TRIED]
    reasons: dict[str, None] = {}
    for start in range(0, len(tried), _AT_A_TIME):
        batch = tried[start : start + _AT_A_TIME]
        seen = yield [DnsQuestion(address, name, "NS") for address in batch]
        cuts = [read_cut(observation, name) for observation in seen]
        reasons |= dict.fromkeys(cut.reason for cut in cuts if cut.reason)
        for kind in ("delegated", "none", "absent"):
            found = [cut for cut in cuts if cut.kind == kind]
            if found:
                return _merge(found)
    return Cut("unknown", reason="; ".join(reasons) or "nobody was asked")


def _alternating(addresses: Sequence[str]) -> list[str]:
    """IPv4 and IPv6 by turns: a vantage that has only one of them still reaches every second server."""
    families = [a for a in addresses if ":" not in a], [a for a in addresses if ":" in a]
    return [address for pair in zip_longest(*families) for address in pair if address is not None]


def _merge(cuts: Sequence[Cut]) -> Cut:
    glue_: dict[str, set[str]] = {}
    for cut in cuts:
        for name, addresses in cut.glue.items():
            glue_.setdefault(name, set()).update(addresses)
    ns = tuple(sorted({name for cut in cuts for name in cut.ns}))
    return Cut(cuts[0].kind, ns, {name: tuple(sorted(a)) for name, a in glue_.items()})


def _addresses(cut: Cut, level: _Level, scope: Scope) -> Enquiry[tuple[str, ...]]:
    """Where the servers of a cut are: by glue, by public resolution where there is none, or where we asked."""
    found = {address for addresses in cut.glue.values() for address in addresses}
    if not found:
        seen = yield resolver_questions(cut.ns[:_MOST_LOOKED_UP], scope)
        found = {address for observation in seen for address in addresses_in(observation)}
    return tuple(sorted(found)) or level.addresses


def _ask_every_parent(domain: str, zone: str, level: _Level, status: str, reason: str) -> Enquiry[Delegation]:
    addresses = level.addresses[:MOST_PARENT_ADDRESSES]
    seen = yield [DnsQuestion(address, zone, "NS") for address in addresses]
    views = {address: read_cut(observation, zone) for address, observation in zip(addresses, seen, strict=True)}
    some = f"only {len(addresses)} of {len(level.addresses)} addresses of the parent's servers were asked"
    limit = some if len(addresses) < len(level.addresses) else ""
    return Delegation(domain, zone, level.zone, status, views, tuple(seen), reason, limit)
