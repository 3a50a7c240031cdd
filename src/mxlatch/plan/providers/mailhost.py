"""What the settings of every mail server share: where a change is set, what a stranger is told, which list is asked."""

from collections.abc import Callable, Container, Iterable, Iterator

import msgspec
from msgspec import Struct

from mxlatch.plan.change import REFUSE, Change, HandOn, Harden, Listen, Lock, Records, Retire, StopWaiving
from mxlatch.plan.providers.quoting import host, remark
from mxlatch.plan.result import Plan
from mxlatch.plan.wording import sentence
from mxlatch.terms.errors import InputError
from mxlatch.terms.latch import Latch

OnHost = Harden | HandOn | StopWaiving | Retire | Listen | Lock

BY_FILTER = frozenset({Latch.CONTENT, Latch.SPF, Latch.DKIM, Latch.DMARC})  # one filter judges them together
ZEN = "zen.spamhaus.org"
# The last octet of answers that list. 127.255.255.x says that the asker's resolver is refused: it would refuse all.
_ANSWERS = {ZEN: (2, 11)}
_ANSWERS_ELSEWHERE = (2, 254)


def place(change: OnHost) -> str:
    """The host at which a change is set: of what is between relay and next hop, the next hop."""
    return change.next_door if isinstance(change, HandOn | StopWaiving) else change.host


def expressed(change: Change, product: str, latches: Container[Latch], ways: Container[str]) -> bool:
    """True if this product has settings for a change. latches: that it can have; ways: to hand the client on to it."""
    if not _is_for(change, product):
        return False
    match change:
        case Harden(latch=latch):
            return latch in latches
        case HandOn(by=by):
            return by in ways
        case Lock(stage=stage):
            return stage == REFUSE
        case StopWaiving() | Retire() | Listen():
            return True
        case _:
            return False


def _is_for(change: Change, product: str) -> bool:
    """True if a change is for this product, or for one that was not recognised."""
    software = change.software if isinstance(change, Harden | HandOn | StopWaiving | Retire | Listen) else ""
    return not software or product in software.lower()


class Stage(Struct, frozen=True):
    """What is set at one host in one step. earlier: what was set there in the steps before it.

    number: of the step. prefix: of the text's name. heads: what is said at its head, a line each.
    """

    where: str
    changes: tuple[OnHost, ...]
    earlier: tuple[OnHost, ...]
    number: int
    prefix: str
    heads: tuple[str, ...]

    @property
    def together(self) -> tuple[OnHost, ...]:
        """All that holds there after the step: for a text that replaces the one before it."""
        return tuple(_once((*self.earlier, *self.changes)))


def stages(plan: Plan, expresses: Callable[[Change], bool]) -> list[Stage]:
    """What is to be set in one go each, in order: between two of them stand the plan's checks and waits."""
    steps = [(n, step) for n, step in enumerate(plan.steps, 1) if any(map(expresses, step.changes))]
    left = [f"not in this file: {sentence(change)}" for change in plan.changes if not expresses(change)]
    found: list[Stage] = []
    for number, step in steps:
        here: dict[str, list[OnHost]] = {}
        for change in step.changes:
            if isinstance(change, OnHost) and expresses(change):
                here.setdefault(place(change), []).append(change)
        heads = [f"step {number} of {len(plan.steps)}: {step.title}"]
        heads += [f"after it wait {step.wait} s: {step.why}"] if step.wait else []
        for where, changes in here.items():
            earlier = tuple(change for stage in found if stage.where == where for change in stage.changes)
            prefix = f"step-{number}." if len(steps) > 1 else ""
            told = tuple(map(remark, (f"mxlatch: for {plan.domain}, at {where}", *heads, *left)))
            found.append(Stage(where, tuple(_once(changes)), earlier, number, prefix, told))
    return found


def _once(changes: Iterable[OnHost]) -> Iterator[OnHost]:
    """Each setting once: a latch of a host is the same at its every address."""
    seen: set[OnHost] = set()
    for change in changes:
        bare = msgspec.structs.replace(change, door="") if isinstance(change, Harden | Retire) else change
        if bare not in seen:
            seen.add(bare)
            yield change


def exchangers(plan: Plan) -> tuple[str, ...]:
    """The names in the MX as the plan leaves it, best first; () if the plan does not change it."""
    sets = [c.after for c in plan.changes if isinstance(c, Records) and (c.name, c.rrtype) == (plan.domain, "MX")]
    fields = [line.split() for line in sets[-1]] if sets else []
    named = [(int(f[0]), f[1]) for f in fields if len(f) == 2 and f[0].isdigit() and f[1] != "."]
    return tuple(host(name) for _, name in sorted(named))


def refusal(domain: str, exchangers: Iterable[str]) -> str:
    """What a stranger is told at a locked door: short, and where else to go."""
    return f"This host takes no mail from you. {_elsewhere(domain, exchangers)}"


def retired(domain: str, exchangers: Iterable[str]) -> str:
    """What is told at a server that takes no more mail for the domain.

    In the words of servers to which the domain was never known: else an audit cannot tell it from a refusal of the
    client (`world.taking`), and senders' postmasters look for a fault of theirs.
    """
    return f"Relaying denied for {host(domain)}. {_elsewhere(domain, exchangers)}"


def _elsewhere(domain: str, exchangers: Iterable[str]) -> str:
    named = ", ".join(map(host, exchangers))
    return f"Deliver to {named or 'the MX of ' + host(domain)}"


def listed_in(detail: str) -> str:
    """The list that the owner's words name ("zen.spamhaus.org at RCPT"); Spamhaus ZEN if they name none."""
    for word in detail.replace(",", " ").split():
        try:
            name = host(word)
        except InputError:
            continue
        if name.count(".") >= 2 and not name.replace(".", "").isdigit():
            return name
    return ZEN


def answers_of(name: str) -> tuple[int, int]:
    """The last octet of a list's answers that mean "listed", first and last: 127.0.0.FIRST to 127.0.0.LAST."""
    return _ANSWERS.get(name, _ANSWERS_ELSEWHERE)
