"""The file of cases: kept whole, shared, and never repaired unasked."""

import contextlib
import multiprocessing
import sqlite3
import stat
from datetime import date

import pytest

from mxlatch.cases import store as module
from mxlatch.cases.case import Case, Refused, State, begin, take
from mxlatch.cases.sighting import Sighting
from mxlatch.cases.store import VERSION, Store, Unavailable
from mxlatch.terms.errors import InputError

TODAY = date(2026, 11, 22)


def sighting(address="192.0.2.9"):
    time = "2026-11-01T12:00:00Z"
    return Sighting(f"{address}:25", address, 25, "example.com", "internet", time, "open", False, standing="rogue")


def keep(store: Store, address="192.0.2.9") -> tuple[Case, bool]:
    seen = sighting(address)
    return store.keep(seen.door, lambda number: begin(number, seen), lambda case: case)


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "state" / "cases.sqlite")


def test_nothing_is_made_by_looking(store, tmp_path):
    assert (store.all(), store.get(1), store.change(1, lambda case: case)) == ((), None, None)
    assert not (tmp_path / "state").exists()


def test_a_case_is_kept_once_a_door(store, tmp_path):
    assert keep(store)[1]
    assert not keep(store)[1]
    assert keep(store, "192.0.2.10")[0].id == 2
    assert [case.door for case in Store(tmp_path / "state" / "cases.sqlite").all()] == ["192.0.2.9:25", "192.0.2.10:25"]
    assert stat.S_IMODE((tmp_path / "state" / "cases.sqlite").stat().st_mode) == 0o600


def test_a_step_that_is_refused_changes_nothing(store):
    keep(store)
    with pytest.raises(Refused):
        store.change(1, lambda case: take(case, State.CLOSED, TODAY))
    assert store.get(1).state is State.FOUND
    store.change(1, lambda case: take(case, State.CONTACTED, TODAY))
    assert store.get(1).state is State.CONTACTED
    assert store.change(2, lambda case: case) is None


def test_a_case_that_cannot_begin_leaves_nothing(store):
    def broken(number):
        raise Refused("no")

    with pytest.raises(Refused):
        store.keep("192.0.2.9:25", broken, broken)
    assert store.all() == ()
    assert keep(store)[1]


def contact(path, times):
    """In a process of its own."""
    for _ in range(times):
        keep(Store(path), "192.0.2.9")
        Store(path).change(1, lambda case: take(case, State.CONTACTED, TODAY))


def test_several_at_once_lose_nothing(store, tmp_path):
    path = tmp_path / "state" / "cases.sqlite"
    started = multiprocessing.get_context("spawn")
    processes = [started.Process(target=contact, args=(path, 15)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0, 0, 0]
    (case,) = store.all()
    assert len(case.steps) == 61


def test_in_use_by_another(store, tmp_path, monkeypatch):
    keep(store)
    monkeypatch.setattr(module, "_PATIENCE", 0.05)
    with contextlib.closing(sqlite3.connect(tmp_path / "state" / "cases.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable, match="in use by another program"):
            store.change(1, lambda case: case)
        assert len(store.all()) == 1, "readers need not wait"


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable, match="file exists"):
        keep(Store(tmp_path / "file" / "cases.sqlite"))
    with pytest.raises(Unavailable, match="is a directory"):
        keep(Store(tmp_path))


def spoil(store, tmp_path, statement):
    keep(store)
    with contextlib.closing(sqlite3.connect(tmp_path / "state" / "cases.sqlite", isolation_level=None)) as raw:
        raw.execute(statement)


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        (f"PRAGMA user_version = {VERSION + 1}", "made by a newer mxlatch"),
        ("PRAGMA application_id = 7", "another program's database"),
        ("UPDATE cases SET body = 'nonsense'", "case 1: "),
        ("UPDATE cases SET body = '{}'", "case 1: "),
        ("UPDATE cases SET id = 9", "case 9 has no step, or another number"),
        ("DROP TABLE cases", "no such table"),
    ],
)
def test_a_file_that_is_not_as_it_should_be(store, tmp_path, statement, message):
    spoil(store, tmp_path, statement)
    with pytest.raises(InputError, match=message):
        store.all()
    with pytest.raises(InputError, match=message):
        keep(store)


@pytest.mark.parametrize("octets", [b"not a database" * 100, b"SQLite format 3\x00" + b"\xff" * 4080])
def test_a_file_that_is_something_else_is_left_alone(tmp_path, octets):
    path = tmp_path / "cases.sqlite"
    path.write_bytes(octets)
    for use in (Store.all, keep):
        with pytest.raises(InputError, match="move it away"):
            use(Store(path))
    assert path.read_bytes() == octets


def test_a_file_cut_short(store, tmp_path):
    for number in range(1, 60):
        keep(store, f"192.0.2.{number}")
    path = tmp_path / "state" / "cases.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(InputError, match="damaged"):
        store.all()
