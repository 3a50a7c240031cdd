"""What the worlds of one run know of each other."""

import pytest
from msgspec import structs

from mxlatch.terms.finding import NotJudged
from mxlatch.world.neighbours import beside_each_other
from tests.plan.small_worlds import BRAND, fallback, host, small, world_of

SILENT = NotJudged("ns1.example.com", "MX", "no answer")


def test_each_sees_where_the_mail_of_the_others_is_handed_in():
    one, two = world_of(fallback()), structs.replace(world_of(small(host(1))), domain="second.example")
    (first, second) = beside_each_other([one, two])
    assert first.neighbours == second.neighbours
    assert [each.domain for each in first.neighbours] == ["example.com", "second.example"]
    seen = first.neighbours[0]
    assert [(way.exchange, address) for way, address in seen.ways_in] == [
        ("mx1.example.com", "192.0.2.1"),
        ("mx2.example.com", "192.0.2.2"),
    ]
    assert seen.relays == (("192.0.2.2", "192.0.2.1"),)


def test_other_names_of_their_mailboxes_too_and_nothing_that_is_only_known_of():
    ways = [("other-domain", BRAND, "mx1.example.com"), ("scan", "example.com", "")]
    (seen,) = beside_each_other([world_of(small(host(1, ways=ways), mx=""))])[0].neighbours
    assert [(way.kind, way.name) for way, _ in seen.ways_in] == [("other-domain", BRAND)]


@pytest.mark.parametrize(
    ("case", "changes", "ways"),
    [
        ("no record leads anywhere", {}, ()),
        ("nobody answered", {"not_judged": (SILENT,)}, None),
        ("the look was broken off", {"interrupted": True}, None),
    ],
)
def test_what_is_not_known_is_not_absent(case, changes, ways):
    world = structs.replace(world_of(small(host(1), mx="")), **changes)
    assert beside_each_other([world])[0].neighbours[0].ways_in == ways
