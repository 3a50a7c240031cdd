"""TLS that policies demand: at every exchanger, or not at all."""

import pytest
from msgspec import structs

from mxlatch.data import tables
from mxlatch.paths.assume import down
from mxlatch.paths.find import find
from mxlatch.paths.model import Holds, Property
from mxlatch.terms.outcome import Absent, Unknown
from tests.audit.worlds import DAY, NOW, handshake, two_exchangers

MX1, MX2 = "mx1.example.com", "mx2.example.com"
YES, NO, UNKNOWN = Holds.YES, Holds.NO, Holds.UNKNOWN
UNREACHABLE = "to senders that heed it it is unreachable: while the others are down, their mail waits"
TO_STS = "to senders that heed the MTA-STS policy it is unreachable: while the others are down, their mail waits"


def pair(first=None, second=None, **latch):
    """Two exchangers that offer TLS, with these certificates."""
    one, two = first or handshake(MX1), second or handshake(MX2)
    found = {"tls_latch": "found"} | latch
    return two_exchangers().door("192.0.2.1", tls=one, tls_latch="found").door("192.0.2.2", tls=two, **found)


def held(case, **changes):
    world = structs.replace(case.world(), behaviours=tables().behaviours, **changes)
    return find(world).held(Property.TLS)


def told(case, **changes):
    """Whether TLS holds, and on what it rests, or the last of what is said against it."""
    found = held(case, **changes)
    return found.holds, found.rests or "".join(hop.text for hop in found.hops[-1:])


TO_DANE = "to senders that heed DANE it is unreachable: while the others are down, their mail waits"
NOT_COMPARED = "whether the certificate of 192.0.2.2:25 fits the TLSA of mx2.example.com is not known"
KEPT_BY_NOBODY = structs.replace(
    handshake(MX2), chain=tuple(structs.replace(each, of_key=("", "")) for each in handshake(MX2).chain)
)
IN_CLEAR = f"{MX2} takes the mail with any certificate, or in clear"
NOT_SAID = f"whether {MX1} has TLSA records that count is not known: no resolver that validates was asked"
NOBODY_ASKED = f"whether {MX2} has TLSA records that count is not known: nobody asked"
NONE_NAMED = "it names no exchanger at all: senders that heed it deliver nothing, and return their mail"
CASES = [
    ("nobody asked", pair(), (YES, "")),
    ("no policy and no TLSA", pair().tlsa(none_at=(MX1, MX2)), (YES, "opportunistic")),
    ("a policy that names both", pair().sts(MX1, MX2), (YES, "by MTA-STS")),
    ("by a wildcard", pair().sts("*.example.com"), (YES, "by MTA-STS")),
    ("tried out only", pair().sts(MX1, mode="testing"), (YES, "opportunistic")),
    ("no policy any more", pair().sts(MX1, mode="none"), (YES, "opportunistic")),
    ("one that it does not name", pair().sts(MX1), (NO, UNREACHABLE)),
    ("none that it names", pair().sts("mail.example.com"), (NO, NONE_NAMED)),
    ("a certificate for another name", pair(second=handshake(MX1)).sts(MX1, MX2), (NO, TO_STS)),
    ("one that ran out", pair(second=handshake(MX2, ends=NOW - DAY)).sts(MX1, MX2), (NO, TO_STS)),
    ("one that nobody trusts", pair(second=handshake(MX2, trusted=False)).sts(MX1, MX2), (NO, TO_STS)),
    ("without a policy nobody looks", pair(second=handshake(MX1)), (YES, "")),
    ("without TLS at one", pair(tls_latch="absent").sts(MX1, MX2), (NO, "192.0.2.2:25 takes the mail in clear")),
    ("TLSA at both", pair().tlsa(MX1, MX2), (YES, "by DANE")),
    ("both", pair().sts(MX1, MX2).tlsa(MX1, MX2), (YES, "by MTA-STS and DANE")),
    ("TLSA at one", pair().tlsa(MX1, none_at=(MX2,)), (NO, IN_CLEAR)),
    ("usage 1 at the other", pair().tlsa(MX1, of_authorities=(MX2,)), (NO, IN_CLEAR)),
    ("TLSA that do not validate", pair().tlsa(MX1, none_at=(MX2,), secure=False), (YES, "opportunistic")),
    ("whether they validate is not known", pair().tlsa(MX1, none_at=(MX2,), secure=None), (UNKNOWN, NOT_SAID)),
    ("nor of either", pair().tlsa(MX1, MX2, secure=None), (YES, "opportunistic")),
    ("a key that is not in the TLSA", pair().tlsa(MX1, of_other_keys=(MX2,)), (NO, TO_DANE)),
    ("of which the TLSA do not validate", pair().tlsa(of_other_keys=(MX1, MX2), secure=False), (YES, "opportunistic")),
    ("a key of which no digest was kept", pair(second=KEPT_BY_NOBODY).tlsa(MX1, MX2), (UNKNOWN, NOT_COMPARED)),
    ("the other was not asked", pair().tlsa(MX1), (UNKNOWN, NOBODY_ASKED)),
]


@pytest.mark.parametrize(("case", "seen", "expected"), CASES, ids=[c[0] for c in CASES])
def test_what_holds(case, seen, expected):
    assert told(seen) == expected


def test_a_policy_that_could_not_be_fetched_is_not_called_none():
    assert told(pair(), sts=Absent("nodata")) == (YES, "opportunistic")
    unknown = told(pair(), sts=Unknown("HTTP status 503"))
    assert unknown == (UNKNOWN, "whether an MTA-STS policy demands TLS is not known: HTTP status 503")


def test_a_certificate_that_was_not_seen_is_not_known():
    case = pair(second=None).door("192.0.2.2", tls_latch="likely-found").sts(MX1, MX2)
    assert told(case) == (UNKNOWN, "whether the certificate of 192.0.2.2:25 holds for mx2.example.com is not known")


def test_what_is_down_cannot_be_fallen_back_to():
    world = structs.replace(pair().sts(MX1).world(), behaviours=tables().behaviours)
    assert find(world).held(Property.TLS).holds is NO
    without = down(world, ["192.0.2.2:25"])
    assert find(without).held(Property.TLS).holds is YES


def test_the_counter_example_in_steps():
    found = held(pair().sts(MX1))
    assert [(hop.kind, hop.text) for hop in found.hops] == [
        ("sender", "A mail server that heeds MTA-STS policies delivers"),
        ("way-in", "example.com MX 20 mx2.example.com, as 1 server says"),
        ("latch", "the MTA-STS policy does not name mx2.example.com"),
        ("mailbox", UNREACHABLE),
    ]
    assert found.hops[2].evidence


def test_another_name_has_a_policy_of_its_own():
    case = pair().says("10 mx9.example.net", name="lists.example.com").host("mx9.example.net", "192.0.2.9")
    case = case.door("192.0.2.9", tls=handshake("mx9.example.net"), tls_latch="found").sts(MX1, MX2)
    assert told(case) == (YES, "by MTA-STS")


def test_the_certificate_for_one_name_says_nothing_of_another_name_of_the_server():
    case = pair().host(MX2, "192.0.2.1").says("10 mx1.example.com", "20 mx2.example.com").sts(MX1, MX2)
    found = held(case)
    assert found.holds is UNKNOWN
    assert found.hops[-1].text == (
        "192.0.2.1:25 showed a certificate for another name; whether it has one for mx2.example.com is not known"
    )
