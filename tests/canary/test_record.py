import json

import pytest

from mxlatch.canary.record import dump, load
from mxlatch.canary.result import Canary, Mark, Passed, Run
from mxlatch.terms.errors import InputError
from mxlatch.terms.evidence import Evidence

RUN = Run(
    domain="example.com", recipient="a@example.com", sender="p@sender.example", vantage="internet", leave="ticket",
    time=1_800_000_000.0, waited=12.5, skipped=(("[2001:db8::25]:25", "closed: refused"),),
    canaries=(
        Canary(
            "192.0.2.25:25", "t1", "plain", "sent", "message", "250 ok", arrived=True, note="arrived", where="INBOX",
            chain=(Passed("mail.example.com", "probe.example", "203.0.113.9", "ESMTP", 1.0),),
            marks=(Mark("header", "x-spam-status: No"),), copies=1, evidence=Evidence("canary t1", "INBOX", 1.0),
        ),
    ),
)  # fmt: skip


def test_what_is_kept_is_read_again() -> None:
    assert load(dump(RUN), "canary.json") == RUN


def test_the_form_that_others_read() -> None:
    kept = json.loads(dump(RUN))
    assert kept["schema"] == "mxlatch.canary/1"
    assert {"door", "token", "arrived", "evidence", "marks", "chain", "sent"} <= set(kept["canaries"][0])


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("mxlatch.canary/1", "mxlatch.canary/9", "schema 'mxlatch.canary/9', this mxlatch reads"),
        ('"example.com"', '"Example.COM"', "not as mxlatch writes names"),
        ("192.0.2.25:25", "mail.example.com:25", "is damaged"),
        ("192.0.2.25:25", "192.0.2.25", "is damaged"),
        ("192.0.2.25:25", "192.0.2.25:x", "is no door"),
        ('"sent": "sent"', '"sent": "perhaps"', "no file of canaries"),
        ("{", "", "no file of canaries"),
    ],
)
def test_a_file_that_is_none(old: str, new: str, fault: str) -> None:
    text = dump(RUN)
    assert old in text
    with pytest.raises(InputError, match=fault) as told:
        load(text.replace(old, new), "canary.json")
    assert str(told.value).startswith("canary.json: ")
