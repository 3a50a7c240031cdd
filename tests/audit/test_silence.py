"""Any part of an internet may be silent: nothing breaks, nothing unknown is called safe, no other fact changes.

The internet here is sound and closed: two servers at the root and two of the TLD, name servers of which the third is
known to the second alone, an exchanger that only that third one gives, a registry, a resolver.
"""

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mxlatch.audit.log import Log
from mxlatch.audit.result import Audit
from mxlatch.audit.verdict import judge
from mxlatch.terms import dns
from mxlatch.terms.question import DnsQuestion
from tests.audit.test_verdict import FINE
from tests.fakes.collecting import collected
from tests.fakes.example import scope
from tests.fakes.internet import FakeInternet

ROOTS, PARENTS = ("192.0.2.1", "192.0.2.101"), ("192.0.2.2", "192.0.2.102")
NS1, NS2, NS3 = "192.0.2.11", "192.0.2.12", "192.0.2.13"
MX1, MX2, MX3 = "192.0.2.21", "192.0.2.22", "192.0.2.23"
ROOT = "com NS a.gtld\ncom NS b.gtld\na.gtld A 192.0.2.2\nb.gtld A 192.0.2.102"
HOSTS = """
    ns1.example.com A 192.0.2.11
    ns2.example.com A 192.0.2.12
    mx1.example.com A 192.0.2.21
    mx2.example.com A 192.0.2.22
    lists.example.com MX 10 mx1.example.com
"""
BOTH = f"example.com NS ns1.example.com\nexample.com NS ns2.example.com\n{HOSTS}"
SOA = "example.com SOA ns1.example.com 7\n"
MX = "example.com MX 10 mx1.example.com\nexample.com MX 20 mx2.example.com\n"
THIRD = "example.com NS ns3.example.com\nns3.example.com A 192.0.2.13\nmx3.example.com A 192.0.2.23\n"
ZONES = {
    **{address: {".": ROOT} for address in ROOTS},
    **{address: {"com": BOTH} for address in PARENTS},
    NS1: {"example.com": SOA + BOTH + MX},
    NS2: {"example.com": SOA + BOTH + MX + THIRD},
    NS3: {"example.com": SOA + BOTH + MX + THIRD + "example.com MX 30 mx3.example.com"},
}
SCOPE = scope(root_hints=(("a.root", ROOTS[0]), ("b.root", ROOTS[1])), words=("lists", "mail"))
RESOLVER, REGISTRY = "the resolver", "the registry"
SERVERS, DOORS = tuple(ZONES), (MX1, MX2, MX3)
# What each may do, and whether that leaves open what it would have said. A refusal is an answer: the server is lame.
SILENT = (dns.NO_RESPONSE, dns.SERVFAIL)
FAULTS = {
    **dict.fromkeys(SERVERS, (*SILENT, dns.REFUSED)),
    **dict.fromkeys(DOORS, ("silent", "reset", "failed", "not-allowed", "unreachable")),
    RESOLVER: (*SILENT, dns.REFUSED),
    REGISTRY: ("no-response", "failed"),
}
# Who is known by nobody else, and so is gone with whom.
ONLY_BY = {NS2: {NS3, MX3}, NS3: {MX3}}


def net(faults: dict[str, str]) -> FakeInternet:
    """The internet with these faults."""
    servers = {address: faults.get(address, zones) for address, zones in ZONES.items()}
    doors = {address: faults.get(address, FINE) for address in DOORS}
    made = FakeInternet(servers, HOSTS + THIRD, doors, ("ns1.example.com", "ns2.example.com"))
    made.resolver_status, made.rdap_status = faults.get(RESOLVER, ""), faults.get(REGISTRY, "")
    return made


def audit(faults: dict[str, str]) -> Audit:
    return judge(collected(net(faults), SCOPE), "example.com")


WHOLE = collected(net({}), SCOPE)
SOUND = judge(WHOLE, "example.com")


def test_the_sound_internet_is_closed_and_wholly_judged():
    assert (SOUND.verdict, SOUND.complete, len(SOUND.doors)) == ("closed", True, 3)


def hides(who: str, fault: str) -> bool:
    """Whether this fault could hide a way in."""
    if who in ROOTS:
        return False  # the other one's word is as good
    if who in (*SERVERS, REGISTRY):
        return fault != dns.REFUSED
    return who == RESOLVER or fault != "reset"


ANY_FAULTS = st.fixed_dictionaries({}, optional={who: st.sampled_from(faults) for who, faults in FAULTS.items()})


@given(ANY_FAULTS)
@example({NS1: dns.REFUSED, NS2: dns.REFUSED})
@example(dict.fromkeys(PARENTS, dns.REFUSED))
@example(dict.fromkeys(DOORS, "reset"))
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_is_silent_nothing_unknown_is_called_safe(faults):
    told = audit(faults)
    asked = {a.address for zone in told.dns.zones for server in zone.servers for a in server.addresses}
    asked |= {*PARENTS, RESOLVER, REGISTRY, *(door.address for door in told.doors)}
    # At the root one is enough; of those that nobody spoke of, nothing can be known.
    hidden = any(hides(who, fault) for who, fault in faults.items() if who in asked)
    dead_end = set(ROOTS) <= faults.keys() or set(PARENTS) <= faults.keys() or {NS1, NS2} <= faults.keys()
    uncontrolled = all(door.address in faults for door in told.doors)
    if hidden or dead_end or uncontrolled:
        assert told.verdict not in ("closed", "no-mail"), (faults, told.sentence)
        assert not told.complete or told.not_asked
    assert told.verdict != "no-mail"


@pytest.mark.parametrize(("who", "fault"), [(who, fault) for who, faults in FAULTS.items() for fault in faults])
def test_one_that_fails_takes_only_its_own_facts_with_it(who, fault):
    before, after = facts(SOUND), facts(audit({who: fault}))
    gone = {who} | ONLY_BY.get(who, set())
    assert {key: value for key, value in after.items() if key[1] not in gone} == {
        key: value for key, value in before.items() if key[1] not in gone
    }


def facts(told: Audit) -> dict[tuple[str, str, str], object]:
    """(what, whose, of what) to what it said."""
    found: dict[tuple[str, str, str], object] = {}
    for zone in told.dns.zones:
        for server in zone.servers:
            found |= {("SOA", a.address, zone.zone): (a.status, a.serial, a.reason) for a in server.addresses}
    for name in told.dns.names:
        found |= {("MX", a.server, name.name): (a.status, a.mx, a.serial, a.reason) for a in name.answers}
    for door in told.doors:
        ways = {(way.kind, way.name, way.preference, way.exchange) for way in door.ways_in}
        found["door", door.address, ""] = (door.state, door.reason, door.latches, ways, door.software)
    return found


@given(st.integers(0, len(WHOLE) - 1), st.booleans(), st.randoms(use_true_random=False))
@settings(max_examples=80, deadline=None)
def test_a_run_that_was_stopped_is_judged_and_never_closed(answers, marked, random):
    """Also a log that does not say that it was stopped: a bundle may have lost its end."""
    seen = list(WHOLE)
    random.shuffle(seen)
    for order in (list(WHOLE), seen):
        told = judge(Log(SCOPE, order[:answers], interrupted=marked), "example.com")
        assert told.verdict not in ("closed", "no-mail")
        assert not told.complete
        msgspec.json.encode(told)


# Of each level on the way down one answer is enough.
ENOUGH = {(address, "com", "NS") for address in ROOTS}


def is_of_tls(question):
    """What demands TLS of senders hides no way in; bundles from before it was asked for replay as they did."""
    if not isinstance(question, DnsQuestion):
        return False
    asks_resolver = question.recursion and question.rrtype in ("SOA", "MX")
    return asks_resolver or question.name.startswith(("_mta-sts.", "_25._tcp."))


@pytest.mark.parametrize("lost", [seen.question for seen in WHOLE], ids=str)
def test_each_answer_counts(lost):
    """The one answer that is missing is said to be missing: there is no question whose answer nobody waits for."""
    log = Log(SCOPE, (seen for seen in WHOLE if seen.question != lost))
    told = judge(log, "example.com")
    if isinstance(lost, DnsQuestion) and ((lost.server, lost.name, lost.rrtype) in ENOUGH or is_of_tls(lost)):
        assert (told.verdict, told.complete) == ("closed", True)
    else:
        assert (told.verdict, told.complete) == ("unknown", False)
