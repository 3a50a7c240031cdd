import asyncio
from pathlib import Path

import pytest

from mxlatch.canary.mailboxes import Imap, MailboxError, Maildir, Mbox
from mxlatch.cli.exits import CannotRead, WrongUsage
from mxlatch.cli.inbox import PASSWORD, Place, account, checked, opened
from mxlatch.net.gate import Gate
from mxlatch.net.imap import Account


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("imaps://anna@imap.example.com", Account("imap.example.com", 993, "anna", "x", "INBOX")),
        ("imaps://anna%40example.com@imap.example.com/", Account("imap.example.com", 993, "anna@example.com", "x")),
        ("imaps://anna@127.0.0.1:1993/Junk%20mail", Account("127.0.0.1", 1993, "anna", "x", "Junk mail")),
        ("imaps://anna@[::1]/a/b", Account("::1", 993, "anna", "x", "a/b")),
    ],
)
def test_urls(url: str, expected: Account) -> None:
    assert account(url, "x") == expected


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("imap://anna@imap.example.com", "write imaps://"),
        ("imaps://imap.example.com", "write imaps://"),
        ("imaps://anna@", "write imaps://"),
        ("imaps://anna@host:99999", "write imaps://"),
        ("imaps://anna@host:x", "write imaps://"),
        ("anna@host", "write imaps://"),
        ("imaps://anna:secret@host", "no password in the URL"),
        ("imap://anna:secret@host", "no password in the URL"),
        ("imaps://anna@host/%0D%0ADELETE", "no folder name"),
    ],
)
def test_urls_that_are_none(url: str, why: str) -> None:
    with pytest.raises(WrongUsage, match=why) as told:
        account(url, "x")
    assert "secret" not in str(told.value)


def test_the_password_is_in_a_file_or_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "password"
    file.write_text("from the file\n")
    place = Place(imap="imaps://anna@host")
    with pytest.raises(WrongUsage, match=f"set {PASSWORD}"):
        checked(place)
    monkeypatch.setenv(PASSWORD, "from the environment")
    given = checked(Place(imap="imaps://anna@host", password_file=str(file)))
    for found, password in ((checked(place), "from the environment"), (given, "from the file")):
        assert found.account is not None
        assert found.account.password == password
        assert password not in repr(found.account)


@pytest.mark.parametrize("given", [{}, {"maildir": "a", "mbox": "b"}, {"mbox": "a", "imap": "imaps://u@h"}])
def test_one_place_is_to_be_named(given: dict[str, str]) -> None:
    with pytest.raises(WrongUsage, match="Give one of"):
        checked(Place(**given))


def test_what_is_opened(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    assert isinstance(opened(checked(Place(maildir=str(tmp_path))), Gate(), None), Maildir)
    assert isinstance(opened(checked(Place(mbox=str(tmp_path / "mbox"))), Gate(), None), Mbox)
    with pytest.raises(CannotRead, match="is no Maildir"):
        checked(Place(maildir=str(tmp_path / "new")))
    folder = opened(Place(account=Account("127.0.0.1", 1, "anna", "secret")), Gate(), None)
    assert isinstance(folder, Imap)
    with pytest.raises(MailboxError, match="was not given with --imap"):
        asyncio.run(folder.look({"ab12"}))
