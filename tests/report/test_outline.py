"""What is shown, in which order, and what is folded."""

import pytest
from msgspec.structs import replace

from mxlatch.audit.result import Audit, MxAnswer, NameResult, PropertyResult
from mxlatch.report import outline
from mxlatch.terms.door import DoorVerdict, WayIn
from mxlatch.terms.finding import Finding, NotAsked, Severity
from mxlatch.terms.latch import Latch, LatchState
from mxlatch.terms.verdict import Verdict


def test_columns_are_the_baseline_and_what_was_seen(story_1: Audit) -> None:
    assert outline.latches(story_1) == (Latch.RECIPIENT, Latch.RELAY, Latch.TLS, Latch.CONTENT)
    asked_nothing = replace(
        story_1.doors[0], latches={Latch.SPF: LatchState("not-asked"), Latch.TLS: LatchState("found")}
    )
    assert outline.latches(replace(story_1, doors=(asked_nothing,), baseline=())) == (Latch.TLS,)


@pytest.mark.parametrize(
    ("here", "there", "baseline", "differs"),
    [
        ("absent", "found", (), True),  # another door has it
        ("absent", "likely-found", (), True),
        ("likely-absent", "found", (), True),
        ("absent", "absent", (Latch.DNSBL,), True),  # the baseline demands it
        ("absent", "absent", (), False),  # equal, if unlatched
        ("absent", "unknown", (), False),
        ("unknown", "found", (Latch.DNSBL,), False),  # "?" says enough, and nothing worse is known
        ("not-asked", "found", (Latch.DNSBL,), False),
        ("found", "absent", (Latch.DNSBL,), False),
    ],
)
def test_which_cells_are_marked(
    here: str, there: str, baseline: tuple[Latch, ...], differs: bool, story_1: Audit
) -> None:
    doors = tuple(
        replace(door, latches={Latch.DNSBL: LatchState(state)})
        for door, state in zip(story_1.doors, (here, there), strict=True)
    )
    rows = outline.door_rows(replace(story_1, doors=doors, baseline=baseline))
    assert rows[0].cells == (outline.Cell(here, differs),)


def test_a_shut_door_says_nothing_of_its_latches(story_1: Audit) -> None:
    shut = replace(story_1.doors[0], state="closed", latches={Latch.TLS: LatchState("unknown")})
    row = outline.door_rows(replace(story_1, doors=(shut,)))[0]
    assert {cell.state for cell in row.cells} == {""}


def test_what_is_weak_behind_a_shut_door_is_not_marked(story_1: Audit) -> None:
    absent = {Latch.DNSBL: LatchState("absent", "declared")}
    shut = replace(story_1.doors[0], state="filtered", latches=absent, verdict=DoorVerdict.CLOSED)
    row = outline.door_rows(replace(story_1, doors=(shut,), baseline=(Latch.DNSBL,)))[0]
    assert row.cells == (outline.Cell("absent", differs=False),)


def test_places_where_nothing_listens_are_told_below_the_table(story_1: Audit) -> None:
    way = WayIn("apex-address", "example.com", 65536, "example.com")
    empty = replace(story_1.doors[0], id="192.0.2.80:25", state="closed", ways_in=(way,), authorised=None)
    seen = replace(story_1, doors=(*story_1.doors, empty))
    assert outline.door_rows(seen) == outline.door_rows(story_1)
    assert outline.vacant(seen) == "Searched too, and nothing listens there: 192.0.2.80:25 (apex example.com)."
    assert outline.vacant(story_1) == ""


@pytest.mark.parametrize(
    ("authorised", "standing", "words"),
    [
        (False, "rogue", "not authorised (rogue)"),
        (False, "retired", "not authorised (retired)"),
        (False, "unknown", "not authorised"),
        (False, "gone", "not authorised"),
        (True, "authorised", ""),
        (None, "", ""),
    ],
)
def test_where_a_door_stands(authorised: bool | None, standing: str, words: str, story_1: Audit) -> None:
    door = replace(story_1.doors[0], authorised=authorised, standing=standing, software="", operator="", role="")
    (row,) = outline.door_rows(replace(story_1, doors=(door,)))
    assert " ".join(row.about) == words


def test_rows_stand_in_the_order_of_preference_and_alike_doors_share_one(story_1: Audit) -> None:
    first, second = story_1.doors
    twin = replace(first, id="192.0.2.11:25", address="192.0.2.11")
    hidden = replace(second, id="192.0.2.1:25", ways_in=())
    rows = outline.door_rows(replace(story_1, doors=(hidden, second, twin, first)))
    assert [[door.id for door in row.doors] for row in rows] == [
        ["192.0.2.10:25", "192.0.2.11:25"],
        ["192.0.2.25:25"],
        ["192.0.2.1:25"],
    ]


@pytest.mark.parametrize(
    ("way", "text"),
    [
        (WayIn("mx", "example.com", 10, "mx1.example.com"), "10 mx1.example.com"),
        (WayIn("mx", "shop.example.com", 10, "mx1.example.com"), "10 mx1.example.com of shop.example.com"),
        (WayIn("implicit-mx", "example.com", 0, "example.com"), "implicit MX example.com"),
        (WayIn("scan", "", 0, "192.0.2.1"), "scan 192.0.2.1"),
    ],
)
def test_way_text(way: WayIn, text: str) -> None:
    assert outline.way_text(way, "example.com") == text


@pytest.mark.parametrize(
    ("certainties", "shown"),
    [
        (["closed", "likely", "proven"], "likely"),  # the judge puts the surest and shortest first
        (["unknown", "likely"], "likely"),
        (["closed", "unknown"], "unknown"),
        (["closed"], None),
        ([], None),
    ],
)
def test_the_way_round_to_show(certainties: list[str], shown: str | None, story_1: Audit) -> None:
    paths = tuple(replace(story_1.paths[0], certainty=certainty) for certainty in certainties)
    path = outline.way_round(replace(story_1, paths=paths))
    assert (path.certainty if path else None) == shown


def test_findings_worst_first(story_1: Audit) -> None:
    ranked = [Severity.LOW, Severity.CRITICAL, Severity.INFO, Severity.MEDIUM]
    audit = replace(story_1, findings=tuple(Finding(f"X{n}", s, "s", "m") for n, s in enumerate(ranked)))
    assert [group.severity.value for group in outline.finding_groups(audit)] == ["critical", "medium", "low", "info"]
    assert outline.severity_counts(audit) == "1 critical, 1 medium, 1 low, 1 info"
    assert outline.worst_finding(audit) == "critical X1 +3"


@pytest.mark.parametrize(
    ("subject", "message", "said"),
    [
        ("example.com", "has no MX", "example.com: has no MX"),
        ("example.com", "example.com has no MX", "example.com has no MX"),
        ("example.com", "mx.example.com is a CNAME", "example.com: mx.example.com is a CNAME"),
        ("192.0.2.1:25", "mx1 (192.0.2.1:25) is open", "mx1 (192.0.2.1:25) is open"),
        ("192.0.2.1:2", "mx1 (192.0.2.1:25) is open", "192.0.2.1:2: mx1 (192.0.2.1:25) is open"),
    ],
)
def test_a_subject_is_named_once(subject: str, message: str, said: str) -> None:
    assert outline.statement(Finding("X1", Severity.LOW, subject, message)) == said


def test_what_was_left_out_is_grouped_by_reason_and_by_what() -> None:
    items = [NotAsked(subject, what, "no leave") for subject in ("a", "b") for what in ("recipient", "relay")]
    items += [NotAsked("c", "relay", "no leave"), NotAsked("d", "spf", "no canary")]
    assert outline.unsaid(items) == (
        outline.Unsaid("no leave", ((("recipient", "relay"), ("a", "b")), (("relay",), ("c",))), 5),
        outline.Unsaid("no canary", ((("spf",), ("d",)),), 1),
    )


@pytest.mark.parametrize(
    ("said", "disputed"),
    [
        ([("answer", ("10 a",)), ("answer", ("10 a",))], False),
        ([("answer", ("10 a",)), ("answer", ("20 a",))], True),
        ([("answer", ("10 a",)), ("nodata", ())], True),
        ([("answer", ("10 a",)), ("no-response", ())], False),  # silence is no other opinion
        ([("servfail", ()), ("refused", ())], False),
    ],
)
def test_when_name_servers_disagree(said: list[tuple[str, tuple[str, ...]]], disputed: bool, story_1: Audit) -> None:
    answers = tuple(MxAnswer(f"192.0.2.{n}", status, mx, None, "") for n, (status, mx) in enumerate(said))
    dns = replace(story_1.dns, names=(NameResult("example.com", "apex", answers),))
    assert bool(outline.disputed(replace(story_1, dns=dns))) is disputed


def test_domains_worst_first(story_1: Audit) -> None:
    audits = [replace(story_1, domain=verdict.value, verdict=verdict) for verdict in reversed(Verdict)]
    assert [audit.domain for audit in outline.worst_first(audits)] == ["open", "unknown", "closed", "no-mail"]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1_793_534_400.25, "2026-11-01 12:00:00 UTC"), (0, "1970-01-01 00:00:00 UTC"), (1e300, "1e+300 s since 1970")],
)
def test_moment(seconds: float, words: str) -> None:
    assert outline.moment(seconds) == words


@pytest.mark.parametrize(
    ("time", "words"),
    [
        ("2026-11-01T12:00:00Z", "2026-11-01 12:00:00 UTC"),
        ("2026-11-01T12:00:00.123456+00:00", "2026-11-01 12:00:00 UTC"),
        ("yesterday", "yesterday"),
    ],
)
def test_began(time: str, words: str, story_1: Audit) -> None:
    assert outline.began(replace(story_1, time=time)) == words


def test_what_holds_is_sorted_and_the_same_said_once(assumed: Audit) -> None:
    names = {holds: [each.name for each in outline.properties(assumed, holds)] for holds in ("no", "unknown", "yes")}
    assert names == {
        "no": ["no way round", "policies hold", "delay is told"],
        "unknown": ["policies hold", "no backscatter"],
        "yes": ["honest mail arrives", "no loop", "TLS holds"],
    }


def test_why_it_does_not_hold_is_one_line(assumed: Audit) -> None:
    assert [outline.why_not(assumed, each) for each in outline.properties(assumed, "no")] == [
        "see the way above",
        "every path from internet passes content",
        "while 192.0.2.10:25 is down, 192.0.2.25:25 holds the mail and tells its sender nothing",
    ]
    bare = PropertyResult("no loop", "no", ())
    assert outline.why_not(assumed, bare) == ""


def test_an_assumption_is_never_taken_for_what_was_seen(assumed: Audit, story_1: Audit) -> None:
    assert outline.how_whole(assumed) == "complete, as assumed and not as seen"
    assert outline.how_whole(story_1) == "complete"
    assert outline.fleet_sentence([story_1, assumed]) == "Assuming down:filter.example.net: 2 domains: 2 open"
    assert outline.fleet_sentence([story_1, story_1]) == "2 domains: 2 open"
