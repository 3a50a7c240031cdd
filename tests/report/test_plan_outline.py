from typing import get_args

import pytest
from msgspec import structs

from mxlatch.plan.change import Change, Records
from mxlatch.plan.result import Hazard, PolicyKept, Step
from mxlatch.report import plan_outline as outline
from mxlatch.report.layout import Style
from mxlatch.report.plan_html import html
from mxlatch.report.plan_markdown import markdown
from mxlatch.report.plan_outline import GONE, NEW, SAME, Told
from mxlatch.report.plan_text import text
from tests.report.plans import BOTH, CLOSED, EVERYTHING, FLEET, NOTHING, mx


def test_records_stand_as_they_are_and_as_they_shall_be_whatever_the_steps_between() -> None:
    records, delegation = outline.diffs(EVERYTHING)
    assert records.title == "example.com MX in the zone example.com"
    assert records.lines == (
        (SAME, "example.com. 3600 MX 10 mx1.example.com."),
        (GONE, "example.com. 3600 MX 20 mx2.example.com."),
        (NEW, "example.com. 3600 MX 30 mx3.example.com."),
    )
    assert delegation.title == "example.com NS at the registrar"
    assert [mark for mark, _ in delegation.lines] == [SAME, GONE]


def test_what_is_as_before_at_the_end_is_no_diff() -> None:
    there_and_back = (Step("go", (mx(BOTH, BOTH[:1]),)), Step("return", (mx(BOTH[:1], BOTH),)))
    assert outline.diffs(structs.replace(EVERYTHING, steps=there_and_back)) == ()


def test_two_types_of_one_name_are_two_diffs() -> None:
    address = Records("example.com", "example.com", "A", (), ("192.0.2.1",), 60, 60)
    plan = structs.replace(EVERYTHING, steps=(Step("both", (mx(BOTH, BOTH[:1]), address)),))
    assert [diff.lines[-1] for diff in outline.diffs(plan)] == [
        (GONE, "example.com. 3600 MX 30 mx3.example.com."),
        (NEW, "example.com. 60 A 192.0.2.1"),
    ]


def test_every_kind_of_change_is_said_once_with_all_of_its_doors() -> None:
    name_servers, firewalls, servers, policies, provider = outline.parts(EVERYTHING)
    assert name_servers.sentences == (
        "ns2.example.com must serve example.com as ns1.example.com, at serial 2026010101 or newer",
    )
    assert firewalls.sentences == (
        "ports 25 and 587 of what stands behind border: from outside to 192.0.2.25 only",
        "port 25 to the world through border is for 192.0.2.25 only",
        "port 25 of mail.example.com (192.0.2.25 and 2001:db8::25): only the filter (198.51.100.0/24) may connect, "
        "at the firewall border",
    )
    assert servers.sentences == (
        "mx2.example.com (192.0.2.26:25 and [2001:db8::26]:25) gets the content filter, as 192.0.2.25:25 has it",
        "mx2.example.com tells 192.0.2.25:25 who its client is, by its Received line, which the filter there trusts",
        "192.0.2.25:25 applies the content filter and DMARC to what mx2.example.com hands on",
        "mx1.example.com listens at 192.0.2.27 too, as at 192.0.2.25:25",
        "old.example.com (203.0.113.9:25) takes no more mail for example.com (ask the ISP)",
    )
    assert policies.sentences == (
        "the certificate of mx1.example.com is for mx3.example.com too",
        "the MTA-STS policy of example.com gets mx: mx3.example.com and has mx: mx1.example.com no more",
    )
    assert provider.sentences == ("microsoft takes mail for example.com from *.filter.example only",)


@pytest.mark.parametrize("kind", get_args(Change))
def test_no_kind_of_change_is_left_out(kind: type[Change]) -> None:
    examples = [change for change in EVERYTHING.changes if isinstance(change, kind)]
    assert examples, "tests/report/plans.py has none yet"
    alone = structs.replace(EVERYTHING, steps=(Step("all of the plan", (examples[0],)),))
    shown = [line for diff in outline.diffs(alone) for _, line in diff.lines]
    shown += [sentence for part in outline.parts(alone) for sentence in part.sentences]
    assert shown
    assert all(shown)


def test_until_when_undoing_is_free() -> None:
    assert outline.undo(EVERYTHING) == "Up to step 4 undo is free; after it: who it shut out is gone."
    free = structs.replace(EVERYTHING, steps=EVERYTHING.steps[:2])
    assert outline.undo(free) == "Undo is free at every step: it costs no mail, and needs nobody else."
    dear = structs.replace(EVERYTHING, steps=EVERYTHING.steps[4:])
    assert outline.undo(dear) == "Undo is not free, from the first step on: who it shut out is gone."
    assert outline.undo(NOTHING) == ""


def test_the_facts_of_a_plan() -> None:
    facts = dict(outline.about(Told(EVERYTHING, EVERYTHING.digest)))
    assert facts["takes"] == "7 steps, 9 days 2 h of waiting at least"
    assert facts["digest"] == EVERYTHING.digest[:12]
    assert "takes" not in dict(outline.about(Told(NOTHING, NOTHING.digest)))
    assert [fact for name, fact in outline.about(Told(EVERYTHING, "")) if name == "policy"] == [
        "every path from internet passes content (mxlatch.toml:41): no now, yes after the plan",
        "every path from internet passes dnsbl (mxlatch.toml:44): no now, no after the plan",
    ]


def test_who_is_closed_and_breaks_a_policy_is_not_among_those_that_are_closed() -> None:
    kept, broken, unsure = (
        Told(structs.replace(CLOSED, policies=(PolicyKept("", "", "no", word),)), "")
        for word in ("yes", "no", "unknown")
    )
    assert outline.fleet_sentence([kept]) == "1 domain: 1 closed by its plan"
    assert outline.fleet_sentence([broken]) == "1 domain: 1 breaks a policy"
    assert outline.fleet_sentence([unsure]) == "1 domain: 1 closed by its plan"
    assert [outline.worth(each.plan) for each in (kept, broken, unsure)] == ["closed", "open", "unknown"]


@pytest.mark.parametrize(
    ("name", "said"), [("cut-off:mx", "--accept cut-off:mx"), ("x; rm -rf /", "--accept 'x; rm -rf /'")]
)
def test_a_hazards_name_can_be_pasted_into_a_shell(name: str, said: str) -> None:
    assert outline.accepting(name) == said


def test_what_stays_open_is_told_by_why() -> None:
    assert outline.stays_open(EVERYTHING) == {"no remedy": ["mx9.example.com, without SPF"], "rarer": ["a", "b"]}
    assert outline.not_judged(EVERYTHING) == {
        "not judged: no leave": ["192.0.2.8:25 by mx8.example.com"],
        "timeout": ["192.0.2.53 MX"],
    }


def test_a_fleet_has_its_worst_first_and_what_is_done_once() -> None:
    told = outline.worst_first([Told(plan, plan.digest) for plan in FLEET])
    assert [each.plan.domain for each in told] == ["example.com", "dark.example", "shut.example", "fine.example"]
    assert outline.fleet_sentence(told) == (
        "4 domains: 1 stays open, 1 stays unknown, 1 closed by its plan, 1 with nothing to do"
    )
    assert outline.fleet_sentence([*told, *told]).startswith(
        "8 domains: 2 stay open, 2 stay unknown, 2 closed by their"
    )
    shared = dict(outline.shared(told))
    assert shared["microsoft takes mail for example.com from *.filter.example only"] == 2
    assert outline.shared([Told(CLOSED, CLOSED.digest)]) == []


def test_where_one_plan_meets_the_mail_of_others() -> None:
    shuts = structs.replace(CLOSED, hazards=(Hazard("others:hub.example.com", "somebody"), Hazard("moved:x", "")))
    plans = [Told(plan, "") for plan in (shuts, NOTHING, structs.replace(shuts, domain="second.example"))]
    gone = "not before the records of all other domains that lead there are gone"
    assert outline.between(plans[:2]) == [f"hub.example.com is shut by the plan of shut.example: {gone}"]
    assert outline.between(plans) == [
        f"hub.example.com is shut by the plans of shut.example and second.example: {gone}"
    ]
    assert outline.between([Told(EVERYTHING, "")]) == []
    for form in (html, markdown, lambda told: text(told, Style())):
        title = outline.BETWEEN.partition("'")[0]
        assert title in form([told.plan for told in plans])
        assert title not in form([EVERYTHING, NOTHING])


def test_a_row_of_the_fleet() -> None:
    assert outline.fleet_row(Told(CLOSED, "")) == ("OPEN", "closed", "1", "2", "9 days 2 h")
    assert outline.fleet_row(Told(NOTHING, "")) == ("closed", "closed", "0", "0", "-")


def test_one_way_round_in_several_cases_is_told_once() -> None:
    open_ = structs.replace(EVERYTHING.proofs[0], lost=(), unsure=(), worse=())
    proofs = tuple(structs.replace(open_, failure=f) for f in ("none", "down mx1.example.com"))
    (note,) = outline.proof_notes(structs.replace(EVERYTHING, proofs=proofs))
    assert note == "as it is, mx1.example.com is down: still a way round: a stranger; mx9.example.com"
