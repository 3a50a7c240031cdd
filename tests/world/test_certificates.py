"""Names in the certificates of doors."""

import pytest

from mxlatch.terms.observation import SESSION, Observation
from mxlatch.terms.question import SmtpQuestion
from mxlatch.terms.smtp import Certificate, Session, Tls
from mxlatch.world.certificates import MOST_NAMES, names_in
from tests.fakes.internet import NOW


def door(*names, tls=True):
    own = Certificate("", "", names, 0, 0, "", "")
    above = Certificate("", "", ("ca.example.com",), 0, 0, "", "")
    session = Session(tls=Tls("ok", chain=(own, above)) if tls else None)
    return Observation(SmtpQuestion("203.0.113.7", 25, "mx1.example.com"), SESSION, session, NOW, "internet", "door")


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["mx1.example.com", "hub.example.com"], ["hub.example.com", "mx1.example.com"]),
        (["*.example.com", "www.other.example", "notexample.com"], []),
        (["", "a b.example.com", "example.com"], ["example.com"]),
    ],
)
def test_names_below_the_domain(names, found):
    assert [c.name for c in names_in([door(*names), door(*names)], "example.com")] == found


def test_doors_without_tls_and_without_session_name_nothing():
    silent = Observation(SmtpQuestion("203.0.113.7", 25, "mx1.example.com"), "silent", None, NOW, "internet")
    assert names_in([door("a.example.com", tls=False), silent], "example.com") == ()


def test_evidence_shows_the_certificate():
    (only,) = names_in([door("hub.example.com")], "example.com")
    assert only.evidence[0].text == "certificate of 203.0.113.7: DNS:hub.example.com"
    assert only.evidence[0].command.startswith("openssl s_client -starttls smtp -connect 203.0.113.7:25")


def test_a_certificate_of_a_thousand_names_is_bounded():
    assert len(names_in([door(*(f"x{n}.example.com" for n in range(1000)))], "example.com")) == MOST_NAMES
