"""A filter in the MX and a mailbox host behind it: the endpoint is asked only with leave, and judged by its table."""

import pytest

from mxlatch.audit.verdict import judge
from mxlatch.data import tables
from mxlatch.inventory.model import Domain
from mxlatch.inventory.model import Door as Listed
from mxlatch.terms.latch import Latch
from mxlatch.terms.question import SmtpQuestion
from mxlatch.terms.smtp import Session, Tls
from tests.fakes.collecting import collected
from tests.fakes.example import ADDRESSES, ZONE, door, internet, inventory, scope
from tests.fakes.internet import session

ENDPOINT = "198.51.100.77"
FILTERED = "\n".join(line for line in ZONE.splitlines() if " MX " not in line) + "\nexample.com MX 10 eu.mimecast.com"
RESOLVER = f"""{ADDRESSES}
    eu.mimecast.com A 192.0.2.21
    example.com TXT v=spf1 include:spf.protection.outlook.com -all
    example-com.mail.protection.outlook.com A {ENDPOINT}
"""
WANTED = (Domain("example.com", recipient="anna@example.com", sender="me@example.net", baseline=(Latch.CONTENT,)),)
LOCKED = "550 5.7.51 TenantInboundAttribution; There is a partner connector configured that matched"


def secure(held):
    return Session(held.turns, Tls("ok", "TLSv1.3", "AES", trusted=True), held.ended)


def host(reply):
    turns = [("", "220 mail.protection.outlook.com Microsoft ESMTP MAIL Service ready"), ("EHLO probe", "250 hello")]
    for sender in ("", "me@example.net", "anna@example.com"):
        turns += [(f"MAIL FROM:<{sender}>", "250 ok"), ("RCPT TO:<anna@example.com>", reply, "valid")]
    return secure(session(*turns))


def audit(reply, **changes):
    net = internet(FILTERED, resolver=RESOLVER, doors={"192.0.2.21": secure(door()), ENDPOINT: host(reply)})
    given = scope(search="all", providers=tables().providers, inventory=inventory(domains=WANTED), **changes)
    return judge(collected(net, given), "example.com"), net


@pytest.mark.parametrize(
    ("case", "reply", "endpoint", "verdict", "found"),
    [
        ("locked to the filter", LOCKED, "closed", "closed", False),
        (
            "knows nobody, and says so to strangers",
            "550 5.4.1 Recipient address rejected: Access denied",
            "open",
            "open",
            True,
        ),
        ("takes it at RCPT: unknown until a canary", "250 2.1.5 Recipient OK", "unknown", "unknown", False),
        ("an answer that the table does not know", "554 5.9.9 the moon is full", "unknown", "unknown", False),
        ("greylisting", "451 4.7.500 Server busy", "unknown", "unknown", False),
    ],
)
def test_the_endpoint_behind_the_filter(case, reply, endpoint, verdict, found):
    told, _ = audit(reply)
    (seen,) = (d for d in told.doors if d.address == ENDPOINT)
    assert ([w.kind for w in seen.ways_in], seen.endpoint) == (["endpoint"], endpoint)
    assert told.verdict == verdict, (told.sentence, told.not_judged)
    assert ("BACK001" in {finding.id for finding in told.findings}) is found


def test_without_leave_the_endpoint_is_not_asked():
    told, net = audit(LOCKED, authorised="")
    assert ENDPOINT not in {q.address for q in net.asked if isinstance(q, SmtpQuestion)}
    assert any(ENDPOINT in each.subject and "asked only with leave" in each.reason for each in told.not_asked)


def test_the_endpoint_as_a_next_hop_is_no_server_besides():
    """It has many addresses, at each of which it does the same: one session is enough."""
    hop = "example-com.mail.protection.outlook.com"
    listed = Listed("eu.mimecast.com", ("192.0.2.21",), role="filter", next_hop=hop, latches={Latch.CONTENT: True})
    more = f"{RESOLVER}\n{hop} A 198.51.100.78"
    net = internet(FILTERED, resolver=more, doors={"192.0.2.21": secure(door()), ENDPOINT: host(LOCKED)})
    owned = inventory(domains=WANTED, doors=(listed,))
    given = scope(search="all", providers=tables().providers, inventory=owned)
    told = judge(collected(net, given), "example.com")
    assert (told.verdict, told.not_judged) == ("closed", ()), (told.sentence, told.not_asked)
    assert [each for each in told.not_asked if each.subject.startswith("198.51.100.78")] == []


def test_one_session_at_one_address_with_a_sender_of_the_domain_itself_last():
    _, net = audit(LOCKED)
    (asked,) = (q for q in net.asked if isinstance(q, SmtpQuestion) and q.address == ENDPOINT)
    assert (asked.operator, asked.published) == ("microsoft", False)
    assert [p.sender for p in asked.probes if p.label == "valid"] == ["", "me@example.net", "anna@example.com"]
    assert "foreign" not in {p.label for p in asked.probes}
