"""The simulation as others see it: figures with their ranges, what they rest on, and what was left out.

`report` and programs read this and nothing else of the room; its JSON is mxlatch.simulation/1.
"""

from msgspec import Struct

SCHEMA = "mxlatch.simulation/1"


class Figure(Struct, frozen=True):
    """A number with the range that the assumptions leave it. None: it cannot be said, or there is nothing to count.

    low, high: the least and the most that it becomes when one assumption at a time takes either end of its range.
    moved_by: the assumption that moves it most, "" if none does.
    """

    value: float | None
    low: float | None
    high: float | None
    moved_by: str = ""


class Assumption(Struct, frozen=True):
    """A number that went in. unit: share, seconds, octets, part (0 to 1), per hour. source: "" for an assumption."""

    id: str
    what: str
    unit: str
    value: float
    low: float
    high: float
    source: str


class Exposure(Struct, frozen=True):
    """Spam that reaches the mailbox, as parts of all spam sent.

    what: a kind of way in ("mx", "remembered", …) or a behaviour, in words; "" for all. past: without a latch of the
    baseline; unlatched: no door has any; not_known: past something of which nothing is known. sent: how much of the
    spam is sent so (of a way: None).
    """

    what: str
    past: Figure
    unlatched: Figure
    not_known: Figure
    sent: Figure | None = None


class Use(Struct, frozen=True):
    """A published record and the part of honest mail that comes by it when nothing is down."""

    record: str
    part: Figure


class Loser(Struct, frozen=True):
    """A class of honest senders whose mail does not all come. lost, bounced: parts of the mail of this class.

    gives_up: after so many seconds.
    """

    sender: str
    lost: Figure
    bounced: Figure
    gives_up: float


class CurvePoint(Struct, frozen=True):
    """A point of a curve: at so many seconds, and there."""

    at: float
    figure: Figure


class OutageResult(Struct, frozen=True):
    """Honest mail that is written while some doors are down, and what comes of the spam meanwhile.

    scope: which doors: "first" (the best exchange that takes mail; of equal ones one after the other, told apart by
    `doors`), "mailboxes" (those that deliver) or "everything".
    lost: neither delivered nor told; bounced: not delivered, and told. delay_*: of what is delivered, seconds.
    late: what is not in the mailbox after `late_after` seconds. told: the part of that whose sender learns of it, by a
    notice of delay or of failure; told_after: the median of when, seconds after writing.
    spool_peak: octets, None where no door keeps mail. spool_full: seconds until it is full, None if it never is.
    spam_past: the part of the spam sent meanwhile that reaches the mailbox past a latch, then or later.
    backscatter: bounces to forged senders in the whole outage. delivered: curve of the part delivered within.
    spool: curve of octets by time since the outage began.
    """

    scope: str
    doors: tuple[str, ...]
    seconds: float
    messages: float
    lost: Figure
    bounced: Figure
    delay_median: Figure
    delay_95: Figure
    delay_99: Figure
    late: Figure
    told: Figure
    told_after: Figure
    spool_peak: Figure
    spool_full: Figure
    spam_past: Figure
    backscatter: Figure
    losers: tuple[Loser, ...]
    delivered: tuple[CurvePoint, ...]
    spool: tuple[CurvePoint, ...]


class LayoutResult(Struct, frozen=True):
    """One layout. honest_known: False if no published door is known to take mail: then nothing is said of honest mail.

    reached: of all spam. backscatter: bounces to forged senders for each thousand spam messages sent, while nothing is
    down; backscatter_not_known: such as doors may send of which nothing is known. left_out: in words.
    """

    title: str
    records: tuple[str, ...]
    honest_known: bool
    reached: Exposure
    by_way: tuple[Exposure, ...]
    by_behaviour: tuple[Exposure, ...]
    backscatter: Figure
    backscatter_not_known: Figure
    use: tuple[Use, ...]
    outages: tuple[OutageResult, ...]
    left_out: tuple[str, ...] = ()


class Result(Struct, frozen=True):
    """The whole. messages: drawn for each figure; for the ranges fewer. late_after: seconds. rules: what is assumed
    besides numbers, in words. mix: its title; mix_path: its file."""

    domain: str
    seed: int
    messages: int
    messages_for_ranges: int
    mix: str
    mix_path: str
    late_after: float
    layouts: tuple[LayoutResult, ...]
    assumptions: tuple[Assumption, ...]
    rules: tuple[str, ...]
    schema: str = SCHEMA
