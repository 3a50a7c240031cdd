"""`mxlatch plan`, from the command line: what is looked at or read, what is written, and how it ends."""

import asyncio
import io
import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec import structs

from mxlatch.audit import bundle as bundles_
from mxlatch.cli.demo import looked_at
from mxlatch.cli.plan import code
from mxlatch.cli.progress import Progress
from mxlatch.lab.story import STORIES, topology
from mxlatch.lab.topology import parse
from mxlatch.plan.result import Plan, PolicyKept, Remedy
from mxlatch.terms.finding import NotJudged
from tests.cli.conftest import TOPOLOGIES
from tests.report.plans import CLOSED, EVERYTHING, NOTHING, UNKNOWN

GOLDEN = Path(__file__).parent / "golden"
LEAVE = ("--authorised", "the story's owner")


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """What the owner of a topology saw, "story1:close" being the one after that remedy: each is looked at once."""
    folder = tmp_path_factory.mktemp("bundles")

    def saved(name: str) -> str:
        path = folder / f"{name.replace(':', '-')}.bundle"
        if not path.exists():
            story, _, remedy = name.partition(":")
            there = topology(story).remedied(remedy) if remedy else topology(story)
            bundles_.save(asyncio.run(looked_at(there, Progress(io.StringIO(), terminal=False))), path)
        return str(path)

    return saved


@pytest.fixture
def bundle(bundles) -> str:
    return bundles("story1")


def test_a_domain_is_looked_at_and_planned_for(lab, mxlatch, tmp_path: Path):
    path = tmp_path / "seen.bundle"
    said = mxlatch("plan", *lab.options, *LEAVE, "--save", str(path), lab.domain)
    assert said.code == 0
    assert said.out.startswith("1 remedy closes every way round the protection of example.com")
    assert "- example.com. 3600 MX 20 mail.example.com.\n" in said.out
    assert "accept with --accept cut-off:mail.example.com" in said.out
    assert path.exists()
    assert mxlatch("plan", str(path)).out == said.out
    assert lab.told("DATA") == []


def test_without_leave_it_says_what_was_not_judged_and_refuses_nothing(lab, mxlatch):
    options = [word for word in lab.options if word != "--inventory" and not word.endswith("inventory.toml")]
    said = mxlatch("plan", *options, lab.domain)
    assert said.code in (1, 3)
    assert "What was not judged" in said.out
    assert "What stays open" not in said.out
    assert lab.told("RCPT") == []


@pytest.mark.parametrize("name", ["story1", "story1:close"])
def test_a_bundle_gives_the_same_plan_whenever(mxlatch, bundles, name: str):
    bundle = bundles(name)
    first, again = mxlatch("plan", bundle, "--json"), mxlatch("plan", "--from", bundle, "--json", "example.com")
    assert first.out == again.out
    made = json.loads(first.out)
    assert (made["schema"], made["after"]) == ("mxlatch.plan/1", "closed")
    assert re.fullmatch("[0-9a-f]{64}", made["digest"])
    assert bool(made["remedies"]) is (made["before"] == "open")


@pytest.mark.parametrize("profile", ["single", "pair", "sandwich", "keep-backup", "best"])
def test_each_layout_can_be_asked_for(mxlatch, bundle: str, profile: str):
    made = json.loads(mxlatch("plan", bundle, "--profile", profile, "--json").out)
    assert (made["profile"], made["after"]) == (profile, "closed")


@pytest.mark.parametrize("number", STORIES)
def test_the_plan_of_a_story_reads_like_this(mxlatch, bundles, number: int):
    """After a wanted change: `GOLDEN=write pytest tests/cli/test_plan.py`, then read the diff."""
    made = mxlatch("plan", bundles(f"story{number}"), "--ascii").out
    made = re.sub(r"(?m)^(  seen: +).*", r"\1(when)", re.sub(r"\b[0-9a-f]{12}\b", "(digest)", made))
    file = GOLDEN / f"plan-story{number}.txt"
    if os.environ.get("GOLDEN") == "write":
        file.write_text(made)
    assert made == file.read_text()


def test_a_lock_names_the_other_domains_that_the_run_saw_at_that_door(mxlatch, tmp_path: Path):
    path, there = tmp_path / "two.bundle", TOPOLOGIES / "two-domains.toml"
    seen = looked_at(parse(there.read_text(), str(there)), Progress(io.StringIO(), terminal=False))
    bundles_.save(asyncio.run(seen), path)
    plans = json.loads(mxlatch("plan", str(path), "--json").out)["plans"]
    told = {plan["domain"]: {each["name"]: each["text"] for each in plan["hazards"]} for plan in plans}
    assert "(second.example MX 20 mail.example.com)" in told["example.com"]["others:mail.example.com"]
    assert "(example.com MX 20 mail.example.com)" in told["second.example"]["others:mail.example.com"]
    # Whether a plan is asked for the other one too, is nothing to it.
    alone = json.loads(mxlatch("plan", "--from", str(path), "example.com", "--json").out)
    assert [each["name"] for each in alone["hazards"]] == list(told["example.com"])


def test_a_saved_plan_is_shown_again_as_it_is(mxlatch, bundle: str, tmp_path: Path):
    path = tmp_path / "plan.json"
    said = mxlatch("plan", bundle, "-o", str(path))
    digest = json.loads(path.read_text())["digest"]
    assert (said.code, said.out) == (0, "")
    assert said.err == f"mxlatch: {path}: digest {digest[:12]}, 1 hazard; to read it: mxlatch plan {path}\n"
    assert mxlatch("plan", str(path)).out == mxlatch("plan", bundle).out
    path.write_text(path.read_text().replace("192.0.2.25", "192.0.2.26"))
    said = mxlatch("plan", str(path))
    assert (said.code, said.out) == (65, "")
    assert "altered since it was made" in said.err


@pytest.mark.parametrize(("suffix", "begins"), [("md", "# 1 remedy"), ("html", "<!DOCTYPE html>"), ("txt", "1 remedy")])
def test_the_suffix_says_the_form(mxlatch, bundle: str, tmp_path: Path, suffix: str, begins: str):
    path = tmp_path / f"plan.{suffix}"
    assert mxlatch("plan", bundle, "-o", str(path)).err == ""
    assert path.read_text().startswith(begins)


def test_nothing_is_written_but_what_was_asked_for(mxlatch, bundle: str, tmp_path: Path, monkeypatch):
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    mxlatch("plan", bundle)
    assert list(empty.iterdir()) == []


def test_what_is_called_like_a_domain_and_is_no_bundle_is_a_domain(lab, mxlatch, tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "example.com").write_text("$ORIGIN example.com.\n")
    assert "protection of example.com" in mxlatch("plan", *lab.options, *LEAVE, "example.com").out


WRONG = [
    ((), 2, "Missing argument"),
    (("gone.bundle",), 66, "no such file"),
    (("./gone",), 66, "no such file"),
    (("gone.json",), 66, "no such file"),
    (("{bundle}", "example.com"), 2, "--from {bundle}"),
    (("--from", "{bundle}", "example.net"), 2, "did not look at example.net: it holds example.com"),
    (("--from", "{bundle}", "Not A Domain"), 65, "Not A Domain"),
    (("{bundle}", "--save", "other.bundle"), 2, "--save says how to look"),
    (("{bundle}", "--rate", "2"), 2, "--rate says how to look"),
    (("{bundle}", "--names-from", "x"), 2, "--names-from says how to look"),
    (("{bundle}", "--profile", "heap"), 2, "'heap' is not one of"),
    (("{bundle}", "--format", "csv"), 2, "There is no format 'csv'. Choose from: text, json, markdown, html"),
    (("{bundle}", "-o", "/nowhere/plan.json"), 73, "there is no folder"),
    (("{bundle}", "-o", "plan.docx"), 2, "no format has that suffix"),
    (("{bundle}", "--zone-file", "x"), 2, "add --as NAME"),
    (("{bundle}", "--server", "192.0.2.1"), 2, "add --as NAME"),
    (("{bundle}", "--as", "abacus"), 2, "There is no tool 'abacus'"),
    (("{plan}", "--profile", "single"), 2, "is a plan already"),
    (("--from", "{plan}", "example.com"), 2, "is a plan already"),
]


@pytest.mark.parametrize(("words", "code", "said"), WRONG, ids=[" ".join(words) for words, _, _ in WRONG])
def test_what_is_wrong_is_told_with_what_to_do(mxlatch, bundle: str, tmp_path: Path, words, code: int, said: str):
    plan = str(tmp_path / "plan.json")
    mxlatch("plan", bundle, "-o", plan)
    got = mxlatch("plan", *(word.format(bundle=bundle, plan=plan) for word in words))
    assert (got.code, got.out) == (code, "")
    assert said.format(bundle=bundle) in got.err


@pytest.mark.parametrize(
    ("plans", "allow", "ends"),
    [
        ((NOTHING,), False, 0),
        ((CLOSED,), False, 0),
        ((CLOSED, EVERYTHING), False, 1),
        ((UNKNOWN,), False, 3),
        ((UNKNOWN,), True, 0),
        ((UNKNOWN, EVERYTHING), True, 1),
        ((structs.replace(CLOSED, not_judged=(NotJudged("ns1", "MX", "timeout"),)),), False, 3),
        ((structs.replace(CLOSED, remedies=(Remedy("lock", "", 1, rarer=("others",)),)),), False, 1),
        ((structs.replace(CLOSED, conflicts=("a pair needs two servers",)),), False, 1),
        ((structs.replace(CLOSED, policies=(PolicyKept("", "", "no", "yes"),)),), False, 0),
        ((structs.replace(CLOSED, policies=(PolicyKept("", "", "no", "no"),)),), False, 1),
        ((structs.replace(CLOSED, policies=(PolicyKept("", "", "unknown", "unknown"),)),), False, 3),
        ((structs.replace(CLOSED, policies=(PolicyKept("", "", "unknown", "unknown"),)),), True, 0),
        ((), False, 0),
    ],
)
def test_how_it_ends(plans: tuple[Plan, ...], allow: bool, ends: int):
    assert code(plans, allow_unknown=allow) == ends
