"""Where the words of a zone file stand, and whose they are."""

import pytest

from mxlatch.plan.providers import zonetext
from mxlatch.terms.errors import InputError

SOA = "@ 300 IN SOA ns1 hostmaster 1 3600 600 86400 60\n"

# Text after the SOA, and of each record: owner, TTL in force, type, RDATA.
CASES = {
    "owner left out": (
        "$TTL 60\na IN A 192.0.2.1\n\tIN AAAA ::1\n A 192.0.2.2\n",
        [("a", 60, "A", "192.0.2.1"), ("a", 60, "AAAA", "::1"), ("a", 60, "A", "192.0.2.2")],
    ),
    "class before TTL, and after": ("a IN 60 A 192.0.2.1\nb 60 in A 192.0.2.1\n",
                                    [("a", 60, "A", "192.0.2.1"), ("b", 60, "A", "192.0.2.1")]),
    "units": ("a 1h30m A 192.0.2.1\nb 1W A 192.0.2.1\n",
              [("a", 5400, "A", "192.0.2.1"), ("b", 604800, "A", "192.0.2.1")]),
    "a name like a number": ("$TTL 5\n10 PTR host\n", [("10", 5, "PTR", "host")]),
    "a name like a class": ("$TTL 5\nin MX 10 mx\n", [("in", 5, "MX", "10 mx")]),
    "a name like a type": ("$TTL 5\nmx A 192.0.2.1\n", [("mx", 5, "A", "192.0.2.1")]),
    "lines in parentheses": ("$TTL 5\na TXT ( \"x\" ; one\n  \"y\"\n) ; end\nb A 192.0.2.1\n",
                             [("a", 5, "TXT", '"x" "y"'), ("b", 5, "A", "192.0.2.1")]),
    "what is quoted": ('$TTL 5\na TXT "v=spf1; (all)" "two\\"x"\n', [("a", 5, "TXT", '"v=spf1; (all)" "two\\"x"')]),
    "an escape": ("$TTL 5\na\\;b A 192.0.2.1\n", [("a\\;b", 5, "A", "192.0.2.1")]),
    "another origin": ("$TTL 5\n$ORIGIN sub\na A 192.0.2.1\n$ORIGIN example.com.\nb A 192.0.2.1\n",
                       [("a.sub", 5, "A", "192.0.2.1"), ("b", 5, "A", "192.0.2.1")]),
    "a blank line keeps the owner": ("$TTL 5\na A 192.0.2.1\n   \n; note\n  A 192.0.2.2\n",
                                     [("a", 5, "A", "192.0.2.1"), ("a", 5, "A", "192.0.2.2")]),
    "carriage returns": ("$TTL 5\r\na A 192.0.2.1 ; x\r\n  A 192.0.2.2\r\n",
                         [("a", 5, "A", "192.0.2.1"), ("a", 5, "A", "192.0.2.2")]),
    "no line end": ("$TTL 5\na A 192.0.2.1", [("a", 5, "A", "192.0.2.1")]),
    "the last TTL that was written": ("a 60 A 192.0.2.1\nb A 192.0.2.1\n",
                                      [("a", 60, "A", "192.0.2.1"), ("b", 60, "A", "192.0.2.1")]),
    "the TTL of the SOA": ("b A 192.0.2.1\n", [("b", 300, "A", "192.0.2.1")]),
    "absolute": ("$TTL 5\na.example.com. A 192.0.2.1\n", [("a", 5, "A", "192.0.2.1")]),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_every_record_is_found(name: str) -> None:
    text, wanted = SOA + CASES[name][0], CASES[name][1]
    lines = zonetext.read(text, "example.com", "db").lines[1:]
    origin = zonetext.read(text, "example.com", "db").lines[0].owner
    found = [
        (line.owner.relativize(origin).to_text(), line.ttl, line.rrtype.text, " ".join(w.text for w in line.rdata))
        for line in lines
    ]
    assert found == wanted


@pytest.mark.parametrize("name", CASES)
def test_every_word_stands_where_it_says_and_entries_are_the_whole_text(name: str) -> None:
    text = SOA + CASES[name][0]
    entries = list(zonetext.entries(text, "db"))
    assert "".join(text[entry.start : entry.end] for entry in entries) == text
    assert all(text[word.start : word.end] == word.text for entry in entries for word in entry.words)
    assert all(text.count("\n", 0, entry.start) + 1 == entry.line for entry in entries)


def test_without_any_ttl_the_soa_says() -> None:
    text = "@ SOA ns1 hostmaster 1 3600 600 86400 1m\na A 192.0.2.1\nb 5 A 192.0.2.1\nc A 192.0.2.1\n"
    assert [line.ttl for line in zonetext.read(text, "example.com", "db").lines[1:]] == [60, 5, 60]


def test_what_is_not_followed_is_noted() -> None:
    zone = zonetext.read(SOA + "$INCLUDE more\n$GENERATE 1-9 h$ A 192.0.2.$\n", "example.com", "db")
    assert [(entry.line, entry.words[0].text) for entry in zone.blind] == [(2, "$INCLUDE"), (3, "$GENERATE")]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a TXT ( x\n", "db:2: the '\\(' of this entry has no '\\)'"),
        ("a TXT ) x\n", "db:2: a '\\)' without"),
        ('a TXT "x\n', "db:2: a quotation mark without its end"),
        (" A 192.0.2.1\na 5\n", "db:3: no entry of a zone file"),
        ("$DATE x\n", "db:2: .*[$]DATE is not known"),
        ("a NOSUCHTYPE x\n", "db:2: no entry"),
        ("a..b A 192.0.2.1\n", "db:2: no entry"),
        ("$TTL\n", "db:2: no entry"),
    ],
)
def test_a_fault_names_the_line(text: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        zonetext.read(SOA + text, "example.com", "db")


@pytest.mark.parametrize(
    ("ttl", "model", "written"),
    [(3600, "300", "3600"), (3600, "1d", "1h"), (90, "1h", "90s"), (0, "1h", "0s"), (86400, "2H", "1D")],
)
def test_a_ttl_is_written_like_another(ttl: int, model: str, written: str) -> None:
    assert zonetext.like(ttl, model) == written
    assert zonetext.seconds(written) == ttl
