"""Doors that were published once (story 1)."""

import pytest

from mxlatch.terms.door import REMEMBERED
from mxlatch.terms.operators import Detect, Provider
from mxlatch.world.candidate import Known
from mxlatch.world.exchanges import ExchangeSeen
from mxlatch.world.scope import Remembered
from mxlatch.world.sources.remembered import find
from tests.fakes.example import internet, scope

CLOUD = Provider("cloud", "Cloud", "mailbox", Detect(mx=("mx.cloud.example",)), "2026-11-22", "test")
KNOWN = Known(
    "example.com", (), (ExchangeSeen("mx1.example.com", "host"), ExchangeSeen("[203.0.113.1]", "literal"))
)  # fmt: skip


def found(*remembered):
    given = tuple(Remembered(*each, 1_700_000_000.0, "old.json") for each in remembered)
    return internet().conclude(find(KNOWN, scope(remembered=given, providers=(CLOUD,)))).candidates


@pytest.mark.parametrize(
    ("remembered", "is_candidate"),
    [
        (("example.com", "hub.example.com", "203.0.113.9"), True),
        (("example.com", "hub.example.com", ""), True),
        (("example.com", "mx1.example.com", "203.0.113.9"), True),  # the name is published, its old address is not
        (("example.com", "mx1.example.com", ""), False),
        (("example.com", "hub.example.com", "203.0.113.1"), False),
        (("example.com", "mx.cloud.example", "198.51.100.1"), False),
        (("other.example", "hub.example.com", "203.0.113.9"), False),
    ],
)
def test_what_is_no_longer_published(remembered, is_candidate):
    assert [(c.kind, c.name, c.address) for c in found(remembered)] == [(REMEMBERED, *remembered[1:])] * is_candidate


def test_evidence_says_when_and_where():
    (only,) = found(("example.com", "hub.example.com", "203.0.113.9"))
    (evidence,) = only.evidence
    assert (evidence.text, evidence.source) == ("hub.example.com 203.0.113.9: seen on 2023-11-14", "old.json")


def test_bounded():
    assert len(found(*(("example.com", f"m{n}.example.com", "") for n in range(999)))) == 256
