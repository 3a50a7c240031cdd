"""LATCH001: a door lets mail in without a latch that every way in must have (the back door).

A door that hands on to one with the missing latch is no way round; that it accepts what is refused later is for
BOUNCE001 to tell.
"""

from collections.abc import Iterator

from mxlatch.audit.subjects import open_doors, title
from mxlatch.inventory.model import TRAP
from mxlatch.paths.model import Paths
from mxlatch.terms.door import Door
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.finding import Finding, Severity
from mxlatch.terms.latch import ABSENT, FOUND, LIKELY_ABSENT, LIKELY_FOUND, NOUNS, Latch
from mxlatch.terms.references import cited
from mxlatch.terms.rule import Rule, step_lower
from mxlatch.terms.wording import counted, listed
from mxlatch.world.model import World

RULE = Rule(
    id="LATCH001",
    severity=Severity.HIGH,
    title="a door is weaker than the baseline",
    remedy="give this door every latch of the baseline, or close it to strangers (firewall) and take it out of the DNS",
    references=cited("relaying", "unfiltered"),
)

_SEVERITY = {
    Latch.RECIPIENT: Severity.HIGH,
    Latch.RELAY: Severity.HIGH,
    Latch.CONTENT: Severity.HIGH,
    Latch.PREGREET: Severity.LOW,
    Latch.ORDER: Severity.LOW,
}
_OTHERWISE = Severity.MEDIUM


def check(world: World, paths: Paths) -> Iterator[Finding]:
    """One finding for each open door that lacks a latch of the baseline."""
    for door in open_doors(world):
        lacking = [latch for latch in world.baseline if _state(door, latch) in (ABSENT, LIKELY_ABSENT)]
        if lacking and door.role != TRAP:  # a trap takes nothing
            yield _finding(world, paths, door, lacking)


def _finding(world: World, paths: Paths, door: Door, lacking: list[Latch]) -> Finding:
    later = {latch: _met_later(world, paths, door, latch) for latch in lacking}
    return RULE.finding(
        subject=door.id,
        message=_message(world, door, lacking, later),
        evidence=[*_evidence(door, lacking), *_relay_evidence(world, door, later)],
        severity=min((_severity(door, latch, later[latch]) for latch in lacking), key=lambda s: s.rank),
    )


def _message(world: World, door: Door, lacking: list[Latch], later: dict[Latch, str]) -> str:
    likely = [latch for latch in lacking if _state(door, latch) == LIKELY_ABSENT]
    sure = "takes mail" if len(likely) < len(lacking) else "very likely takes mail"
    latches = listed([NOUNS[latch] + (" (likely)" if latch in likely else "") for latch in lacking], len(NOUNS))
    of = counted(len(world.baseline), "latch", "latches")
    text = f"{title(door)} {sure} without {len(lacking)} of {of} of the baseline: {latches}"
    met = [latch for latch in lacking if later[latch]]
    if met:
        next_doors = listed(sorted({later[latch] for latch in met}))
        nouns = listed([NOUNS[latch] for latch in met], len(NOUNS))
        text += f"; {next_doors} behind it has {nouns}"
    return text


def _severity(door: Door, latch: Latch, met_later: str) -> Severity:
    severity = _SEVERITY.get(latch, _OTHERWISE)
    if _state(door, latch) == LIKELY_ABSENT:
        severity = step_lower(severity)
    return step_lower(severity) if met_later else severity


def _met_later(world: World, paths: Paths, door: Door, latch: Latch) -> str:
    """The door behind this one that applies the latch on every path that begins here; "" if a path goes without."""
    here = [path for path in paths.paths if path.doors[:1] == (door.id,)]
    if not here or any(latch in (*path.missing, *path.unsure) or len(path.doors) < 2 for path in here):
        return ""
    behind = {each for path in here for each in path.doors[1:]}
    having = [d.id for d in world.doors if d.id in behind and _state(d, latch) in (FOUND, LIKELY_FOUND)]
    return min(having, default="")


def _evidence(door: Door, lacking: list[Latch]) -> list[Evidence]:
    return [e for latch in lacking for e in door.latches[latch].evidence] or list(door.evidence)


def _relay_evidence(world: World, door: Door, later: dict[Latch, str]) -> list[Evidence]:
    if not any(later.values()):
        return []
    return [e for relay in world.relays if relay.door == door.id for e in relay.evidence]


def _state(door: Door, latch: Latch) -> str:
    known = door.latches.get(latch)
    return known.state if known else ""
