"""RRsets as they stand somewhere: compared as DNS compares them (RFC 2136 section 3.2.3), read from an answer, kept.

Part of the providers that speak DNS. Names in RDATA compare without regard to case; TTLs compare where a server or a
file is authoritative for them.
"""

from collections.abc import Iterable, Sequence

import dns.exception
import dns.message
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import msgspec
from msgspec import Struct

from mxlatch.plan.change import Change, Records
from mxlatch.plan.provider import left_out
from mxlatch.plan.result import Plan
from mxlatch.terms import dns as word
from mxlatch.terms.errors import InputError
from mxlatch.terms.observation import Observation

_IN = dns.rdataclass.IN


class RRset(Struct, frozen=True):
    """One RRset. rdatas: in presentation form with full names; () for none, and then the TTL says nothing."""

    name: str
    rrtype: str
    ttl: int
    rdatas: tuple[str, ...]

    def parsed(self) -> tuple[dns.rdata.Rdata, ...]:
        """The RDATA as dnspython has it."""
        return tuple(rdata(self.rrtype, text) for text in self.rdatas)

    def texts(self) -> tuple[str, ...]:
        """The RDATA in presentation form, whoever wrote it down: nothing in it can end a line."""
        return tuple(each.to_text() for each in self.parsed())

    def same(self, other: "RRset") -> bool:
        """True if both hold the same records, whatever their TTLs."""
        return set(self.parsed()) == set(other.parsed())

    def equals(self, other: "RRset") -> bool:
        """True if both hold the same records with the same TTL."""
        return self.same(other) and (not self.rdatas or self.ttl == other.ttl)

    def __str__(self) -> str:
        """For people."""
        shown = ", ".join(self.rdatas) or "nothing"
        return f"{self.name} {self.rrtype} {shown}" + (f" (TTL {self.ttl})" if self.rdatas else "")


def rdata(rrtype: str, text: str) -> dns.rdata.Rdata:
    """One record's RDATA.

    Raises:
        InputError: the plan says something that this type cannot be.
    """
    try:
        return dns.rdata.from_text(_IN, rrtype, text, origin=dns.name.root, relativize=False)
    except dns.exception.DNSException as error:
        raise InputError(f"{text!r} is no {rrtype} record ({error}): make the plan anew") from None


def absolute(name: str) -> dns.name.Name:
    """A name of a plan as dnspython has it: full, whether it ends in a dot or not."""
    return dns.name.from_text(name if name.endswith(".") else name + ".")


def before(change: Records) -> RRset:
    """How the plan saw it."""
    return RRset(change.name, change.rrtype, change.ttl_before, change.before)


def after(change: Records) -> RRset:
    """How it shall be."""
    return RRset(change.name, change.rrtype, change.ttl, change.after)


def records(changes: Iterable[Change]) -> tuple[Records, ...]:
    """The changes that are of records."""
    return tuple(change for change in changes if isinstance(change, Records))


def together(changes: Iterable[Change]) -> dict[str, tuple[Records, ...]]:
    """The changes of records, by zone in the order of the plan; of several of one RRset what they add up to."""
    found: dict[str, dict[tuple[str, str], Records]] = {}
    for change in records(changes):
        zone = found.setdefault(change.zone, {})
        first = zone.get((change.name, change.rrtype), change)
        zone[change.name, change.rrtype] = msgspec.structs.replace(
            change, before=first.before, ttl_before=first.ttl_before
        )
    return {zone: tuple(each.values()) for zone, each in found.items()}


class Stage(Struct, frozen=True):
    """One step's changes of the records of one zone: a text for a tool. earlier: those of the steps before it.

    prefix: of the text's name. heads: what is said at its head, a line each.
    """

    zone: str
    changes: tuple[Records, ...]
    earlier: tuple[tuple[Records, ...], ...]
    prefix: str
    heads: tuple[str, ...]


def stages(plan: Plan, kinds: tuple[type[Change], ...]) -> list[Stage]:
    """What is to be done in one go each, in order: between two of them stand the plan's waits."""
    left = left_out(plan.changes, kinds)
    steps = [(n, step) for n, step in enumerate(plan.steps, 1) if records(step.changes)]
    found: list[Stage] = []
    for number, step in steps:
        for zone, changes in together(step.changes).items():
            earlier = tuple(stage.changes for stage in found if stage.zone == zone)
            several = len(steps) > 1
            heads = [f"mxlatch: {zone}, of the plan {plan.digest[:12]} for {plan.domain}"]
            heads += [f"step {number} of {len(plan.steps)}: {step.title}"]
            heads += [f"after it wait {step.wait} s: {step.why}"] if step.wait else []
            prefix = f"step-{number}." if several else ""
            found.append(Stage(zone, changes, earlier, prefix, tuple(map(_one_line, (*heads, *left)))))
    return found


def _one_line(text: str) -> str:
    return " ".join(text.split())


def served(seen: Observation, name: str, rrtype: str) -> RRset | str:
    """The RRset in a server's own answer; or, where it did not speak for the zone, what it said instead."""
    if seen.status in (word.NODATA, word.NXDOMAIN):
        return RRset(name, rrtype, 0, ())
    if seen.status != word.ANSWER:
        return seen.reason or seen.status
    # The octets, not `seen.value`: that knows only some types, and has names in lower case.
    message = dns.message.from_wire(seen.bytes, ignore_trailing=True)
    wanted, number = absolute(name), dns.rdatatype.from_text(rrtype)
    for rrset in message.answer:
        if rrset.name == wanted and rrset.rdtype == number:
            return RRset(name, rrtype, rrset.ttl, tuple(sorted(each.to_text() for each in rrset)))
    return RRset(name, rrtype, 0, ())  # an alias answers, or a type beside it: the name has none of this one


def kept(rrsets: Sequence[RRset]) -> str:
    """RRsets as text to save."""
    return msgspec.json.encode(rrsets).decode()


def unkept(text: str) -> tuple[RRset, ...]:
    """The RRsets that were saved."""
    return msgspec.json.decode(text, type=tuple[RRset, ...])


def whole(there: Sequence[RRset], changes: Iterable[Records]) -> list[RRset]:
    """All RRsets of a zone after these changes, in their order, new ones last."""
    found = {(absolute(each.name), each.rrtype): each for each in there}
    for change in changes:
        found[absolute(change.name), change.rrtype] = after(change)
    return [each for each in found.values() if each.rdatas]


def label(name: str, zone: str) -> str:
    """A name as seen from its zone: "" for the apex."""
    return absolute(name).relativize(absolute(zone)).to_text().removesuffix("@")


def is_apex_ns(zone: str, rrset: RRset) -> bool:
    """True for the NS of the zone itself: an update cannot delete all of them (RFC 2136 section 3.4.2.4)."""
    return rrset.rrtype == "NS" and absolute(rrset.name) == absolute(zone)
