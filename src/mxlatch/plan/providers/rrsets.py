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


def by_zone(changes: Iterable[Change]) -> dict[str, tuple[Records, ...]]:
    """The changes of records, by zone in the order of the plan; of several of one RRset what they add up to."""
    found: dict[str, dict[tuple[str, str], Records]] = {}
    for change in records(changes):
        zone = found.setdefault(change.zone, {})
        first = zone.get((change.name, change.rrtype), change)
        zone[change.name, change.rrtype] = msgspec.structs.replace(
            change, before=first.before, ttl_before=first.ttl_before
        )
    return {zone: tuple(each.values()) for zone, each in found.items()}


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
