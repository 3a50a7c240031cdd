"""The remedies together: each file is one, and every one has a test and a name of its own."""

import pytest

from mxlatch.plan.proposal import Impossible
from mxlatch.plan.remedies import IDS, in_any_case, proposals, shaped
from tests.plan.small_worlds import fallback, host, rogue, secondary, seen, small

WORLDS = {"secondary": secondary(), "fallback": fallback(), "rogue": rogue()}


def test_every_file_is_found():
    assert {"agree", "harden", "inward", "lock", "outward", "retire", "sandwich", "tenant", "pair", "null-mx"} <= set(
        IDS
    )
    assert len(IDS) == len(set(IDS))


@pytest.mark.parametrize("case", WORLDS.values(), ids=WORLDS)
def test_each_proposal_is_whole(case):
    for each in (*proposals(seen(case)), *in_any_case(seen(case))):
        assert each.remedy in IDS
        assert each.title
        assert each.undo
        assert each.cost > 0
        assert each.changes or each.drop or each.add


def test_nothing_must_be_done_in_any_case_where_all_is_well():
    assert in_any_case(seen(small(host(1)))) == ()


def test_a_layout_that_cannot_be_had_says_why():
    with pytest.raises(Impossible, match=r"a pair needs two servers: example\.com has 1"):
        shaped("pair", seen(small(host(1))))
