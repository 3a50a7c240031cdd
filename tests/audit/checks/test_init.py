"""All rules together: their order, and what holds for each of them whatever the world is like."""

from collections import Counter
from itertools import pairwise
from operator import attrgetter
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs
from worlds import NOW, certificate, domain, two_exchangers

from mxlatch.audit.checks import RULES, run_all
from mxlatch.inventory.model import Door as Listed
from mxlatch.inventory.model import Firewall, Inventory
from mxlatch.inventory.model import Rule as FirewallRule
from mxlatch.paths.model import Path, Paths
from mxlatch.terms import dns
from mxlatch.terms.door import Door, DoorState, DoorVerdict, WayIn, door_id
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.finding import Severity
from mxlatch.terms.latch import Latch, LatchState
from mxlatch.terms.outcome import Absent, Found, Unknown
from mxlatch.terms.smtp import Reply, Session, Tls, Turn
from mxlatch.terms.verdict import Certainty
from mxlatch.world.model import (
    AddressView,
    Exchange,
    MailName,
    MxView,
    NameServer,
    Relay,
    ServerAddress,
    World,
    Zone,
)

NO_PATHS = Paths((), {})

# Few values, so that they meet: the faults are in the meetings.
NAMES = st.sampled_from(["example.com", "a.example.com", "b.example.com"])
HOSTS = st.sampled_from([".", "localhost", "mx1.example.com", "mx2.example.com", "10.0.0.5", "x{y}%s", "é\\000", ""])
ADDRESSES = st.sampled_from(["192.0.2.1", "192.0.2.2", "10.0.0.5", "2001:db8::1", "8.8.8.8", "::ffff:10.0.0.1"])
ODD_ADDRESSES = ADDRESSES | st.sampled_from(["", "no address", "fe80::1%eth0", "999.1.1.1"])
SERIALS = st.none() | st.sampled_from([0, 1, 7, 2**31, 2**32 - 1])
STATUSES = st.sampled_from(
    [dns.ANSWER, dns.NODATA, dns.NXDOMAIN, dns.REFERRAL, dns.REFUSED, dns.NOT_AUTH, dns.SERVFAIL, dns.NO_RESPONSE, "?"]
)
MX = st.tuples(st.sampled_from([0, 10, 20, 65535]), HOSTS)
TEXTS = st.sampled_from(
    ["", "x", "SIZE 1000", "SIZE 99999999999999999999999", "SIZE ²", "8BITMIME", "XCLIENT NAME", "\\x1b"]
)
EVIDENCE = st.builds(Evidence, TEXTS, source=TEXTS, time=st.none() | st.just(NOW)).map(lambda e: (e,)) | st.just(())


def some(strategy: st.SearchStrategy, most: int = 3, one_each: str = "") -> st.SearchStrategy:
    """A few, as a tuple; one for each value of the attribute `one_each`, where the world has no two of them."""
    key = attrgetter(one_each) if one_each else None
    return st.lists(strategy, max_size=most, unique_by=key).map(tuple)


VIEWS = st.builds(
    MxView,
    server=ODD_ADDRESSES,
    status=STATUSES,
    mx=st.none() | some(MX, 4),
    serial=SERIALS,
    lower_status=st.none() | STATUSES,
    evidence=EVIDENCE,
)
MAIL_NAMES = st.builds(
    MailName, NAMES, st.just("example.com"), st.just("apex"), some(VIEWS, 4, "server"), wildcard=st.booleans()
)
EXCHANGES = st.builds(
    Exchange,
    name=HOSTS,
    kind=st.sampled_from(["host", "literal", "null", "localhost"]),
    addresses=some(st.builds(AddressView, ODD_ADDRESSES, some(TEXTS), EVIDENCE), one_each="address"),
    cname=st.sampled_from(["", "alias.example.net"]),
    problem=TEXTS,
    absent=st.booleans(),
    dangling=st.sampled_from(["", "example.net"]),
    evidence=EVIDENCE,
)
WAYS = st.builds(
    WayIn, st.sampled_from(["mx", "implicit-mx", "endpoint"]), NAMES, st.sampled_from([0, 10]), HOSTS, EVIDENCE
)
SERVERS = st.builds(
    NameServer,
    name=HOSTS,
    named_by=some(st.sampled_from(["parent 192.0.2.100", "registry", "inventory", "zone at 192.0.2.53"])),
    addresses=some(
        st.builds(
            ServerAddress, ODD_ADDRESSES, some(TEXTS), STATUSES, TEXTS, SERIALS, st.none() | some(HOSTS), EVIDENCE
        ),
        one_each="address",
    ),
)
ZONES = st.builds(
    Zone,
    name=NAMES,
    servers=some(SERVERS, one_each="name"),
    parent=st.just("com"),
    parent_views=st.dictionaries(ODD_ADDRESSES, st.none() | some(HOSTS), max_size=3),
    registry=st.builds(Found, some(HOSTS)) | st.builds(Absent, TEXTS) | st.builds(Unknown, TEXTS),
    limit=TEXTS,
)
TURNS = st.builds(
    Turn,
    st.sampled_from(["", "EHLO x", "STARTTLS"]),
    st.none() | st.builds(Reply, st.sampled_from([220, 250, 554]), some(TEXTS, 5)),
    encrypted=st.booleans(),
)
MOMENTS = st.floats(allow_nan=True, allow_infinity=True)
CERTIFICATES = st.builds(
    lambda names, begins, ends: certificate(*names, begins=begins, ends=ends), some(HOSTS), MOMENTS, MOMENTS
)
HANDSHAKES = st.builds(
    Tls,
    state=st.sampled_from(["ok", "old", "failed"]),
    version=st.sampled_from(["", "TLSv1", "TLSv1.3"]),
    chain=some(CERTIFICATES, 2),
    trusted=st.none() | st.booleans(),
    reason=TEXTS,
)
SESSIONS = st.builds(Session, some(TURNS, 5), st.none() | HANDSHAKES, TEXTS, st.booleans())
STATES = st.sampled_from(["found", "likely-found", "absent", "likely-absent", "unknown", "not-asked", "?"])
DOORS = st.builds(
    Door,
    address=ODD_ADDRESSES,
    port=st.just(25),
    state=st.sampled_from(list(DoorState)),
    ways_in=some(WAYS),
    latches=st.dictionaries(st.sampled_from(list(Latch)), st.builds(LatchState, STATES, evidence=EVIDENCE)),
    authorised=st.none() | st.booleans(),
    endpoint=st.sampled_from(["", "open", "closed", "?"]),
    role=st.sampled_from(["", "trap", "filter"]),
    operator=st.sampled_from(["", "proofpoint", "zoho"]),
    session=st.none() | SESSIONS,
    evidence=EVIDENCE,
)
DOOR_IDS = ODD_ADDRESSES.map(lambda address: door_id(address, 25))
INVENTORIES = st.builds(
    Inventory,
    doors=some(st.builds(Listed, addresses=some(ADDRESSES))),
    firewalls=some(st.builds(Firewall, st.just("edge"), some(st.builds(FirewallRule, ADDRESSES, st.just(25))))),
)
WORLDS = st.builds(
    World,
    domain=NAMES,
    vantage=TEXTS,
    time=st.just(NOW),
    zones=some(ZONES, one_each="name"),
    names=some(MAIL_NAMES, one_each="name"),
    exchanges=some(EXCHANGES, 5, "name"),
    doors=some(DOORS, 5, "id"),
    ways_in=some(st.tuples(WAYS, DOOR_IDS), 6),
    relays=some(st.builds(Relay, DOOR_IDS, DOOR_IDS, evidence=EVIDENCE)),
    baseline=some(st.sampled_from(list(Latch))),
    baseline_from=st.just("somewhere"),
    not_asked=st.just(()),
    not_judged=st.just(()),
    inventory=INVENTORIES,
    filters=st.sampled_from([(), ("proofpoint",)]),
)
PATHS = st.builds(
    Paths,
    some(
        st.builds(
            Path,
            WAYS,
            some(DOOR_IDS),
            st.sampled_from(list(Certainty)),
            some(st.sampled_from(list(Latch))),
            some(st.sampled_from(list(Latch))),
        )
    ),
    st.dictionaries(DOOR_IDS, st.sampled_from(list(DoorVerdict)), max_size=5),
)


@settings(max_examples=100, deadline=None)
@given(WORLDS, PATHS)
def test_no_world_is_too_odd_and_every_finding_is_whole(world: World, paths: Paths) -> None:
    known = {rule.id: rule for rule in RULES}
    for finding in run_all(world, paths):
        rule = known[finding.id]
        assert finding.severity.rank >= rule.severity.rank, "the rule names the worst"
        assert finding.message
        assert finding.remedy == rule.remedy


@settings(max_examples=60, deadline=None)
@given(WORLDS, PATHS, st.integers(0, 2**32))
def test_the_order_of_the_world_is_nothing(world: World, paths: Paths, seed: int) -> None:
    shuffled = Random(seed)

    def mixed(things: tuple) -> tuple:
        return tuple(shuffled.sample(things, len(things)))

    other = structs.replace(
        world,
        names=mixed(tuple(structs.replace(name, views=mixed(name.views)) for name in world.names)),
        zones=mixed(world.zones),
        exchanges=mixed(world.exchanges),
        doors=mixed(tuple(structs.replace(door, ways_in=mixed(door.ways_in)) for door in world.doors)),
        ways_in=mixed(world.ways_in),
    )
    assert _told(world, paths) == _told(other, paths)


def test_what_is_unknown_is_no_fault() -> None:
    case = (
        two_exchangers()
        .says(at="192.0.2.54", status="no-response", serial=None)
        .says(at="192.0.2.55", status="servfail", serial=None, lower="no-response")
        .says(name="b.example.com", status="refused", serial=None)
        .says("30 mx3.example.com", serial=1, at="192.0.2.53", name="c.example.com")
        .host("mx3.example.com", unknown="resolver: timeout")
        .server("ns1.example.com", "192.0.2.53", "no-response", None)
        .server("ns2.example.com", "192.0.2.54", "answer", 7, ns=None)
        .parent("192.0.2.100", None)
        .demand(*Latch)
        .lists("192.0.2.1", "192.0.2.2")
        .door("192.0.2.1", "unknown", **{latch.value: "unknown" for latch in Latch if latch is not Latch.TLS})
        .door("192.0.2.2", **{f"{latch.value}_latch": "not-asked" for latch in Latch})
        .verdict("192.0.2.1", "unknown")
    )
    assert run_all(case.world(), case.paths()) == ()


def test_nothing_known_gives_nothing() -> None:
    assert run_all(domain().world(), NO_PATHS) == ()


def test_the_worst_comes_first_and_each_finding_once() -> None:
    case = (
        two_exchangers()
        .demand("recipient", "tls")
        .door("192.0.2.1", recipient="found", relay="absent", tls_latch="found", ehlo=["XCLIENT NAME"])
        .door("192.0.2.2", recipient="absent", tls_latch="absent")
        .says("0 .", "10 localhost", name="b.example.com")
        .host("localhost")
    )
    found = run_all(case.world(), case.paths())
    assert [(f.severity, f.id) for f in found] == [
        (Severity.CRITICAL, "LATCH003"),
        (Severity.CRITICAL, "SMTP001"),
        (Severity.HIGH, "LATCH001"),
        (Severity.MEDIUM, "MX003"),
        (Severity.MEDIUM, "MX006"),
        (Severity.MEDIUM, "MX006"),
        (Severity.MEDIUM, "MX006"),
        (Severity.MEDIUM, "TLS001"),
    ]
    order = [(f.severity.rank, f.id, f.subject, f.message) for f in found]
    assert all(one < other for one, other in pairwise(order))


def test_ids_are_unique_and_sorted() -> None:
    ids = [rule.id for rule in RULES]
    assert ids == sorted(ids)
    assert Counter(ids).most_common(1)[0][1] == 1


def _told(world: World, paths: Paths) -> list[tuple[str, str, str, str, frozenset[Evidence]]]:
    """Findings without the order of their evidence."""
    return [(f.severity, f.id, f.subject, f.message, frozenset(f.evidence)) for f in run_all(world, paths)]
