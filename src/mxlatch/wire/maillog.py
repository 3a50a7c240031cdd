"""Who handed mail to a server directly, by its own log: of Postfix's smtpd, Exim (main log) or Exchange (SmtpReceive).

What counts is mail that the server took: Postfix's `QUEUEID: client=name[address]`, Exim's `<= sender H=… [address]`,
Exchange's reply `250 2.6.0 …` at port 25. Who was refused, or only connected, does not. Of what a stranger may write
into a line (names, HELO, sender) nothing is believed; addresses stand where the server itself writes them.

Limits: a message that Postfix refuses after its data has been given a queue id, and counts. Where a relay tells the
server its own clients (XCLIENT, PROXY), these stand in the log in place of the relay. A time without a zone is taken as
UTC, and one without a year as the last such day before `now`.
"""

import ipaddress
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache

from msgspec import Struct

LONGEST_LINE = 4096  # octets that are looked at; syslog itself stops at 2,048 (RFC 5424 section 6.1)
MOST_ADDRESSES = 100_000  # kept with their counts, about 20 MiB; a server behind a filter hears from a handful
_DAY = 86_400
_OLDEST = 9  # years back that a day without a year is looked for: 29 February may be eight years away

_MONTHS = {month: n for n, month in enumerate(b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}
_SYSLOG = re.compile(rb"([A-Z][a-z]{2}) ([ 0-3]\d) (\d\d):(\d\d):(\d\d) ")  # RFC 3164 section 4.1.2
# RFC 3339, and Exim's form of it.
_DATED = re.compile(rb"(\d{4}-\d\d-\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.\d{1,9})?(?:(Z)| ?([+-])(\d\d):?(\d\d))? ")
_POSTFIX = re.compile(rb"\S{1,255} postfix[\w.-]{0,64}/([\w./-]{1,64})\[\d{1,10}\]: ")
_CLIENT = re.compile(rb"[0-9A-Za-z]{5,32}: client=[^\s\[\],]{1,255}\[(?:IPv6:)?([0-9A-Fa-f.:]{2,45})\](.{0,1024})")
# By syslog, Exim's lines have a head of their own before them, or none.
_EXIM_TAG = re.compile(rb"\S{1,255} exim4?(?:\[\d{1,10}\])?: ")
_EXIM = re.compile(rb"(?:\[\d{1,10}\] )?(?:[0-9A-Za-z]{6}-[0-9A-Za-z]{6,11}-[0-9A-Za-z]{2,4} |[a-zA-Z*=])")
_TAKEN = re.compile(
    rb'(?:\[\d{1,10}\] )?[\w-]{16,23} <= (?:"(?:[^"\\]|\\.){0,255}"\S{0,255}|\S{1,512}) '
    rb"H=(?:[^\s()\[\]]{1,255} )?(?:\([^()]{0,255}\) )?\[([0-9A-Fa-f.:]{2,45})\](.{0,1024})"
)
_EXIM_PORT = re.compile(rb"(?::\d{1,5})? I=\[[0-9A-Fa-f.:]{2,45}\]:(\d{1,5}) ")
_EXIM_LOGIN = re.compile(rb" P=e?smtps?a ")
# Exchange's columns: date-time, connector, session, number, local and remote endpoint, event, data, context. Its log of
# what it sends has another local port, and its transport service behind the front end takes all from that.
_EXCHANGE = re.compile(
    rb"(\d{4}-\d\d-\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d{1,9})?Z,"
    rb'(?:[^,"]{1,255}|"[^"]{1,255}"),[0-9A-Za-z]{1,32},\d{1,10},\[?[0-9A-Fa-f.:]{2,45}\]?:25,'
    rb"\[?([0-9A-Fa-f.:]{2,45})\]?:\d{1,5},([-+<>*]),"
)
_QUEUED = re.compile(rb'"?250 2\.6\.0 ')
_SUBMISSION = re.compile(rb"(?:submissions?|smtps)/")


class Came(Struct, frozen=True):
    """From one address: how many messages, and when the last one came, seconds since 1970 UTC."""

    messages: int
    last: float


class MailLog(Struct, frozen=True):
    """What a log says. by_address: who delivered; it holds what a lock must not cut off, and the filter itself.

    first, last: of the lines that could be read, seconds since 1970 UTC; 0 if none could. days: on how many days such
    lines stand. lines, unknown: all, and those of other programs or in other forms. left_out: messages from addresses
    beyond `MOST_ADDRESSES`.
    """

    by_address: dict[str, Came] = {}
    first: float = 0.0
    last: float = 0.0
    days: int = 0
    lines: int = 0
    unknown: int = 0
    left_out: int = 0


class Reader:
    """Takes the lines of a log, of one file or several, in any order."""

    def __init__(self, now: float) -> None:
        """now: when the log was looked at, seconds since 1970 UTC; lines that are a day later are unknown."""
        self._now = now
        self._year = datetime.fromtimestamp(now, UTC).year
        self._count: dict[str, int] = {}
        self._last: dict[str, float] = {}
        self._days: set[int] = set()
        self._first, self._latest = float("inf"), 0.0
        self._lines = self._unknown = self._left_out = 0

    def take(self, lines: Iterable[bytes]) -> None:
        """Read lines; what is none of a mail server's is counted as unknown."""
        for line in lines:
            self._lines += 1
            if not self._take(line[:LONGEST_LINE]):
                self._unknown += 1

    def seen(self) -> MailLog:
        """What the lines say together."""
        by_address = {address: Came(count, self._last[address]) for address, count in self._count.items()}
        first = self._first if self._days else 0.0
        return MailLog(by_address, first, self._latest, len(self._days), self._lines, self._unknown, self._left_out)

    def _take(self, line: bytes) -> bool:
        if (exchange := _EXCHANGE.match(line)) is not None:
            return self._take_exchange(line, exchange)
        dated = self._time(line)
        if dated is None:
            return False
        time, at = dated
        if (postfix := _POSTFIX.match(line, at)) is not None:
            address = _by_postfix(line, postfix)
        else:
            at = self._exim_begins(line, at)
            if at < 0 or _EXIM.match(line, at) is None:
                return False
            address = _by_exim(line, at)
        return self._keep(time, address)

    def _take_exchange(self, line: bytes, columns: re.Match[bytes]) -> bool:
        day = _day_of(columns[1])
        if day is None:
            return False
        time = _moment(day, columns.groups()[1:4])
        took = columns[6] == b">" and _QUEUED.match(line, columns.end())
        return 0 < time <= self._now + _DAY and self._keep(time, _address(columns[5]) if took else "")

    def _keep(self, time: float, address: str) -> bool:
        """Count a server's own line; address: who delivered, "" if the line says something else."""
        self._days.add(int(time // _DAY))
        self._first, self._latest = min(self._first, time), max(self._latest, time)
        if address:
            self._came(address, time)
        return True

    def _exim_begins(self, line: bytes, at: int) -> int:
        """Where Exim's own words begin; -1 if another program wrote the line."""
        tag = _EXIM_TAG.match(line, at)
        if tag is None:
            return at if line[10:11] == b" " else -1  # a main log has no host name in its lines, and no "T"
        own = _DATED.match(line, tag.end())
        return own.end() if own else tag.end()

    def _came(self, address: str, time: float) -> None:
        if address not in self._count and len(self._count) >= MOST_ADDRESSES:
            self._left_out += 1
            return
        self._count[address] = self._count.get(address, 0) + 1
        self._last[address] = max(time, self._last.get(address, 0.0))

    def _time(self, line: bytes) -> tuple[float, int] | None:
        """When a line was written, and where it goes on; None if that cannot be read."""
        if (dated := _DATED.match(line)) is not None:
            date, *clock, _, sign, hours, minutes = dated.groups()
            day = _day_of(date)
            offset = (int(hours) * 3600 + int(minutes) * 60) * (-1 if sign == b"-" else 1) if sign else 0
        elif (dated := _SYSLOG.match(line)) is not None:
            month, date, *clock = dated.groups()
            day, offset = _day_before(month, date, self._year, self._now + _DAY), 0
        else:
            return None
        if day is None:
            return None
        time = _moment(day, clock) - offset
        return (time, dated.end()) if 0 < time <= self._now + _DAY else None


def _moment(day: float, clock: Iterable[bytes]) -> float:
    hour, minute, second = map(int, clock)
    return day + hour * 3600.0 + minute * 60 + second


def _by_postfix(line: bytes, head: re.Match[bytes]) -> str:
    """The address of the client whose mail is taken, "" if the line says something else."""
    client = _CLIENT.match(line, head.end())
    if client is None or not head[1].endswith(b"smtpd"):
        return ""
    # Who logs in at another port is not touched by a lock of port 25.
    if _SUBMISSION.match(head[1]) and b", sasl_username=" in client[2]:
        return ""
    return _address(client[1])


def _by_exim(line: bytes, at: int) -> str:
    taken = _TAKEN.match(line, at)
    if taken is None:
        return ""
    port = _EXIM_PORT.match(taken[2])
    if port is not None and port[1] != b"25" and _EXIM_LOGIN.search(taken[2]):
        return ""
    return _address(taken[1])


@lru_cache(maxsize=65_536)
def _address(text: bytes) -> str:
    """In canonical form; "" for what is none, and for the server's own loopback, where its filters hand mail back."""
    try:
        address = ipaddress.ip_address(text.decode("ascii"))
    except ValueError:
        return ""
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return "" if (mapped or address).is_loopback else str(mapped or address)


@lru_cache(maxsize=4096)
def _day_of(date: bytes) -> float | None:
    try:
        return datetime.fromisoformat(date.decode("ascii")).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def _day_before(month: bytes, date: bytes, year: int, until: float) -> float | None:
    """The last such day that is not after `until`."""
    if month not in _MONTHS:
        return None
    for each in range(year + 1, year - _OLDEST, -1):
        try:
            day = datetime(each, _MONTHS[month], int(date), tzinfo=UTC).timestamp()
        except ValueError:  # no such day in that year
            continue
        if day <= until:
            return day
    return None
