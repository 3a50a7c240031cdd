"""What a provider is given, what it gives back, and what it must have: the words between a plan and its providers."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from mxlatch.inventory.model import Inventory
from mxlatch.plan.change import Change
from mxlatch.plan.result import Plan
from mxlatch.plan.wording import sentence
from mxlatch.terms.observation import Observation
from mxlatch.terms.question import DnsQuestion


class ZoneFile(Struct, frozen=True):
    """A zone file as its owner keeps it. text: every octet of it, what is not UTF-8 as surrogates (PEP 383)."""

    zone: str
    path: str
    text: str


class Given(Struct, frozen=True, kw_only=True):
    """What a text is written with, beside the plan.

    zones: the zone files that there are. files: other texts of the owner (a ruleset, a main.cf), by path. server: where
    updates go (address:port), "" if not said. today: YYYYMMDD in UTC, for serials.
    """

    zones: tuple[ZoneFile, ...] = ()
    files: Mapping[str, str] = {}
    inventory: Inventory = Inventory()
    server: str = ""
    today: str = ""

    def zone(self, name: str) -> ZoneFile | None:
        """The file of this zone; None if there is none."""
        return next((kept for kept in self.zones if kept.zone == name), None)


class Written(Struct, frozen=True):
    """A text for a tool. name: what the file would be called there ("dnsconfig.js")."""

    name: str
    text: str


class Renderer(Protocol):
    """What every module here has."""

    NAME: str
    TITLE: str
    KINDS: tuple[type[Change], ...]

    def render(self, plan: Plan, given: Given) -> tuple[Written, ...]:
        """The plan's changes of these kinds, as the tool wants them."""


class Done(Struct, frozen=True, tag="done"):
    """It is so now. told: by what that is known, for people."""

    told: str


class NotDone(Struct, frozen=True, tag="not-done"):
    """Nothing of it was done. reason: why, for people; remedy: what to do about it."""

    reason: str
    remedy: str = ""


class Unsure(Struct, frozen=True, tag="unsure"):
    """Nobody knows whether it was done."""

    reason: str
    remedy: str = ""


class Elsewhere(Struct, frozen=True, tag="elsewhere"):
    """Nothing of it is to be done on this machine: it is another one's. reason: how that is known."""

    reason: str
    remedy: str = ""


Outcome = Done | NotDone | Unsure | Elsewhere


class Ran(Struct, frozen=True):
    """How a program ended, and what it printed."""

    code: int
    out: str
    err: str


class Key(Struct, frozen=True):
    """A TSIG key (RFC 8945). secret: base64; never shown."""

    name: str
    algorithm: str
    secret: str

    def __repr__(self) -> str:
        """Without the secret: a value ends up in a log or a traceback sooner or later."""
        return f"Key({self.name!r}, {self.algorithm!r})"


class Means(Struct, frozen=True, kw_only=True):
    """What changes are carried out with; the way out always leads through the run's gate.

    exchange: one DNS message to an address and port, and the answer, or `net.update.NotSent` or `NoAnswer`. ask: a
    round of questions, answered in its order. By zone: primaries, where its updates go; servers, the addresses of all
    its name servers; zone_files, the path of its file. read, replace: a file's octets; `replace` does it at one blow,
    or not at all. run: a program's argv and its standard input; None where none may be run. firewall: which one of the
    inventory this machine is, "" for none. today: YYYYMMDD in UTC.
    """

    exchange: Callable[[str, int, bytes], Awaitable[bytes]]
    ask: Callable[[Sequence[DnsQuestion]], Awaitable[Sequence[Observation]]]
    primaries: Mapping[str, tuple[str, int]] = {}
    servers: Mapping[str, tuple[str, ...]] = {}
    key: Key | None = None
    zone_files: Mapping[str, str] = {}
    read: Callable[[str], bytes] | None = None
    replace: Callable[[str, bytes], None] | None = None
    run: Callable[[Sequence[str], bytes], Awaitable[Ran]] | None = None
    firewall: str = ""
    today: str = ""


class Carrier(Protocol):
    """A module that carries changes out.

    Changes of one step with the same `group` are carried out together, all or nothing, in this order: `look` (which
    changes nothing), its answer saved, `carry_out`, and later, before the next step, `holds`; `undo`, if ever.
    PATIENCE: seconds in which others follow by themselves; who takes longer is looked at in the next run.
    """

    NAME: str
    PATIENCE: float

    def group(self, change: Change, means: Means) -> str | None:
        """Which changes go together, named for people ("example.com at 192.0.2.1"); None: not mine, with these means.

        Of two modules that could, only one may say so: who needs something given (a zone file) comes before who does
        not.
        """

    async def look(self, changes: Sequence[Change], means: Means) -> str | NotDone | Elsewhere:
        """How it stands there now, as text that `undo` understands; or why these changes must not be carried out."""

    async def carry_out(self, changes: Sequence[Change], saved: str, means: Means) -> Outcome:
        """Do it; compare with `before` in the same act wherever that can be."""

    async def undo(self, changes: Sequence[Change], saved: str, means: Means) -> Outcome:
        """Bring back what was saved, if what was written still stands there: else `NotDone`, and leave it."""

    async def restored(self, changes: Sequence[Change], saved: str, means: Means) -> Outcome:
        """Whether what was saved of these changes is so again everywhere."""

    async def holds(self, changes: Sequence[Change], means: Means) -> Outcome:
        """Whether it is so everywhere where it shall be: at every server of the zone, say; `Elsewhere`: who knows?"""


def left_out(changes: Sequence[Change], kinds: tuple[type[Change], ...]) -> tuple[str, ...]:
    """What a text with these kinds of change does not hold, a sentence for each: it stands at the head of the text."""
    return tuple(f"not in this file: {sentence(change)}" for change in changes if not isinstance(change, kinds))
