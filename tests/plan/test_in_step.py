"""Policy, certificates and TLSA keep step with the MX: before a new name is published, after an old one is gone."""

import pytest
from msgspec import structs

from mxlatch.plan import in_step
from mxlatch.plan.change import Certificate, Listen, Policy, Records
from mxlatch.plan.make import SANDWICH, plan
from mxlatch.plan.proposal import Proposal, Record
from mxlatch.plan.records import ASSUMED_NEGATIVE_TTL, MARGIN
from mxlatch.plan.rollout import steps
from mxlatch.terms.outcome import Absent, Found, Unknown
from mxlatch.terms.smtp import Session
from mxlatch.wire.dns.text import type_code
from mxlatch.wire.tlsa import Tlsa
from mxlatch.world.dane import Dane, TlsaSet
from tests.audit.worlds import handshake, sts_policy
from tests.plan.small_worlds import host, small, world_of

MX1, MX2, MX3 = "mx1.example.com", "mx2.example.com", "mx3.example.com"
KEY, OTHER_KEY, OF_NAMES = Tlsa(3, 1, 1, "ab" * 32), Tlsa(3, 1, 1, "cd" * 32), Tlsa(2, 0, 1, "cd" * 32)
STAMP = "20251009085320"  # the small worlds' moment
MAX_AGE = 86_400


def world(*patterns, mode="enforce", tlsa=(), covering=(), sts=None):
    """mx1 with a spare address, and a weak mx2; the policy's patterns, mx1's TLSA, the names on its certificate."""
    made = world_of(small(host(1, spare=("192.0.2.201",)), host(2, "content"), mx="10 mx1, 20 mx2"))
    known = sts_policy(*patterns, mode=mode) if patterns else sts
    dane = Dane(True, {MX1: Found(TlsaSet(tuple(tlsa), True, 600)), MX2: Absent("nodata")}) if tlsa else None
    shown = {"192.0.2.1:25": Session(tls=handshake(*covering))} if covering else {}
    doors = tuple(structs.replace(door, session=shown.get(door.id, door.session)) for door in made.doors)
    return structs.replace(made, sts=known, dane=dane, doors=doors)


ADDED = Proposal(
    "test",
    "a test",
    1,
    (),
    add=(Record("example.com", 30, MX3, "192.0.2.201:25"),),
    changes=(Listen(MX1, "192.0.2.1:25", "192.0.2.201"),),
)
GONE = Proposal("test", "a test", 1, (), drop=(Record("example.com", 20, MX2),))
MOVED = Proposal(
    "test",
    "a test",
    1,
    (),
    add=(Record("example.com", 10, MX3, "192.0.2.1:25"),),
    drop=(Record("example.com", 10, MX1), Record("example.com", 20, MX2)),
)


def told(made):
    """Each step's changes, in a word each."""
    return [[_word(change) for change in step.changes] for step in made]


def _word(change):
    match change:
        case Records():
            return f"{change.rrtype} {change.name}"
        case Policy():
            return "policy"
        case Certificate():
            return f"certificate of {change.host}"
        case _:
            return type(change).__name__.lower()


CERTIFICATE, TXT, TLSA = "certificate of mx1.example.com", "TXT _mta-sts.example.com", "TLSA _25._tcp.mx3.example.com"


@pytest.mark.parametrize(
    ("case", "seen", "expected"),
    [
        ("no policy, no TLSA", world(), []),
        ("no policy", world(sts=Absent("nodata")), []),
        ("switched off", world(MX1, mode="none"), []),
        ("a policy", world(MX1, MX2), [[CERTIFICATE, "policy"], [TXT]]),
        ("tried out: the same", world(MX1, MX2, mode="testing"), [[CERTIFICATE, "policy"], [TXT]]),
        ("a pattern covers the name", world("*.example.com"), [[CERTIFICATE]]),
        ("so does the certificate", world("*.example.com", covering=("*.example.com",)), []),
        ("a certificate with both names", world(MX1, MX2, covering=(MX1, MX3)), [["policy"], [TXT]]),
        ("TLSA of the key", world(tlsa=(KEY,)), [[TLSA]]),
        ("TLSA of names: by hand", world(tlsa=(OF_NAMES,)), []),
        ("TLSA of a key that it does not show: by hand", world(tlsa=(OTHER_KEY,), covering=(MX1,)), []),
        ("both", world(MX1, MX2, tlsa=(KEY,)), [[CERTIFICATE, "policy"], [TLSA, TXT]]),
    ],
)
def test_what_stands_before_a_new_name_is_published(case, seen, expected):
    assert told(in_step.before(seen, (ADDED,))) == expected


def test_the_page_then_its_record_then_the_mx():
    made = plan(world(MX1, MX2, tlsa=(KEY,)), SANDWICH).steps
    order = [word for step in told(made) for word in step]
    wanted = ["listen", "policy", "TXT _mta-sts.example.com", "MX example.com"]
    assert [word for word in order if word in wanted] == wanted
    assert order.index("certificate of mx1.example.com") < order.index("MX example.com")
    assert order.index("TLSA _25._tcp.mx3.example.com") < order.index("MX example.com")


def test_what_is_published():
    by_hand, records = in_step.before(world(MX1, MX2, tlsa=(KEY,)), (ADDED,))
    certificate, policy = by_hand.changes
    assert certificate == Certificate(MX1, (MX3,))
    assert policy.before == ("version: STSv1", "mode: enforce", f"mx: {MX1}", f"mx: {MX2}", "max_age: 86400")
    assert policy.after == (*policy.before[:4], f"mx: {MX3}", "max_age: 86400")
    assert (policy.record, policy.max_age) == (f"v=STSv1; id={STAMP}n1;", MAX_AGE)
    tlsa, txt = records.changes
    assert all(type_code(change.rrtype) for change in records.changes)  # who publishes them can ask for them
    assert (tlsa.before, tlsa.after, tlsa.ttl, tlsa.ttl_before) == ((), (str(KEY),), 600, ASSUMED_NEGATIVE_TTL)
    assert (txt.before, txt.after) == (('"v=STSv1; id=1;"',), (f'"v=STSv1; id={STAMP}n1;"',))
    assert by_hand.check == (
        "audit again: mx1.example.com must show a certificate for mx3.example.com and "
        "curl -s https://mta-sts.example.com/.well-known/mta-sts.txt must show the new policy"
    )


@pytest.mark.parametrize(
    ("case", "seen", "taken", "wait"),
    [
        ("an old name stays: the record's TTL", world(MX1, MX2), ADDED, 300 + MARGIN),
        ("none of the old policy stays: max_age", world(MX1, MX2), MOVED, MAX_AGE + MARGIN),
        ("unless nobody is held to it", world(MX1, MX2, mode="testing"), MOVED, 300 + MARGIN),
        ("a new name's TLSA: its negative TTL", world(tlsa=(KEY,)), ADDED, ASSUMED_NEGATIVE_TTL + MARGIN),
    ],
)
def test_how_long_the_new_name_waits(case, seen, taken, wait):
    *_, last = in_step.before(seen, (taken,))
    assert last.wait == wait
    assert last.why


def test_a_record_that_is_changed_by_hand_has_its_wait_too():
    seen = world(MX1, MX2)
    alias = structs.replace(seen.sts.value, txt=structs.replace(seen.sts.value.txt, owner="sts.elsewhere.example"))
    (step,) = in_step.before(structs.replace(seen, sts=Found(alias)), (ADDED,))
    assert told([step]) == [["certificate of mx1.example.com", "policy"]]
    assert step.wait == 300 + MARGIN
    beside = structs.replace(seen.sts.value, txt=structs.replace(seen.sts.value.txt, alone=False))
    (step,) = in_step.before(structs.replace(seen, sts=Found(beside)), (ADDED,))
    assert not any(isinstance(change, Records) for change in step.changes)


def test_a_name_leaves_the_policy_after_its_record_has():
    made = steps(world(MX1, MX2), (GONE,))
    assert told(made) == [["MX example.com"], ["policy"], ["TXT _mta-sts.example.com"]]
    assert made[0].wait == 300 + MARGIN
    (policy,) = made[1].changes
    assert policy.after == ("version: STSv1", "mode: enforce", f"mx: {MX1}", "max_age: 86400")
    (txt,) = made[2].changes
    assert (txt.before, txt.after) == (('"v=STSv1; id=1;"',), (f'"v=STSv1; id={STAMP}n2;"',))


def test_one_that_only_a_wildcard_names_leaves_nothing():
    assert told(steps(world("*.example.com"), (GONE,))) == [["MX example.com"]]


def test_both_changes_fit_onto_each_other():
    made = steps(world(MX1, MX2), (MOVED,))
    assert told(made) == [
        ["certificate of mx1.example.com", "policy"],
        ["TXT _mta-sts.example.com"],
        ["MX example.com"],
        ["MX example.com"],
        ["policy"],
        ["TXT _mta-sts.example.com"],
    ]
    first, last = made[0].changes[1], made[4].changes[0]
    assert last.before == first.after
    assert last.after == ("version: STSv1", "mode: enforce", f"mx: {MX3}", "max_age: 86400")
    assert made[5].changes[0].before == made[1].changes[0].after


def test_a_preference_that_changes_is_no_new_name():
    other = Proposal(
        "test",
        "a test",
        1,
        (),
        drop=(Record("example.com", 20, MX2),),
        add=(Record("example.com", 10, MX2, "192.0.2.2:25"),),
    )
    assert {word for step in told(steps(world(MX1, MX2), (other,))) for word in step} == {"MX example.com"}


def test_a_null_mx_leaves_the_policy_alone():
    null = Proposal(
        "test",
        "a test",
        1,
        (),
        drop=(Record("example.com", 10, MX1), Record("example.com", 20, MX2)),
        add=(Record("example.com", 0, "."),),
    )
    assert told(steps(world(MX1, MX2), (null,))) == [["MX example.com"]]


def test_what_nobody_can_put_in_step_is_a_hazard():
    assert list(in_step.hazards(world(MX1, MX2, tlsa=(KEY,)), (ADDED,))) == []
    (policy,) = in_step.hazards(world(sts=Unknown("HTTP status 503")), (ADDED,))
    assert policy.name == "sts:example.com"
    assert "HTTP status 503" in policy.text
    (tlsa,) = in_step.hazards(world(tlsa=(OF_NAMES,)), (ADDED,))
    assert tlsa.name == "tlsa:mx3.example.com"
    assert "they speak of more than its key" in tlsa.text
    (unfit,) = in_step.hazards(world(tlsa=(OTHER_KEY,), covering=(MX1,)), (ADDED,))
    assert "the certificate that it showed fits none of them" in unfit.text
    assert "sts:example.com" in [hazard.name for hazard in plan(world(sts=Unknown("silent")), SANDWICH).hazards]
