"""Whose is the door: what a lookalike of the real world answers, and what a person then reads."""

import pytest

from mxlatch.terms import dns
from mxlatch.terms.door import Door, DoorState, WayIn
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.observation import BODY, FAILED, NOT_FOUND, Observation
from mxlatch.terms.question import DnsQuestion, HttpQuestion
from mxlatch.terms.smtp import Certificate, Session, Tls
from mxlatch.world.enquiry import conclude
from mxlatch.world.owner import Owner, known_owner, organisation, owner_enquiry
from tests.fakes.example import scope
from tests.fakes.internet import NOW

POINTER = "9.2.0.192.in-addr.arpa"
SOA = ("ns.physics.example.edu", "dns\\046admin.physics.example.edu", 1, 2, 3, 4, 5)
NETWORK = b"""{"objectClassName": "ip network", "name": "PHYSICS", "entities": [{"roles": ["abuse"],
  "vcardArray": ["vcard", [["fn", {}, "text", "Lab"], ["email", {}, "text", "abuse@physics.example.edu"]]]}]}"""
DOMAIN = b'{"objectClassName": "domain", "ldhName": "example.edu"}'


def door(exchange="old.physics.example.edu", subject="CN=old,O=Physics Department"):
    chain = (Certificate(subject, "CN=CA", (), 0.0, NOW, "ab", "RSA 2048"),)
    way = WayIn("mx", "example.com", 10, exchange)
    return Door(
        "192.0.2.9",
        25,
        DoorState.OPEN,
        ways_in=(way,),
        session=Session(tls=Tls("ok", chain=chain)),
        evidence=(Evidence("220 hi", "192.0.2.9:25", NOW),),
    )


def answered(records, authority=()):
    return dns.ANSWER if records else dns.NODATA, dns.Reply(0, False, False, tuple(records), tuple(authority))


ANSWERS = {
    (POINTER, "PTR"): answered([dns.Record(POINTER, "PTR", 60, "old.physics.example.edu")]),
    ("old.physics.example.edu", "SOA"): answered([], [dns.Record("physics.example.edu", "SOA", 60, SOA)]),
    "https://rdap.example/ip/192.0.2.9": (BODY, NETWORK),
    "https://rdap.example/domain/physics.example.edu": (NOT_FOUND, b""),
    "https://rdap.example/domain/example.edu": (BODY, DOMAIN),
}


def look_up(answers, asked=None):
    """What the world says to a question; silence for what is not in the table."""

    def observe(question):
        if asked is not None:
            asked.append(question)
        if isinstance(question, DnsQuestion):
            status, reply = answers.get((question.name, question.rrtype), (dns.NO_RESPONSE, None))
            reason = "no answer" if reply is None else ""
            return Observation(question, status, reply, NOW, "internet", "198.51.100.53:53/udp", reason)
        assert isinstance(question, HttpQuestion)
        status, body = answers.get(question.url, (FAILED, b""))
        reason = "no whole answer within 15 s" if status == FAILED else ""
        return Observation(question, status, None, NOW, "internet", "rdap", reason, body)

    return observe


def ask(answers=ANSWERS, this=None, asked=None, registries=None, **changes):
    return conclude(
        owner_enquiry(this or door(), scope(**changes), registries), look_up(answers, asked), NOW, "internet"
    )


def test_all_that_can_be_known():
    owner = ask()
    assert [fact.text for fact in owner.facts] == [
        "certificate issued to the organisation Physics Department",
        "reverse name old.physics.example.edu",
        "network of 192.0.2.9: abuse: Lab, abuse@physics.example.edu",
        "zone physics.example.edu: its SOA names dns.admin@physics.example.edu",
        "domain physics.example.edu: the registry knows none",
        "domain example.edu: registered as example.edu, no holder named",
        "mailboxes that physics.example.edu should have (RFC 2142): postmaster@physics.example.edu, "
        "abuse@physics.example.edu, security@physics.example.edu, hostmaster@physics.example.edu",
    ]
    assert owner.contacts == (
        "abuse@physics.example.edu",
        "dns.admin@physics.example.edu",
        "postmaster@physics.example.edu",
        "security@physics.example.edu",
        "hostmaster@physics.example.edu",
    )
    assert owner.unknown == ()
    assert {fact.command.split(" ")[0] for fact in owner.facts} == {"openssl", "dig", "curl", ""}


def test_silence_is_unknown_and_names_nobody():
    owner = ask({})
    assert [fact.text for fact in owner.facts] == ["certificate issued to the organisation Physics Department"]
    assert (owner.contacts, owner.unknown) == (
        (),
        (f"reverse name {POINTER}: no answer", "network of 192.0.2.9: no whole answer within 15 s"),
    )


def test_no_reverse_name_is_a_fact():
    owner = ask({**ANSWERS, (POINTER, "PTR"): (dns.NXDOMAIN, dns.Reply(3, False, False))})
    assert f"no reverse name ({POINTER}: nxdomain)" in [fact.text for fact in owner.facts]


def test_the_second_resolver_is_heard_where_the_first_is_silent():
    def observe(question):
        seen = look_up(ANSWERS)(question)
        silent = isinstance(question, DnsQuestion) and question.server == "198.51.100.1"
        return Observation(question, dns.NO_RESPONSE, None, NOW, "internet") if silent else seen

    given = scope(resolvers=(("198.51.100.1", 53), ("198.51.100.53", 53)))
    assert conclude(owner_enquiry(door(), given), observe, NOW, "internet") == ask()


def test_without_resolver_and_registry_only_the_door_speaks():
    owner = ask(resolvers=(), rdap="", rdap_bootstrap={})
    assert owner == Owner(
        known_owner(door()),
        (),
        (
            f"reverse name {POINTER}: no resolver to ask",
            "network of 192.0.2.9: no registry is known for this address",
        ),
    )


def test_the_narrowest_block_decides_which_registry():
    asked = []
    registries = {"192.0.0.0/8": "https://arin.example/", "192.0.2.0/24": "https://other.example/", "2000::/3": "x"}
    ask({}, asked=asked, registries=registries, rdap="")
    assert HttpQuestion("https://other.example/ip/192.0.2.9") in asked


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("https://rdap.example/ip/192.0.2.9", b"<html>"),
        ("https://rdap.example/domain/example.edu", b'{"objectClassName": "domain", "ldhName": "other.com"}'),
    ],
)
def test_a_registry_that_answers_nonsense_is_unknown(name, body):
    owner = ask({**ANSWERS, name: (BODY, body)})
    assert any("RDAP" in line for line in owner.unknown)


@pytest.mark.parametrize(
    "soa",
    [
        dns.Record("edu", "SOA", 60, SOA),  # of a top-level domain
        dns.Record("other.example", "SOA", 60, SOA),  # of somebody else
    ],
)
def test_the_zone_is_the_hosts_own(soa):
    owner = ask({**ANSWERS, ("old.physics.example.edu", "SOA"): answered([], [soa])})
    assert owner.contacts == ("abuse@physics.example.edu",)  # the network's


def test_what_a_pointer_can_make_us_ask_is_bounded():
    names = [f"h{number}.example.net" for number in range(500)]
    asked = []
    ask({(POINTER, "PTR"): answered([dns.Record(POINTER, "PTR", 60, name) for name in names])}, asked=asked)
    assert len(asked) <= 8


@pytest.mark.parametrize(
    ("subject", "name"),
    [
        ("CN=mail,O=Example Ltd,C=DE", "Example Ltd"),
        ("O=Example\\, Inc.+CN=mail", "Example, Inc."),
        ("CN=mail\\,O=not one", ""),
        ("CN=mail", ""),
        ("OU=O=x", ""),
        ("", ""),
        ("O=", ""),
    ],
)
def test_the_organisation_of_a_certificate(subject, name):
    assert organisation(subject) == name
