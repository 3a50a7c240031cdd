"""Name servers in memory that take DNS updates (RFC 2136 section 3, written from the RFC and not from our code).

What they hold is `zones`: zone to (name, type) to TTL and records as text. A server that follows another has its copy.
"""

from collections.abc import Sequence

import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import dns.tsig
import dns.update

from mxlatch.net.update import NoAnswer, NotSent
from mxlatch.plan.provider import Key
from mxlatch.terms.observation import Observation
from mxlatch.terms.question import DnsQuestion
from mxlatch.wire.dns.reading import read

KEY = Key("owner", "hmac-sha256", "c2VjcmV0IHNlY3JldCBzZWNyZXQ=")
PRIMARY, SECONDARY = "192.0.2.1", "192.0.2.2"
Held = dict[tuple[str, str], tuple[int, set[str]]]


def held(text: str) -> Held:
    """From lines "NAME TTL TYPE RDATA"."""
    found: Held = {}
    for line in text.strip().splitlines():
        name, ttl, rrtype, rdata = line.split(None, 3)
        found.setdefault((name, rrtype), (int(ttl), set()))[1].add(rdata)
    return found


class Primary:
    """A primary and one secondary of one zone.

    trouble: what becomes of the next updates: "" (carried out), "no way" (never sent), "cut" (sent and not carried
    out), "lost" (carried out, no answer), "dead" (lost, and nothing is said after), or an RCODE's name. lag: the
    secondary does not follow.
    """

    def __init__(self, text: str, zone: str = "example.com", key: Key | None = KEY) -> None:
        self.zone, self.key = zone, key
        self.here, self.there = held(text), held(text)
        self.trouble, self.lag, self.mute = "", False, False
        self.taken: list[bytes] = []
        self.asked_with = KEY  # in whose name a refusal is signed

    async def exchange(self, address: str, port: int, wire: bytes) -> bytes:
        """One update and its answer."""
        if self.trouble == "no way" or self.mute:
            raise NotSent(f"{address} port {port}: connection refused")
        self.taken.append(wire)
        if self.trouble == "cut":
            raise NoAnswer(f"{address} port {port} closed the connection without an answer")
        answer = self._answer(wire)
        if self.trouble in ("lost", "dead"):
            self.mute = self.trouble == "dead"
            raise NoAnswer(f"{address} port {port} gave no answer")
        return answer

    async def ask(self, questions: Sequence[DnsQuestion]) -> list[Observation]:
        """Questions of either server."""
        return [self._say(question) for question in questions]

    def follow(self) -> None:
        """The secondary transfers the zone."""
        self.there = {key: (ttl, set(rdatas)) for key, (ttl, rdatas) in self.here.items()}

    # RFC 2136 section 3

    def _answer(self, wire: bytes) -> bytes:
        keyring = {} if self.key is None else {dns.name.from_text(self.key.name): _key(self.key)}
        try:
            request = dns.message.from_wire(wire, keyring=keyring)
        except dns.message.UnknownTSIGKey:
            return self._refusal(wire, dns.rcode.BADKEY)
        except dns.tsig.BadSignature:
            return self._refusal(wire, dns.rcode.BADSIG)
        except dns.tsig.BadTime:
            return self._refusal(wire, dns.rcode.BADTIME)
        response = dns.message.make_response(request)
        assert isinstance(request, dns.update.UpdateMessage)
        if self.trouble:
            response.set_rcode(dns.rcode.from_text(self.trouble) if self.trouble.isupper() else 0)
        elif self.key is not None and not request.had_tsig:
            response.set_rcode(dns.rcode.REFUSED)
        else:
            response.set_rcode(self._prerequisites(request.prerequisite) or 0)
        if response.rcode() == 0:
            self._update(request.update)
            if not self.lag:
                self.follow()
        return response.to_wire()

    def _refusal(self, wire: bytes, error: int) -> bytes:
        """NOTAUTH with a TSIG error (RFC 8945 section 5.2). Signed all the same: the error counts."""
        name = dns.name.from_text(self.asked_with.name)
        response = dns.message.Message(id=int.from_bytes(wire[:2], "big"))
        response.flags |= dns.flags.QR | dns.opcode.to_flags(dns.opcode.UPDATE)
        response.set_rcode(dns.rcode.NOTAUTH)
        response.use_tsig(_key(self.asked_with), name, tsig_error=error, algorithm=self.asked_with.algorithm)
        return response.to_wire()

    def _prerequisites(self, rrsets: Sequence[dns.rrset.RRset]) -> int:
        wanted: dict[tuple[str, str], set[str]] = {}
        for rrset in rrsets:
            key = _named(rrset)
            if rrset.rdclass == dns.rdataclass.IN and rrset.deleting is None:
                wanted.setdefault(key, set()).update(each.to_text() for each in rrset)
            elif dns.rdataclass.NONE in (rrset.deleting, rrset.rdclass) and key in self.here:
                return dns.rcode.YXRRSET
        for key, rdatas in wanted.items():
            if _lower(self.here.get(key, (0, set()))[1]) != _lower(rdatas):
                return dns.rcode.NXRRSET
        return 0

    def _update(self, rrsets: Sequence[dns.rrset.RRset]) -> None:
        for rrset in rrsets:
            key, texts = _named(rrset), {each.to_text() for each in rrset}
            ttl, now = self.here.get(key, (rrset.ttl, set()))
            apex_ns = key == (self.zone, "NS")
            if rrset.deleting == dns.rdataclass.ANY:
                if not apex_ns:
                    self.here.pop(key, None)
            elif rrset.deleting == dns.rdataclass.NONE:
                left = now - texts
                if left or not apex_ns:
                    self.here[key] = (ttl, left)
                if not self.here[key][1]:
                    del self.here[key]
            else:
                self.here[key] = (rrset.ttl, now | texts)

    def _say(self, question: DnsQuestion) -> Observation:
        if self.mute:
            return Observation(question, "no-response", None, 0.0, "test", "", "no answer to 3 queries by UDP")
        query = dns.message.make_query(question.name, question.rrtype, id=0)
        response = dns.message.make_response(query)
        response.flags |= dns.flags.AA
        found = (self.there if question.server == SECONDARY else self.here).get((question.name, question.rrtype))
        if found is not None:
            owner, (ttl, texts) = query.question[0].name, found
            response.answer.append(dns.rrset.from_text_list(owner, ttl, "IN", question.rrtype, texts))
        wire = response.to_wire()
        status, reply, reason = read(wire, question)
        return Observation(question, status, reply, 0.0, "test", f"{question.server}:53/udp", reason, wire)


def _key(key: Key) -> dns.tsig.Key:
    return dns.tsig.Key(dns.name.from_text(key.name), key.secret, key.algorithm)


def _named(rrset: dns.rrset.RRset) -> tuple[str, str]:
    return rrset.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(rrset.rdtype)


def _lower(texts: set[str]) -> set[str]:
    return {text.lower() for text in texts}
