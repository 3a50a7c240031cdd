import pytest

from mxlatch.terms import dns, smtp
from mxlatch.terms.observation import Observation
from mxlatch.terms.outcome import Absent, Found, Unknown
from mxlatch.terms.question import DnsQuestion, HttpQuestion, SmtpQuestion

DNS = DnsQuestion("192.0.2.53", "example.org", "MX")
SMTP = SmtpQuestion("192.0.2.25", 25, "mx.example.org")
HTTP = HttpQuestion("https://rdap.example/domain/example.org")
REPLY = dns.Reply(0, True, False)
SESSION = smtp.Session()


@pytest.mark.parametrize(
    ("question", "status", "value", "outcome"),
    [
        (DNS, "answer", REPLY, Found(REPLY)),
        (DNS, "referral", REPLY, Found(REPLY)),
        (DNS, "nodata", REPLY, Absent("nodata")),
        (DNS, "nxdomain", REPLY, Absent("nxdomain")),
        (DNS, "refused", REPLY, Unknown("why")),
        (DNS, "not-auth", REPLY, Unknown("why")),
        (DNS, "servfail", REPLY, Unknown("why")),
        (DNS, "no-response", None, Unknown("why")),
        (SMTP, "session", SESSION, Found(SESSION)),
        (SMTP, "reset", None, Absent("reset")),
        (SMTP, "silent", None, Unknown("why")),
        (SMTP, "unreachable", None, Unknown("why")),
        (SMTP, "not-allowed", None, Unknown("why")),
        (HTTP, "body", None, Found(b"{}")),
        (HTTP, "not-found", None, Absent("not-found")),
        (HTTP, "moved", None, Absent("moved")),
        (HTTP, "failed", None, Unknown("why")),
        (HTTP, "not-yet", None, Unknown("why")),
    ],
)
def test_three_answers(question, status, value, outcome):
    octets = b"{}" if question is HTTP else b""
    assert Observation(question, status, value, 0.0, "internet", reason="why", bytes=octets).outcome == outcome


def test_without_a_reason_the_status_stands_for_it():
    assert Observation(DNS, "no-response", None, 0.0, "internet").outcome == Unknown("no-response")
