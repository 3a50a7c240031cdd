import json
from pathlib import Path

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
