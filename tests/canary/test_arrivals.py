"""Which message is a canary, and by what a filter is known to have had it."""

import pytest

from mxlatch.canary.arrivals import MOST_MARKS, Reader
from mxlatch.canary.result import FILTER_HEADER, FILTER_HOST, FILTER_OPERATOR
from mxlatch.inventory.model import Door, Inventory
from mxlatch.terms.operators import Detect, Provider

TOKEN, OTHER = "a" * 24, "b" * 24
FILTERS = Inventory(
    doors=(
        Door("mx.filter.example", ("198.51.100.25",), role="filter", public_names=("mx1.example.com",)),
        Door("mail.example.com", ("192.0.2.25",), role="mailbox"),
    )
)
PROVIDERS = (
    Provider("pp", "Proofpoint", "filter", Detect(mx=("*.pphosted.com",)), "2026-01-01", "memory"),
    Provider("google", "Google", "both", Detect(mx=("*.google.com",)), "2026-01-01", "memory"),
)
OURS = f"X-Mxlatch-Canary: {TOKEN}\nSubject: mxlatch canary {TOKEN}\n\nbody\n"
DIRECT = "Received: from probe.example ([203.0.113.9]) by mail.example.com with ESMTP id 1; x\n"


def read(header: str) -> object:
    return Reader({TOKEN, OTHER}, FILTERS, PROVIDERS).read(header.encode(), "INBOX")


@pytest.mark.parametrize(
    ("header", "token"),
    [
        (f"X-Mxlatch-Canary: {TOKEN}", TOKEN),
        (f"x-mxlatch-canary:{OTHER}", OTHER),
        (f"Message-ID: <{TOKEN}.mxlatch-canary@sender.example>", TOKEN),
        (f"Subject: mxlatch canary {TOKEN}", TOKEN),
        (f"Subject: [SPAM?] mxlatch canary {TOKEN}", TOKEN),
        (f"Subject: Re: mxlatch canary {TOKEN}\nIn-Reply-To: <{TOKEN}.mxlatch-canary@sender.example>", None),
        (f"Subject: Out of office: mxlatch canary {TOKEN}\nReferences: <x>", None),
        (f"Subject: Undelivered Mail\n\nX-Mxlatch-Canary: {TOKEN}", None),  # quoted by a bounce
        (f"X-Mxlatch-Canary: {'c' * 24}", None),  # of another run
        (f"X-Mxlatch-Canary: {TOKEN}x", None),
        ("Subject: lunch", None),
        ("", None),
    ],
)
def test_what_is_a_canary(header: str, token: str | None) -> None:
    arrival = read(f"{header}\n\nbody\n")
    assert (arrival and arrival.token) == token


@pytest.mark.parametrize(
    ("header", "kinds"),
    [
        (DIRECT, []),
        ("Received: from mx.filter.example ([198.51.100.25]) by mail.example.com with ESMTP id 2; x\n", [FILTER_HOST]),
        ("Received: from x ([198.51.100.25]) by mail.example.com with ESMTP id 2; x\n", [FILTER_HOST]),
        ("Received: from x ([203.0.113.9]) by mx1.example.com with ESMTP id 2; x\n", [FILTER_HOST]),
        ("Received: from x ([203.0.113.9]) by m1.ppops.net with ESMTP id 2; x\n", []),
        ("Received: from x ([203.0.113.9]) by m1.pphosted.com with ESMTP id 2; x\n", [FILTER_OPERATOR]),
        ("Received: from x ([203.0.113.9]) by mx.google.com with ESMTP id 2; x\n", []),  # the mailbox host's own
        (f"X-Spam-Status: No, score=-1\n{DIRECT}", [FILTER_HEADER]),
        (f"X-Proofpoint-Virus-Version: x\n{DIRECT}", [FILTER_HEADER]),
        (f"X-Spammer: no filter's word\n{DIRECT}", []),
        (f"Authentication-Results: mx.filter.example; spf=pass\n{DIRECT}", [FILTER_HEADER]),
        (f"Authentication-Results: mail.example.com; spf=pass\n{DIRECT}", []),
    ],
)
def test_by_what_a_filter_is_known(header: str, kinds: list[str]) -> None:
    arrival = read(header + OURS)
    assert sorted({mark.kind for mark in arrival.marks}) == kinds


def test_the_chain_begins_at_the_door() -> None:
    on = "Received: from mail.example.com ([192.0.2.25]) by store.example.com with LMTP id 3; x\n"
    arrival = read(on + DIRECT + OURS)
    assert [passed.by for passed in arrival.chain] == ["mail.example.com", "store.example.com"]
    assert (arrival.chain[0].sender, arrival.chain[0].address) == ("probe.example", "203.0.113.9")


def test_marks_are_bounded() -> None:
    arrival = read("".join(f"X-Spam-{n}: {'x' * 2000}\n" for n in range(100)) + OURS)
    assert len(arrival.marks) == MOST_MARKS
    assert max(len(mark.text) for mark in arrival.marks) <= 200
