"""A scan as text and JSON: the sentence for each outcome, and strangers' texts made harmless."""

import json

import pytest

from mxlatch.report.layout import Style
from mxlatch.report.scan import as_json, sentence, text
from mxlatch.terms.scan import Opening, Scan, Swept

LISTED = Opening("192.0.2.1", 25, "smtp", "220 mx ESMTP", "Exim 4.96", authorised=True, role="filter")
ROGUE = Opening("192.0.2.9", 2526, "smtp", "220 x\x1b[2J\u202e ESMTP")
RETIRED = Opening("192.0.2.7", 25, "smtp", authorised=False)


def scan(*openings: Opening, interrupted: bool = False, **counts: int) -> Scan:
    block = Swept("192.0.2.0/24", "25,2526", "syn", 2, openings, left_out=("192.0.2.3/32 is on the …",), **counts)
    return Scan((block,), "guest-wifi", 0.0, {"IPv4": (25,), "IPv6": ()}, interrupted)


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        (scan(), "0 doors found; of everything else it is known."),
        (scan(LISTED), "1 door found, all of them authorised by the inventory; of everything else it is known."),
        (
            scan(LISTED, ROGUE, silent=9, filtered=9),
            "2 doors found, 1 of them not authorised by the inventory; of everything else it is known.",
        ),
        (scan(RETIRED), "1 door found, 1 of them not authorised by the inventory; of everything else it is known."),
        (scan(silent=9), "0 doors found; incomplete: 9 address-port pairs unknown."),
        (
            scan(Opening("192.0.2.2", 25, "nothing")),
            "0 doors found; incomplete: 1 open on a port of mail, and gave no greeting.",
        ),
        (scan(ROGUE, interrupted=True), "1 door found, 1 of them not authorised by the inventory; broken off"),
    ],
)
def test_the_sentence(seen: Scan, told: str) -> None:
    assert sentence(seen).startswith(told)


@pytest.mark.parametrize(
    "line",
    [
        "192.0.2.0/24 port 25,2526, by SYN packets, 2 passes",
        "  192.0.2.1:25  SMTP  listed (filter)  Exim 4.96: 220 mx ESMTP",
        "  192.0.2.9:2526  SMTP  NOT LISTED  220 x\\x1b[2J\\u202e ESMTP",
        "  192.0.2.7:25  SMTP  LISTED AS NOT AUTHORISED",
        "  3 open, 1 closed, 8 filtered, 3 unknown (1 refused without the control, 2 silent",
        "  left out: 192.0.2.3/32 is on the ...",
        "Positive control (something on that port opened to this vantage, guest-wifi): IPv4",
    ],
)
def test_the_text(line: str) -> None:
    seen = scan(LISTED, ROGUE, RETIRED, refused=2, closed=1, silent=10, filtered=8)
    assert line in text(seen, Style(width=100, ascii=True))


def test_json_is_whole() -> None:
    told = json.loads(as_json(scan(ROGUE, silent=2)))
    assert (told["schema"], told["complete"], told["vantage"]) == ("mxlatch.scan/1", False, "guest-wifi")
    assert told["blocks"][0]["unknown"] == 2
    assert told["blocks"][0]["open"][0]["banner"] == ROGUE.banner
    assert as_json(scan(Opening("192.0.2.9", 25, "smtp", "220 \udcff")))


def test_json_takes_nothing_to_the_terminal_of_who_reads_it_with_cat() -> None:
    """U+009B begins a terminal sequence as ESC [ does (ECMA-48 5.4), and JSON need not escape it."""
    greeting = "220 \x9b31m \u202e \x7f Grüße"
    told = as_json(scan(Opening("192.0.2.9", 25, "smtp", greeting)))
    assert told.isascii()
    assert "\x7f" not in told
    assert json.loads(told)["blocks"][0]["open"][0]["banner"] == greeting
