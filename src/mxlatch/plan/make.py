"""Makes a plan: what is to be done in any case, the layout that was asked for, and the cheapest remedies that close.

Profiles: `single` (one exchanger, the sceptic's), `pair` (two that share the load), `sandwich` (the strongest is listed
last too), `keep-backup` (every exchanger stays, as strong as the others), `best` (whatever is cheapest). In all of them
but the sandwich, where the last place is taken, a declared trap is listed last.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from mxlatch.audit.verdict import verdict_of
from mxlatch.paths.find import find
from mxlatch.paths.model import Holds, Path
from mxlatch.plan import in_step
from mxlatch.plan.demands import ROUND, holds, in_words, where_said
from mxlatch.plan.effect import changed
from mxlatch.plan.hazards import comes_back
from mxlatch.plan.proof import Case, every_case, proofs
from mxlatch.plan.proposal import Impossible, Proposal, Seen
from mxlatch.plan.remedies import in_any_case, not_to_be_done, shaped, trap
from mxlatch.plan.remedies.sandwich import by_host, ours, strength
from mxlatch.plan.result import Hazard, Plan, PolicyKept, Proof, Remedy, StaysOpen
from mxlatch.plan.rollout import steps
from mxlatch.plan.search import LISTED, Found, Goal, Wanted, cheapest, fits
from mxlatch.terms.door import HOST_NAME, REMEMBERED
from mxlatch.terms.latch import NOT_ASKED, NOUNS
from mxlatch.terms.operators import Provider
from mxlatch.terms.verdict import Certainty, Verdict
from mxlatch.terms.wording import counted, listed
from mxlatch.world.model import World

SINGLE, PAIR, SANDWICH, KEEP_BACKUP, BEST = PROFILES = ("single", "pair", "sandwich", "keep-backup", "best")
_SHAPES = {PAIR: (PAIR, trap.ID), SANDWICH: (SANDWICH,)}
_NO_SHAPE = (trap.ID,)
_BY_NAME = {REMEMBERED, HOST_NAME}
_TAKES_AWAY = {"lock", "retire"}
_LEAVE = "to give it, publish the record of mxlatch config key, or use --authorised; the recipient is the inventory's"
_WORST_LAST = (Holds.YES, Holds.UNKNOWN, Holds.NO)
_NO_REMEDY = "no remedy that is known here closes it"
_NOTHING: dict[str, str] = {
    Verdict.CLOSED: "nothing needs to be done",
    Verdict.UNKNOWN: "no way round is known, and not every way in was judged; nothing to change by what was seen",
}


def plan(world: World, profile: str = BEST, providers: Sequence[Provider] = ()) -> Plan:
    """The plan for one domain, pure: the same world always gives the same plan."""
    made, _ = planned(world, profile, providers)
    return made


def planned(world: World, profile: str = BEST, providers: Sequence[Provider] = ()) -> tuple[Plan, World]:
    """The plan, and the world as it would be after it."""
    paths = find(world, properties=False)
    seen = Seen(world, paths, tuple(providers))
    before = verdict_of(world, paths)
    cases = tuple(every_case(world, world, paths))
    lost = {case.failure: case.lost for case in cases}
    forced, conflicts = _forced(seen, profile, Wanted(unknown=_unknown(seen.demands), lost=lost))
    seen = Seen(world, paths, tuple(providers), _gone(seen, profile), changed(world, forced) if forced else None)
    wanted = Wanted(seen.gone, _unknown(seen.demands), lost)
    found = cheapest(seen, lambda offer: _allowed(offer, profile, seen), forced, wanted)
    after = changed(world, found.taken)
    cases_after = found.cases or tuple(every_case(world, after, find(after, properties=False)))
    there = Seen(after, cases_after[0].paths)
    proved = tuple(proofs(cases, cases_after))
    policies = tuple(_policies(world, cases, cases_after))
    conflicts += _conflicts(profile, found, seen)
    verdict = proved[0].after
    return (
        Plan(
            domain=world.domain,
            made=datetime.fromtimestamp(world.time, UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
            profile=profile,
            sentence=_sentence(world, before, verdict, found, proved, policies),
            before=before,
            after=verdict,
            remedies=tuple(_remedy(each, seen) for each in found.taken),
            steps=steps(world, found.taken),
            hazards=_hazards(world, there, found.taken),
            proofs=proved,
            policies=policies,
            stays_open=tuple(dict.fromkeys(_stays_open(cases_after[0], found))),
            conflicts=tuple(conflicts),
            not_judged=world.not_judged,
            exact=found.exact,
        ),
        after,
    )


def _hazards(world: World, after: Seen, taken: Sequence[Proposal]) -> tuple[Hazard, ...]:
    """Each once, by its name."""
    of_remedies = (hazard for each in taken for hazard in each.hazards)
    every = (*of_remedies, *comes_back(after, taken), *in_step.hazards(world, taken))
    return tuple({hazard.name: hazard for hazard in every}.values())


def layouts(world: World, providers: Sequence[Provider] = ()) -> dict[str, World]:
    """The world as each profile would have it, by profile; those that cannot be had are left out."""
    made: dict[str, World] = {}
    always = set(plan(world, BEST, providers).conflicts)  # of no layout in particular
    for profile in PROFILES[:-1]:
        plan_, after = planned(world, profile, providers)
        if always.issuperset(plan_.conflicts):
            made[profile] = after
    return made


def _forced(seen: Seen, profile: str, wanted: Wanted) -> tuple[list[Proposal], list[str]]:
    """What is taken whatever else is, and why the layout cannot be had: nothing that loses honest mail."""
    forced: list[Proposal] = []
    for each in in_any_case(seen):
        if fits(seen, [*forced, each], wanted):
            forced.append(each)
    conflicts = []
    for shape in _SHAPES.get(profile, _NO_SHAPE):
        try:
            made = shaped(shape, _after(seen, forced))
        except Impossible as error:
            conflicts.append(str(error))
            continue
        if not made or fits(seen, [*forced, *made], wanted):
            forced += made
        else:
            conflicts.append(f"{shape}: {made[0].title}: that would lose honest mail, or open a way round")
    return forced, conflicts


def _after(seen: Seen, forced: Sequence[Proposal]) -> Seen:
    """What a layout is made of: the records as they will be by then."""
    world = changed(seen.world, forced)
    return Seen(world, find(world, properties=False), seen.providers) if forced else seen


def _gone(seen: Seen, profile: str) -> frozenset[str]:
    """For `single`: the doors of every published server but the strongest."""
    if profile != SINGLE:
        return frozenset()
    hosts = by_host(seen, seen.world.domain)
    may_stay = ours(seen, seen.world.domain) or hosts
    kept = min(may_stay, key=lambda host: (strength(seen, hosts[host]), host), default="")
    return frozenset(door.id for host, doors in hosts.items() if host != kept for door in doors)


def _allowed(offer: Proposal, profile: str, seen: Seen) -> bool:
    """A layout that keeps its exchangers closes nothing by taking them away; what nobody listed is none of them."""
    if offer.remedy == "delete":
        return profile == SINGLE
    if profile in (SINGLE, BEST) or offer.remedy not in _TAKES_AWAY or not (offer.drop or offer.unaddressed):
        return True
    # A door that the layout only makes is the same server's as one that was there.
    declared = [seen.declared(door) for door in seen.world.doors if door.id in offer.doors]
    return bool(seen.world.inventory.doors) and not any(each is not None and each.authorised for each in declared)


def _unknown(demands: Sequence[Sequence[Path]]) -> frozenset[tuple[int, str, str]]:
    """Demand, door and mail name of what is not known, and stays so: a plan is not held to close it.

    Also where the mail of a name may be moved to: its way to a door that nobody could judge is no more unknown than
    that door is, and better than the way round that the name has. A name that is closed is moved to no such door.
    """
    return frozenset((number, *way) for number, paths in enumerate(demands) for way in _unknown_ways(paths))


def _unknown_ways(paths: Sequence[Path]) -> set[tuple[str, str]]:
    here = {(p.doors[0], p.way_in.name): p.certainty for p in reversed(paths)}  # the surest stand first
    unknown = {(p.doors[0], p.way_in.name) for p in paths if p.certainty is Certainty.UNKNOWN}
    names = {name for (_, name), certainty in here.items() if certainty > Certainty.CLOSED}
    moved = {(door, name) for door, _ in unknown for name in names}
    return unknown | (moved - here.keys())


def _remedy(taken: Proposal, seen: Seen) -> Remedy:
    closes = tuple(f"{seen.host(seen.world.door(door))} ({door})" for door in taken.doors if door in seen.round)
    return Remedy(taken.remedy, taken.title, taken.cost, closes, taken.rarer, taken.undo)


def _policies(world: World, before: Iterable[Case], after: Iterable[Case]) -> Iterator[PolicyKept]:
    """Whether the owner's policies hold, as it is and while any one server is down."""
    held = [_held_in_all(cases) for cases in (before, after)]
    for demand, (was, shall) in enumerate(zip(*held, strict=True), ROUND):
        if demand != ROUND:
            yield PolicyKept(in_words(world, demand), where_said(world, demand), was, shall)


def _held_in_all(cases: Iterable[Case]) -> list[Holds]:
    """By demand."""
    by_case = ([holds(case.world, paths) for paths in case.demands] for case in cases)
    return [max(each, key=_WORST_LAST.index) for each in zip(*by_case, strict=True)]


def _stays_open(after: Case, found: Found) -> Iterator[StaysOpen]:
    world = after.world
    unknown = [
        (demand, path)
        for demand, paths in enumerate(after.demands)
        for path in paths
        if path.certainty is Certainty.UNKNOWN
    ]
    for goal, path in found.left.items():
        if path is not None and path.certainty is Certainty.UNKNOWN:
            unknown.append((goal.demand, path))
        else:
            yield StaysOpen(_told(goal, path, world), f"{_why_left(goal, found)}{_rarer(world, goal.door)}")
    for demand, path in unknown:
        what = f"{path.doors[0]} by {path.way_in.exchange or 'its address'}{_for_policy(demand, world)}"
        yield StaysOpen(what, f"not judged: {_not_judged(path, world)}", judged=False)
    for taken in found.taken:
        for each in taken.rarer:
            yield StaysOpen(each, "a lock by address admits whoever sends from there: rarer, not closed")
    yield from not_to_be_done(Seen(world, after.paths))


def _why_left(goal: Goal, found: Found) -> str:
    if goal in found.stuck:
        return f"{_NO_REMEDY}, or none without losing honest mail"
    if any(goal in pair for pair in found.rivals):
        return "what would close it cannot be had together with another goal"
    return _NO_REMEDY if found.exact else "the search ended before it found what closes it"


def _for_policy(demand: int, world: World) -> str:
    """For which policy a path counts; "" for the baseline."""
    return f", for the policy {where_said(world, demand)} ({in_words(world, demand)})" if demand != ROUND else ""


def _rarer(world: World, door: str) -> str:
    """What the end of a name would do, where nothing but names leads to a door, and no record to these names."""
    ways = world.doors_by_id[door].ways_in if door in world.doors_by_id else ()
    names = {way.exchange for way in ways} - {way.exchange for way, _ in world.ways_in if way.published}
    if not names or not all(way.kind in _BY_NAME and way.exchange in names for way in ways):
        return ""
    end = f"the end of {listed(sorted(names))} in the DNS"
    return f"; {end} would make it rarer: who kept the address still comes, and who else uses the name is cut off"


def _not_judged(path: Path, world: World) -> str:
    """What of a path nobody could judge, or may, and what would settle it."""
    if not path.unsure:
        return path.hops[-1].text
    states = [world.door(door).latches.get(latch) for door in path.doors for latch in path.unsure]
    unasked = next((state for state in states if state is not None and state.state == NOT_ASKED), None)
    unsure = listed([NOUNS[latch] for latch in path.unsure], last="or", most=len(NOUNS))
    if unasked is None:
        declared = ", ".join(f"{latch} = true" for latch in path.unsure)
        return (
            f"nobody could tell whether it has {unsure}: declare what it has at its [[door]] in the inventory, "
            f"latches = {{ {declared} }}, or false"
        )
    detail = f" ({unasked.detail})" if unasked.detail else ""
    return f"nobody gave leave to try whether it has {unsure}{detail}: {_LEAVE}"


def _told(goal: Goal, path: Path | None, world: World) -> str:
    if path is None:
        return f"a record still leads to {goal.door}"
    lacks = listed([NOUNS[latch] for latch in path.missing]) or "any latch"
    return f"{goal.door}, without {lacks}{_for_policy(goal.demand, world)}"


def _conflicts(profile: str, found: Found, seen: Seen) -> Iterator[str]:
    if profile == SINGLE and any(path is None for path in found.left.values()):
        yield "one exchanger only: a record must stay, since a name has no other exchanger"
    open_ = [goal for goal, path in found.left.items() if path is not None and path.certainty >= Certainty.LIKELY]
    for demand in dict.fromkeys(goal.demand for goal in open_) if profile in (SANDWICH, KEEP_BACKUP, PAIR) else ():
        doors = listed([goal.door for goal in open_ if goal.demand == demand])
        yield f"every exchanger stays, and {_named(demand, seen.world)}: {doors} cannot be made as strong as the others"
    for one, other in found.rivals:
        here, there = (f"{_named(goal.demand, seen.world)} at {goal.door}" for goal in (one, other))
        yield f"{here}, and {there}: each can be had, and not both"


def _named(demand: int, world: World) -> str:
    """A goal, as a sentence has it."""
    return in_words(world, demand) if demand != LISTED else "no record"


def _sentence(
    world: World, before: str, after: str, found: Found, proved: Sequence[Proof], policies: Sequence[PolicyKept]
) -> str:
    if before == Verdict.NO_MAIL:
        return f"{world.domain} takes no mail: nothing to do"
    kept = _kept(policies)
    if not found.taken:
        return f"{world.domain} is {before}{kept}: {_nothing(before, found, policies)}"
    only_policies = before == after == Verdict.CLOSED and bool(policies)
    closing = _closing(before, after, len(found.taken), world.domain, only_policies=only_policies)
    text = f"{closing}{_survived(after, proved[1:])}{kept}"
    if rarer := sum(len(each.rarer) for each in found.taken):
        text += f"; {counted(rarer, 'way')} become{'s' if rarer == 1 else ''} rarer only"
    return text if found.exact else f"{text}; there may be a cheaper set"


def _kept(policies: Sequence[PolicyKept]) -> str:
    """What becomes of the policies; no more than a word is due to those that hold."""
    after = [each.after for each in policies]
    if broken := after.count(Holds.NO):
        return f", but {counted(broken, 'policy does', 'policies do')} not hold"
    if unsure := after.count(Holds.UNKNOWN):
        return f", but whether {counted(unsure, 'policy holds', 'policies hold')} is not known"
    return f", and {counted(len(after), 'policy holds', 'policies hold')}" if after else ""


def _nothing(before: str, found: Found, policies: Sequence[PolicyKept]) -> str:
    """Why nothing is taken."""
    if before not in _NOTHING or any(each.after == Holds.NO for each in policies):
        return "no remedy that is known here helps" if found.exact else "the search ended before it found what helps"
    if before == Verdict.CLOSED and any(each.after == Holds.UNKNOWN for each in policies):
        return "nothing to change by what was seen"
    return _NOTHING[before]


def _closing(before: str, after: str, count: int, domain: str, *, only_policies: bool) -> str:
    """What the remedies do: only what was open can be closed."""
    many, s, them = counted(count, "remedy", "remedies"), "s" if count == 1 else "", "it" if count == 1 else "them"
    match before, after:
        case _, Verdict.OPEN:
            return f"{many} help{s} {domain}, and a way round stays open"
        case Verdict.OPEN, Verdict.CLOSED:
            return f"{many} close{s} every way round the protection of {domain}"
        case Verdict.OPEN, Verdict.UNKNOWN:
            return f"{many} close{s} every way round that is known for {domain}, but not every way in was judged"
        case Verdict.UNKNOWN, Verdict.UNKNOWN:
            known = f"no way round is known before or after {them}, and not every way in was judged"
            return f"{many} for {domain}: {known}"
        case _ if only_policies:
            return f"{many} for the policies of {domain}: closed as before"
        case _:
            return f"{many} for {domain}: {before} before {them}, {after} after {them}"


def _survived(after: str, failures: Sequence[Proof]) -> str:
    """What holds while one server is down."""
    if after != Verdict.CLOSED or not failures:
        return ""
    if bad := [proof.failure.removeprefix("down ") for proof in failures if proof.after == Verdict.OPEN]:
        return f", but not while {listed(bad, last='or')} is down"
    unsure = [proof.failure.removeprefix("down ") for proof in failures if proof.after != Verdict.CLOSED]
    return f", also while any one server is down{f' but {listed(unsure)}' if unsure else ''}"
