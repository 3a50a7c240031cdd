"""What the registry lists."""

import msgspec

from mxlatch.terms.outcome import Absent, Found, Unknown
from mxlatch.world.enquiry import conclude
from mxlatch.world.registry import NO_SERVICE, ask_registry
from tests.fakes.example import internet, scope
from tests.fakes.internet import NOW


def ask(net, **changes):
    return net.conclude(ask_registry("example.com", scope(**changes)))


def test_the_name_servers_it_lists():
    assert ask(internet(rdap=("NS6.example.com.", "ns1.example.com"))) == Found(("ns1.example.com", "ns6.example.com"))


def test_no_such_domain_is_absent():
    assert ask(internet(rdap=None)) == Absent("not-found")


def test_no_service_known_is_unknown_and_asks_nobody():
    net = internet()
    enquiry = ask_registry("example.com", msgspec.structs.replace(scope(), rdap="", rdap_bootstrap={}))
    assert conclude(enquiry, {}.get, NOW, "internet") == Unknown(NO_SERVICE)
    assert net.asked == []


def test_the_longest_suffix_decides_which_service():
    net = internet()
    ask(net, rdap="", rdap_bootstrap={"com": "https://registry.example/rdap/", "net": "https://other.example/"})
    assert net.asked[0].url == "https://registry.example/rdap/domain/example.com"
