"""New records are in force when every server that speaks for the zone serves them."""

import asyncio
from collections.abc import Sequence

import pytest
from msgspec import structs

from mxlatch.plan.provider import Done, Means, NotDone, Outcome, Unsure
from mxlatch.plan.providers import rrsets, served
from mxlatch.terms import dns
from mxlatch.terms.observation import Observation
from mxlatch.terms.question import DnsQuestion
from tests.fakes.primary import PRIMARY, SECONDARY, Primary
from tests.plan.providers.hand import ZONE, mx
from tests.plan.providers.test_rfc2136 import TEXT, means

NEW = TEXT.replace("example.com 300 MX 20 mx2.example.com.\n", "")
AFTER = rrsets.after(mx())


def asked(primary: Primary, **others: str) -> Outcome:
    """others: status of what a server says in place of its answer, by "primary" or "secondary"."""
    statuses = {PRIMARY: others.get("primary", ""), SECONDARY: others.get("secondary", "")}

    async def ask(questions: Sequence[DnsQuestion]) -> list[Observation]:
        seen = await primary.ask(questions)
        return [structs.replace(each, status=statuses[q.server]) if statuses[q.server] else each
                for q, each in zip(questions, seen, strict=True)]  # fmt: skip

    return asyncio.run(served.everywhere(ZONE, [AFTER], structs.replace(means(primary), ask=ask)))


def test_all_serve_it() -> None:
    outcome = asked(Primary(NEW))
    assert outcome == Done("served by 192.0.2.1, 192.0.2.2")


def test_a_secondary_that_has_the_old_one_is_named() -> None:
    primary = Primary(TEXT)
    primary.here = Primary(NEW).here
    outcome = asked(primary)
    assert isinstance(outcome, NotDone)
    assert outcome.reason.startswith("192.0.2.2 still serves example.com MX")


def test_another_ttl_is_not_it() -> None:
    assert isinstance(asked(Primary(NEW.replace("300 MX", "600 MX"))), NotDone)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (dns.REFUSED, Done),  # it serves nothing of this zone, old or new
        (dns.NOT_AUTH, Done),
        (dns.SERVFAIL, Unsure),
        (dns.NO_RESPONSE, Unsure),
        (dns.NODATA, NotDone),
        (dns.NXDOMAIN, NotDone),
    ],
)
def test_silence_is_no_answer(status: str, kind: type) -> None:
    assert isinstance(asked(Primary(NEW), secondary=status), kind)


def test_nobody_known_is_unknown() -> None:
    lonely: Means = structs.replace(means(Primary(NEW)), servers={})
    assert isinstance(asyncio.run(served.everywhere(ZONE, [AFTER], lonely)), Unsure)
    assert ZONE not in lonely.servers


def soa(serial: int) -> str:
    return f"{TEXT}example.com 300 SOA ns1.example.com. h.example.com. {serial} 1 1 1 1\n"


@pytest.mark.parametrize(
    ("here", "there", "unheard_of"),
    [
        (soa(7), soa(7), True),
        (soa(6), soa(4_294_967_295), True),  # RFC 1982: the circle's end is before its beginning
        (soa(8), soa(7), False),
        (soa(7), soa(8), False),
        (soa(7), soa(2_026_112_801), False),  # newer than 8, or of something else: it is not surely older
        (soa(7), TEXT, False),  # says nothing of its serial
    ],
)
def test_a_serial_is_unheard_of_if_every_server_has_an_older_one(here: str, there: str, unheard_of: bool) -> None:
    primary = Primary(here)
    primary.there = Primary(there).here
    assert asyncio.run(served.is_unheard_of(8, ZONE, means(primary))) == unheard_of


def test_of_a_server_that_is_silent_and_of_none_it_is_not_known() -> None:
    primary = Primary(soa(7))
    assert not asyncio.run(served.is_unheard_of(8, ZONE, structs.replace(means(primary), servers={})))
    primary.mute = True
    assert not asyncio.run(served.is_unheard_of(8, ZONE, means(primary)))
