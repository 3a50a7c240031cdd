"""Does what a door showed after STARTTLS fit the TLSA records of its exchanger (RFC 7672 section 3, RFC 7671)?

Certificates are kept as digests: a record that holds the whole of one is hashed too. Limits: that the signatures lead
to a trust anchor (usage 2) is taken from the chain as the server sent it; an anchor that stands whole in the record
need not be sent, so that it is unknown.
"""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256

from mxlatch.terms.door import Door, DoorState
from mxlatch.terms.outcome import Found
from mxlatch.terms.smtp import Certificate, Tls
from mxlatch.wire.tlsa import DANE_EE, FULL, SHA256, SHA512, SPKI, Tlsa
from mxlatch.world.certificates import faults_of
from mxlatch.world.model import World


def fits(records: Iterable[Tlsa], tls: Tls | None, hosts: Sequence[str], now: float) -> bool | None:
    """True if a sender that heeds these records accepts the door; None if that is not known, or it heeds none.

    hosts: the names that a certificate below a trust anchor may bear: the exchanger's and the mail domain's (RFC 7672
    section 3.2.2). now: seconds since 1970 UTC, for the dates, which count below a trust anchor alone (section 3.1.1).
    """
    if tls is None or not tls.chain:
        return None
    found = [_fits(record, tls, hosts, now) for record in _heeded(records)]
    return True if True in found else None if None in found or not found else False


def fits_tlsa(world: World, door: Door, exchange: str) -> bool | None:
    """The same of a door of the world and the TLSA seen at one of its exchangers; None if none were seen.

    A session asks for one name (SNI): where the certificate fits what stands at another name of the door, the server
    may have one that fits here too.
    """
    tls = door.session.tls if door.state is DoorState.OPEN and door.session is not None else None
    here = _fit_at(world, tls, exchange)
    if here is False and any(_fit_at(world, tls, way.exchange) for way in door.ways_in if way.published):
        return None
    return here


def _fit_at(world: World, tls: Tls | None, exchange: str) -> bool | None:
    known = world.dane.tlsa.get(exchange) if world.dane is not None else None
    if not isinstance(known, Found):
        return None
    return fits(known.value.records, tls, (exchange, world.domain), world.time)


def _heeded(records: Iterable[Tlsa]) -> Iterator[Tlsa]:
    """The usable ones without those to which a sender prefers a stronger digest (RFC 7671 section 9)."""
    usable = [record for record in records if record.usable]
    strong = {(record.usage, record.selector) for record in usable if record.matching == SHA512}
    for record in usable:
        if record.matching != SHA256 or (record.usage, record.selector) not in strong:
            yield record


def _fits(record: Tlsa, tls: Tls, hosts: Sequence[str], now: float) -> bool | None:
    leaf, *above = tls.chain
    if record.usage == DANE_EE:
        return _is(record, leaf)
    same = [_is(record, certificate) for certificate in above]
    if True not in same:
        return None if None in same or record.matching == FULL or not tls.whole else False
    return any(not faults_of(leaf, [host], now) for host in hosts)


def _is(record: Tlsa, certificate: Certificate) -> bool | None:
    of_key = record.selector == SPKI
    short, long = certificate.of_key if of_key else (certificate.sha256, certificate.sha512)
    seen = long if record.matching == SHA512 else short
    wanted = record.association if record.matching != FULL else sha256(bytes.fromhex(record.association)).hexdigest()
    return wanted == seen if seen else None
