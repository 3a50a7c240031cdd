"""`mxlatch simulate`: over the lab, from a bundle, with a mix of one's own; what is wrong is told before it asks."""

import io
import json
from pathlib import Path

import pytest

from mxlatch.cli.simulate import Meanwhile
from mxlatch.data import mix_text

QUICK = ("--messages", "1000", "--outage", "1h")


@pytest.fixture
def seen(lab, mxlatch, tmp_path: Path) -> str:
    """The bundle of an audit of the lab."""
    path = tmp_path / "seen.bundle"
    mxlatch("audit", *lab.options, "--save", str(path), "--authorised", "the lab's own", lab.domain)
    return str(path)


def test_a_domain_is_audited_and_simulated(lab, mxlatch):
    said = mxlatch("simulate", *lab.options, "--authorised", "the lab's own", *QUICK, lab.domain)
    assert said.code == 0
    assert said.out.startswith(f"Of spam sent to {lab.domain}, ")
    assert "past a latch" in said.out
    assert "ASSUMPTION" in said.out


def test_a_bundle_is_simulated_without_network_and_always_alike(seen, mxlatch):
    once, again, other = (mxlatch("simulate", *QUICK, "--json", "--seed", seed, seen) for seed in ("1", "1", "2"))
    assert once.code == 0
    assert once.out == again.out
    assert once.out != other.out
    whole = json.loads(once.out)
    assert (whole["schema"], whole["seed"], whole["messages"]) == ("mxlatch.simulation/1", 1, 1000)
    today, *planned = whole["layouts"]
    assert [layout["title"] for layout in planned] == ["single", "pair", "sandwich", "keep-backup"]
    assert today["title"] == "today"
    assert today["reached"]["past"]["value"] > 0.1  # story 1: the secondary has no filter
    assert {outage["seconds"] for outage in today["outages"]} == {3600}
    assert [outage["scope"] for outage in today["outages"]] == ["first", "mailboxes", "everything"]


@pytest.mark.parametrize("lab", ["story1:harden"], indirect=True)
def test_after_the_remedy_nothing_gets_past_a_latch(seen, mxlatch):
    whole = json.loads(mxlatch("simulate", *QUICK, "--json", seen).out)
    assert whole["layouts"][0]["reached"]["past"]["value"] == 0


def test_without_leave_what_is_not_known_is_not_counted_as_closed(lab, mxlatch):
    whole = json.loads(mxlatch("simulate", *lab.options, *QUICK, "--json", "--no-search", lab.domain).out)
    reached = whole["layouts"][0]["reached"]
    assert reached["past"]["value"] + reached["not_known"]["value"] > 0.2


@pytest.mark.parametrize(("name", "begins"), [("x.html", "<!DOCTYPE html>"), ("x.json", "{"), ("x.txt", "Of spam")])
def test_the_form_follows_the_files_name(seen, mxlatch, tmp_path: Path, name, begins):
    path = tmp_path / name
    assert mxlatch("simulate", *QUICK, "-o", str(path), seen).out == ""
    assert path.read_text().startswith(begins)


def test_a_mix_of_ones_own(seen, mxlatch, tmp_path: Path):
    path = tmp_path / "mine.toml"
    path.write_text(mix_text().replace("the default mix, 2026", "ours"))
    whole = json.loads(mxlatch("simulate", *QUICK, "--json", "--mix", str(path), seen).out)
    assert (whole["mix"], whole["mix_path"]) == ("ours", str(path))


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["--outage", "1 week"], 2, "is not a duration"),
        (["--outage", "5s"], 2, "a minute or longer"),
        ([f"--outage={n}h" for n in range(1, 15)], 2, "1 to 12"),
        (["--messages", "5"], 2, "1000<=x<=10000000"),
        (["--seed", "-1"], 2, "0<=x<=2147483648"),
        (["--mix", "/nowhere.toml"], 66, "mix /nowhere.toml: there is no such file"),
        (["--format", "sarif"], 2, "no format 'sarif'"),
        (["--json", "--format", "html"], 2, "contradict"),
        (["-o", "/nowhere/x.html"], 73, "there is no folder"),
        (["-o", "x.pdf"], 2, "no format has that suffix"),
    ],
)
def test_what_is_wrong_is_told_before_anything_is_asked(mxlatch, arguments, code, told):
    said = mxlatch("simulate", *arguments, "example.com")
    assert said.code == code
    assert told in said.err
    assert said.out == ""


def test_a_bad_mix_is_told_with_its_line(mxlatch, tmp_path: Path):
    path = tmp_path / "mine.toml"
    path.write_text(mix_text().replace('behaviour = "exim"', 'behaviour = "exmi"'))
    said = mxlatch("simulate", "--mix", str(path), "example.com")
    assert said.code == 65
    line = mix_text()[: mix_text().index('behaviour = "exim"')].count("\n") + 1
    assert f"{path}:{line}: there is no behaviour 'exmi'" in said.err


@pytest.mark.parametrize(
    ("subject", "told"),
    [
        ("user@example.com", "is an address, not a domain"),
        ("https://x.example", "is a URL"),
        ("192.0.2.1", "is an address"),
    ],
)
def test_what_is_no_domain(mxlatch, subject, told):
    said = mxlatch("simulate", subject)
    assert (said.code, said.out) == (65, "")
    assert told in said.err


def test_a_file_that_is_no_bundle(mxlatch, tmp_path: Path):
    path = tmp_path / "x.bundle"
    path.write_text("hello")
    assert mxlatch("simulate", str(path)).code == 65


def test_what_takes_long_is_told_on_a_terminal_and_taken_away():
    told, now = io.StringIO(), iter([0.0, 1.0, 3.0])
    meanwhile = Meanwhile(told, terminal=True, clock=lambda: next(now))
    meanwhile.begins("at once")
    meanwhile.begins("today, first down for 24 h")
    meanwhile.clear()
    assert told.getvalue() == "\r\033[Ksimulating today, first down for 24 h\r\033[K"


def test_where_no_line_can_be_rewritten_nothing_is_told():
    told, now = io.StringIO(), iter([0.0, 99.0])
    meanwhile = Meanwhile(told, terminal=False, clock=lambda: next(now))
    meanwhile.begins("today")
    meanwhile.clear()
    assert told.getvalue() == ""


def test_several_domains_are_refused(mxlatch, tmp_path: Path):
    path = tmp_path / "domains.txt"
    path.write_text("example.com\nexample.net\n")
    assert "one at a time" in mxlatch("simulate", f"@{path}").err
