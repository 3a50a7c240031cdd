"""Where exchanges lead, and where they do not."""

import pytest

from mxlatch.terms import dns
from mxlatch.world.domain import enquire_dns
from mxlatch.world.exchanges import find_exchanges, kind_of, literal
from tests.fakes.example import ADDRESSES, ROOT, ZONE, internet, scope
from tests.fakes.internet import FakeInternet


@pytest.mark.parametrize(
    ("exchange", "kind"),
    [
        (".", "null"),
        ("localhost", "localhost"),
        ("mail.localhost", "localhost"),
        ("192.0.2.1", "literal"),
        ("[192.0.2.1]", "literal"),
        ("[ipv6:2001:db8::1]", "literal"),
        ("2001:db8::1", "literal"),
        (r"\091192.0.2.1\093", "literal"),  # as it comes from the wire
        (r"2001\058db8\058\0581", "literal"),
        ("192.0.2", "host"),
        ("mx1.example.com", "host"),
    ],
)
def test_what_stands_in_an_mx_record(exchange, kind):
    assert kind_of(exchange) == kind


def test_an_address_spelt_as_a_name():
    assert literal("[192.0.2.1]") == "192.0.2.1"
    assert literal("mx.example.com") == ""


def look_up(name, resolver=ADDRESSES, **changes):
    net = FakeInternet({"192.0.2.1": ROOT}, resolver)
    (found,) = net.conclude(find_exchanges([name], [], scope(**changes)))
    return found


def test_addresses_and_who_gave_them():
    assert look_up("mx1.example.com").addresses == {"192.0.2.21": ("public resolution",)}


@pytest.mark.parametrize(
    ("name", "resolver", "problem"),
    [
        ("mx1.example.com", ADDRESSES, ("", False)),
        ("gone.example.com", ADDRESSES, ("no such name", True)),
        ("text.example.com", "text.example.com TXT hello", ("the name has no address", True)),
        (".", ADDRESSES, ("", False)),
    ],
)
def test_a_name_without_an_address_is_told_as_surely_so(name, resolver, problem):
    assert look_up(name, resolver).problem == problem


def test_a_resolver_that_does_not_answer_leaves_it_unknown():
    found = look_up("mx1.example.com", resolvers=(("203.0.113.9", 53),))
    assert found.problem == ("public resolution: no answer", False)


def test_nobody_to_ask_leaves_it_unknown():
    assert look_up("mx1.example.com", resolvers=()).problem == ("nobody was asked: no resolver", False)


def test_an_alias_is_seen_for_what_it_is():
    found = look_up("mx.example.com", "mx.example.com CNAME mx1.example.net")
    assert found.cname == "mx1.example.net"
    assert found.answers[0][1].status == dns.ANSWER


def test_an_alias_with_nobody_to_follow_it_leaves_it_unknown():
    net = internet(ZONE + "example.com MX 30 mx.example.com\nmx.example.com CNAME mx.example.net")
    _, _, exchanges, _ = net.conclude(enquire_dns("example.com", scope(resolvers=())))
    told = next(each for each in exchanges if each.name == "mx.example.com").problem
    assert told == ("an alias for mx.example.net, and no resolver to ask where that leads", False)


@pytest.mark.parametrize(
    ("case", "resolver", "dangling"),
    [
        ("its domain is free for anybody", ADDRESSES, "gone.com"),
        ("its domain is there, the host is not", "gone.com SOA ns.gone.com 1", ""),
    ],
)
def test_an_exchange_in_a_domain_that_anybody_can_register(case, resolver, dangling):
    registries = {"com": "https://rdap.example/"}
    assert look_up("mx.gone.com", resolver, rdap_bootstrap=registries).dangling == dangling


def test_where_the_registry_is_not_known_nothing_is_called_free():
    assert look_up("mx.gone.com", rdap_bootstrap={}).dangling == ""
