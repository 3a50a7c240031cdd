"""The cases on disk: one SQLite file (WAL), so that several people and programs can work on them at once.

A change is one transaction: it is there whole or not at all, and two that change the same case do so one after the
other. What is wrong with the file is said with the remedy; nothing is repaired or replaced unasked.
"""

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec

from mxlatch.cases.case import Case
from mxlatch.terms.errors import InputError

VERSION = 1  # of the tables below (PRAGMA user_version)
_OURS = 0x6D786C63  # "mxlc", PRAGMA application_id: somebody else's database is left alone
_PATIENCE = 5.0  # seconds to wait for another process's change; each takes some milliseconds
_PAUSE = 0.05  # seconds between two tries to turn WAL on, which SQLite does not wait for by itself
_TABLES = (
    "CREATE TABLE cases (id INTEGER PRIMARY KEY AUTOINCREMENT, door TEXT NOT NULL UNIQUE, body BLOB NOT NULL)",
    f"PRAGMA application_id = {_OURS}",
    f"PRAGMA user_version = {VERSION}",
)


class Unavailable(Exception):
    """The file cannot be used now: somebody else holds it, or the system refuses; the message says what to do."""


class Store:
    """The cases of one file. The file is made by the first change, readable by its owner only."""

    def __init__(self, path: Path) -> None:
        """Nothing is opened yet."""
        self._path = path

    def all(self) -> tuple[Case, ...]:
        """Every case, by number; none where there is no file yet.

        Raises:
            InputError: the file is damaged or not ours. Unavailable: it cannot be used now.
        """
        if not self._path.exists():
            return ()
        with self._connected() as connection:
            return tuple(self._read(*row) for row in connection.execute("SELECT id, body FROM cases ORDER BY id"))

    def get(self, number: int) -> Case | None:
        """The case of that number. Raises as `all`."""
        return next((case for case in self.all() if case.id == number), None)

    def change(self, number: int, how: Callable[[Case], Case]) -> Case | None:
        """Change a case; what `how` raises leaves it as it was. None if there is no such case. Raises as `all`."""
        if not self._path.exists():
            return None
        with self._connected() as connection, _transaction(connection):
            row = connection.execute("SELECT id, body FROM cases WHERE id = ?", (number,)).fetchone()
            return None if row is None else _write(connection, how(self._read(*row)))

    def keep(self, door: str, begin: Callable[[int], Case], again: Callable[[Case], Case]) -> tuple[Case, bool]:
        """The case of a door: a new one, or the one that is there, changed; and whether it is new. Raises as `all`."""
        self._make()
        with self._connected() as connection, _transaction(connection):
            row = connection.execute("SELECT id, body FROM cases WHERE door = ?", (door,)).fetchone()
            if row is not None:
                return _write(connection, again(self._read(*row))), False
            cursor = connection.execute("INSERT INTO cases (door, body) VALUES (?, ?)", (door, b""))
            assert cursor.lastrowid is not None
            return _write(connection, begin(cursor.lastrowid)), True

    def _make(self) -> None:
        """For its owner's eyes only: a case names people."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))
        except OSError as error:
            raise Unavailable(f"cases {self._path}: {(error.strerror or str(error)).lower()}") from None

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self._path, timeout=_PATIENCE, isolation_level=None)) as connection:
                self._check(connection)
                yield connection
        except sqlite3.OperationalError as error:
            if str(error).startswith("no such"):  # the marks are ours, the tables are not
                raise self._damaged(str(error)) from None
            raise Unavailable(self._why(error)) from None
        except sqlite3.DatabaseError as error:
            raise self._damaged(str(error)) from None

    def _check(self, connection: sqlite3.Connection) -> None:
        ours, version = _pragma(connection, "application_id"), _pragma(connection, "user_version")
        if ours == _OURS and version > VERSION:
            raise InputError(f"cases {self._path}: made by a newer mxlatch (version {version}): use that one")
        if ours != _OURS:
            self._begin(connection)
        if str(connection.execute("PRAGMA journal_mode").fetchone()[0]) != "wal":
            _turn_wal_on(connection)

    def _begin(self, connection: sqlite3.Connection) -> None:
        """Make the tables in a new file; another process may be about to do the same."""
        with _transaction(connection):
            if _pragma(connection, "application_id") == _OURS:
                return
            if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                raise self._damaged("another program's database")
            for statement in _TABLES:
                connection.execute(statement)

    def _read(self, number: int, body: bytes) -> Case:
        try:
            case = msgspec.json.decode(body, type=Case)
        except (msgspec.MsgspecError, TypeError) as error:
            raise self._damaged(f"case {number}: {error}") from None
        if not case.steps or case.id != number:
            raise self._damaged(f"case {number} has no step, or another number")
        return case

    def _damaged(self, what: str) -> InputError:
        return InputError(
            f"cases {self._path}: {what}: this is no store of cases, or it is damaged: move it away, with the files "
            "beside it that end in -wal and -shm, or put a copy in its place"
        )

    def _why(self, error: sqlite3.OperationalError) -> str:
        text = str(error)
        if "locked" in text or "busy" in text:
            return f"cases {self._path}: in use by another program for {_PATIENCE:g} s: end it, or try again"
        return f"cases {self._path}: {text}: check the file's and the folder's permissions, and the space on the disk"


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All or nothing; IMMEDIATE, so that what is read here is not changed by another before it is written."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _write(connection: sqlite3.Connection, case: Case) -> Case:
    connection.execute("UPDATE cases SET body = ? WHERE id = ?", (msgspec.json.encode(case), case.id))
    return case


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    value = connection.execute(f"PRAGMA {name}").fetchone()[0]
    assert isinstance(value, int)
    return value


def _turn_wal_on(connection: sqlite3.Connection) -> None:
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > end:
                raise
            time.sleep(_PAUSE)
        else:
            return
