"""FAIL001: the failure of one server opens no way round and loses no mail.

Each server is taken down in thought and the rest judged again. That mail then waits is no fault: senders queue for days
(RFC 5321 section 4.5.4.1), and one good exchanger is enough. Told is only what the failure makes of the others: they
let mail past the baseline or a policy, they accept what they cannot deliver, or senders do not come to them.
"""

from collections.abc import Iterator, Sequence

from mxlatch.audit.checks.lost001 import ends_nowhere
from mxlatch.audit.claims import claim
from mxlatch.audit.subjects import open_doors, title
from mxlatch.paths.assume import down, single_failures
from mxlatch.paths.facts import ACCEPT_BIT, facts_of
from mxlatch.paths.find import find
from mxlatch.paths.model import Held, Holds, Hop, Path, Paths, Property
from mxlatch.terms.door import Door
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.finding import Finding, Severity
from mxlatch.terms.latch import NOUNS
from mxlatch.terms.references import cited
from mxlatch.terms.rule import Rule, step_lower
from mxlatch.terms.verdict import Certainty
from mxlatch.terms.wording import counted, listed
from mxlatch.world.model import World

RULE = Rule(
    id="FAIL001",
    severity=Severity.MEDIUM,
    title="one failure opens a way round or loses mail",
    remedy=(
        "give what stands in for the server the same latches and a way to hand on, or take it out of the MX: senders "
        "queue by themselves"
    ),
    references=cited("mx-order", "queueing"),
)
MOST_FAILURES = 64
# Each failure judges the whole domain again: doors and relays in all, worth about a second. Servers that all hand on by
# the MX have some 10,000 relays where they are 200.
MOST_JUDGED = 50_000


def check(world: World, paths: Paths) -> Iterator[Finding]:
    """One finding for each server whose failure does harm, and one that says how many were not tried."""
    if not paths.properties:
        return  # nobody judged this world, so there is nothing to compare with
    servers = _servers(world)
    most = max(1, min(MOST_FAILURES, MOST_JUDGED // (1 + len(world.doors) + len(world.relays))))
    for name, doors in servers[:most]:
        after = down(world, doors)
        yield from _harm(name, (world, paths), (after, find(after)))
    if len(servers) > most:
        left = f"{counted(len(servers) - most, 'server')} of {len(servers)}"
        yield RULE.finding(
            subject=world.domain,
            message=f"the failure of {left} was not tried, the last in order: they are too many",
            evidence=[e for _, ids in servers[most:] for e in world.door(ids[0]).evidence[:1]],
            severity=Severity.INFO,
        )


def _servers(world: World) -> list[tuple[str, list[str]]]:
    """Those whose failure makes a relay go on to another first; then in the order in which senders try them."""
    gives_way = {id for relay in world.relays for id in relay.before}

    def rank(server: tuple[str, list[str]]) -> tuple[bool, int, str]:
        name, ids = server
        ways = [way for id in ids for way in world.door(id).ways_in]
        return gives_way.isdisjoint(ids), min((way.preference for way in ways), default=0), name

    return sorted(single_failures(world), key=rank)


def _harm(name: str, before: tuple[World, Paths], after: tuple[World, Paths]) -> Iterator[Finding]:
    ways = _new_ways(before[1], after[1])
    broken = _newly_broken(before[1], after[1])
    was, now = claim(*before, Property.DELIVERY), claim(*after, Property.DELIVERY)
    if ways:
        yield _opens(name, after[0], ways)
    elif broken:
        yield _breaks(name, broken)
    if was.holds is not Holds.NO and now.holds is Holds.NO:
        yield from _loses(name, after[0], now)


def _new_ways(before: Paths, after: Paths) -> list[Path]:
    known = {(path.way_in.rank, path.doors) for path in before.paths if path.certainty >= Certainty.LIKELY}
    sure = (path for path in after.paths if path.certainty >= Certainty.LIKELY)
    return [path for path in sure if (path.way_in.rank, path.doors) not in known]


def _newly_broken(before: Paths, after: Paths) -> list[Held]:
    """Policies that the failure breaks: both worlds have the same, in the same order."""
    each = zip(_policies(before), _policies(after), strict=True)
    return [now for was, now in each if was.holds is not Holds.NO and now.holds is Holds.NO]


def _policies(paths: Paths) -> list[Held]:
    return [held for held in paths.properties if held.property is Property.POLICY]


def _opens(name: str, world: World, ways: Sequence[Path]) -> Finding:
    worst = ways[0]
    door = title(world.door(worst.doors[0]))
    nouns = listed([NOUNS[latch] for latch in worst.missing], len(NOUNS))
    onward = f" hands on to {' and then '.join(worst.doors[1:])}" if worst.doors[1:] else " takes mail"
    more = f"; {counted(len(ways) - 1, 'more way', 'more ways')} open then" if ways[1:] else ""
    return RULE.finding(
        subject=name,
        message=f"while {name} is down, {door}{onward}: mail comes in without {nouns}{more}",
        evidence=_told(worst.hops),
        severity=RULE.severity if worst.surely_missing else step_lower(RULE.severity),
    )


def _breaks(name: str, broken: Sequence[Held]) -> Finding:
    (demand,) = broken[0].hops[0].evidence
    return RULE.finding(
        subject=name,
        message=f"while {name} is down, a policy does not hold: {demand.text}",
        evidence=_told(broken[0].hops),
    )


def _loses(name: str, world: World, held: Held) -> Iterator[Finding]:
    if ends_nowhere(held):
        way = held.hops[1]
        yield RULE.finding(
            subject=name,
            message=f"while {name} is down, honest mail is accepted by {way.text}, and ends nowhere",
            evidence=[*_told(held.hops), *(r.cut for r in world.relays if r.cut is not None)],
        )
    elif standing := [title(door) for door in open_doors(world) if _takes(door, held)]:
        yield RULE.finding(
            subject=name,
            message=(
                f"while {name} is down, some senders' mail waits although {listed(standing, 3)} would take it: they "
                f"give up before they come to it"
            ),
            evidence=[e for way, _ in world.ways_in if way.published for e in way.evidence],
            severity=Severity.INFO,
        )


def _takes(door: Door, held: Held) -> bool:
    """True if the door is an exchanger of the name whose mail has none, and takes mail."""
    exchanger = any(way.published and f" to {way.name} (" in held.hops[0].text for way in door.ways_in)
    return exchanger and bool(facts_of(door).outcomes & ACCEPT_BIT)


def _told(hops: Sequence[Hop]) -> list[Evidence]:
    return [e for hop in hops for e in hop.evidence]
