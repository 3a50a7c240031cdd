"""An internet that answers from a table: what each server address says, and what comes of knocking at each door.

Zones are written as lines "NAME [TTL] TYPE VALUE", names in full without the last dot. A server answers for
the deepest of its zones; an NS set below the apex makes a referral. Everything is found by `ask`, nothing over a wire.
"""

from collections.abc import Iterator, Sequence
from typing import TypeVar

from mxlatch.terms import dns
from mxlatch.terms.names import is_below
from mxlatch.terms.observation import NOT_FOUND, SESSION, SILENT, Observation
from mxlatch.terms.question import DnsQuestion, HttpQuestion, Question, SmtpQuestion
from mxlatch.terms.smtp import Reply, Session, Turn
from mxlatch.wire import srv
from mxlatch.world.enquiry import Enquiry

NOW = 1_750_000_000.0
RESOLVER = "198.51.100.53"
Zones = dict[str, str]
T = TypeVar("T")


class FakeInternet:
    """servers: address to its zones (apex to lines), or a status ("no-response", "refused") for everything.

    resolver: lines that public resolution knows. doors: address to a session, or "reset", "silent".
    rdap: what the registry lists, None for no such domain. pages: URL to what is found there, for every other question.
    """

    def __init__(
        self,
        servers: dict[str, Zones | str],
        resolver: str = "",
        doors: dict[str, Session | str] | None = None,
        rdap: Sequence[str] | None = None,
    ) -> None:
        self.servers, self.doors, self.rdap = servers, doors or {}, rdap
        self.resolver = list(records(resolver))
        self.resolver_status = self.rdap_status = ""  # a status for everything that these are asked
        self.pages: dict[str, bytes] = {}
        self.asked: list[Question] = []
        self.rounds: list[list[Question]] = []

    def ask(self, question: Question) -> Observation:
        """One answer."""
        self.asked.append(question)
        match question:
            case DnsQuestion(recursion=True):
                return self._resolve(question)
            case DnsQuestion():
                return self._authority(question)
            case SmtpQuestion():
                return self._door(question)
            case HttpQuestion() if question.url in self.pages:
                return Observation(question, "body", None, NOW, "internet", "test", "", self.pages[question.url])
            case HttpQuestion():
                return self._registry(question)

    def ask_a(self, name: str) -> Observation:
        """What public resolution says to `name A`."""
        return self.ask(DnsQuestion(RESOLVER, name, "A", recursion=True))

    def conclude(self, enquiry: Enquiry[T]) -> T:
        """Run an enquiry to its end; its rounds stand in `rounds`."""
        try:
            questions = next(enquiry)
            while True:
                self.rounds.append(list(questions))
                questions = enquiry.send([self.ask(question) for question in questions])
        except StopIteration as stop:
            return stop.value

    def _authority(self, question: DnsQuestion) -> Observation:
        zones = self.servers.get(question.server, dns.NO_RESPONSE)
        if isinstance(zones, str):
            return status_only(question, zones)
        held = [zone for zone in zones if is_below(question.name, zone)]
        if not held:
            return seen(question, dns.REFUSED, reason="REFUSED")
        zone = max(held, key=lambda z: 0 if z == "." else len(z))
        return answer(question, zone, list(records(zones[zone])))

    def _resolve(self, question: DnsQuestion) -> Observation:
        if self.resolver_status:
            return status_only(question, self.resolver_status)
        if question.server != RESOLVER:
            return seen(question, dns.NO_RESPONSE, reason="no answer")
        return answer(question, "", self.resolver)

    def _door(self, question: SmtpQuestion) -> Observation:
        door = self.doors.get(question.address, SILENT)
        if isinstance(door, str):
            return seen(question, door)
        return Observation(question, SESSION, door, NOW, "internet", f"{question.address}:{question.port}")

    def _registry(self, question: HttpQuestion) -> Observation:
        if self.rdap_status:
            return seen(question, self.rdap_status, reason=self.rdap_status)
        if self.rdap is None:
            return seen(question, NOT_FOUND)
        listed = ",".join(f'{{"objectClassName":"nameserver","ldhName":"{name}"}}' for name in self.rdap)
        body = f'{{"objectClassName":"domain","nameservers":[{listed}]}}'.encode()
        return Observation(question, "body", None, NOW, "internet", question.url, "", body)


def status_only(question: DnsQuestion, status: str) -> Observation:
    """An answer that is none: a refusal and a SERVFAIL are replies all the same."""
    rcode = {dns.REFUSED: 5, dns.SERVFAIL: 2}.get(status)
    reply = None if rcode is None else dns.Reply(rcode, False, False)
    return seen(question, status, reply, reason=status)


def records(text: str) -> Iterator[dns.Record]:
    """The records of lines "NAME [TTL] TYPE VALUE"; MX as "PREFERENCE EXCHANGE", SOA as "MNAME SERIAL"."""
    for line in filter(None, map(str.strip, text.splitlines())):
        owner, *rest = line.split()
        ttl = int(rest.pop(0)) if rest[0].isdigit() else 3600
        rrtype = rest.pop(0)
        yield dns.Record(owner, srv.RRTYPE if rrtype == "SRV" else rrtype, ttl, _value(rrtype, rest))


def _value(rrtype: str, rest: list[str]) -> dns.Value:
    if rrtype == "MX":
        return int(rest[0]), rest[1]
    if rrtype == "SRV":
        return srv.build(srv.Srv(*map(int, rest[:3]), rest[3]))
    if rrtype == "SOA":
        return (rest[0], "hostmaster." + rest[0], int(rest[1]), 7200, 900, 1209600, 300)
    if rrtype == "TXT":
        return (" ".join(rest).encode(),)
    return rest[0]


def answer(question: DnsQuestion, zone: str, held: list[dns.Record]) -> Observation:
    """What a server with these records says; zone "" for a resolver."""
    name = question.name
    cut = next((r.owner for r in held if zone and r.rrtype == "NS" and r.owner != zone and is_below(name, r.owner)), "")
    if cut:
        ns = tuple(r for r in held if r.owner == cut and r.rrtype == "NS")
        glue = tuple(r for r in held if r.rrtype in ("A", "AAAA") and r.owner in {n.value for n in ns})
        return seen(question, dns.REFERRAL, dns.Reply(0, False, False, (), ns, glue))
    owners = {r.owner for r in held}
    wild = f"*.{name.partition('.')[2]}"
    here = [r for r in held if r.owner == (name if name in owners else wild)]
    found = tuple(dns.Record(name, r.rrtype, r.ttl, r.value) for r in here if r.rrtype in (question.rrtype, "CNAME"))
    status = dns.ANSWER if found else dns.NODATA if here or _is_above(name, owners) else dns.NXDOMAIN
    return seen(question, status, dns.Reply(3 if status == dns.NXDOMAIN else 0, True, False, found))


def seen(question: Question, status: str, reply: dns.Reply | None = None, reason: str = "") -> Observation:
    """An observation at NOW from the internet."""
    source = f"{question.server}:53/udp" if isinstance(question, DnsQuestion) else "test"
    return Observation(question, status, reply, NOW, "internet", source, reason)


def _is_above(name: str, owners: set[str]) -> bool:
    return any(is_below(owner, name) for owner in owners)


def session(*turns: tuple[str, str] | tuple[str, str, str], ended: str = "quit") -> Session:
    """A session from (command, reply) and (command, reply, label); a reply is "250 text" or several joined by " / "."""
    return Session(tuple(_turn(*turn) for turn in turns), ended=ended)


def _turn(command: str, reply: str, label: str = "") -> Turn:
    if not reply:
        return Turn(command, None, label)
    code, _, text = reply.partition(" ")
    return Turn(command, Reply(int(code), tuple(text.split(" / "))), label)
