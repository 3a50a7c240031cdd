"""What a scan found, for the owner's domains only."""

import pytest

from mxlatch.world.candidate import Known
from mxlatch.world.scope import Scanned
from mxlatch.world.sources.scanned import find
from tests.fakes.example import internet, scope

SEEN = (
    Scanned("192.0.2.66", 2526, "220 zx9 ESMTP", 1.7e9, "scan.json"),
    Scanned("2001:db8::66", 25, "", 1.7e9, "scan.json"),
)


@pytest.mark.parametrize(("domain", "found"), [("example.com", 2), ("example.org", 0)])
def test_every_place_of_the_scan(domain, found):
    trail = internet().conclude(find(Known(domain, (), ()), scope(scanned=SEEN)))
    assert len(trail.candidates) == found
    assert [each.text for each in trail.told] == (
        [] if found else ["not looked at: the inventory does not name example.org"]
    )
    for candidate, text in zip(
        trail.candidates, ("192.0.2.66:2526: 220 zx9 ESMTP", "[2001:db8::66]:25: took"), strict=False
    ):
        assert (candidate.kind, candidate.name) == ("scan", "")
        assert candidate.evidence[0].text.startswith(text)
        assert candidate.evidence[0].source == "scan.json"
