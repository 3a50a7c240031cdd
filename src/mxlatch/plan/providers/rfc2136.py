"""Changes of records at the zone's primary server by DNS update (RFC 2136), signed with TSIG (RFC 8945).

What goes together is one message, which the server carries out whole or not at all. Its prerequisites are the RRsets
as they were looked up before (section 2.4), so that nothing is overwritten that somebody changed meanwhile. After it,
the same server is asked what it serves: an answer that got lost, or a server that says yes and does something else, is
seen.

Limits: prerequisites compare records and not TTLs. A wildcard that answers in place of a deleted record looks as if it
still stood there. SOA is the server's own to change.
"""

from collections.abc import Sequence

import dns.exception
import dns.message
import dns.rcode
import dns.tsig
import dns.update
from msgspec import Struct

from mxlatch.net.update import NoAnswer, NotSent
from mxlatch.plan.change import Change, Records
from mxlatch.plan.provider import Done, Key, Means, NotDone, Outcome, Unsure
from mxlatch.plan.providers import rrsets, served
from mxlatch.plan.providers.rrsets import RRset
from mxlatch.terms.question import DnsQuestion

NAME = "rfc2136"
TITLE = "DNS updates to the zone's primary server"
KINDS: tuple[type[Change], ...] = (Records,)
PATIENCE = 30.0  # NOTIFY and a transfer take a few seconds

_DNS_PORT = 53
_CHANGED = (dns.rcode.YXRRSET, dns.rcode.NXRRSET, dns.rcode.YXDOMAIN, dns.rcode.NXDOMAIN)
_MAKE_ANEW = "make a new plan: mxlatch plan"
# What a server means by refusing, and what to do about it.
_REFUSALS: dict[int, tuple[str, str]] = {
    dns.rcode.REFUSED: (
        "the server refuses updates from here or with this key (REFUSED)",
        "allow the key there: allow-update or update-policy in BIND, acl with action update in Knot",
    ),
    dns.rcode.NOTAUTH: (
        "the server is not authoritative for the zone (NOTAUTH)",
        "send to the zone's primary: --server ADDRESS",
    ),
    dns.rcode.NOTZONE: ("a name is not in the zone (NOTZONE)", _MAKE_ANEW),
    dns.rcode.SERVFAIL: ("the server failed (SERVFAIL)", "its log says why; can it write its zone and its journal?"),
    dns.rcode.FORMERR: ("the server does not understand the update (FORMERR)", "its log says why"),
    dns.rcode.NOTIMP: ("the server takes no updates (NOTIMP)", "use --zone-file, or `mxlatch plan --as zone`"),
}
# What TSIG says (RFC 8945 section 5.3.2 and 5.2).
_TSIG: tuple[tuple[type[Exception], str, str], ...] = (
    (dns.tsig.PeerBadKey, "the server does not know the key {key} (BADKEY)", "its name and algorithm must be there"),
    (dns.tsig.PeerBadSignature, "the secret of the key {key} is another there (BADSIG)", "give the right key file"),
    (dns.tsig.PeerBadTime, "the clocks of this machine and the server differ (BADTIME)", "set the clocks (NTP)"),
    (dns.tsig.PeerBadTruncation, "the server wants a longer signature (BADTRUNC)", "use hmac-sha256"),
)


class Answer(Struct, frozen=True):
    """A server's answer to an update. signed: with our key, rightly."""

    rcode: int
    signed: bool


# What `Carrier` asks for


def group(change: Change, means: Means) -> str | None:
    """Of one zone in one message, if it has a primary to send to and no file to write."""
    if not isinstance(change, Records) or change.zone in means.zone_files or change.zone not in means.primaries:
        return None
    address, port = means.primaries[change.zone]
    return f"{change.zone} at {_place(address, port)}"


async def look(changes: Sequence[Change], means: Means) -> str | NotDone:
    """What the primary serves now, if it is what the plan saw."""
    own = rrsets.records(changes)
    if soa := [change for change in own if change.rrtype == "SOA"]:
        return NotDone(f"{soa[0].name} SOA is the server's own to change", _MAKE_ANEW)
    if len({(change.name, change.rrtype) for change in own}) < len(own):
        return NotDone(f"one step changes an RRset of {own[0].zone} twice", _MAKE_ANEW)
    now = await _asked(own, means)
    if isinstance(now, str):
        return NotDone(now, "is it the zone's primary, and does it run? --server ADDRESS names another")
    for change, there in zip(own, now, strict=True):
        if not there.same(rrsets.before(change)):
            return NotDone(f"changed since the plan was made: {there}; the plan saw {_values(change)}", _MAKE_ANEW)
    return rrsets.kept(now)


async def carry_out(changes: Sequence[Change], saved: str, means: Means) -> Outcome:
    """From what was saved to what the plan wants."""
    own = rrsets.records(changes)
    return await _move(own, rrsets.unkept(saved), tuple(map(rrsets.after, own)), means)


async def undo(changes: Sequence[Change], saved: str, means: Means) -> Outcome:
    """Back from what the plan wanted to what was saved."""
    own = rrsets.records(changes)
    return await _move(own, tuple(map(rrsets.after, own)), rrsets.unkept(saved), means)


async def holds(changes: Sequence[Change], means: Means) -> Outcome:
    """Whether every address of the zone's name servers serves the new RRsets."""
    own = rrsets.records(changes)
    return await served.everywhere(own[0].zone, tuple(map(rrsets.after, own)), means)


async def restored(changes: Sequence[Change], saved: str, means: Means) -> Outcome:
    """Whether every address of the zone's name servers serves what was saved."""
    own = {(change.name, change.rrtype) for change in rrsets.records(changes)}
    wanted = [each for each in rrsets.unkept(saved) if (each.name, each.rrtype) in own]
    return await served.everywhere(rrsets.records(changes)[0].zone, wanted, means)


# Messages


def message(zone: str, old: Sequence[RRset], new: Sequence[RRset], key: Key | None) -> dns.update.UpdateMessage:
    """The update that makes `new` of `old`, and nothing if `old` is not what stands there (RFC 2136 section 2.4)."""
    update = dns.update.UpdateMessage(rrsets.absolute(zone))
    if key is not None:
        name = rrsets.absolute(key.name)
        update.use_tsig(dns.tsig.Key(name, key.secret, key.algorithm), name, algorithm=key.algorithm)
    for rrset in old:
        if rrset.rdatas:
            update.present(rrsets.absolute(rrset.name), *rrset.parsed())
        else:
            update.absent(rrsets.absolute(rrset.name), rrset.rrtype)
    pairs = list(zip(old, new, strict=True))
    for was, _ in pairs:  # what goes, goes first: a CNAME may come in its place
        if not rrsets.is_apex_ns(zone, was):
            update.delete(rrsets.absolute(was.name), was.rrtype)
    for was, becomes in pairs:
        for rdata in becomes.parsed():
            update.add(rrsets.absolute(becomes.name), becomes.ttl, rdata)
        if rrsets.is_apex_ns(zone, was):  # one by one and last: a zone is never without (section 3.4.2.4)
            for rdata in sorted(set(was.parsed()) - set(becomes.parsed())):
                update.delete(rrsets.absolute(was.name), rdata)
    return update


def read(wire: bytes, request: dns.update.UpdateMessage) -> Answer:
    """The answer to an update.

    Raises:
        dns.exception.DNSException: it is no such answer, or its signature tells of a fault.
    """
    keyring = request.keyring
    answer = dns.message.from_wire(wire, keyring=keyring, request_mac=request.mac if keyring else b"")
    if answer.id != request.id or answer.opcode() != request.opcode():
        raise dns.exception.FormError("an answer to something else")  # type: ignore[no-untyped-call]
    return Answer(answer.rcode(), answer.had_tsig)


# Carrying out


async def _move(own: Sequence[Records], old: Sequence[RRset], new: Sequence[RRset], means: Means) -> Outcome:
    """Make `new` of `old` at the primary, in one message, and see that it is so."""
    zone = own[0].zone
    address, port = means.primaries[zone]
    request = message(zone, old, new, means.key)
    wire = request.to_wire()  # signs, at this moment
    try:
        answer = read(await means.exchange(address, port, wire), request)
    except NotSent as fault:
        return NotDone(f"nothing was sent: {fault}", "is the server up, and does it take TCP from here?")
    except NoAnswer as fault:
        return await _silent(own, old, new, means, str(fault))
    except dns.exception.DNSException as fault:
        return await _by_signature(own, old, new, means, fault)
    if answer.rcode == dns.rcode.NOERROR:
        return await _confirmed(own, new, means)
    if answer.rcode in _CHANGED:
        return await _changed(own, new, means, answer.rcode)
    reason, remedy = _REFUSALS.get(answer.rcode, (f"the server says {_shown(answer.rcode)}", "see its log"))
    return NotDone(f"{_place(address, port)}: {reason}", remedy if means.key else _with_key(answer.rcode, remedy))


def _with_key(rcode: int, remedy: str) -> str:
    """Knot says NOTAUTH, and BIND REFUSED, to who has no key."""
    keyless = rcode in (dns.rcode.REFUSED, dns.rcode.NOTAUTH)
    return f"{remedy}; no key was given: --tsig-file FILE" if keyless else remedy


async def _confirmed(own: Sequence[Records], new: Sequence[RRset], means: Means) -> Outcome:
    now = await _asked(own, means)
    if isinstance(now, str):
        return Done(f"the server said that it is done; asked again: {now}")
    other = [there for there, wanted in zip(now, new, strict=True) if not there.equals(wanted)]
    if other:
        return Unsure(
            f"the server said that it is done, and serves {'; '.join(map(str, other))}",
            "does something else write there too? Its log says",
        )
    return Done(f"served by {_place(*means.primaries[own[0].zone])}")


async def _changed(own: Sequence[Records], new: Sequence[RRset], means: Means, rcode: int) -> Outcome:
    """A prerequisite failed: somebody changed it; or this is the second try and the first one got through."""
    now = await _asked(own, means)
    name = _shown(rcode)
    if isinstance(now, str):
        return NotDone(f"not as it was looked up ({name}): nothing of it was done", _MAKE_ANEW)
    if all(there.equals(wanted) for there, wanted in zip(now, new, strict=True)):
        return Done("it stands there already")
    return NotDone(f"changed meanwhile ({name}): {'; '.join(map(str, now))}; nothing of it was done", _MAKE_ANEW)


async def _silent(
    own: Sequence[Records], old: Sequence[RRset], new: Sequence[RRset], means: Means, reason: str
) -> Outcome:
    """No answer after it was sent: what the server serves tells which."""
    now = await _asked(own, means)
    if isinstance(now, str):
        return Unsure(f"{reason}; whether it was done is not known, for now {now}", "run the same again when it is up")
    if all(there.equals(wanted) for there, wanted in zip(now, new, strict=True)):
        return Done(f"{reason}, but the server serves it")
    if all(there.same(was) for there, was in zip(now, old, strict=True)):
        return NotDone(f"{reason}, and the server serves what it did before", "run the same again")
    return Unsure(f"{reason}, and the server serves {'; '.join(map(str, now))}", _MAKE_ANEW)


async def _by_signature(
    own: Sequence[Records], old: Sequence[RRset], new: Sequence[RRset], means: Means, fault: Exception
) -> Outcome:
    """The answer cannot be believed as it is; where the server itself says why, nothing was done."""
    key = means.key.name if means.key else ""
    for kind, reason, remedy in _TSIG:
        if isinstance(fault, kind):
            return NotDone(f"{_place(*means.primaries[own[0].zone])}: {reason.format(key=key)}", remedy)
    told = str(fault) or type(fault).__name__
    return await _silent(own, old, new, means, f"an answer that is not to be believed came ({told})")


async def _asked(own: Sequence[Records], means: Means) -> tuple[RRset, ...] | str:
    """What the primary serves, an RRset for each change; or why that is not known."""
    address, port = means.primaries[own[0].zone]
    questions = [DnsQuestion(address, each.name, each.rrtype, spelling="lower", port=port) for each in own]
    seen = await means.ask(questions)
    found = [rrsets.served(each, q.name, q.rrtype) for q, each in zip(questions, seen, strict=True)]
    unknown = [each for each in found if isinstance(each, str)]
    if unknown:
        return f"{_place(address, port)} does not say what it serves ({unknown[0]})"
    return tuple(each for each in found if isinstance(each, RRset))


def _shown(rcode: int) -> str:
    return dns.rcode.to_text(dns.rcode.Rcode.make(rcode))


def _values(change: Records) -> str:
    return ", ".join(change.before) or "nothing"


def _place(address: str, port: int) -> str:
    shown = f"[{address}]" if ":" in address else address
    return address if port == _DNS_PORT else f"{shown}:{port}"
