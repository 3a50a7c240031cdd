"""LATCH002: the doors are equal, but none of them has a latch. That is not "closed": there is nothing to go round."""

from collections.abc import Iterator

from mxlatch.audit.subjects import title
from mxlatch.paths.model import Paths
from mxlatch.terms.door import Door, DoorVerdict
from mxlatch.terms.finding import Finding, Severity
from mxlatch.terms.latch import ABSENT, LIKELY_ABSENT, NOUNS, Latch
from mxlatch.terms.references import cited
from mxlatch.terms.rule import Rule
from mxlatch.terms.wording import counted, listed
from mxlatch.world.model import World

RULE = Rule(
    id="LATCH002",
    severity=Severity.HIGH,
    title="the doors are equal but have no latch at all",
    remedy="give every door the same protection, refusing unknown recipients first; declare what nobody can see",
    references=cited("relaying", "acceptance"),
)

_GRAVE = frozenset({Latch.RECIPIENT, Latch.RELAY, Latch.CONTENT})


def check(world: World, paths: Paths) -> Iterator[Finding]:
    """One finding for the domain, if the paths call any door unlatched."""
    bare = sorted((d for d in world.doors if paths.doors.get(d.id) is DoorVerdict.UNLATCHED), key=lambda d: d.id)
    lacking = sorted({latch for door in bare for latch in _lacking(door)}, key=list(Latch).index)
    if lacking:
        yield RULE.finding(
            subject=world.domain,
            message=_message(bare, lacking),
            evidence=[e for door in bare for latch in _lacking(door) for e in door.latches[latch].evidence],
            severity=RULE.severity if _GRAVE & set(lacking) else Severity.MEDIUM,
        )


def _message(bare: list[Door], lacking: list[Latch]) -> str:
    nouns = listed([NOUNS[latch] for latch in lacking], len(NOUNS))
    doors = f"{counted(len(bare), 'door')} ({listed(title(door) for door in bare)})"
    return f"no latch was found at {doors}; missing for sure or likely: {nouns}"


def _lacking(door: Door) -> list[Latch]:
    return [latch for latch, known in door.latches.items() if known.state in (ABSENT, LIKELY_ABSENT)]
