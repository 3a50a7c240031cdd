"""Files that --with takes, and files that it does not."""

from pathlib import Path

import pytest

from mxlatch.cli.exits import CannotRead
from mxlatch.cli.joined import Joined, join
from mxlatch.report import scan as report
from mxlatch.terms.errors import InputError
from mxlatch.terms.scan import Opening, Scan, Swept


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        (None, CannotRead, "no such file"),
        ("hello\n", InputError, "not an mxlatch bundle"),
        ('{"schema": "mxlatch.canary/9"}', InputError, "canar"),
        ('{"schema": "mxlatch.canary/1", "domain": 7}', InputError, "canar"),
        ('{"schema": "mxlatch.scan/9"}', InputError, "it is no mxlatch.scan/1"),
        ('{"schema": "mxlatch.scan/1", "blocks": 7}', InputError, "scan -o FILE"),
        ('{"schema": "mxlatch.scan/1", "x": ' + "[" * 200_000, InputError, "scan -o FILE"),
        ('{"schema": "mxlatch.canary/1", "x": ' + "[" * 200_000, InputError, "canaries"),
        ('{"schema": "mxlatch.bundle/1", "x": ' + "[" * 200_000, InputError, "not an mxlatch bundle"),
    ],
)
def test_what_is_neither_says_so(tmp_path: Path, text, error, message):
    path = tmp_path / "facts"
    if text is not None:
        path.write_text(text)
    with pytest.raises(error, match=message):
        join([str(path)])


def test_a_strangers_banner_does_not_say_what_a_file_is(tmp_path: Path):
    """A scan in which a server greets with the words that begin a file of canaries."""
    door = Opening("192.0.2.1", 25, "smtp", '220 "mxlatch.canary/1 ESMTP')
    scan = Scan((Swept("192.0.2.0/24", "25", "connect", 2, (door,)),), "internet", 1.0)
    path = tmp_path / "scan.json"
    path.write_text(report.as_json(scan))
    assert join([str(path)]).scans == {str(path): scan}
    path.write_text(report.as_json(scan), "utf-8-sig")  # as some editors save it
    assert join([str(path)]).scans == {str(path): scan}


def test_nothing_joined_is_nothing():
    assert join([]) == Joined()
