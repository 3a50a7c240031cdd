"""What is known when the search begins."""

from mxlatch.world.candidate import Known
from mxlatch.world.exchanges import ExchangeSeen


def test_the_addresses_of_published_exchangers_are_doors_already():
    known = Known("example.com", (), (ExchangeSeen("192.0.2.21", "literal"), ExchangeSeen("192.0.2.22", "literal")))
    assert known.addresses == {"192.0.2.21", "192.0.2.22"}
