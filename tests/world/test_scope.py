"""What a run is about."""

import pytest

from tests.fakes.example import scope


@pytest.mark.parametrize(
    ("search", "ours", "others"), [("none", False, False), ("listed", True, False), ("all", True, True)]
)
def test_for_which_domains_hidden_doors_are_looked_for(search, ours, others):
    given = scope(search=search)
    assert (given.searches("example.com"), given.searches("example.org")) == (ours, others)
