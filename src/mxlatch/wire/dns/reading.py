"""What a DNS message says to the question that was asked: one of the statuses of `terms.dns` (RFC 1034, RFC 2308).

An authoritative server's word counts only with the AA bit; a resolver's word counts as it is (`recursion`).
"""

from collections.abc import Iterator

from mxlatch.terms import dns
from mxlatch.terms.dns import Reply
from mxlatch.terms.errors import ProtocolError
from mxlatch.terms.names import ROOT, is_below
from mxlatch.terms.question import DnsQuestion
from mxlatch.wire.dns import quick

NOERROR, FORMERR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED, BADVERS = 0, 1, 2, 3, 4, 5, 16
# IANA DNS RCODEs; 16 in a header's extension is BADVERS.
RCODE_NAMES = {
    NOERROR: "NOERROR", FORMERR: "FORMERR", SERVFAIL: "SERVFAIL", NXDOMAIN: "NXDOMAIN", NOTIMP: "NOTIMP",
    REFUSED: "REFUSED", 6: "YXDOMAIN", 7: "YXRRSET", 8: "NXRRSET", 9: "NOTAUTH", 10: "NOTZONE", BADVERS: "BADVERS",
    23: "BADCOOKIE",
}  # fmt: skip

Meaning = tuple[str, Reply, str]  # status, what was said, reason

_MOST_NEGATIVES = 4096  # answers kept to be met again; about a megabyte
_negatives: dict[tuple[bytes, bytes, str, str, bool], Meaning] = {}


def read(message: bytes, question: DnsQuestion) -> Meaning:
    """What the message says to the question: status of `terms.dns`, reply, and the reason if it is no plain answer.

    Raises:
        ProtocolError: no DNS response, or one to another question.
        ValueError: the question itself cannot be written.
    """
    asked = quick.lower_question(question)
    start = quick.HEADER + len(asked)
    if message[quick.HEADER : start].lower() != asked:
        if not header_only_error(message):
            raise ProtocolError("an answer to another question")
        return read_answer(message, question, quick.HEADER)
    return read_answer(message, question, start)


def header_only_error(message: bytes) -> bool:
    """True for an error without a question section: how servers answer what they cannot parse (RFC 1035 4.1.1)."""
    return len(message) >= quick.HEADER and message[4:6] == b"\0\0" and message[3] & 0xF not in (NOERROR, NXDOMAIN)


def read_answer(message: bytes, question: DnsQuestion, start: int) -> Meaning:
    """`read` for a message whose question section was compared already: it ends at `start`.

    Raises:
        ProtocolError: no DNS response.
    """
    if len(message) < quick.HEADER or message[2] & 0xF8 != 0x80 or message[4:6] > b"\0\1":
        raise ProtocolError("no response to a query, or to more than one question")
    # That a name has no such records, every server of a zone says in the same octets, but for id and letter case.
    said = None
    if not (message[6] or message[7]):
        said = (message[2 : quick.HEADER], message[start:], question.name, question.rrtype, question.recursion)
        met = _negatives.get(said)
        if met is not None:
            return met
    reply = quick.parse(message, question.name, start)
    if reply is None:
        # Here and not above: dnspython is loaded for the message that needs it, not for every start.
        from mxlatch.wire.dns import full

        reply = full.parse(message)
    if reply.rcode == NOERROR and reply.answer and (reply.authoritative or question.recursion):
        first = reply.answer[0]
        if first.rrtype == question.rrtype and first.owner == question.name:
            return dns.ANSWER, reply, ""
    status, reason = _meaning(reply, question)
    if said is not None:
        if len(_negatives) >= _MOST_NEGATIVES:
            _negatives.clear()
        _negatives[said] = status, reply, reason
    return status, reply, reason


def _meaning(reply: Reply, question: DnsQuestion) -> tuple[str, str]:
    if reply.rcode == REFUSED:
        return dns.REFUSED, "REFUSED"
    if reply.rcode not in (NOERROR, NXDOMAIN):
        return dns.SERVFAIL, RCODE_NAMES.get(reply.rcode, f"RCODE {reply.rcode}")
    believed = reply.authoritative or question.recursion
    if _answers(reply, question):
        return (dns.ANSWER, "") if believed else (dns.NOT_AUTH, "an answer without the AA bit")
    # RFC 2308 section 2: NS without SOA in the authority section of an empty answer is a referral, whatever its bits.
    if reply.rcode == NOERROR and (delegations := list(_delegations(reply))):
        if any(zone != ROOT and is_below(question.name, zone) for zone in delegations):
            return dns.REFERRAL, ""
        return dns.NOT_AUTH, f"a referral to {delegations[0]}"
    if not believed:
        return dns.NOT_AUTH, f"{RCODE_NAMES[reply.rcode]} without the AA bit"
    return (dns.NXDOMAIN if reply.rcode == NXDOMAIN else dns.NODATA), ""


def _answers(reply: Reply, question: DnsQuestion) -> bool:
    """Does a record of the asked type, or the head of a CNAME chain, stand at the asked name?

    Also under NXDOMAIN, which then speaks of the chain's end (RFC 6604 section 3).
    """
    return any(r.owner == question.name and r.rrtype in (question.rrtype, "CNAME") for r in reply.answer)


def _delegations(reply: Reply) -> Iterator[str]:
    """Owners of the NS records of the authority section, if no SOA stands there."""
    if all(record.rrtype != "SOA" for record in reply.authority):
        yield from (record.owner for record in reply.authority if record.rrtype == "NS")
