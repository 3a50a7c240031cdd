"""Maildir and mbox as mail servers write them, while we look."""

import asyncio
import os
from pathlib import Path

import pytest

from mxlatch.canary.mailboxes import Mailbox, MailboxError, Maildir, Mbox
from mxlatch.wire.received import LARGEST_HEADER


def looked(mailbox: Mailbox) -> list[tuple[str, bytes]]:
    return [(found.where, found.content) for found in asyncio.run(mailbox.look(set()))]


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    for part in ("new", "cur", "tmp", ".Junk/new", ".Junk/cur"):
        (tmp_path / "Maildir" / part).mkdir(parents=True)
    return tmp_path / "Maildir"


def test_a_maildir_tells_what_is_new_once(maildir: Path) -> None:
    (maildir / "cur" / "old:2,S").write_text("old")
    mailbox = Maildir(maildir)
    assert looked(mailbox) == []
    (maildir / "new" / "1.host").write_text("one")
    (maildir / "tmp" / "2.host").write_text("not whole")
    assert looked(mailbox) == [(str(maildir), b"one")]
    (maildir / "new" / "1.host").rename(maildir / "cur" / "1.host:2,S")  # somebody read it
    assert looked(mailbox) == []


def test_what_was_filed_as_junk_has_arrived(maildir: Path) -> None:
    mailbox = Maildir(maildir)
    (maildir / ".Junk" / "cur" / "1.host:2,").write_text("one")
    assert looked(mailbox) == [(str(maildir / ".Junk"), b"one")]


def test_of_a_large_message_the_beginning_is_read(maildir: Path) -> None:
    mailbox = Maildir(maildir)
    (maildir / "new" / "1.host").write_bytes(b"x" * (LARGEST_HEADER + 1))
    assert [len(content) for _, content in looked(mailbox)] == [LARGEST_HEADER]


def test_no_maildir(tmp_path: Path) -> None:
    with pytest.raises(MailboxError, match="is no Maildir"):
        Maildir(tmp_path)


def test_a_maildir_that_goes_away(maildir: Path) -> None:
    mailbox = Maildir(maildir)
    maildir.rename(maildir.with_name("gone"))
    with pytest.raises(MailboxError, match="cannot be read"):
        looked(mailbox)


def message(number: int) -> str:
    return f"From probe@sender.example Thu Jan  1 00:00:00 2026\nSubject: {number}\n\nbody\n>From here\n\n"


def subjects(mailbox: Mailbox) -> list[bytes]:
    return [content.splitlines()[0] for _, content in looked(mailbox)]


def test_an_mbox_tells_what_is_appended_once(tmp_path: Path) -> None:
    file = tmp_path / "mbox"
    file.write_text(message(0))
    mailbox = Mbox(file)
    assert looked(mailbox) == []
    with file.open("a") as box:
        box.write(message(1) + message(2))
    assert subjects(mailbox) == [b"Subject: 1", b"Subject: 2"]
    assert subjects(mailbox) == []
    with file.open("a") as box:
        box.write(message(3))
    assert subjects(mailbox) == [b"Subject: 3"]


def test_a_message_that_is_not_whole_is_left_for_the_next_look(tmp_path: Path) -> None:
    file = tmp_path / "mbox"
    mailbox = Mbox(file)
    assert looked(mailbox) == []
    file.write_text(message(1)[:60])
    assert subjects(mailbox) == []
    file.write_text(message(1))
    assert subjects(mailbox) == [b"Subject: 1"]


def test_an_mbox_that_was_rewritten_is_read_from_its_start(tmp_path: Path) -> None:
    file = tmp_path / "mbox"
    file.write_text(message(0) + message(1) + message(2))
    mailbox = Mbox(file)
    file.write_text(message(7))
    assert subjects(mailbox) == [b"Subject: 7"]


def test_no_mbox(tmp_path: Path) -> None:
    with pytest.raises(MailboxError, match="is no mbox"):
        Mbox(tmp_path)
    with pytest.raises(MailboxError, match="is no mbox"):
        Mbox(tmp_path / "nowhere" / "mbox")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_mbox_that_may_not_be_read(tmp_path: Path) -> None:
    file = tmp_path / "mbox"
    file.touch(mode=0)
    with pytest.raises(MailboxError, match="cannot be read"):
        looked(Mbox(file))
