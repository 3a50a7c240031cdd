import pytest
from msgspec import structs

from mxlatch.canary.result import Canary, Mark, Passed, Run
from mxlatch.report.canary import render

ARRIVED = Canary(
    "192.0.2.25:25", "t1", "plain", "sent", "message", "250 queued", arrived=True, note="arrived, and no filter",
    where="/home/anna/Maildir", chain=(Passed("mail.example.com", "probe.example", "203.0.113.9"),),
)  # fmt: skip
LOST = Canary("192.0.2.26:25", "t2", "gtube", "sent", "message", "250 ok", arrived=False, note="not arrived: junk, …")


def run(*canaries: Canary, **more: object) -> Run:
    given = {"skipped": (("192.0.2.27:25", "closed: refused"),)} | more
    return Run(
        domain="example.com", recipient="a@example.com", sender="p@s.example", vantage="internet", leave="ticket 4711",
        time=1.0, waited=61.4, canaries=canaries, **given,
    )  # fmt: skip


def test_a_proven_way_round_is_the_first_sentence() -> None:
    text = render(run(ARRIVED, LOST), frozenset({ARRIVED.door}))
    assert text.splitlines()[0] == (
        "Proven: mail that enters at 192.0.2.25:25 reaches a mailbox of example.com, and no filter left a mark."
    )
    for said in (
        "by leave of ticket 4711", "token t1", "passed mail.example.com, from probe.example [203.0.113.9]",
        "found in /home/anna/Maildir", "192.0.2.26:25 (with the filters' test string): not arrived",
        "  192.0.2.27:25: closed: refused", "during 61 s.",
    ):  # fmt: skip
        assert said in text


@pytest.mark.parametrize(
    ("canary", "sentence"),
    [
        (LOST, "No canary for example.com arrived: that proves nothing."),
        (
            structs.replace(ARRIVED, marks=(Mark("header", "x-spam-status: No"),)),
            "Canaries for example.com came through 1 of 1 doors, and a filter left its mark each time.",
        ),
    ],
)
def test_the_other_sentences(canary: Canary, sentence: str) -> None:
    assert render(run(canary)).splitlines()[0] == sentence


def test_an_interrupt_is_told() -> None:
    assert "61 s, interrupted." in render(run(ARRIVED, interrupted=True))


def test_strangers_text_does_nothing_to_the_terminal() -> None:
    text = render(run(structs.replace(ARRIVED, chain=(Passed("\x1b[2J\u202e\n"),), note="a\nb")))
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "a\\nb" in text
