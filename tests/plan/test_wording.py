"""Every kind of change is told to who carries it out: what, with the names that a person has to find, and how."""

import typing

import pytest

from mxlatch.data import tables
from mxlatch.plan import change
from mxlatch.plan.wording import LATCHES, by_hand, sentence
from mxlatch.terms.latch import Latch

CASES = [
    (
        change.Records(
            "example.com", "example.com", "MX", ("10 a.example.", "20 b.example."), ("10 a.example.",), 1, 1
        ),
        "example.com MX becomes 10 a.example. (now 10 a.example., 20 b.example.)",
    ),
    (
        change.Records("example.com", "b.example.com", "A", ("192.0.2.1",), (), 1, 1),
        "b.example.com A becomes nothing (now 192.0.2.1)",
    ),
    (
        change.Delegation("example.com", ("ns1.example.",), ("ns2.example.",), 1),
        "the NS of example.com at its parent become ns2.example. (now ns1.example.)",
    ),
    (
        change.Transfer("example.com", ("ns2.example.",), ("ns1.example.",), 7, behind=True),
        "ns2.example. must serve example.com as ns1.example., serial 7 or a newer one",
    ),
    (
        change.Transfer("example.com", ("ns2.example.",), ("ns1.example.",), None, behind=False),
        "ns2.example. must serve example.com as ns1.example.",
    ),
    (
        change.Lock("mx1", ("192.0.2.1",), (25, 587), ("192.0.2.2",), "the filter"),
        "lock of mx1: port 25, 587 for 192.0.2.2 (the filter) only",
    ),
    (
        change.Inward("edge", ("192.0.2.0/24", "2001:db8::/32"), ("192.0.2.2",), (25, 587)),
        "port 25, 587 of 192.0.2.0/24, 2001:db8::/32 behind edge: from outside to 192.0.2.2 only",
    ),
    (
        change.Outward("edge", ("192.0.2.0/24",), ()),
        "port 25 from 192.0.2.0/24 behind edge to the world: for nobody only",
    ),
    (
        change.Harden("192.0.2.1:25", "mx1", "postfix", Latch.RECIPIENT, "192.0.2.2:25"),
        "latch recipient at 192.0.2.1:25 (mx1), as at 192.0.2.2:25",
    ),
    (
        change.HandOn("192.0.2.1:25", "mx2", "192.0.2.2:25", "xclient"),
        "192.0.2.1:25 (mx2) tells 192.0.2.2:25 who its client is, by xclient",
    ),
    (
        change.StopWaiving("192.0.2.1:25", "mx2", "192.0.2.2:25", (Latch.CONTENT,)),
        "192.0.2.2:25 applies content to what 192.0.2.1:25 (mx2) hands on",
    ),
    (
        change.Tenant("microsoft", "example.com", "x", ("192.0.2.2",), "filter.example"),
        "example.com at microsoft takes mail from filter.example only",
    ),
    (
        change.Retire("192.0.2.1:25", "old", "example.com", "the shop"),
        "192.0.2.1:25 (old) takes no more mail for example.com (ask the shop)",
    ),
    (
        change.Listen("mx1", "192.0.2.1:25", "192.0.2.9"),
        "mx1 listens at 192.0.2.9 too, as at 192.0.2.1:25",
    ),
    (
        change.Policy("example.com", ("mx: a.example",), ("mx: a.example", "mx: b.example"), "v=STSv1; id=2;", 60),
        "the MTA-STS policy of example.com becomes mx: a.example, mx: b.example",
    ),
    (
        change.Certificate("mx1", ("mx3.example.com",)),
        "the certificate of mx1 is for mx3.example.com too",
    ),
]


@pytest.mark.parametrize(("what", "told"), CASES)
def test_a_change_is_a_sentence(what: change.Change, told: str) -> None:
    assert sentence(what) == told


def test_every_kind_has_one() -> None:
    assert {type(what) for what, _ in CASES} == set(typing.get_args(change.Change))


def how(what: change.Change) -> list[str]:
    _, *lines = by_hand(what, tables().providers)
    return lines


@pytest.mark.parametrize(("what", "told"), CASES)
def test_and_says_how(what: change.Change, told: str) -> None:
    assert how(what)
    assert all(how(what))


def test_every_latch_has_words() -> None:
    assert set(LATCHES) == set(Latch)


@pytest.mark.parametrize(("stage", "word"), [(change.REFUSE, "550"), (change.REJECT, "TCP reset")])
def test_the_stages_of_a_lock(stage: str, word: str) -> None:
    lock = change.Lock("mx1", ("192.0.2.1",), (25,), ("192.0.2.2",), stage=stage)
    assert any(word in line for line in how(lock))


@pytest.mark.parametrize(
    ("provider", "word"),
    [("zoho", "We know of no setting"), ("mimecast", "data centres"), ("nobody", "ask the operator, in writing")],
)
def test_other_providers_from_the_table(provider: str, word: str) -> None:
    assert any(word in line for line in how(change.Tenant(provider, "example.com", "mx.example", ("52.0.0.1",))))


def test_a_policy_is_told_line_by_line_and_its_record_last() -> None:
    lines = ("version: STSv1", "mx: a.example", "mx: b.example")
    told = how(change.Policy("example.com", lines[:2], lines, "v=STSv1; id=2;", 60))
    assert [line.strip() for line in told[1:4]] == list(lines)
    assert told[4] == "only then TXT at _mta-sts.example.com: v=STSv1; id=2;"
