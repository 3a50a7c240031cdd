"""Files that --with takes, and files that it does not."""

from pathlib import Path

import pytest

from mxlatch.cli.exits import CannotRead
from mxlatch.cli.joined import Joined, join
from mxlatch.terms.errors import InputError


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        (None, CannotRead, "no such file"),
        ("hello\n", InputError, "not an mxlatch bundle"),
        ('{"schema": "mxlatch.canary/9"}', InputError, "canar"),
        ('{"schema": "mxlatch.canary/1", "domain": 7}', InputError, "canar"),
        ('{"schema": "mxlatch.scan/9"}', InputError, "it is no mxlatch.scan/1"),
        ('{"schema": "mxlatch.scan/1", "blocks": 7}', InputError, "scan -o FILE"),
    ],
)
def test_what_is_neither_says_so(tmp_path: Path, text, error, message):
    path = tmp_path / "facts"
    if text is not None:
        path.write_text(text)
    with pytest.raises(error, match=message):
        join([str(path)])


def test_nothing_joined_is_nothing():
    assert join([]) == Joined()
