"""What third parties' endpoints said within the last day, kept in a file that the report names (DESIGN section 6).

A provider serves thousands of domains: it gets one session a domain a day from us, and a second run shows the earlier
answer with its time. The file is JSON, replaced whole, readable by its owner only. One that cannot be read is said
so and counts as empty: a cache is never a reason to fail. Two runs at once may each lose what the other kept; the cost
is one session more.
"""

import contextlib
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
from msgspec import Struct

from mxlatch.terms.observation import SESSION, Observation
from mxlatch.terms.question import SmtpQuestion
from mxlatch.terms.smtp import Session

DAY = 86400.0  # seconds
_LARGEST_FILE = 16 * 1024 * 1024  # octets; an entry has about 4 KiB, a day's survey of providers some thousands


class _Kept(Struct, frozen=True):
    """An Observation of an SMTP session, less its status (always "session") and its bytes (it has none)."""

    question: SmtpQuestion
    value: Session
    time: float
    vantage: str
    source: str
    reason: str


class _File(Struct):
    schema: str
    sessions: dict[str, _Kept]


_SCHEMA = "mxlatch.remembered/1"


class Remembered:
    """The store. `trouble` says, for the report, why an existing file could not be read or written; "" if all is well.

    now: the wall clock, seconds since 1970 UTC.
    """

    def __init__(self, path: Path, now: Callable[[], float] = time.time) -> None:
        """Read the file at `path`, if there is one."""
        self.path = path
        self.trouble = ""
        self._now = now
        self._sessions = self._read()

    def recall(self, question: SmtpQuestion) -> Observation | None:
        """The session of the last day that answers this question, if there was one."""
        earlier = self._sessions.get(_key(question))
        if earlier is None or not self._is_fresh(earlier):
            return None
        return Observation(
            question, SESSION, earlier.value, earlier.time, earlier.vantage, earlier.source, earlier.reason
        )

    def keep(self, observation: Observation) -> None:
        """Add a session, drop those over a day old, and write the file."""
        question, value = observation.question, observation.value
        assert isinstance(question, SmtpQuestion)
        assert isinstance(value, Session)
        kept = _Kept(question, value, observation.time, observation.vantage, observation.source, observation.reason)
        self._sessions[_key(question)] = kept
        self._sessions = {key: k for key, k in self._sessions.items() if self._is_fresh(k)}
        try:
            self._write()
        except OSError as error:
            self.trouble = f"{self.path} cannot be written ({error.strerror}): the next run will ask again"

    def _is_fresh(self, kept: _Kept) -> bool:
        # A time in the future is a clock that was set back: to wait for it could take for ever.
        return 0 <= self._now() - kept.time < DAY

    def _read(self) -> dict[str, _Kept]:
        try:
            with self.path.open("rb") as file:
                text = file.read(_LARGEST_FILE + 1)
            if len(text) > _LARGEST_FILE:
                raise ValueError("too large")
            stored = msgspec.json.decode(text, type=_File)
            if stored.schema != _SCHEMA:
                raise ValueError(f"schema {stored.schema[:40]!r}")
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:  # msgspec's errors are ValueErrors
            self.trouble = f"{self.path} cannot be read ({error}): treated as empty; delete it to silence this"
            return {}
        return stored.sessions

    def _write(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=self.path.name + ".")  # mode 0600
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(msgspec.json.encode(_File(_SCHEMA, self._sessions)))
            os.replace(name, self.path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(name)
            raise


def _key(question: SmtpQuestion) -> str:
    """Operator, domain (or the address, where the session is the same for every domain), and the name asked for.

    The name is part of it because it is the SNI: another name may get another certificate.
    """
    whom = question.domain or question.address
    return f"{question.operator} {whom} {question.port} {question.host}"
