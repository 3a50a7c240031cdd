"""`--names-from FILE`: what a file is, its beginning tells."""

from pathlib import Path

import pytest

from mxlatch.audit import bundle
from mxlatch.audit.log import Log
from mxlatch.cli import namesfrom
from mxlatch.cli.exits import CannotRead, WrongUsage
from mxlatch.cli.namesfrom import searched
from mxlatch.cli.options import Searching
from mxlatch.terms.errors import InputError
from mxlatch.terms.observation import SESSION, Observation
from mxlatch.terms.question import SmtpQuestion
from tests.fakes.example import door, scope
from tests.fakes.internet import NOW

MESSAGE = b"""Return-Path: <a@example.com>
Received: from hub.example.com (hub.example.com [203.0.113.9])
\tby mx.example.com (Postfix) with ESMTPS id 4A; Sun, 22 Nov 2026 13:00:00 +0000
Received: from [10.0.0.7] (helo=desk.example.com) by hub.example.com with esmtp; Sun, 22 Nov 2026 12:59:59 +0000
Subject: relay=not.example.com[192.0.2.1]

Received: by body.example.com
"""


def given(path, **changes):
    return searched(scope(**changes), Searching(search=None, names_from=(str(path),)))


@pytest.mark.parametrize(
    ("content", "names"),
    [
        (b"hub.example.com\n# a comment\n*.example.com\nOWA.example.com.  # old\nwww.other.example\n",
         ["hub.example.com", "owa.example.com"]),
        (b'\xef\xbb\xbf [{"name_value": "hub.example.com\\n*.example.com"}]', ["hub.example.com"]),
        (b"Nov 22 13:00:01 mx postfix/smtp[7]: to=<x@y>, relay=hub.example.com[203.0.113.9]:25, status=sent\n\xff\n",
         ["hub.example.com 203.0.113.9"]),
        (MESSAGE, ["desk.example.com 10.0.0.7", "hub.example.com", "hub.example.com 203.0.113.9", "mx.example.com"]),
        (b"From a@example.com Sun Nov 22 13:00:00 2026\n" + MESSAGE + b"\nFrom b@example.com Sun Nov 22 13:00:00 2026\n"
         b"Received: from x (new.example.com [203.0.113.4]) by mx.example.com; Sun, 22 Nov 2026 13:00:00 +0000\n",
         ["desk.example.com 10.0.0.7", "hub.example.com", "hub.example.com 203.0.113.9", "mx.example.com",
          "new.example.com 203.0.113.4"]),
        (b"", []),
    ],
    ids=["list", "certificates", "log", "message", "mbox", "empty"],
)  # fmt: skip
def test_a_file(tmp_path: Path, content, names):
    (tmp_path / "file").write_bytes(content)
    found = given(tmp_path / "file")
    assert [f"{seen.name} {seen.address}".rstrip() for seen in found.seen_names] == names
    assert {seen.source for seen in found.seen_names} <= {str(tmp_path / "file")}
    assert found.search


def test_an_earlier_bundle_is_remembered(tmp_path: Path):
    question = SmtpQuestion("203.0.113.9", 25, "example.com")
    log = Log(scope(), [Observation(question, SESSION, door(), NOW, "internet")])
    bundle.save(log, tmp_path / "old")
    found = given(tmp_path / "old")
    assert [(r.domain, r.name, r.address) for r in found.remembered] == [("example.com", "example.com", "203.0.113.9")]
    assert found.search


def test_no_file_changes_nothing():
    assert searched(scope(), Searching(search=False, names_from=())) == scope()


@pytest.mark.parametrize(
    ("search", "names_from", "listed", "others"),
    [
        (None, (), True, False),
        (True, (), True, True),
        (False, (), False, False),
        (None, ("/dev/null",), True, True),
    ],
)
def test_of_which_domains_hidden_doors_are_looked_for(search, names_from, listed, others):
    found = searched(scope(), Searching(search=search, names_from=names_from))
    assert (found.searches("example.com"), found.searches("example.org")) == (listed, others)


def test_files_of_names_and_no_search_contradict_one_another():
    with pytest.raises(WrongUsage, match="--no-search forbids it"):
        searched(scope(), Searching(search=False, names_from=("/dev/null",)))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"ok.example.com\n%PDF-1.4 x\n", r"file:2: .* has a character"),
        (b"[1, 2]", r"file: no export of a certificate log"),
        (b"{}", r"file: no export of a certificate log"),
        (b'{"schema":"mxlatch.bundle/1"}\n', r"file:1: not an mxlatch bundle"),
    ],
)
def test_what_cannot_be_used_says_why(tmp_path: Path, content, message):
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(InputError, match=message):
        given(tmp_path / "file")


def test_a_file_that_is_not_there(tmp_path: Path):
    with pytest.raises(CannotRead, match=r"file of names .*there is no such file"):
        given(tmp_path / "file")


def test_too_many_names_are_told(tmp_path: Path, monkeypatch, capsys):
    monkeypatch.setattr(namesfrom, "MOST_NAMES", 2)
    (tmp_path / "file").write_text("a.example.com\nb.example.com\nc.example.com\n")
    assert len(given(tmp_path / "file").seen_names) == 2
    assert "only 2 of 3 names" in capsys.readouterr().err
