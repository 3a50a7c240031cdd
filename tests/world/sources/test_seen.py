"""Hosts out of files."""

from mxlatch.world.candidate import Known
from mxlatch.world.scope import SeenName
from mxlatch.world.sources.seen import MOST_NAMES, find
from tests.fakes.example import internet, scope


def trail(*seen):
    given = tuple(SeenName(*each, "crt.json") for each in seen)
    return internet().conclude(find(Known("example.com", (), ()), scope(seen_names=given)))


def test_names_below_the_domain_those_of_mail_hosts_first():
    found = trail(
        ("alpha.example.com", ""),
        ("hub7.example.com", ""),
        ("intra.example.com", "203.0.113.9"),
        ("mail.other.example", ""),
    )
    assert [(c.name, c.address) for c in found.candidates] == [
        ("hub7.example.com", ""), ("intra.example.com", "203.0.113.9"), ("alpha.example.com", ""),
    ]  # fmt: skip
    assert found.candidates[1].evidence[0].text == "intra.example.com 203.0.113.9"
    assert found.candidates[1].evidence[0].source == "crt.json"


def test_thousands_of_names_are_bounded_and_told():
    found = trail(*((f"a{n}.example.com", "") for n in range(1000)), ("owa.example.com", ""))
    assert len(found.candidates) == MOST_NAMES
    assert found.candidates[0].name == "owa.example.com"
    assert [e.text for e in found.told] == ["851 more names below example.com were not looked up"]
