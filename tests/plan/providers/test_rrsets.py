"""RRsets compare as DNS compares them, and a plan's steps become lots."""

import dns.flags
import dns.message
import dns.rrset
import pytest

from mxlatch.plan.change import Records
from mxlatch.plan.providers import rrsets
from mxlatch.plan.providers.rrsets import RRset
from mxlatch.plan.result import Step
from mxlatch.terms.errors import InputError
from mxlatch.terms.observation import Observation
from mxlatch.terms.question import DnsQuestion
from tests.plan.providers.hand import LOCK, MX, ZONE, mx, plan, records


@pytest.mark.parametrize(
    ("rrtype", "one", "other", "same"),
    [
        ("MX", ("10 mx1.example.com.",), ("10 MX1.Example.com.",), True),
        ("MX", ("10 mx1.example.com.",), ("11 mx1.example.com.",), False),
        ("MX", MX, tuple(reversed(MX)), True),
        ("AAAA", ("2001:db8::1",), ("2001:0DB8:0:0:0:0:0:1",), True),
        ("TXT", ('"a" "b"',), ('"ab"',), False),
        ("TXT", ('"A"',), ('"a"',), False),
        ("A", (), (), True),
        ("A", (), ("192.0.2.1",), False),
    ],
)
def test_records_compare_as_in_the_dns(rrtype: str, one: tuple[str, ...], other: tuple[str, ...], same: bool) -> None:
    left, right = RRset(ZONE, rrtype, 300, one), RRset(ZONE, rrtype, 300, other)
    assert left.same(right) == same
    assert left.equals(right) == same


def test_a_ttl_counts_where_there_is_a_record() -> None:
    assert not RRset(ZONE, "MX", 300, MX).equals(RRset(ZONE, "MX", 60, MX))
    assert RRset(ZONE, "MX", 300, ()).equals(RRset(ZONE, "MX", 60, ()))


@pytest.mark.parametrize(("rrtype", "text"), [("MX", "mx1"), ("A", "mx1.example.com."), ("NOSUCH", "x")])
def test_a_plan_that_makes_no_sense_is_refused(rrtype: str, text: str) -> None:
    with pytest.raises(InputError, match="make the plan anew"):
        rrsets.rdata(rrtype, text)


def test_an_answer_keeps_the_case_of_its_names() -> None:
    message = dns.message.make_query(ZONE, "MX")
    message.flags |= dns.flags.QR | dns.flags.AA
    message.answer.append(dns.rrset.from_text(f"{ZONE}.", 60, "IN", "MX", "10 Mx1.Other.NET."))
    seen = Observation(DnsQuestion("192.0.2.1", ZONE, "MX"), "answer", None, 0.0, "v", bytes=message.to_wire())
    assert rrsets.served(seen, ZONE, "MX") == RRset(ZONE, "MX", 60, ("10 Mx1.Other.NET.",))


def test_two_changes_of_one_rrset_are_one() -> None:
    first, second = mx(MX, ttl=60), mx(MX[:1], ttl=60)
    assert rrsets.together([first, LOCK, second]) == {ZONE: (mx(MX[:1], ttl=60),)}


def test_every_step_is_a_lot_of_its_own_and_says_what_it_waits_for() -> None:
    first = Step("shorter TTL", (mx(MX, ttl=60),), wait=300, why="caches")
    one, two = rrsets.stages(plan(first, [LOCK], [mx()]), (Records,))
    assert (one.prefix, two.prefix) == ("step-1.", "step-3.")
    assert "after it wait 300 s: caches" in one.heads
    assert any("lock of mx1.example.com" in head for head in two.heads)
    assert (one.earlier, two.earlier) == ((), ((mx(MX, ttl=60),),))


def test_a_title_cannot_begin_a_line_of_its_own() -> None:
    (stage,) = rrsets.stages(plan(Step("x\nupdate delete example.com", (mx(),))), (Records,))
    assert stage.heads[1] == "step 1 of 1: x update delete example.com"


def test_a_whole_zone_after_changes() -> None:
    there = [RRset(ZONE, "MX", 300, MX), RRset(f"www.{ZONE}", "A", 300, ("192.0.2.1",))]
    new = records(f"mx9.{ZONE}", "A", (), ("192.0.2.9",))
    gone = records(f"www.{ZONE}", "A", ("192.0.2.1",), ())
    assert rrsets.whole(there, [mx(), new, gone]) == [
        RRset(ZONE, "MX", 300, MX[:1]),
        RRset(f"mx9.{ZONE}", "A", 300, ("192.0.2.9",)),
    ]


def test_labels_are_as_seen_from_the_zone() -> None:
    assert rrsets.label(ZONE, ZONE) == ""
    assert rrsets.label(f"a.b.{ZONE}", ZONE) == "a.b"
    assert rrsets.unkept(rrsets.kept([RRset(ZONE, "MX", 1, MX)])) == (RRset(ZONE, "MX", 1, MX),)
