from pathlib import Path

import dns.flags
import dns.message
import dns.rcode
import pytest

from mxlatch.lab import story
from mxlatch.lab.resolver import Resolver
from mxlatch.lab.topology import Topology, parse

FOLDER = Path(__file__).parent / "topologies"


def small(name: str) -> Topology:
    return parse((FOLDER / f"{name}.toml").read_text(), name)


def ask(topology: Topology, name: str, rrtype: str) -> dns.message.Message:
    reply = Resolver(topology).answer(dns.message.make_query(name, rrtype).to_wire(), True)
    assert reply is not None
    return dns.message.from_wire(reply)


@pytest.mark.parametrize(
    ("topology", "name", "rrtype", "rcode", "answer"),
    [
        ("story1", "example.com", "MX", "NOERROR", ["10 mx.filter.example.", "20 mail.example.com."]),
        ("story1", "mx.filter.example", "A", "NOERROR", ["198.51.100.25"]),
        ("story1", "a.nic.com", "A", "NOERROR", ["203.0.113.3"]),
        ("story1", "nowhere.test", "MX", "NXDOMAIN", []),
        ("story1", "none.example.com", "MX", "NXDOMAIN", []),
        ("story1", "mail.example.com", "AAAA", "NOERROR", []),
        ("story2", "example.org", "MX", "NOERROR", ["10 mx1.example.org.", "10 mx2.example.org."]),
        ("story2", "example.org", "NS", "NOERROR", ["ns1.example.org.", "ns2.example.org."]),
    ],
)
def test_it_gives_what_an_ordinary_resolver_would(
    topology: str, name: str, rrtype: str, rcode: str, answer: list[str]
) -> None:
    reply = ask(story.topology(topology), name, rrtype)
    assert dns.rcode.to_text(reply.rcode()) == rcode
    assert sorted(str(r) for rrset in reply.answer for r in rrset) == answer
    assert reply.flags & dns.flags.RA
    assert not reply.flags & dns.flags.AA


def test_it_follows_aliases() -> None:
    reply = ask(small("mx-to-cname"), "mail.example.com", "A")
    assert [str(r) for rrset in reply.answer for r in rrset] == ["mx1.example.com.", "192.0.2.11"]


def test_it_follows_delegations() -> None:
    reply = ask(small("delegated-subdomain"), "door.lab.example.com", "A")
    assert [str(r) for rrset in reply.answer for r in rrset] == ["192.0.2.66"]


def test_it_goes_past_servers_that_do_not_answer_and_says_servfail_when_none_does() -> None:
    text = (FOLDER / "split-brain.toml").read_text()
    first_silent = text.replace('addresses = ["192.0.2.53"]', 'addresses = ["192.0.2.53"]\nbehaviour = "silent"')
    reply = ask(parse(first_silent, "x"), "example.com", "MX")
    assert len(reply.answer[0]) == 2  # the second server's
    both = first_silent.replace('addresses = ["198.51.100.53"]', 'addresses = ["198.51.100.53"]\nbehaviour = "refused"')
    assert ask(parse(both, "x"), "example.com", "MX").rcode() == dns.rcode.SERVFAIL


def test_who_does_not_ask_for_recursion_is_refused() -> None:
    query = dns.message.make_query("example.com", "MX", flags=0)
    reply = Resolver(story.topology("story1")).answer(query.to_wire(), False)
    assert reply is not None
    assert dns.message.from_wire(reply).rcode() == dns.rcode.REFUSED
