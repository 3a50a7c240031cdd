"""Which name servers count where they disagree."""

import pytest
from msgspec import structs

from mxlatch.plan.views import mail_names, right_views, split_zones, stale_views
from mxlatch.world.model import MailName, MxView
from tests.plan.small_worlds import SUB, host, small, world_of

ONE, TWO = ((10, "mx1.example.com"),), ((10, "mx2.example.com"),)


def name(*views):
    made = (MxView(f"198.51.100.{n}", "answer", mx, 300, serial) for n, (serial, mx) in enumerate(views, 1))
    return MailName("example.com", "example.com", "apex", tuple(made))


@pytest.mark.parametrize(
    ("case", "views", "right", "stale"),
    [
        ("all say the same", [(5, ONE), (5, ONE)], [1, 2], []),
        ("the newest serial counts", [(4, TWO), (5, ONE)], [2], [1]),
        ("and not the majority of the old", [(4, TWO), (4, TWO), (5, ONE)], [3], [1, 2]),
        ("at one serial the majority does", [(5, TWO), (5, ONE), (5, TWO)], [1, 3], [2]),
        ("serials wrap round", [(4_294_967_290, TWO), (5, ONE)], [2], [1]),
        ("a known serial counts before none", [(None, TWO), (0, ONE)], [2], [1]),
        ("who gives no answer says nothing", [(None, None), (5, ONE)], [2], []),
        ("an old serial with the same records is none", [(4, ONE), (5, ONE)], [2], []),
        ("nobody answers", [(None, None)], [], []),
    ],
)
def test_who_counts(case, views, right, stale):
    given = name(*views)
    assert [int(view.server[-1]) for view in right_views(given)] == right
    assert [int(view.server[-1]) for view in stale_views(given)] == stale


def test_the_zones_that_are_split():
    assert split_zones(world_of(small(host(1), host(2), mx="10 mx1", old="10 mx2"))) == {"example.com"}
    assert split_zones(world_of(small(host(1)))) == set()


def test_a_wildcard_splits_no_zone():
    world = structs.replace(world_of(small(host(1))), names=(structs.replace(name((4, ONE), (5, TWO)), wildcard=True),))
    assert split_zones(world) == set()


def test_the_names_that_take_mail():
    assert mail_names(world_of(small(host(1), sub="5 mx1"))) == {"example.com", SUB}
    assert mail_names(world_of(small(host(1), sub="5 mx1", no_mail=frozenset({SUB})))) == {"example.com"}
