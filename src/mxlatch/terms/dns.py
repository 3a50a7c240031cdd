"""DNS records and replies as values (RFC 1035 sections 3 and 4)."""

from msgspec import Struct

# What a server address said to one question. The first three are the zone's own word.
ANSWER = "answer"
NODATA = "nodata"
NXDOMAIN = "nxdomain"
REFERRAL = "referral"  # not authoritative, NS of a name below in the authority section
REFUSED = "refused"
NOT_AUTH = "not-auth"  # an answer without the AA bit, or a referral sideways or upward
SERVFAIL = "servfail"  # also FORMERR, NOTIMP and every other RCODE; the reason names it
NO_RESPONSE = "no-response"

Soa = tuple[str, str, int, int, int, int, int]  # mname, rname, serial, refresh, retry, expire, minimum (seconds)
HIGHEST_PREFERENCE = 65535  # of an MX record (RFC 1035 section 3.3.9)
Mx = tuple[int, str]  # preference, exchange in lower case ("." is the null MX)
Value = str | Mx | Soa | tuple[bytes, ...] | bytes


class Record(Struct, frozen=True, gc=False):
    """One resource record.

    `value` by type: A, AAAA: address; NS, CNAME, PTR: name; MX: (preference, exchange); SOA: its seven fields;
    TXT: its strings; TLSA and any other type (rrtype "TYPE257"): the RDATA as octets. TTL in seconds.
    """

    owner: str
    rrtype: str
    ttl: int
    value: Value


class Reply(Struct, frozen=True, gc=False):
    """A DNS message that came back: header facts and three sections, OPT left out.

    authentic: the AD bit, a resolver's word that it validated all of it (RFC 4035 section 3.2.3).
    """

    rcode: int
    authoritative: bool
    truncated: bool
    answer: tuple[Record, ...] = ()
    authority: tuple[Record, ...] = ()
    additional: tuple[Record, ...] = ()
    authentic: bool = False
