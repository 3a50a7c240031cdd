"""Hosts that the domain's SPF record names (RFC 7208): whoever may send mail for it often takes mail for it too.

Single addresses and very small networks are candidates, larger ones are told and not enumerated. Includes of known
operators are theirs and not followed; macros, exists and ptr are told. What a verifier would count is counted too.
"""

from collections.abc import Sequence

from mxlatch.terms import dns
from mxlatch.terms.door import HOST_NAME
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.names import ROOT
from mxlatch.terms.observation import Observation
from mxlatch.terms.operators import Provider, matches
from mxlatch.wire import spf
from mxlatch.world import showing
from mxlatch.world.answers import answered
from mxlatch.world.candidate import Candidate, Known
from mxlatch.world.enquiry import Enquiry
from mxlatch.world.scope import Scope
from mxlatch.world.trail import Trail, everywhere, publicly, texts, unheard

MOST_LOOKUPS = 10  # RFC 7208 section 4.6.4; as many are asked here, and a verifier stops there
MOST_VOID = 2  # look-ups without any record, the same section
_MOST_EXCHANGES = 10  # of one mx term, the same section
_MOST_RECORDS = 8  # of one name: one is allowed, and servers may disagree
_MOST_ADDRESSES = 256  # of one domain; small networks in includes could make many
_MOST_TOLD = 64
_SMALL = {4: 29, 6: 125}  # prefix lengths up to which every address is a candidate: eight
_COUNTED = frozenset({"include", "a", "mx", "ptr", "exists", "redirect"})

Step = tuple[str, str, str]  # what is asked ("include", "redirect", "mx"), of which domain, and why for people


def find(known: Known, scope: Scope) -> Enquiry[Trail]:
    """The hosts, and what is told besides."""
    walk = _Walk(known, scope)
    seen = yield everywhere([known.domain], "TXT", known, scope)
    walk.read(known.domain, "", seen)
    while steps := walk.next():
        questions = [publicly([domain], "MX" if kind == "mx" else "TXT", scope) for kind, domain, _ in steps]
        answers = iter((yield [question for each in questions for question in each]))
        for step, asked in zip(steps, questions, strict=True):
            walk.take(step, [next(answers) for _ in asked])
    return walk.trail()


class _Walk:
    """What has been found so far and what is still to be asked."""

    def __init__(self, known: Known, scope: Scope) -> None:
        self._known, self._scope = known, scope
        self._found: dict[tuple[str, str], Candidate] = {}
        self._told: dict[str, Evidence] = {}
        self._steps: list[Step] = []
        self._met: set[tuple[str, str]] = {("mx", known.domain), ("record", known.domain)}
        self._unheard: list[Observation] = []
        self._asked = self._void = self._counted = 0

    def next(self) -> list[Step]:
        """The next whole round, as far as the bounds allow."""
        most = MOST_LOOKUPS - self._asked if self._void <= MOST_VOID else 0
        steps, self._steps = self._steps[:most], self._steps[most:] if most else self._steps
        self._asked += len(steps)
        return steps

    def take(self, step: Step, seen: Sequence[Observation]) -> None:
        """Learn from the answers to one step."""
        kind, domain, why = step
        self._void += any(o.status in (dns.NODATA, dns.NXDOMAIN) for o in seen)
        for observation in (o for o in seen if o.status != dns.ANSWER):
            self._tell(observation, why, observation.reason or observation.status)
        if kind == "mx":
            self._unheard += unheard(seen)
            for observation in seen:
                self._take_mx(observation, why)
        else:
            self.read(domain, why, seen)

    def read(self, domain: str, why: str, seen: Sequence[Observation]) -> None:
        """Learn from the records of a domain; why: the terms that led there."""
        self._unheard += unheard(seen)
        records: dict[str, Observation] = {}
        for observation in seen:
            found = [text for text in texts(observation) if spf.is_spf(text)]
            if len(found) > 1:
                self._tell(observation, why, f"{len(found)} records, where one is allowed (RFC 7208 4.5)")
            for text in found[:_MOST_RECORDS]:
                records.setdefault(text, observation)
        for text, observation in list(records.items())[:_MOST_RECORDS]:
            self._take(domain, why, spf.parse(text), observation)

    def trail(self) -> Trail:
        """All of it."""
        if self._counted > MOST_LOOKUPS:
            self._note(f"SPF needs {self._counted} look-ups or more: verifiers stop at {MOST_LOOKUPS} (RFC 7208 4.6.4)")
        if self._void > MOST_VOID:
            self._note(f"SPF makes {self._void} look-ups that find nothing: verifiers stop after {MOST_VOID}")
        for _, _, why in self._steps:
            self._note(f"{why}: not followed, after so many look-ups")
        return Trail(tuple(self._found.values()), tuple(self._told.values())[:_MOST_TOLD], tuple(self._unheard))

    def _take(self, domain: str, why: str, record: spf.Spf, seen: Observation) -> None:
        for fault in record.faults:
            self._tell(seen, why, fault)
        for term in record.terms:
            self._counted += term.name in _COUNTED and not (term.name == "redirect" and record.has_all)
            self._take_term(domain, f"{why} {term.text}".strip(), term, record, seen)

    def _take_term(self, domain: str, why: str, term: spf.Term, record: spf.Spf, seen: Observation) -> None:
        match term.name:
            case "all" | "exp":
                pass
            case "ip4" | "ip6" if term.network is not None:
                self._take_network(term.network, why, seen)
            case "redirect" if record.has_all:
                self._tell(seen, why, "of no effect beside all (RFC 7208 6.1)")
            case "exists" | "ptr":
                self._tell(seen, why, "names no host: it asks about each client")
            case _ if term.macro:
                self._tell(seen, why, "macros are not expanded")
            case "a":
                self._take_host(term.domain or domain, why, term.lengths, seen)
            case _:
                self._push(term.name, term.domain or domain, why, term.lengths, seen)

    def _take_network(self, network: spf.Network, why: str, seen: Observation) -> None:
        if network.prefixlen < _SMALL[network.version]:
            self._tell(seen, why, f"{network.num_addresses} addresses, not enumerated")
            return
        for address in network:
            self._add(Candidate(HOST_NAME, "", str(address), source="spf"), why, seen)

    def _take_host(self, name: str, why: str, lengths: str, seen: Observation) -> None:
        if lengths:
            self._tell(seen, why, "the network around the host is not enumerated")
        self._add(Candidate(HOST_NAME, name, source="spf"), why, seen)

    def _push(self, kind: str, domain: str, why: str, lengths: str, seen: Observation) -> None:
        """Another look-up: mx, include or redirect."""
        if lengths:
            self._tell(seen, why, "the networks around the exchanges are not enumerated")
        operator = None if kind == "mx" else _operator(domain, self._scope.providers)
        met = ("mx" if kind == "mx" else "record", domain)
        if operator:
            self._tell(seen, why, f"these hosts are {operator.name}'s")
        elif met not in self._met:
            self._met.add(met)
            self._steps.append((kind, domain, why))

    def _take_mx(self, seen: Observation, why: str) -> None:
        exchanges = sorted({r.value for r in answered(seen, "MX") if isinstance(r.value, tuple)}, key=str)
        for value in exchanges[:_MOST_EXCHANGES]:
            if len(value) == 2 and value[1] != ROOT:
                self._add(Candidate(HOST_NAME, str(value[1]), source="spf"), why, seen)

    def _add(self, candidate: Candidate, why: str, seen: Observation) -> None:
        if len(self._found) >= _MOST_ADDRESSES:
            self._note(f"SPF names more than {_MOST_ADDRESSES} hosts: the rest is left out")
            return
        evidence = showing.of_part(seen, f"SPF of {self._known.domain}: {why}")
        shown = Candidate(candidate.kind, candidate.name, candidate.address, source="spf", evidence=(evidence,))
        self._found.setdefault((candidate.name, candidate.address), shown)

    def _tell(self, seen: Observation, why: str, text: str) -> None:
        whole = ": ".join(filter(None, (f"SPF of {self._known.domain}", why, text)))
        self._told.setdefault(whole, showing.of_part(seen, whole))

    def _note(self, text: str) -> None:
        self._told.setdefault(text, Evidence(text, source=f"SPF of {self._known.domain}"))


def _operator(domain: str, providers: Sequence[Provider]) -> Provider | None:
    """The known operator whose include this is."""
    return next((who for who in providers if any(matches(domain, pattern) for pattern in who.detect.spf)), None)
