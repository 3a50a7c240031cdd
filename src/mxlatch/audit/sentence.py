"""The one sentence with a count: for the manager, the subject line, the status of a monitor."""

from collections.abc import Iterable

from mxlatch.paths.model import Paths
from mxlatch.terms.door import DoorState, DoorVerdict
from mxlatch.terms.latch import Latch
from mxlatch.terms.verdict import Certainty, Verdict
from mxlatch.world.model import World


def sentence(world: World, paths: Paths, verdict: Verdict) -> str:
    """What to say of a domain if only one thing may be said."""
    said = "; ".join([_claim(world, paths, verdict), *_qualifiers(world)])
    return said + "."


def _claim(world: World, paths: Paths, verdict: Verdict) -> str:
    total = len(world.doors)
    match verdict:
        case Verdict.OPEN:
            return _open(paths, total)
        case Verdict.CLOSED:
            return f"No way round {_words(world.baseline)}: {_all(total)} judged"
        case Verdict.NO_MAIL:
            return f"{world.domain} takes no mail"
        case Verdict.UNKNOWN:
            return _unknown(world, paths, total)


def _open(paths: Paths, total: int) -> str:
    round_ = [path for path in paths.paths if path.certainty >= Certainty.LIKELY]
    doors = {path.doors[0] for path in round_}
    missing = {latch for path in round_ for latch in path.missing}
    surely = any(path.certainty is Certainty.PROVEN for path in round_)
    go = "reaches" if len(doors) == 1 else "reach"
    likely = "" if surely or missing else "likely "
    what = f"without {_words(latch for latch in Latch if latch in missing)}" if missing else "without any latch"
    return f"{len(doors)} of {_doors(total)} {likely}{go} the mailbox {what}"


def _unknown(world: World, paths: Paths, total: int) -> str:
    if not total:
        return f"No door of {world.domain} was found, and not everything answered"
    answering = sum(door.state is DoorState.OPEN for door in world.doors)
    if not answering:
        return f"None of {_doors(total)} answered: nothing can be said"
    if not world.baseline:
        return f"{_doors(total)} found, equal but without a latch that could be seen"
    judged = sum(verdict is DoorVerdict.CLOSED for verdict in paths.doors.values())
    return f"No way round {_words(world.baseline)} found, but {judged} of {_doors(total)} surely closed"


def _qualifiers(world: World) -> list[str]:
    """What the count leaves out. Leave not given is told apart from answers that did not come."""
    said = []
    latches = [latch for latch in Latch if any(each.what == latch for each in world.not_asked)]
    if latches:
        said.append(f"{_words(latches)} not asked: {_why(world, latches)}")
    if world.not_judged:
        count = len(world.not_judged)
        said.append(f"{count} thing{'s' if count != 1 else ''} could not be judged")
    if world.interrupted:
        said.append("the run was interrupted")
    return said


def _why(world: World, latches: list[Latch]) -> str:
    reasons = {each.reason.partition(":")[0] for each in world.not_asked if each.what in latches}
    return reasons.pop() if len(reasons) == 1 else "see not_asked"


def _all(total: int) -> str:
    return {1: "its one door was", 2: "both doors were"}.get(total, f"all {total} doors were")


def _doors(count: int) -> str:
    return f"{count} door{'s' if count != 1 else ''}"


def _words(latches: Iterable[Latch]) -> str:
    names = [str(latch) for latch in latches]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else "anything"
