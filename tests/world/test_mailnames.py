"""Which names of a zone may take mail, wildcards and delegations told apart."""

import pytest

from mxlatch.inventory.model import Domain
from mxlatch.terms import dns
from mxlatch.terms.question import DnsQuestion
from mxlatch.world.domain import enquire_dns, mail_names
from mxlatch.world.mailnames import mx_set
from tests.fakes.example import ZONE, internet, inventory, scope
from tests.fakes.internet import answer, records, seen


def names(net, **changes):
    _, zones, _, _ = net.conclude(enquire_dns("example.com", scope(**changes)))
    return {name: (zone, why, wildcard) for name, zone, why, wildcard, _ in mail_names("example.com", zones)}


def test_a_likely_word_counts_only_if_it_has_mx_of_its_own():
    net = internet(ZONE + "lists.example.com MX 5 mx1.example.com\nmail.example.com A 192.0.2.21")
    found = names(net, words=("lists", "mail", "relay"))
    assert found["lists.example.com"] == ("example.com", "word list", False)
    assert "mail.example.com" not in found
    assert "relay.example.com" not in found


def test_a_name_of_the_inventory_is_told_whatever_it_has():
    listed = inventory(domains=(Domain("example.com", subdomains=("dept.example.com",)),))
    assert names(internet(), inventory=listed)["dept.example.com"] == ("example.com", "inventory", False)


def test_what_only_the_wildcard_gives_is_told_once_as_the_wildcards():
    net = internet(ZONE + "*.example.com MX 10 mx1.example.com")
    found = names(net, words=("lists", "relay"))
    assert found["mxlatch-q7w.example.com"] == ("example.com", "wildcard", True)
    assert "lists.example.com" not in found


def test_a_word_with_mx_of_its_own_beside_a_wildcard_is_told():
    net = internet(ZONE + "*.example.com MX 10 mx1.example.com\nlists.example.com MX 5 mx2.example.com")
    assert names(net, words=("lists",))["lists.example.com"] == ("example.com", "word list", False)


def test_a_delegated_name_is_searched_to_a_fixpoint_of_its_own():
    cut = ZONE + "dept.example.com NS ns.dept.example.com\nns.dept.example.com A 192.0.2.31"
    dept = "dept.example.com SOA ns.dept.example.com 1\ndept.example.com NS ns.dept.example.com\n"
    dept += "dept.example.com NS ns8.dept.example.com\nns8.dept.example.com A 192.0.2.38\n"
    rogue = dept + "dept.example.com MX 1 desk.dept.example.com"
    net = internet(cut, more={"192.0.2.31": {"dept.example.com": dept}, "192.0.2.38": {"dept.example.com": rogue}})
    _, zones, exchanges, _ = net.conclude(enquire_dns("example.com", scope(words=("dept",))))
    assert [zone.name for zone in zones] == ["example.com", "dept.example.com"]
    assert zones[1].servers.addresses == ("192.0.2.31", "192.0.2.38")
    assert "desk.dept.example.com" in [exchange.name for exchange in exchanges]


def test_names_are_asked_only_where_somebody_speaks_for_the_zone():
    net = internet(more={"192.0.2.12": dns.NO_RESPONSE})
    names(net, words=("lists",))
    asked = {q.server for q in net.asked if getattr(q, "name", "") == "lists.example.com"}
    assert asked == {"192.0.2.11"}


def test_an_mx_that_a_server_gives_to_one_spelling_only_is_looked_up():
    net = internet()
    told_apart = net.ask

    def ask(question):
        if getattr(question, "spelling", "") == "lower" and question.server == "192.0.2.12":
            return answer(question, "example.com", list(records("example.com MX 50 old.example.com")))
        return told_apart(question)

    net.ask = ask
    _, _, exchanges, _ = net.conclude(enquire_dns("example.com", scope()))
    assert "old.example.com" in [exchange.name for exchange in exchanges]


@pytest.mark.parametrize(
    ("case", "text", "status", "mx"),
    [
        ("its own", "example.com MX 10 mx1.example.com", dns.ANSWER, ((10, "mx1.example.com"),)),
        (
            "somebody else's beside it",
            "example.com MX 1 a.example\nexample.net MX 1 b.example",
            dns.ANSWER,
            ((1, "a.example"),),
        ),
        ("an alias into another zone", "example.com CNAME shop.example.net", dns.ANSWER, None),
        ("none", "", dns.NODATA, ()),
        ("no such name", "", dns.NXDOMAIN, ()),
        ("nobody knows", "", dns.SERVFAIL, None),
    ],
)
def test_what_an_answer_says_of_the_mx(case, text, status, mx):
    reply = dns.Reply(0, True, False, tuple(records(text)))
    assert mx_set(seen(DnsQuestion("192.0.2.1", "example.com", "MX"), status, reply)) == mx


def test_an_alias_that_ends_in_the_servers_own_zone_without_mx_surely_has_none():
    soa = tuple(records("example.com SOA ns1.example.com 7"))
    reply = dns.Reply(0, True, False, tuple(records("w.example.com CNAME example.com")), soa)
    assert mx_set(seen(DnsQuestion("192.0.2.1", "w.example.com", "MX"), dns.ANSWER, reply)) == ()
