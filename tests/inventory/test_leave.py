"""Proof of leave by TXT record, answer by answer; and at which doors RCPT probes are then allowed."""

from datetime import UTC, date, datetime

import pytest
from msgspec import structs

from mxlatch.inventory.blocks import BlockLeave
from mxlatch.inventory.leave import (
    Leave,
    Level,
    by_reference,
    key_hash,
    proof,
    proof_questions,
    proof_record,
    why_no_canary,
    why_no_probes,
    why_not_to,
)
from mxlatch.inventory.model import Block, Domain, Door, Inventory
from mxlatch.terms import dns
from mxlatch.terms.observation import Observation
from mxlatch.terms.question import DnsQuestion

DOMAIN = "example.com"
NAME = "_mxlatch.example.com"
SECRET = b"the operator's secret"
KEY = key_hash(SECRET, DOMAIN)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp()
GOOD = f"v=mxlatch1; key={KEY}; until=2026-12-31"
ONE, TWO = "192.0.2.53", "198.51.100.53"


def answer(server: str, *texts: str | tuple[str, ...], name: str = NAME, owner: str = "") -> Observation:
    """A server's TXT records for a name; none is NODATA."""
    records = tuple(
        dns.Record(owner or name, "TXT", 300, tuple(s.encode() for s in ((t,) if isinstance(t, str) else t)))
        for t in texts
    )
    status = dns.ANSWER if texts else dns.NODATA
    reply = dns.Reply(0, authoritative=True, truncated=False, answer=records)
    return Observation(DnsQuestion(server, name, "TXT"), status, reply, NOW, "internet")


def silent(server: str, name: str = NAME) -> Observation:
    return Observation(DnsQuestion(server, name, "TXT"), dns.NO_RESPONSE, None, NOW, "internet", reason="timeout")


NOBODY = answer(ONE, name=f"zq7.{NAME}")  # NODATA for the random label


def granted(*observations: Observation) -> Leave | str:
    return proof(DOMAIN, (*observations, NOBODY), KEY, NOW)


LEAVE = Leave(DOMAIN, Level.RCPT, "txt until 2026-12-31", until=datetime(2027, 1, 1, tzinfo=UTC).timestamp())
ENDED = Leave(DOMAIN, Level.RCPT, "txt until 2026-11-21", until=datetime(2026, 11, 22, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    "observations",
    [
        (answer(ONE, GOOD),),
        (answer(ONE, GOOD), answer(TWO, GOOD)),
        (answer(ONE, GOOD), silent(TWO)),  # every server that answers must agree; one that is silent says nothing
        (answer(ONE, "v=spf1 -all", GOOD),),  # other records beside it
        (answer(ONE, (GOOD[:20], GOOD[20:])),),  # one record of two strings (RFC 1035 section 3.3.14)
        (answer(ONE, f"v=mxlatch1;key={KEY};until=2026-12-31"),),
        (answer(ONE, GOOD, "v=mxlatch1; key=0000; until=2027-12-31"),),  # leave for somebody else too
        (answer(ONE, GOOD, f"v=mxlatch1; key={KEY}; until=2026-01-31"),),  # an old record left over
        (answer(ONE, GOOD), answer(ONE, name=f"zq7.{NAME}"), answer(ONE, name="zq7.example.com")),
        (answer(ONE, GOOD), answer(ONE, "v=spf1 -all", name="zq7.example.com")),  # a wildcard that says something else
        (answer(ONE, GOOD), silent(ONE, name=f"zq7.{NAME}")),
    ],
)
def test_leave_is_given(observations: tuple[Observation, ...]) -> None:
    assert granted(*observations) == LEAVE


@pytest.mark.parametrize(
    ("observations", "reason"),
    [
        ((), "no authoritative server answered"),
        ((silent(ONE),), "no authoritative server answered"),
        ((answer(ONE),), "has no TXT that begins with v=mxlatch1"),
        ((answer(ONE, "v=mxlatch10; key=" + KEY),), "has no TXT that begins"),
        ((answer(ONE, GOOD, owner="elsewhere.example"),), "has no TXT that begins"),  # behind a CNAME
        ((answer(ONE, GOOD + "x" * 600),), "has no TXT that begins"),
        ((answer(ONE, GOOD), answer(TWO)), "do not agree"),
        ((answer(ONE, GOOD), answer(TWO, GOOD.replace("12-31", "11-30"))), "do not agree"),
        ((answer(ONE, GOOD), answer(TWO, GOOD, name=f"zq7.{NAME}")), "a wildcard answers"),
        ((answer(ONE, GOOD), answer(ONE, GOOD, name="zq7.example.com")), "a wildcard answers"),
        ((answer(ONE, "v=mxlatch1; key=0000; until=2026-12-31"),), "another operator's key"),
        ((answer(ONE, "v=mxlatch1; until=2026-12-31"),), "another operator's key"),
        ((answer(ONE, f"v=mxlatch1; key={key_hash(b'else', DOMAIN)}; until=2026-12-31"),), "another operator's key"),
        (
            (answer(ONE, GOOD.replace(KEY, key_hash(SECRET, "example.net"))),),
            "another operator's key",
        ),
        ((answer(ONE, f"v=mxlatch1; key={KEY}; key=0000; until=2026-12-31"),), "another operator's key"),
        ((answer(ONE, f"v=mxlatch1; key={KEY}"),), "has no until="),
        ((answer(ONE, f"v=mxlatch1; key={KEY}; until=forever"),), "has no until="),
        ((answer(ONE, f"v=mxlatch1; key={KEY}; until=2026-02-30"),), "has no until="),
        ((answer(ONE, GOOD.replace("2026-12-31", "2026-11-21")),), "ended on 2026-11-21"),
    ],
)
def test_leave_is_not_given(observations: tuple[Observation, ...], reason: str) -> None:
    told = granted(*observations)
    assert isinstance(told, str)
    assert reason in told


@pytest.mark.parametrize("others", [(), (silent(ONE, name=f"zq7.{NAME}"),)])
def test_a_wildcard_must_be_ruled_out(others: tuple[Observation, ...]) -> None:
    told = proof(DOMAIN, (answer(ONE, GOOD), *others), KEY, NOW)
    assert isinstance(told, str)
    assert told.endswith("a wildcard cannot be ruled out")


def test_the_last_day_counts_whole() -> None:
    seen = (answer(ONE, GOOD), NOBODY)
    end = datetime(2027, 1, 1, tzinfo=UTC).timestamp()
    assert isinstance(proof(DOMAIN, seen, KEY, end - 1), Leave)
    assert proof(DOMAIN, seen, KEY, end) == f"the leave at {NAME} ended on 2026-12-31"


def test_the_questions_ask_every_server_for_the_proof_and_for_labels_that_nobody_has() -> None:
    asked = proof_questions(DOMAIN, [ONE, TWO], "zq7")
    assert [(q.server, q.name) for q in asked] == [
        (server, name) for server in (ONE, TWO) for name in (NAME, f"zq7.{NAME}", "zq7.example.com")
    ]


def test_the_record_to_publish_is_what_is_looked_for() -> None:
    line = proof_record(SECRET, DOMAIN, date(2026, 12, 31))
    assert line == f'{NAME}. IN TXT "{GOOD}"'


ENDED_BLOCK = Block("10.1.0.0/16", "ticket 9", until=date(2026, 11, 21))
INVENTORY = Inventory(
    domains=(Domain(DOMAIN, recipient="alice@example.com"), Domain("example.net")),
    blocks=(Block("198.51.100.0/24", authorised="ticket 7"), Block("203.0.113.0/24"), ENDED_BLOCK),
    doors=(Door(addresses=("192.0.2.1",)),),
)


@pytest.mark.parametrize(
    ("domain", "address", "leave", "reason"),
    [
        (DOMAIN, "192.0.2.1", LEAVE, None),
        (DOMAIN, "192.0.2.1", ENDED, "the leave for example.com (txt until 2026-11-21) has ended"),
        (DOMAIN, "198.51.100.9", LEAVE, None),
        (
            DOMAIN,
            "203.0.113.9",
            LEAVE,
            "block 203.0.113.0/24 has no proof of control",
        ),  # a domain's proof covers no block
        (DOMAIN, "203.0.113.9", by_reference(DOMAIN, "ticket 8"), None),
        (DOMAIN, "10.1.2.3", LEAVE, "the leave for block 10.1.0.0/16 (ticket 9) ended on 2026-11-21"),
        (DOMAIN, "10.1.2.3", by_reference(DOMAIN, "ticket 8"), None),
        (DOMAIN, "192.0.2.2", LEAVE, "does not list"),
        (DOMAIN, "192.0.2.1", None, "no leave"),
        (DOMAIN, "192.0.2.1", Leave(DOMAIN), "no leave"),
        (DOMAIN, "192.0.2.1", Leave("example.net", Level.RCPT), "no leave"),
        ("example.net", "192.0.2.1", Leave("example.net", Level.RCPT), "no valid recipient"),
        ("example.org", "192.0.2.1", Leave("example.org", Level.RCPT), "no valid recipient"),
    ],
)
def test_where_rcpt_probes_may_go(domain: str, address: str, leave: Leave | None, reason: str | None) -> None:
    told = why_no_probes(domain, address, INVENTORY, leave, NOW)
    assert told is None if reason is None else told is not None and reason in told


def test_a_leave_tells_by_what_it_was_granted_on_one_line_that_fits_a_message() -> None:
    proved = BlockLeave("txt at _mxlatch.100.51.198.in-addr.arpa until 2026-12-31", NOW)
    one = structs.replace(LEAVE, reverse={"198.51.100.0/24": proved, "203.0.113.0/24": "nobody answered"})
    assert LEAVE.told == "txt until 2026-12-31"
    assert one.told == f"txt until 2026-12-31; block 198.51.100.0/24: {proved.granted}"
    many = structs.replace(LEAVE, reverse={f"10.{n}.0.0/16": proved for n in range(128)})
    assert many.told.endswith(" and 125 more")
    assert len(many.told) < 998


def test_a_reference_is_repeated() -> None:
    assert by_reference(DOMAIN, "ticket 8").granted == "--authorised ticket 8"


@pytest.mark.parametrize(
    ("address", "leave", "now", "why"),
    [
        ("192.168.7.7", LEAVE, NOW, ""),
        ("192.168.7.7", None, NOW, "no leave to send a canary to example.com"),
        ("192.168.7.7", Leave(DOMAIN), NOW, "no leave to send a canary"),
        ("192.168.7.7", by_reference("example.net", "x"), NOW, "no leave to send a canary"),
        ("192.168.7.7", LEAVE, NOW + 60 * 86400, "the leave for example.com (txt until 2026-12-31) has ended"),
        ("8.8.8.8", LEAVE, NOW, "the inventory does not list 8.8.8.8"),
        ("10.1.2.3", LEAVE, NOW, "block 10.1.0.0/16 has no proof of control"),
        ("10.1.2.3", by_reference(DOMAIN, "ticket 4711"), NOW, ""),
    ],
)
def test_where_a_canary_may_be_sent(address: str, leave: Leave | None, now: float, why: str) -> None:
    inventory = Inventory(blocks=(Block("10.1.0.0/16"),), doors=(Door(addresses=("192.168.7.7",)),))
    told = why_no_canary(DOMAIN, address, inventory, leave, now) or ""
    assert why in told
    assert bool(told) is bool(why)


@pytest.mark.parametrize(
    ("recipient", "why"),
    [
        ("anna@example.com", ""),  # of the inventory
        ("bert@example.com", ""),  # of the command line
        ("carl@example.com", "neither the command line nor the inventory names 'carl@example.com'"),
        ("bert@example.net", "'bert@example.net' is not at example.com"),
        ("anna@example.com@example.net", "neither the command line nor the inventory"),
        ("", "neither the command line nor the inventory"),
    ],
)
def test_to_whom_a_canary_may_go(recipient: str, why: str) -> None:
    inventory = Inventory(domains=(Domain(DOMAIN, recipient="anna@example.com"),))
    told = why_not_to(recipient, DOMAIN, frozenset({"bert@example.com", "bert@example.net"}), inventory) or ""
    assert why in told
    assert bool(told) is bool(why)
