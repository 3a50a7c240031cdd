"""Parses any DNS message with dnspython: what `quick` found odd, and the truth that `quick` is held to."""

import dns.flags
import dns.message
import dns.name
import dns.rdata
import dns.rdataclass
from dns.rdtypes.ANY.CNAME import CNAME
from dns.rdtypes.ANY.MX import MX
from dns.rdtypes.ANY.NS import NS
from dns.rdtypes.ANY.PTR import PTR
from dns.rdtypes.ANY.SOA import SOA
from dns.rdtypes.ANY.TXT import TXT
from dns.rdtypes.IN.A import A
from dns.rdtypes.IN.AAAA import AAAA
from dns.rrset import RRset

from mxlatch.terms.dns import Record, Reply, Value
from mxlatch.terms.errors import ProtocolError
from mxlatch.wire.dns.text import name_text, type_name


def parse(message: bytes) -> Reply:
    """The reply.

    Raises:
        ProtocolError: the message breaks a rule, or has records of a class other than IN.
    """
    parsed = _message(message)
    return Reply(
        int(parsed.rcode()),
        bool(parsed.flags & dns.flags.AA),
        bool(parsed.flags & dns.flags.TC),
        tuple(map(_record, parsed.answer)),
        tuple(map(_record, parsed.authority)),
        tuple(map(_record, parsed.additional)),
        bool(parsed.flags & dns.flags.AD),
    )


def _message(message: bytes) -> dns.message.Message:
    try:
        return dns.message.from_wire(message, one_rr_per_rrset=True)
    # Whatever a stranger's octets make the library raise: it promises no closed list of exceptions.
    except Exception as fault:
        raise ProtocolError(f"no DNS message: {type(fault).__name__} ({fault})") from fault


def _record(rrset: RRset) -> Record:
    if rrset.rdclass != dns.rdataclass.IN or len(rrset) != 1:
        raise ProtocolError(f"a record of class {rrset.rdclass}")
    return Record(_name(rrset.name), type_name(rrset.rdtype), rrset.ttl, _value(rrset[0]))


def _name(name: dns.name.Name) -> str:
    return name_text(name.labels[:-1])


def _value(rdata: dns.rdata.Rdata) -> Value:
    match rdata:
        case A() | AAAA():
            return str(rdata.address)
        case NS() | CNAME() | PTR():
            return _name(rdata.target)
        case MX():
            return rdata.preference, _name(rdata.exchange)
        case SOA():
            numbers = rdata.serial, rdata.refresh, rdata.retry, rdata.expire, rdata.minimum
            return _name(rdata.mname), _name(rdata.rname), *numbers
        case TXT():
            return tuple(rdata.strings)
        case _:
            return rdata.to_wire() or b""
