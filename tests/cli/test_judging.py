import json
from pathlib import Path

import pytest

from mxlatch.lab.story import STORIES


def suppressions(path: Path, rule: str, until: str) -> str:
    path.write_text(f'[[suppress]]\nid = "{rule}"\nreason = "known, ticket 4711"\nuntil = {until}\n')
    return str(path)


def audited(lab, mxlatch, tmp_path: Path) -> tuple[str, list[str]]:
    """A bundle of the lab's domain, and the rules that it breaks."""
    bundle = str(tmp_path / "seen.bundle")
    said = mxlatch("audit", *lab.options, "--json", "--save", bundle, lab.domain)
    return bundle, sorted({finding["id"] for finding in json.loads(said.out)["findings"]})


def test_the_exit_code_follows_what_counts(lab, mxlatch, tmp_path: Path):
    assert STORIES[1].topology == "story1"
    bundle, rules = audited(lab, mxlatch, tmp_path)
    old = tmp_path / "old.json"
    assert mxlatch("replay", bundle, "-o", str(old)).code == 1

    known = mxlatch("replay", bundle, "--baseline", str(old))
    assert known.code == 0
    assert known.err == f"mxlatch: findings: {len(rules)} in the baseline: not counted\n"
    assert all(rule in known.out for rule in rules), "they are shown all the same"

    assert mxlatch("replay", bundle, "--fail-on", "never").code == 0
    everything = tmp_path / "all.toml"
    everything.write_text(
        "".join(f'[[suppress]]\nid = "{rule}"\nreason = "known"\nuntil = 2999-12-31\n' for rule in rules)
    )
    assert mxlatch("replay", bundle, "--suppress", str(everything)).code == 0

    ended = mxlatch("replay", bundle, "--suppress", suppressions(tmp_path / "s", rules[0], "2020-01-01"))
    assert ended.code == 1
    assert f"the suppression of {rules[0]} ended on 2020-01-01: it counts again" in ended.err


def test_what_if_asks_nobody_again(lab, mxlatch, tmp_path: Path):
    bundle, _ = audited(lab, mxlatch, tmp_path)
    asked = len(lab.running.post.transcript)
    said = mxlatch("replay", bundle, "--json", "--assume", "down:mail.example.com", "--assume", "drop:192.0.2.25")
    assert len(lab.running.post.transcript) == asked
    audit = json.loads(said.out)
    assert audit["assumed"] == ["down:mail.example.com", "drop:192.0.2.25"]
    assert audit["sentence"].startswith("Assuming down:mail.example.com and drop:192.0.2.25: ")
    assert {way["kind"] for door in audit["doors"] if door["address"] == "192.0.2.25" for way in door["ways_in"]} >= {
        "remembered"
    }
    assert audit["verdict"] != json.loads(mxlatch("replay", bundle, "--json").out)["verdict"] == "open"


def test_the_audit_itself_may_assume(lab, mxlatch):
    said = mxlatch("audit", *lab.options, "--assume", "add:5 mail", lab.domain)
    assert said.code == 1
    assert said.out.startswith("Assuming add:5 mail: ")
    assert "5 mail.example.com" in said.out


@pytest.mark.parametrize(
    ("assumed", "message"),
    [
        ("mx1", "--assume: 'mx1' is no assumption: write down:mx1.example.com, drop:mx2.example.com or add:'20 mx2"),
        ("up:mx1", "is no assumption"),
        ("down:", "is no assumption"),
        ("add:mx2", "write add:'PREFERENCE EXCHANGER'"),
        ("add:20 mx2 nowhere", "'nowhere' does not appear to be an IPv4 or IPv6 address"),
    ],
)
def test_what_is_no_assumption_is_said_before_anything_is_asked(mxlatch, assumed, message):
    for command in (("audit", "example.org"), ("replay", "/nowhere/bundle")):
        said = mxlatch(*command, "--assume", assumed)
        assert (said.code, said.out) == (2, "")
        assert message in said.err


def test_an_assumption_that_fits_nowhere_is_a_slip(lab, mxlatch, tmp_path: Path):
    bundle, _ = audited(lab, mxlatch, tmp_path)
    said = mxlatch("replay", bundle, "--assume", "down:mx9")
    assert (said.code, said.out) == (2, "")
    assert "mxlatch: --assume down:mx9: no server of example.com is known by that: there are " in said.err
    assert "mx.filter.example" in said.err


def test_an_assumption_that_fits_one_domain_does_not_stop_the_others(lab, mxlatch, tmp_path: Path):
    bundle = str(tmp_path / "two.bundle")
    mxlatch("audit", *lab.options, "--save", bundle, "--json", lab.domain, "filter.example")
    said = mxlatch("replay", bundle, "--json", "--assume", "down:mail.example.com")
    first, other = json.loads(said.out)["audits"]
    assert (first["assumed"], first["not_assumed"]) == (["down:mail.example.com"], [])
    assert other["assumed"] == []
    assert other["not_assumed"][0].startswith("down:mail.example.com: no server of filter.example is known by that")
    assert not other["sentence"].startswith("Assuming")
    assert "not assumed: down:mail.example.com: no server of filter.example" in " ".join(
        mxlatch("replay", bundle, "--assume", "down:mail.example.com").out.split()
    )
