"""Which names of a zone may take mail: the apex, what the inventory names, likely words, names seen in records.

Each is asked at every server address that speaks for the zone. A random label is asked too: what it gets, every name
without records of its own gets (a wildcard, RFC 4592), and a word that gets the same is not reported by itself.
"""

from collections.abc import Sequence

from msgspec import Struct

from mxlatch.terms import dns
from mxlatch.terms.names import is_below
from mxlatch.terms.observation import Observation
from mxlatch.terms.question import DnsQuestion
from mxlatch.world.answers import alias, answered, is_silent
from mxlatch.world.delegation import Cut, read_cut
from mxlatch.world.enquiry import Enquiry
from mxlatch.world.nameservers import Servers
from mxlatch.world.scope import Scope

_MOST_NAMES = 512  # below one zone; a word list and an inventory together stay far under it

APEX, INVENTORY, SEEN, WORD, WILDCARD = "apex", "inventory", "seen in records", "word list", "wildcard"
_WEIGHT = (WILDCARD, INVENTORY, SEEN, WORD)
_GUESSED = (SEEN, WORD)

MxSet = tuple[dns.Mx, ...]


class NamesSeen(Struct, frozen=True):
    """The names of a zone. unheard: questions about names that got no clear answer, where the name is not kept for
    another reason. left_out: how many names the bound left out."""

    found: tuple["NameSeen", ...] = ()
    unheard: tuple[Observation, ...] = ()
    left_out: int = 0


class NameSeen(Struct, frozen=True):
    """A name of interest: per server address what was said of its MX, and the cut below which it turned out to be."""

    name: str
    why: str
    mx: dict[str, Observation]
    wildcard: bool = False
    cut: str = ""
    cut_views: dict[str, Cut] = {}


def mx_set(observation: Observation) -> MxSet | None:
    """The MX set of an authoritative answer, sorted; () where there surely is none, None where nobody knows.

    An alias whose end this server does not serve leaves it unknown: senders follow it (RFC 5321 section 5.1).
    """
    if observation.status in (dns.NODATA, dns.NXDOMAIN):
        return ()
    found = tuple(sorted({r.value for r in answered(observation, "MX")}))
    return () if not found and _ends_without(observation) else found or None  # type: ignore[return-value]


def _ends_without(observation: Observation) -> bool:
    """True if the answer is an alias whose end, as the server's own SOA says, has no such records (RFC 2308 2.1)."""
    reply = observation.value
    return bool(alias(observation)) and isinstance(reply, dns.Reply) and any(r.rrtype == "SOA" for r in reply.authority)


def names_of_interest(zone: str, domain: str, servers: Servers, scope: Scope) -> dict[str, str]:
    """Every name below the zone that is worth asking, and why; those that matter most first."""
    apart = f"mxlatch-{scope.nonce}.{zone}"
    names = {apart: WILDCARD}
    names |= {f"{word}.{base}": WORD for base in dict.fromkeys((zone, domain)) for word in scope.words}
    names |= {name: SEEN for name in _seen(servers) if is_below(name, zone) and name != zone}
    listed = [name for entry in scope.inventory.domains for name in (entry.name, *entry.subdomains)]
    names |= {name: INVENTORY for name in (domain, *listed) if is_below(name, zone) and name != zone}
    by_weight = sorted(names, key=lambda name: (name != apart, _WEIGHT.index(names[name]), name))
    return {name: names[name] for name in by_weight}


def find_names(zone: str, names: dict[str, str], servers: Servers) -> Enquiry[NamesSeen]:
    """Ask every speaking server for the MX of every name, then, for those that exist, whether a zone begins there."""
    addresses = servers.speaking
    left_out = max(0, len(names) - _MOST_NAMES)
    names = dict(list(names.items())[:_MOST_NAMES])
    order = sorted(names)
    seen = yield [DnsQuestion(address, name, "MX") for name in order for address in addresses]
    step = len(addresses)
    table = {name: dict(zip(addresses, seen[i * step : (i + 1) * step], strict=True)) for i, name in enumerate(order)}
    apart = next((name for name, why in names.items() if why == WILDCARD), "")
    wild = {address: mx_set(o) for address, o in table.get(apart, {}).items()}
    met = [(name, why) for name, why in sorted(names.items()) if why not in _GUESSED or _is_somewhere(table[name])]
    found = [_name(name, why, table[name], wild) for name, why in met]
    kept = [each for each in found if _is_kept(each)]
    unheard = [o for each in found if not _is_kept(each) for o in each.mx.values() if is_silent(o)]
    cuts, silent = yield from _find_cuts(zone, kept, addresses)
    return NamesSeen(cuts, (*unheard, *silent), left_out)


def _is_somewhere(mx: dict[str, Observation]) -> bool:
    """False if every server says that there is no such name, as they do of nearly every word."""
    return any(observation.status != dns.NXDOMAIN for observation in mx.values())


def _seen(servers: Servers) -> set[str]:
    """Names that the zone's own records mention: name servers, exchanges."""
    exchanges = {mx[1] for observation in servers.mx.values() for mx in mx_set(observation) or ()}
    return {name for name in (*servers.named_by, *exchanges) if name != "."}


def _name(name: str, why: str, mx: dict[str, Observation], wild: dict[str, MxSet | None]) -> NameSeen:
    """A name whose MX are, at every server that has any, those of the wildcard, is the wildcard's doing."""
    sets = {address: mx_set(observation) for address, observation in mx.items()}
    some = {address: found for address, found in sets.items() if found}
    return NameSeen(name, why, mx, bool(some) and all(wild.get(address) == found for address, found in some.items()))


def _is_kept(name: NameSeen) -> bool:
    """A guessed word matters only if it has MX of its own or is delegated; of the others every outcome is told."""
    if name.why == WILDCARD:
        return name.wildcard
    if name.why in _GUESSED:
        return not name.wildcard and any(mx_set(o) or o.status == dns.REFERRAL for o in name.mx.values())
    return True


def _find_cuts(
    zone: str, names: Sequence[NameSeen], addresses: Sequence[str]
) -> Enquiry[tuple[tuple[NameSeen, ...], tuple[Observation, ...]]]:
    """Whether a name is delegated: a referral says so, or the servers of this zone serve a child zone too.

    Besides the names, the answers that leave it open.
    """
    real = [name for name in names if name.why != WILDCARD]
    seen = yield [DnsQuestion(address, name.name, "NS") for name in real for address in addresses]
    step = len(addresses)
    cuts = {
        name.name: _cut(zone, name.name, dict(zip(addresses, seen[i * step : (i + 1) * step], strict=True)))
        for i, name in enumerate(real)
    }
    silent = tuple(observation for observation in seen if is_silent(observation))
    return tuple(_with_cut(name, *cuts.get(name.name, ("", {}))) for name in names), silent


def _with_cut(name: NameSeen, cut: str, views: dict[str, Cut]) -> NameSeen:
    return NameSeen(name.name, name.why, name.mx, name.wildcard, cut, views)


def _cut(zone: str, name: str, answers: dict[str, Observation]) -> tuple[str, dict[str, Cut]]:
    """The zone that begins at or above the name and below `zone`, and each server's view of it; "" for none."""
    owner = next((o for o in (_owner(a, zone, name) for a in answers.values()) if o), "")
    if not owner:
        return "", {}
    views = {address: read_cut(observation, owner) for address, observation in answers.items()}
    return owner, {address: cut for address, cut in views.items() if cut.kind == "delegated"}


def _owner(observation: Observation, zone: str, name: str) -> str:
    """The owner of the NS records that an answer or a referral gives, if it lies between the zone and the name."""
    if not isinstance(observation.value, dns.Reply):
        return ""
    section = {dns.ANSWER: observation.value.answer, dns.REFERRAL: observation.value.authority}
    owners = [r.owner for r in section.get(observation.status, ()) if r.rrtype == "NS"]
    return next((o for o in owners if o != zone and is_below(o, zone) and is_below(name, o)), "")
