"""`--as NAME`: what a tool's module is given, and where its texts go."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from msgspec import structs

from mxlatch.cli import rendered
from mxlatch.cli.rendered import Tool
from mxlatch.inventory.model import Inventory
from mxlatch.plan.change import Records
from mxlatch.plan.provider import Given, Written
from mxlatch.plan.providers import RENDERERS
from mxlatch.plan.result import Plan, Step
from mxlatch.report.plan_json import as_json
from tests.report.plans import EVERYTHING, NOTHING

SEEN: list[Given] = []


def told(names: tuple[str, ...]) -> SimpleNamespace:
    """A tool whose texts have these names."""

    def render(plan: Plan, given: Given) -> tuple[Written, ...]:
        SEEN.append(given)
        return tuple(Written(name, f"for {plan.domain}\n") for name in names if plan.steps)

    return SimpleNamespace(NAME="abacus", TITLE="an abacus", KINDS=(Records,), render=render)


@pytest.fixture
def one(monkeypatch: pytest.MonkeyPatch) -> None:
    SEEN.clear()
    monkeypatch.setitem(RENDERERS, "abacus", told(("one.txt",)))


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> None:
    SEEN.clear()
    monkeypatch.setitem(RENDERERS, "abacus", told(("step-1.txt", "../step-2.txt")))


@pytest.fixture
def plan(tmp_path: Path) -> str:
    path = tmp_path / "plan.json"
    path.write_text(as_json([EVERYTHING]))
    return str(path)


def test_one_text_is_printed_as_it_is(mxlatch, one, plan: str):
    said = mxlatch("plan", plan, "--as", "abacus")
    assert (said.out, said.err) == ("for example.com\n", "")
    assert said.code == 1  # the plan leaves something open, whatever form it is told in


def test_one_text_goes_into_a_file(mxlatch, one, plan: str, tmp_path: Path):
    assert mxlatch("plan", plan, "--as", "abacus", "-o", str(tmp_path / "abacus.conf")).out == ""
    assert (tmp_path / "abacus.conf").read_text() == "for example.com\n"


def test_several_texts_have_their_names_between_them(mxlatch, two, plan: str):
    said = mxlatch("plan", plan, "--as", "abacus").out
    assert said == "==> step-1.txt <==\nfor example.com\n\n==> ../step-2.txt <==\nfor example.com\n"


def test_several_texts_go_into_a_folder_and_nowhere_else(mxlatch, two, plan: str, tmp_path: Path):
    folder = tmp_path / "out"
    folder.mkdir()
    assert mxlatch("plan", plan, "--as", "abacus", "-o", str(folder)).out == ""
    assert sorted(path.name for path in folder.iterdir()) == ["step-1.txt", "step-2.txt"]


def test_several_texts_do_not_go_into_one_file(mxlatch, two, plan: str, tmp_path: Path):
    said = mxlatch("plan", plan, "--as", "abacus", "-o", str(tmp_path / "all.txt"))
    assert said.code == 73
    assert "give a folder that is there" in said.err
    assert not (tmp_path / "all.txt").exists()


def test_texts_of_one_name_do_not_overwrite_each_other(one, tmp_path: Path):
    form = SimpleNamespace(output=str(tmp_path))
    rendered.tell([EVERYTHING, EVERYTHING], Tool("abacus"), Inventory(), form)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2-one.txt", "one.txt"]


def test_a_tool_gets_the_zone_files_the_server_and_the_day(mxlatch, one, plan: str, tmp_path: Path):
    zone = tmp_path / "db.example.com"
    zone.write_bytes(b"; Stra\xdfe\n")
    mxlatch("plan", plan, "--as", "abacus", "--zone-file", f"example.com={zone}", "--server", "192.0.2.1")
    (given,) = SEEN
    kept = given.zone("example.com")
    assert kept is not None
    assert (kept.path, kept.text.encode("utf-8", "surrogateescape")) == (str(zone), zone.read_bytes())
    assert given.server == "192.0.2.1"
    assert len(given.today) == 8


def test_a_file_without_its_zone_is_of_the_one_that_changes(mxlatch, one, plan: str, tmp_path: Path):
    (tmp_path / "db").write_text("x")
    mxlatch("plan", plan, "--as", "abacus", "--zone-file", str(tmp_path / "db"))
    assert [each.zone for each in SEEN[0].zones] == ["example.com"]


def test_a_file_of_a_zone_that_does_not_change_is_refused(mxlatch, one, plan: str, tmp_path: Path):
    (tmp_path / "db").write_text("x")
    said = mxlatch("plan", plan, "--as", "abacus", "--zone-file", f"other.example={tmp_path / 'db'}")
    assert (said.code, said.out, SEEN) == (2, "", [])
    assert "the plan changes nothing in other.example, only in example.com" in said.err


def test_of_several_plans_each_has_the_file_of_its_zone(one, tmp_path: Path):
    (tmp_path / "db").write_text("x")
    other = structs.replace(
        EVERYTHING,
        domain="example.net",
        steps=(Step("one", (Records("example.net", "example.net", "MX", (), ("10 a.example.",), 300, 300),)),),
    )
    form = SimpleNamespace(output=str(tmp_path))
    files = tuple(f"{zone}={tmp_path / 'db'}" for zone in ("example.com", "example.net"))
    rendered.tell([EVERYTHING, other], Tool("abacus", files), Inventory(), form)
    assert [[each.zone for each in given.zones] for given in SEEN] == [["example.com"], ["example.net"]]


@pytest.mark.parametrize("option", ["--json", "--format=text"])
def test_a_tools_text_has_no_other_form(mxlatch, one, plan: str, option: str):
    said = mxlatch("plan", plan, "--as", "abacus", option)
    assert said.code == 2
    assert "contradict" in said.err


def test_where_there_is_nothing_to_write_it_is_said(mxlatch, one, tmp_path: Path):
    path = tmp_path / "nothing.json"
    path.write_text(as_json([NOTHING]))
    said = mxlatch("plan", str(path), "--as", "abacus")
    assert (said.code, said.out) == (0, "")
    assert said.err == "mxlatch: fine.example: the plan changes nothing\n"
