"""The domain's own address."""

from mxlatch.world.candidate import Known
from mxlatch.world.sources.apex import find
from tests.fakes.example import internet, scope


def test_the_domain_is_a_candidate_under_its_own_name():
    (found,) = internet().conclude(find(Known("example.com", (), ()), scope())).candidates
    assert (found.kind, found.name, found.address) == ("apex-address", "example.com", "")
