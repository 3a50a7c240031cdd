"""The file of what third parties said within the last day."""

from pathlib import Path

import pytest

from mxlatch.net.remembered import DAY, Remembered
from mxlatch.terms.observation import SESSION, Observation
from mxlatch.terms.question import SmtpQuestion
from mxlatch.terms.smtp import Certificate, Reply, Session, Tls, Turn

NOW = 1_800_000_000.0
QUESTION = SmtpQuestion("8.8.4.4", 25, "aspmx.l.google.com", operator="google")
TALK = Session(
    (Turn("", Reply(220, ("mx ready \\xff",))), Turn("EHLO probe", None)),
    Tls("ok", "TLSv1.3", chain=(Certificate("a", "b", ("*.example",), 1.0, 2.0, "ff", "RSA 2048"),), trusted=True),
    "quit",
)
EARLIER = Observation(QUESTION, SESSION, TALK, NOW, "internet", "8.8.4.4:25")


class Clock:
    """A wall clock that a test sets."""

    def __init__(self, now: float = NOW) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def test_a_second_run_gets_the_earlier_session_with_its_time(tmp_path: Path) -> None:
    path = tmp_path / "state" / "sessions.json"
    Remembered(path, Clock()).keep(EARLIER)
    second = Remembered(path, Clock(NOW + DAY - 1))
    assert second.recall(QUESTION) == EARLIER
    assert second.trouble == ""
    assert path.stat().st_mode & 0o077 == 0
    assert list(path.parent.iterdir()) == [path]


def test_a_second_pass_gets_it_too_as_an_answer_to_its_own_question(tmp_path: Path) -> None:
    store = Remembered(tmp_path / "s.json", Clock())
    store.keep(EARLIER)
    again = SmtpQuestion("8.8.4.4", 25, "aspmx.l.google.com", attempt=2, operator="google")
    recalled = store.recall(again)
    assert recalled is not None
    assert recalled.question == again
    assert recalled.value == TALK


@pytest.mark.parametrize(
    "other",
    [
        SmtpQuestion("8.8.8.8", 25, "aspmx.l.google.com", operator="google"),
        SmtpQuestion("8.8.4.4", 587, "aspmx.l.google.com", operator="google"),
        SmtpQuestion("8.8.4.4", 25, "alt1.aspmx.l.google.com", operator="google"),  # another SNI
        SmtpQuestion("8.8.4.4", 25, "aspmx.l.google.com", operator="elsewhere"),
        SmtpQuestion("8.8.4.4", 25, "aspmx.l.google.com", operator="google", domain="example.com"),
    ],
)
def test_another_question_is_not_answered(tmp_path: Path, other: SmtpQuestion) -> None:
    store = Remembered(tmp_path / "s.json", Clock())
    store.keep(EARLIER)
    assert store.recall(other) is None


@pytest.mark.parametrize("later", [DAY, DAY * 400, -1.0])  # the last: a clock that was set back
def test_after_a_day_it_is_forgotten(tmp_path: Path, later: float) -> None:
    clock = Clock()
    store = Remembered(tmp_path / "s.json", clock)
    store.keep(EARLIER)
    clock.now += later
    assert store.recall(QUESTION) is None
    store.keep(Observation(SmtpQuestion("8.8.8.8", 25, "h", operator="x"), SESSION, TALK, clock.now, "internet"))
    assert b"aspmx" not in store.path.read_bytes()


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b'{"schema": "mxlatch.remembered/9", "sessions": {}}',
        b'{"schema": "mxlatch.remembered/1", "sessions": {"a": {"question": 3}}}',
        b" " * (16 * 1024 * 1024 + 1),
    ],
    ids=["empty", "cut off", "a list", "not UTF-8", "from the future", "wrong inside", "huge"],
)
def test_a_broken_file_is_said_and_counts_as_empty(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "s.json"
    path.write_bytes(text)
    store = Remembered(path, Clock())
    assert store.trouble.startswith(f"{path} cannot be read (")
    assert store.recall(QUESTION) is None
    store.keep(EARLIER)
    assert Remembered(path, Clock()).recall(QUESTION) == EARLIER


def test_a_folder_in_its_place_is_said_and_no_crash(tmp_path: Path) -> None:
    store = Remembered(tmp_path, Clock())
    assert "cannot be read" in store.trouble
    store.keep(EARLIER)
    assert "cannot be written" in store.trouble
    assert store.recall(QUESTION) == EARLIER  # this run still knows
    assert list(tmp_path.iterdir()) == []
