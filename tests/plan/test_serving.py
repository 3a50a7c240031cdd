"""Who serves a zone and where its updates go, asked of the fake internet."""

from mxlatch.plan.serving import Serving, find_serving
from tests.fakes.example import ZONE, internet, scope


def test_every_server_and_the_one_that_the_soa_names():
    found = internet().conclude(find_serving("example.com", scope()))
    assert found == Serving("example.com", ("192.0.2.11", "192.0.2.12"), "ns1.example.com", ("192.0.2.11",))


def test_a_hidden_primary_is_looked_up_in_public():
    text = ZONE.replace("SOA ns1.example.com", "SOA hidden.example.net")
    net = internet(text, other=text)
    net.resolver += [*internet_records("hidden.example.net A 203.0.113.53")]
    found = net.conclude(find_serving("example.com", scope()))
    assert (found.mname, found.primary) == ("hidden.example.net", ("203.0.113.53",))


def internet_records(text):
    from tests.fakes.internet import records

    return records(text)


def test_a_silent_server_is_one_to_wait_for():
    net = internet()
    net.servers["192.0.2.12"] = "no-response"
    assert net.conclude(find_serving("example.com", scope())).addresses == ("192.0.2.11", "192.0.2.12")


def test_what_is_no_zone_has_none():
    assert internet().conclude(find_serving("www.example.com", scope())) == Serving("www.example.com")
