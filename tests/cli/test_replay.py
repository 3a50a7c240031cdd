from pathlib import Path

import pytest


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        (None, 66, "no such file"),
        (b"", 65, "not an mxlatch bundle"),
        (b'{"schema": "other"}\n', 65, "not an mxlatch bundle"),
        (b"\x00\xff\n", 65, "not an mxlatch bundle"),
    ],
)
def test_what_is_no_bundle(mxlatch, tmp_path: Path, text, code, message):
    path = tmp_path / "seen.bundle"
    if text is not None:
        path.write_bytes(text)
    said = mxlatch("replay", str(path))
    assert (said.code, said.out) == (code, "")
    assert str(path) in said.err
    assert message in said.err


def test_a_damaged_bundle_names_its_line(lab, mxlatch, tmp_path: Path):
    path = tmp_path / "seen.bundle"
    mxlatch("audit", *lab.options, "--save", str(path), lab.domain)
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:4], lines[4][:20], *lines[5:]]))
    said = mxlatch("replay", str(path))
    assert said.code == 65
    assert f"{path}:5: " in said.err


def test_a_bundle_whose_last_line_broke_off_is_judged_without_it_and_that_is_said(lab, mxlatch, tmp_path: Path):
    path = tmp_path / "seen.bundle"
    mxlatch("audit", *lab.options, "--save", str(path), lab.domain)
    octets = path.read_bytes()
    path.write_bytes(octets[:-10])
    said = mxlatch("replay", str(path))
    last = octets.count(b"\n")
    assert said.err == (
        f"mxlatch: {path}:{last}: the last line is torn and left out: this is an interrupted run; take a new one\n"
    )
    assert (said.code, "the run was interrupted" in " ".join(said.out.split())) == (130, True), said


def test_the_reader_of_a_report_gets_it_whole_or_not_at_all(lab, mxlatch, tmp_path: Path):
    path, report = tmp_path / "seen.bundle", tmp_path / "report.json"
    mxlatch("audit", *lab.options, "--save", str(path), lab.domain)
    assert mxlatch("replay", str(path), "-o", str(report)).out == ""
    assert report.read_text() == mxlatch("replay", str(path), "--json").out
