"""Zone files as their owners keep them: only the lines concerned change, and what comes out is what the plan says."""

import asyncio
import random
import string
import subprocess
from collections.abc import Sequence
from pathlib import Path

import dns.zone
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from mxlatch.plan.change import Records
from mxlatch.plan.provider import Done, Given, Means, NotDone, ZoneFile
from mxlatch.plan.providers import zonefile
from mxlatch.plan.result import Step
from mxlatch.terms.errors import InputError
from tests.fakes.primary import Primary
from tests.plan.providers.hand import LOCK, MX, TODAY, ZONE, mx, plan, records
from tests.plan.providers.test_rfc2136 import TEXT, means

KEPT = """; kept by the network group
$TTL 1h
@   IN SOA ns1 hostmaster (
        2026010105 ; serial
        3600 600 86400 300 )
        IN  NS   ns1
        IN  NS   ns2.example.net.
; mail
        IN  MX   10 mx1        ; the filter
        IN  MX   20 mx2        ; the old one
        IN  TXT  "v=spf1 mx; -all"
mx1     IN  A    203.0.113.1
mx2  60 IN  A    203.0.113.2
        IN  AAAA 2001:db8::2
$GENERATE 1-3 h$ A 192.0.2.$
www     CNAME mx1
_mta-sts IN TXT "v=STSv1; id=1;"
"""
HOUR = 3600


def hour(after: Sequence[str], ttl: int = HOUR) -> Records:
    return Records(ZONE, ZONE, "MX", MX, tuple(after), ttl, HOUR)


# What changes, and the lines that go and come, besides the serial.
CASES = {
    "the second goes": ([hour(MX[:1])], "-        IN  MX   20 mx2        ; the old one"),
    "all go": (
        [hour(())],
        """-        IN  MX   10 mx1        ; the filter
           -        IN  MX   20 mx2        ; the old one""",
    ),
    "another host": (
        [hour((MX[0], "20 mx3.example.com."))],
        """-        IN  MX   20 mx2        ; the old one
           +        IN  MX   20 mx3        ; the old one""",
    ),
    "another number: the host keeps its comment": (
        [hour(("10 mx2.example.com.", "20 mx1.example.com."))],
        """-        IN  MX   10 mx1        ; the filter
           -        IN  MX   20 mx2        ; the old one
           +        IN  MX   20 mx1        ; the filter
           +        IN  MX   10 mx2        ; the old one""",
    ),
    "one more, elsewhere": ([hour((*MX, "30 mx.other.net."))], "+        IN  MX   30 mx.other.net."),
    "a shorter TTL": (
        [hour(MX[:1], 300)],
        """-        IN  MX   10 mx1        ; the filter
           -        IN  MX   20 mx2        ; the old one
           +    300 IN  MX   10 mx1        ; the filter""",
    ),
    "the owner of the next line goes": (
        [records("mx2.example.com", "A", ("203.0.113.2",), ())],
        """-mx2  60 IN  A    203.0.113.2
           -        IN  AAAA 2001:db8::2
           +mx2     IN  AAAA 2001:db8::2""",
    ),
    "a new host": (
        [records("mx3.example.com", "A", (), ("203.0.113.3",), 60)],
        "+mx3  60 IN  A    203.0.113.3",
    ),
    "a new type at a host": (
        [records("mx1.example.com", "AAAA", (), ("2001:db8::1",), HOUR)],
        "+mx1     IN  AAAA 2001:db8::1",
    ),
    "a written TTL": (
        [records("mx2.example.com", "A", ("203.0.113.2",), ("203.0.113.2",), 86400)],
        """-mx2  60 IN  A    203.0.113.2
           +mx2  86400 IN  A    203.0.113.2""",
    ),
    "a new id of a policy, and the TLSA of a new name": (
        [
            records("_mta-sts.example.com", "TXT", ('"v=STSv1; id=1;"',), ('"v=STSv1; id=20261128n1;"',), HOUR),
            records("_25._tcp.mx3.example.com", "TLSA", (), (f"3 1 1 {'ab' * 32}",), HOUR),
        ],
        f"""-_mta-sts IN TXT "v=STSv1; id=1;"
           +_mta-sts IN TXT "v=STSv1; id=20261128n1;"
           +_25._tcp.mx3 IN TLSA 3 1 1 {'ab' * 32}""",
    ),
    "a long text": (
        [records(ZONE, "TXT", ('"v=spf1 mx; -all"',), ('"v=spf1 mx ip4:192.0.2.1 -all"',), HOUR)],
        """-        IN  TXT  "v=spf1 mx; -all"
           +        IN  TXT  "v=spf1 mx ip4:192.0.2.1 -all\"""",
    ),
}  # fmt: skip


def kept(text: str = KEPT, path: str = "db") -> ZoneFile:
    return ZoneFile(ZONE, path, text)


def changed_lines(diff: str) -> list[str]:
    lines = [line for line in diff.splitlines() if line[:1] in ("-", "+") and line[:3] not in ("---", "+++")]
    return [line for line in lines if "serial" not in line]


@pytest.mark.parametrize("name", CASES)
def test_only_the_lines_concerned_change(name: str) -> None:
    changes, wanted = CASES[name]
    new = zonefile.rewritten(kept(), changes, TODAY)
    assert sorted(changed_lines(zonefile.diff(kept(), new))) == sorted(line.lstrip() for line in wanted.splitlines())
    assert "2026112801 ; serial" in new


@pytest.mark.parametrize("name", CASES)
def test_carriage_returns_stay(name: str) -> None:
    new = zonefile.rewritten(kept(KEPT.replace("\n", "\r\n")), CASES[name][0], TODAY)
    assert new.count("\n") == new.count("\r\n")
    assert new.replace("\r\n", "\n") == zonefile.rewritten(kept(), CASES[name][0], TODAY)


@pytest.mark.parametrize("name", CASES)
def test_the_diff_is_its_own_undo(name: str, tmp_path: Path) -> None:
    (text,) = zonefile.render(plan(CASES[name][0]), Given(zones=(kept(),), today=TODAY))
    (tmp_path / "db").write_text(KEPT)
    (tmp_path / "diff").write_text(text.text)
    subprocess.run(["patch", "-s", "-p1", "-i", "diff"], cwd=tmp_path, check=True)
    assert (tmp_path / "db").read_text() == zonefile.rewritten(kept(), CASES[name][0], TODAY)
    subprocess.run(["patch", "-s", "-p1", "-R", "-i", "diff"], cwd=tmp_path, check=True)
    assert (tmp_path / "db").read_text() == KEPT


STYLES = {
    "full names": ("example.com. 300 IN SOA ns1.example.com. h.example.com. 7 1 1 1 1\n"
                   "example.com. 300 IN MX 10 mx1.example.com.\nexample.com. 300 IN MX 20 mx2.example.com.\n",
                   "example.com. 300 IN MX 30 mx3.example.com.\n"),
    "tabs": ("$TTL 300\n@\tIN\tSOA\tns1 h 7 1 1 1 1\n\tIN\tMX\t10 mx1\n\tIN\tMX\t20\tmx2\n", "\tIN\tMX\t30\tmx3\n"),
    "class first": ("$TTL 5\n@ IN SOA ns1 h 7 1 1 1 1\n@ IN 300 MX 10 mx1\n@ IN 300 MX 20 mx2\n",
                    "@ IN 300 MX 30 mx3\n"),
    "no class": ("$TTL 300\n@ SOA ns1 h 7 1 1 1 1\n@ MX 10 mx1\n@ MX 20 mx2\n", "@ MX 30 mx3\n"),
    "lower case": ("$ttl 300\n@ in soa ns1 h 7 1 1 1 1\n@ in mx 10 mx1\n@ in mx 20 mx2\n", "@ in mx 30 mx3\n"),
    "an origin": ("$ORIGIN com.\n$TTL 300\nexample SOA ns1.example h.example 7 1 1 1 1\n"
                  " MX 10 mx1.example\n MX 20 mx2.example\n",
                  " MX 30 mx3.example\n"),
    "parentheses": ("$TTL 300\n@ SOA ns1 h 7 1 1 1 1\n@ MX ( 10 ; low\n mx1 )\n@ MX ( 20\n mx2 )\n",
                    "@ 300 MX 30 mx3\n"),
    "no line end": ("$TTL 300\n@ SOA ns1 h 7 1 1 1 1\n@ MX 10 mx1\n@ MX 20 mx2", "\n@ MX 30 mx3"),
    "upper-case names": ("$TTL 300\n@ SOA ns1 h 7 1 1 1 1\n@ MX 10 MX1.Example.COM.\n@ MX 20 MX2.example.com.\n",
                         "@ MX 30 mx3.example.com.\n"),
}  # fmt: skip


@pytest.mark.parametrize("name", STYLES)
def test_a_new_line_is_like_its_neighbours(name: str) -> None:
    text, line = STYLES[name]
    new = zonefile.rewritten(kept(text), [mx((*MX, "30 mx3.example.com."))], TODAY)
    assert new == text.replace(" 7 ", " 8 ") + line


@pytest.mark.parametrize(
    ("serial", "following"),
    [
        (1, 2),
        (2026112700, 2026112801),
        (2026112801, 2026112802),
        (2026112899, 2026112900),  # a hundred changes in one day
        (2030010100, 2030010101),  # somebody was ahead of the calendar
        (2026133100, 2026133101),  # no date
        (4294967295, 1),
        (1764300000, 1764300001),  # a unix time
        (0, 1),
    ],
)
def test_the_serial_rises_in_its_own_style(serial: int, following: int) -> None:
    assert zonefile.next_serial(serial, TODAY) == following
    assert 0 < (following - serial) % (1 << 32) < 1 << 31 or serial == 4294967295


REFUSED = {
    "another record": (KEPT.replace("20 mx2", "25 mx2"), [hour(MX[:1])], "db:9: example.com MX is 10 mx1"),
    "not there": (KEPT, [records("x.example.com", "A", ("192.0.2.1",), ())],
                  "db: x.example.com A is not there"),
    "there": (KEPT, [records("mx1.example.com", "A", (), ("192.0.2.1",))],
              "db:12: mx1.example.com A is 203.0.113.1; the plan saw nothing"),
    "behind an include": (KEPT.replace("        IN  MX   20 mx2        ; the old one\n", "$INCLUDE mx.inc\n"),
                          [hour(MX[:1])], r"db:9: .*line 10 \(\$INCLUDE\)"),
    "no serial": ("$TTL 1h\n$INCLUDE soa\n@ MX 10 mx1\n@ MX 20 mx2\n", [hour(MX[:1])], "db: no SOA of example.com"),
    "TTLs that hang together": ("@ 300 SOA ns1 h 7 1 1 1 1\n@ MX 10 mx1\n@ MX 20 mx2\nmx1 A 192.0.2.1\n",
                                [mx(MX, ttl=60)], "put a .TTL line"),
    "no zone file": ("hello\n", [hour(MX[:1])], "db:1: no entry of a zone file"),
    "nothing": ("", [hour(MX[:1])], "db: example.com MX is not there"),
    "no record": (KEPT.replace("203.0.113.1", "203.0.113.999"), [hour(MX[:1])], "db:12: no A record"),
    "a CNAME beside another type": (KEPT + "www A 192.0.2.1\n", [hour(MX[:1])], "db: rdataset .*: no zone"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_does_not_fit_is_refused_with_its_line(name: str) -> None:
    text, changes, told = REFUSED[name]
    with pytest.raises(InputError, match=told):
        zonefile.rewritten(kept(text), changes, TODAY)


@pytest.mark.parametrize("name", CASES)
def test_a_byte_order_mark_stays_where_it_is(name: str) -> None:
    new = zonefile.rewritten(kept("\ufeff" + KEPT), CASES[name][0], TODAY)
    assert new == "\ufeff" + zonefile.rewritten(kept(), CASES[name][0], TODAY)


def test_a_byte_order_mark_before_a_directive_is_no_part_of_it() -> None:
    text = "\ufeff$ORIGIN example.com.\n$TTL 300\n@ SOA ns1 h 7 1 1 1 1\n@ MX 10 mx1\n@ MX 20 mx2\n"
    assert zonefile.rewritten(kept(text), [mx()], TODAY) == text.replace("@ MX 20 mx2\n", "").replace(" 7 ", " 8 ")


def test_an_include_of_other_things_is_no_hindrance() -> None:
    new = zonefile.rewritten(kept(KEPT + "$INCLUDE hosts.inc\n"), [hour(MX[:1])], TODAY)
    assert new.endswith("$INCLUDE hosts.inc\n")


def test_each_step_is_a_diff_on_the_one_before() -> None:
    steps = [
        Step("TTL", (hour(MX, 60),), wait=HOUR),
        Step("MX", (structs.replace(hour(MX[:1], 60), ttl_before=60), LOCK)),
    ]
    one, two = zonefile.render(plan(*steps), Given(zones=(kept(),), today=TODAY))
    assert (one.name, two.name) == ("step-1.example.com.diff", "step-2.example.com.diff")
    assert "+        2026112801 ; serial" in one.text
    assert "+        2026112802 ; serial" in two.text
    assert "not in this file: lock of mx1.example.com" in one.text


def test_without_a_file_the_lines_are_told() -> None:
    (text,) = zonefile.render(plan([mx()]), Given(today=TODAY))
    assert "-example.com. 300 IN MX 20 mx2.example.com." in text.text.splitlines()


# Random layouts


LABELS = st.sampled_from(["@", "mx1", "mx2", "www", "a.b", "10", "in"])
BLANK = st.sampled_from([" ", "  ", "\t", "        ", "\t\t"])
COMMENT = st.sampled_from(["", " ; note", "\t; (x", ' ; "'])


@st.composite
def layouts(draw: st.DrawFn) -> str:
    """A zone file with two MX and a few hosts, in any order and layout that RFC 1035 allows."""
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    serial = draw(st.sampled_from(["7", "2026010105", "4294967295"]))
    records = [("@", "MX", "10 mx1"), ("@", "MX", "20 mx2.example.com."), ("@", "NS", "ns1")]
    hosts = draw(st.lists(st.tuples(LABELS, st.sampled_from(["192.0.2.1", "192.0.2.2"])), max_size=5, unique=True))
    records += [(label, "A", address) for label, address in hosts]
    records = draw(st.permutations(records))
    stated = draw(st.booleans())
    lines = ["$TTL 300"] if stated else []
    lines.append(f"@ {'' if stated else '300 '}IN SOA ns1 hostmaster ( {serial} ; serial{newline} 1 1 1 300 )")
    owner = "@"
    for label, rrtype, rdata in records:
        words = []
        if not stated:
            words.append("300")
        elif draw(st.booleans()):
            words.append(draw(st.sampled_from(["300", "5m"])))
        if draw(st.booleans()):
            words.insert(draw(st.integers(0, len(words))), draw(st.sampled_from(["IN", "in"])))
        named = owner != label or draw(st.booleans())
        first = (
            draw(st.sampled_from([label, "example.com." if label == "@" else f"{label}.example.com."])) if named else ""
        )
        gap = draw(BLANK)
        if draw(st.booleans()):
            rdata = f"( {rdata}{newline} )"
        lines.append(first + gap + gap.join([*words, rrtype, rdata]) + draw(COMMENT))
        owner = label
        if draw(st.integers(0, 4)) == 0:
            lines.append(draw(st.sampled_from(["", "; a comment", "   "])))
    return newline.join(lines) + draw(st.sampled_from([newline, ""]))


def rrsets_of(text: str) -> dict[tuple[str, str], tuple[int, frozenset[str]]]:
    zone = dns.zone.from_text(text, ZONE, relativize=False, check_origin=False)
    return {
        (name.to_text(), each.rdtype.name): (each.ttl, frozenset(r.to_text() for r in each))
        for name, each in zone.iterate_rdatasets()
        if each.rdtype.name != "SOA"
    }


EXCHANGES = st.sampled_from(
    ["mx1.example.com.", "mx2.example.com.", "mx9.example.com.", "a.other.net.", "example.com."]
)
AFTER = st.lists(st.tuples(st.integers(0, 99), EXCHANGES).map(lambda p: f"{p[0]} {p[1]}"), max_size=4, unique=True)


@settings(max_examples=300, deadline=None)
@given(layouts(), AFTER, st.sampled_from([300, 60, 86400]), st.booleans())
def test_any_layout_becomes_what_the_plan_says_and_nothing_else(
    text: str, after: list[str], ttl: int, host: bool
) -> None:
    changes = [Records(ZONE, ZONE, "MX", MX, tuple(after), ttl, 300)]
    if host:
        changes.append(Records(ZONE, f"mx9.{ZONE}", "A", (), ("192.0.2.9",), ttl, 300))
    try:
        new = zonefile.rewritten(kept(text), changes, TODAY)
    except InputError as error:
        assert "put a $TTL line" in str(error)  # noqa: PT017
        assert "$TTL" not in text
        return
    wanted = rrsets_of(text)
    for change in changes:
        wanted.pop((f"{change.name}.", change.rrtype), None)
        if change.after:
            wanted[f"{change.name}.", change.rrtype] = (ttl, frozenset(change.after))
    assert rrsets_of(new) == wanted
    old_lines, new_lines = text.split("\n"), new.split("\n")
    touched = [line for line in old_lines if line not in new_lines]
    assert all(
        "MX" in line or "serial" in line or line.strip(" \r)") == "" or _beside(line, text) for line in touched
    ), touched


def _beside(line: str, text: str) -> bool:
    """True for the line that got the owner of a line that went: it began with a blank."""
    return line[:1] in (" ", "\t") or line == text.split("\n")[-1]


# As a carrier


class Files:
    """Files in memory."""

    def __init__(self, **files: bytes) -> None:
        self.files = files

    def means(self, primary: Primary) -> Means:
        return structs.replace(
            means(primary),
            zone_files={ZONE: "db"},
            read=self.files.__getitem__,
            replace=self.files.__setitem__,
            today=TODAY,
        )


OCTETS = KEPT.replace("1h", "300").replace("kept by", "gef\u00fchrt").encode("latin-1")


def at_serial(serial: int, text: str = TEXT) -> Primary:
    """Both name servers, with this serial of the zone."""
    return Primary(f"{text}example.com 300 SOA ns1.example.com. h.example.com. {serial} 1 1 1 1\n")


def test_a_file_that_nobody_loaded_is_brought_back_octet_for_octet() -> None:
    files = Files(db=OCTETS)
    own = files.means(at_serial(2026010105))
    assert zonefile.group(mx(), own) == "db"
    saved = asyncio.run(zonefile.look([mx()], own))
    assert isinstance(saved, str)
    assert files.files["db"] == OCTETS
    assert isinstance(asyncio.run(zonefile.carry_out([mx()], saved, own)), Done)
    assert files.files["db"].count(b"MX") == 1
    assert b"gef\xfchrt" in files.files["db"]
    assert isinstance(asyncio.run(zonefile.holds([mx()], own)), NotDone)  # nobody has loaded it
    assert isinstance(asyncio.run(zonefile.undo([mx()], saved, own)), Done)
    assert files.files["db"] == OCTETS
    assert isinstance(asyncio.run(zonefile.restored([mx()], saved, own)), Done)


@pytest.mark.parametrize(
    ("case", "primary", "by_hand", "serial"),
    [
        ("it was loaded", at_serial(2026112801), b"2026112801", b"2026112802"),
        ("whether it was is not known", Primary(TEXT), b"2026112801", b"2026112802"),
        ("somebody raised it since", at_serial(2026010105), b"2026112815", b"2026112816"),
        ("and with it the blanks", at_serial(2026010105), b"7   ", b"8"),
        ("up to the circle's end", at_serial(2026010105), b"4294967295", b"1"),
    ],
)
def test_a_file_that_may_be_loaded_comes_back_with_a_serial_above(
    case: str, primary: Primary, by_hand: bytes, serial: bytes
) -> None:
    files = Files(db=OCTETS)
    own = files.means(primary)
    saved = asyncio.run(zonefile.look([mx()], own))
    assert isinstance(saved, str)
    assert isinstance(asyncio.run(zonefile.carry_out([mx()], saved, own)), Done)
    files.files["db"] = files.files["db"].replace(b"2026112801", by_hand)
    outcome = asyncio.run(zonefile.undo([mx()], saved, own))
    assert isinstance(outcome, Done)
    assert files.files["db"] == OCTETS.replace(b"2026010105", serial)
    assert isinstance(asyncio.run(zonefile.undo([mx()], saved, own)), Done), "killed before it was written down"
    assert files.files["db"] == OCTETS.replace(b"2026010105", serial)


def test_it_is_back_when_every_server_serves_it() -> None:
    files = Files(db=OCTETS)
    own = files.means(at_serial(2026112801, TEXT.replace("example.com 300 MX 20 mx2.example.com.\n", "")))
    saved = asyncio.run(zonefile.look([mx()], own))
    assert isinstance(saved, str)
    outcome = asyncio.run(zonefile.restored([mx()], saved, own))
    assert isinstance(outcome, NotDone)
    assert "192.0.2.1 still serves example.com MX 10 mx1.example.com." in outcome.reason
    assert "let the server load the file" in outcome.remedy
    own = files.means(Primary(TEXT))
    assert isinstance(asyncio.run(zonefile.restored([mx()], saved, own)), Done)


def test_of_two_steps_the_second_is_undone_and_then_the_first() -> None:
    files, primary = Files(db=OCTETS), at_serial(2026112802)
    own = files.means(primary)
    host = records("mx9.example.com", "A", (), ("203.0.113.9",))
    kept_texts = []
    for change in (host, mx()):
        saved = asyncio.run(zonefile.look([change], own))
        assert isinstance(saved, str)
        kept_texts.append((change, saved))
        assert isinstance(asyncio.run(zonefile.carry_out([change], saved, own)), Done)
    for change, saved in reversed(kept_texts):
        assert isinstance(asyncio.run(zonefile.undo([change], saved, own)), Done)
    assert files.files["db"] == OCTETS.replace(b"2026010105", b"2026112804")


def test_a_file_that_changed_meanwhile_is_left_alone() -> None:
    files = Files(db=OCTETS)
    own = files.means(Primary(TEXT))
    saved = asyncio.run(zonefile.look([mx()], own))
    assert isinstance(saved, str)
    files.files["db"] = OCTETS + b"; more\n"
    outcome = asyncio.run(zonefile.carry_out([mx()], saved, own))
    assert isinstance(outcome, NotDone)
    assert files.files["db"] == OCTETS + b"; more\n"
    assert isinstance(asyncio.run(zonefile.undo([mx()], saved, own)), NotDone)


def test_a_file_that_does_not_fit_is_refused_before_anything() -> None:
    outcome = asyncio.run(zonefile.look([mx()], Files(db=OCTETS.replace(b"20 mx2", b"25 mx2")).means(Primary(TEXT))))
    assert isinstance(outcome, NotDone)
    assert outcome.reason.startswith("db:9: ")


def test_a_large_zone_takes_seconds() -> None:
    names = random.Random(7)
    hosts = {"".join(names.choices(string.ascii_lowercase, k=8)) for _ in range(3000)}
    text = KEPT + "".join(f"h-{host} A 192.0.2.1\n" for host in sorted(hosts))
    new = zonefile.rewritten(kept(text), [hour(MX[:1])], TODAY)
    assert len(text.splitlines()) - len(new.splitlines()) == 1
