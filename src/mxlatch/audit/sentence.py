"""The one sentence with a count: for the manager, the subject line, the status of a monitor."""

from collections.abc import Iterable, Iterator, Sequence

from mxlatch.audit.claims import hops_not_asked, sees_every_hop, servers_not_asked
from mxlatch.paths.model import Paths
from mxlatch.terms import dns
from mxlatch.terms.door import DoorState, DoorVerdict
from mxlatch.terms.finding import NotAsked
from mxlatch.terms.latch import NOUNS, Latch
from mxlatch.terms.names import ROOT
from mxlatch.terms.verdict import Certainty, Verdict
from mxlatch.terms.wording import counted, listed
from mxlatch.world.baseline import BASELINE
from mxlatch.world.model import World
from mxlatch.world.next_hops import SESSION

_NO_LEAVE = "no leave"
_ASKED = {Latch.RECIPIENT: "recipients", Latch.RELAY: "relaying"}  # what is asked to see the latch


def sentence(world: World, paths: Paths, verdict: Verdict, assumed: Sequence[str] = ()) -> str:
    """What to say of a domain if only one thing may be said; what was only assumed stands first."""
    said = "; ".join([_claim(world, paths, verdict), *_qualifiers(world)])
    return f"Assuming {listed(assumed)}: {said}." if assumed else f"{said}."


def _claim(world: World, paths: Paths, verdict: Verdict) -> str:
    match verdict:
        case Verdict.OPEN:
            return _open(paths, len(world.standing_doors))
        case Verdict.CLOSED:
            return _closed(world)
        case Verdict.NO_MAIL:
            return _no_mail(world)
        case Verdict.UNKNOWN:
            return _unknown(world, paths)


def _open(paths: Paths, total: int) -> str:
    round_ = [path for path in paths.paths if path.certainty >= Certainty.LIKELY]
    doors = {path.doors[0] for path in round_}
    go = "reaches" if len(doors) == 1 else "reach"
    sure = {latch for path in round_ for latch in path.surely_missing}
    maybe = {latch for path in round_ for latch in path.missing} - sure
    # "and" only where each of these doors lacks all of it.
    word = "and" if len({path.missing for path in round_}) == 1 else "or"
    if sure:
        return f"{len(doors)} of {_doors(total)} {go} the mailbox without {_nouns(sure, maybe, word)}"
    what = _nouns(maybe, word=word) if maybe else "any latch"
    return f"{len(doors)} of {_doors(total)} likely {go} the mailbox without {what}"


def _closed(world: World) -> str:
    doors = world.standing_doors
    total = len(doors)
    if not any(door.state is DoorState.OPEN for door in doors):
        its = {1: "its one door is", 2: "both doors are"}.get(total, f"all {total} doors are")
        return f"No stranger gets in: {its} closed"
    judged = {1: "its one door was", 2: "both doors were"}.get(total, f"all {total} doors were")
    return f"No way round {_nouns(world.baseline)}: {judged} judged"


def _no_mail(world: World) -> str:
    """Why a domain takes no mail: it says so, it has no place for it, or it is not there."""
    apex = next((name for name in world.names if name.name == world.domain), None)
    if apex is None or all(view.status == dns.NXDOMAIN for view in apex.views if view.mx is not None):
        return f"{world.domain} does not exist, so it takes no mail"
    if any(exchange == ROOT for _, exchange in apex.mx):
        return f"{world.domain} takes no mail: it has a null MX"
    if apex.mx:
        return f"{world.domain} takes no mail: none of its exchangers has an address"
    return f"{world.domain} takes no mail: it has neither MX nor address"


def _unknown(world: World, paths: Paths) -> str:
    doors = world.standing_doors
    total = len(doors)
    if not total:
        return f"No door of {world.domain} was found, which does not mean that there is none"
    if all(door.state is not DoorState.OPEN for door in doors):
        return "Its one door did not answer" if total == 1 else f"None of {_doors(total)} answered"
    if not world.baseline:
        return f"{_doors(total)} found, {'equal but ' if total > 1 else ''}without a latch that could be seen"
    return f"No way round {_nouns(world.baseline)} found, but {_doubt(world, paths)}"


def _doubt(world: World, paths: Paths) -> str:
    """Why "none found" is not "none"."""
    doors = world.standing_doors
    total = len(doors)
    judged = sum(paths.doors[door.id] is DoorVerdict.CLOSED for door in doors)
    if judged < total:
        surely = "is" if judged == 1 else "are"
        return f"only {judged} of {_doors(total)} {surely} surely closed" if judged else "no door is surely closed"
    if any(gap.what == BASELINE for gap in world.not_judged):
        return "what the better doors have is not known"
    if not sees_every_hop(world):
        return "not every place that mail is handed on to was seen"
    return "there may be doors that nobody told of"


def _qualifiers(world: World) -> list[str]:
    """What the count leaves out. Leave not given is told apart from answers that did not come."""
    return [
        *_not_asked(world),
        *([f"{counted(len(world.not_judged), 'thing')} could not be judged"] if world.not_judged else []),
        *(["the run was interrupted"] if world.interrupted else []),
    ]


def _not_asked(world: World) -> Iterator[str]:
    latches = [each for each in world.not_asked if each.what in tuple(Latch)]
    words = [word for latch, word in _ASKED.items() if any(each.what == latch for each in latches)]
    words += [str(latch) for latch in Latch if latch not in _ASKED and any(each.what == latch for each in latches)]
    if latches:
        yield f"{listed(words)} not asked: {_why(latches)}"
    doors = [each for each in world.not_asked if each.what == SESSION]
    if doors:
        yield f"{counted(len(doors), 'door')} not asked: {_why(doors)}"
    servers = servers_not_asked(world)
    if servers:
        yield f"{counted(len(servers), 'name server')} not asked: {_why(servers)}"
    hops = hops_not_asked(world)
    if hops:
        yield f"{counted(len(hops), 'next hop')} not asked: at no address that the inventory lists"


def _why(entries: Sequence[NotAsked]) -> str:
    reasons = {each.reason.partition(":")[0] if each.reason.startswith(_NO_LEAVE) else each.reason for each in entries}
    return reasons.pop() if len(reasons) == 1 else "for several reasons"


def _doors(count: int) -> str:
    return counted(count, "door")


def _nouns(latches: Iterable[Latch], likely: Iterable[Latch] = (), word: str = "and") -> str:
    surely, maybe = frozenset(latches), frozenset(likely)
    words = [NOUNS[latch] + (" (likely)" if latch in maybe else "") for latch in Latch if latch in surely | maybe]
    return listed(words, len(NOUNS), word) or "anything"
