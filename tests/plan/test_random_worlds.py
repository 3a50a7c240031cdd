"""Random small worlds: what a plan claims closed, brute force cannot pass, and no honest mail is lost by it.

The model (`brute`) shares no code with `paths/` and `plan/`: it carries out the plan's changes itself, step by step,
and then walks every way, every chain of relays and every run of every conforming sender, with no server down and with
each. What was generated is counted and printed; mutants of the planner must go red.
"""

import itertools
from collections import Counter
from collections.abc import Callable

import pytest

from mxlatch.paths.find import find
from mxlatch.plan import effect, hazards, make, proof, rollout, search
from mxlatch.plan.change import HandOn, Harden, Inward, Lock, Records, Retire, StopWaiving, Tenant, Transfer
from mxlatch.plan.make import PROFILES, plan
from mxlatch.plan.proof import every_case
from mxlatch.plan.proposal import Proposal, Seen
from mxlatch.plan.remedies import lock, renumber, trap
from mxlatch.plan.result import Plan
from mxlatch.plan.search import Wanted, cheapest
from mxlatch.terms.verdict import Verdict
from tests.plan import brute
from tests.plan.small_worlds import SECOND, Case, cases, failing, plain_of, world_of

WORLDS = 2_200
EXACT_WORLDS = 500
MOST_OFFERS = 7
MANY = {"198.51.0.0/16", "0.0.0.0/0"}  # of the generator's ranges: more than one partner's own
BOUNCING = {"recipient", "content", "dnsbl", "spf"}  # latches that refuse a message
WORD = {Verdict.CLOSED: brute.CLOSED, Verdict.UNKNOWN: brute.UNKNOWN, Verdict.OPEN: brute.OPEN}


def numbered(count: int, seed: int) -> list[tuple[str, Case]]:
    """Worlds, each with one of the profiles in turn."""
    return [(PROFILES[number % len(PROFILES)], case) for number, case in enumerate(cases(count, seed))]


def carried_out(case: Case, made: Plan) -> brute.Plain:
    """The plain world after every step of a plan, and its waits."""
    plain = plain_of(case)
    sees_to(plain, made)
    for step in made.steps:
        for change in step.changes:
            plain.apply(change)
        plain.wait(step.wait)
    return plain


def sees_to(plain: brute.Plain, made: Plan) -> None:
    """Who accepts a hazard has done what it asks for, and nothing that it does not."""
    for kind, _, what in (hazard.name.partition(":") for hazard in made.hazards):
        match kind:
            case "moved":
                for door in plain.doors.values():
                    door.not_for -= {what}
            case "ipv6":
                plain.sends_from = {}
            case "others":
                shut = {a for change in made.changes if isinstance(change, Lock) for a in change.addresses}
                denied = [change for change in made.changes if isinstance(change, Inward)]
                shut |= {a for a in plain.doors for each in denied if plain.is_denied(each, a)}
                left = {(p, x) for p, x in plain.brands.get(SECOND, ()) if not plain.hosts[x] & shut}
                plain.brands = plain.brands | ({SECOND: frozenset(left)} if SECOND in plain.brands else {})
            case _:
                pass


def down(case: Case, plain: brute.Plain, failure: str) -> frozenset[str]:
    return frozenset() if failure == "none" else failing(case, plain, failure)


def faults(case: Case, profile: str, made: Plan, counts: Counter[str]) -> list[str]:
    """Everything that brute force has to say against a plan."""
    before, after = plain_of(case), carried_out(case, made)
    found = []
    for each in made.proofs:
        for plain, said, when in ((before, each.before, "before"), (after, each.after, "after")):
            reached, walk = plain.reach(down(case, plain, each.failure))
            counts[f"{when} {said}"] += 1
            if reached != WORD.get(Verdict(said)):
                found.append(f"{each.failure}: {when} {said}, and brute force: {reached} by {walk}")
        for unknown in (brute.TAKEN, brute.NO):
            was = before.losses(down(case, before, each.failure), unknown)
            lost = after.losses(down(case, after, each.failure), unknown)
            found += [f"{each.failure}: {who} loses: {how}" for who, how in lost.items() if who not in was]
            counts["honest mail followed"] += len(brute.HONEST)
        if each.lost:
            found.append(f"{each.failure}: the plan itself says that {each.lost} lose mail")
    if made.after != made.proofs[0].after:
        found.append("the plan's word is not that of its first proof")
    moved = {hazard.name.removeprefix("moved:") for hazard in made.hazards}
    found += [
        f"nobody asked about {name}, and no hazard says so" for name in made.proofs[0].unsure if name not in moved
    ]
    if profile not in ("single", "best") and any(r.id == "delete" for r in made.remedies):
        found.append("a layout in which every exchanger stays deletes one")
    return found


def between(case: Case, made: Plan, counts: Counter[str]) -> list[str]:
    """What goes wrong while a plan is carried out: at each step caches still hold what was served before."""
    plain = plain_of(case)
    was = plain.losses()
    sees_to(plain, made)
    found = []
    for number, step in enumerate(made.steps):
        earlier = plain.copy()
        for change in step.changes:
            found += _no_change(earlier, change)
            plain.apply(change)
        lost = {who: how for who, how in plain.losses().items() if who not in was}
        found += [f"step {number} ({step.title}): {who} loses: {how}" for who, how in lost.items()]
        found += _undone(earlier, plain, step.changes)
        counts["steps"] += 1
        counts["steps that wait"] += step.wait > 0
        plain.wait(step.wait)
    return found


def _no_change(plain, change) -> list[str]:
    """A change that changes nothing could not be undone by taking it back."""
    match change:
        case Harden() if plain.doors[brute._address(change.door)].latches.get(str(change.latch)) == "found":
            return [f"{change} is so already"]
        case Retire() if change.domain in plain.doors[brute._address(change.door)].retired:
            return [f"{change} is so already"]
        case Records() if change.before == change.after:
            return [f"{change} changes nothing"]
        case _:
            return []


def _undone(earlier: brute.Plain, plain: brute.Plain, changes) -> list[str]:
    back = plain.copy()
    for change in reversed(changes):
        back.undo(change)
        match change:  # what these had before, only the servers' own settings say
            case Harden():
                door = brute._address(change.door)
                back.doors[door].latches = dict(earlier.doors[door].latches)
            case HandOn() | StopWaiving():
                back.told, back.waives = dict(earlier.told), dict(earlier.waives)
            case Transfer():
                back.servers = earlier.copy().servers  # who is up to date stays so
    what = ("delegated", "hosts", "doors", "hops", "told", "waives", "outward")
    same = all(getattr(back, each) == getattr(earlier, each) for each in what)
    records = [server.rr for server in back.servers] == [server.rr for server in earlier.servers]
    return [] if same and records else [f"undoing {[type(c).__name__ for c in changes]} does not restore the world"]


def shared_and_not_said(made: Plan) -> list[str]:
    """A lock that a filter's other customers pass makes a way rarer, and the plan says so."""
    locks = [change for change in made.changes if isinstance(change, Lock | Tenant)]
    shared = any(each.shared or MANY & set(each.allow) for each in locks)
    said = any("rarer, not closed" in each.why for each in made.stays_open) and "rarer only" in made.sentence
    return ["what its shared addresses let in is not said"] if shared and not said else []


def comes_back(case: Case, plain: brute.Plain) -> set[tuple[str, str, str]]:
    """(server, next server, latch): what the second refuses by the latch, the first has taken from strangers."""
    found = set()
    accepting = {host.name for host in case.hosts if host.role != "filter"}
    for name in case.names:
        for here, onward in plain._relays(name, frozenset()).items():
            for to, kind, itself, _ in onward:
                first, then = plain.doors[here], plain.doors[to]
                blind = brute.BLIND[plain.told.get((here, to), "")] | plain.waives.get((here, to), frozenset())
                if not itself and kind != "forward" and first.host in accepting and first.state == "open":
                    found |= {
                        (first.host, then.host, latch)
                        for latch in BOUNCING & plain.base - blind
                        if first.latches.get(latch) == "absent" and then.latches.get(latch) == "found"
                    }
    return found


def returned_and_not_said(case: Case, made: Plan, counts: Counter[str]) -> list[str]:
    """What a server that is made stronger refuses, and another has accepted, goes to forged senders."""
    stronger = {(change.host, str(change.latch)) for change in made.changes if isinstance(change, Harden)}
    new = comes_back(case, carried_out(case, made)) - comes_back(case, plain_of(case))
    told = {hazard.name for hazard in made.hazards}
    caused = [(here, latch) for here, then, latch in new if (then, latch) in stronger]
    counts["mail that comes back"] += bool(caused)
    return [f"{here} returns what is refused by {latch}" for here, latch in caused if f"returned:{here}" not in told]


def partners_cut_off(case: Case, made: Plan) -> list[str]:
    locks = [change for change in made.changes if isinstance(change, Lock)]
    return [
        f"{partner} may come to {host.name} no more"
        for host in case.hosts
        for each in locks
        for partner in host.partners
        if set(host.addresses) & set(each.addresses) and partner not in each.allow
    ]


def lines_used(case: Case, made: Plan, counts: Counter[str]) -> list[str]:
    """With all other servers down, what honest senders use of a server's lines once they are renumbered."""
    if not any(remedy.id == "renumber" for remedy in made.remedies):
        return []
    plain, found = carried_out(case, made), []
    for host in case.hosts:
        own = {a for a in host.addresses if not plain.doors[a].locks and not plain.doors[a].retired}
        for name in case.names if host.dear is not None and own == set(host.addresses) else ():
            if name in case.no_mail:
                continue
            tries = tuple(sorted((p, to, brute.TAKEN if to in own else brute.NO) for p, to in told(plain, name)))
            used, wanted = brute.runs("rfc5321", tries) & own, own - set(host.dear)
            if not {to for _, to, _ in tries} >= own:
                continue
            counts["lines followed"] += 1
            if used != wanted:
                found.append(f"of {host.name} {used} is used and not {wanted}: {tries}")
    return found


def told(plain: brute.Plain, name: str) -> list[tuple[int, str]]:
    """Each preference and the address that it leads to, as the servers that count give them."""
    counting = next(server for server in plain.servers if not server.stale)
    return [(p, to) for p, x in counting.rr[name] for to in plain.leads(name, x)]


def judged(count: int, seed: int) -> tuple[list[tuple[int, str, str]], Counter[str]]:
    """(number, profile, fault) of everything that is wrong with the plans for so many worlds, and what there was."""
    counts: Counter[str] = Counter()
    wrong = []
    for number, (profile, case) in enumerate(numbered(count, seed)):
        made = plan(world_of(case), profile)
        found = faults(case, profile, made, counts) + between(case, made, counts)
        found += partners_cut_off(case, made) + shared_and_not_said(made)
        found += lines_used(case, made, counts) + returned_and_not_said(case, made, counts)
        wrong += [(number, profile, each) for each in found]
        _count(case, profile, made, counts)
    return wrong, counts


def _count(case: Case, profile: str, made: Plan, counts: Counter[str]) -> None:
    counts["worlds"] += 1
    counts[f"{made.before} before"] += 1
    counts["name servers disagree"] += bool(case.stale)
    counts["a stranger's server under a good name"] += bool(case.also_at)
    counts["an address leaves a name"] += any(
        isinstance(c, Records) and c.rrtype != "MX" and c.before for c in made.changes
    )
    counts["a lagging name server is mended"] += any(isinstance(c, Transfer) for c in made.changes)
    closed = made.before == Verdict.OPEN and made.after == Verdict.CLOSED
    counts["open before, closed after"] += closed
    counts[f"closed under {profile}"] += closed
    counts["exact" if made.exact else "not exact"] += 1
    counts["conflicts"] += bool(made.conflicts)
    counts["locks that others share"] += any(isinstance(c, Lock | Tenant) and c.shared for c in made.changes)
    counts.update(f"hazard {kind}" for kind in {hazard.name.partition(":")[0] for hazard in made.hazards})
    counts.update(f"remedy {remedy}" for remedy in {each.id for each in made.remedies})
    if closed:
        counts.update(f"closed with {remedy}" for remedy in {each.id for each in made.remedies})


def test_what_a_plan_claims_closed_brute_force_cannot_pass_and_no_honest_mail_is_lost():
    wrong, counts = judged(WORLDS, seed=5)
    for name, count in sorted(counts.items()):
        print(f"{count:7} {name}")
    assert not wrong, (len(wrong), *wrong[:5])
    assert counts["worlds"] >= 2_000
    assert counts["open before, closed after"] > 1_000
    assert counts["name servers disagree"] > 300
    assert min(counts[f"closed under {profile}"] for profile in PROFILES) > 150
    least = {
        "retire": 300,
        "lock": 100,
        "harden": 500,
        "tenant": 50,
        "agree": 100,
        "hand-on": 8,
        "stop-waiving": 10,
        "delete": 20,
        "null-mx": 50,
        "dangling": 30,
        "pair": 20,
        "sandwich": 40,
        "trap": 200,
        "renumber": 100,
        "inward": 40,
        "outward": 40,
    }
    assert not {remedy: counts[f"remedy {remedy}"] for remedy, n in least.items() if counts[f"remedy {remedy}"] < n}
    assert counts["an address leaves a name"] > 60
    assert counts["a lagging name server is mended"] > 100
    assert counts["locks that others share"] > 20
    assert counts["lines followed"] > 50
    assert counts["mail that comes back"] > 20
    said = {"moved": 15, "others": 10, "ipv6": 20, "ranges": 50, "returned": 100}
    assert not {kind: counts[f"hazard {kind}"] for kind, n in said.items() if counts[f"hazard {kind}"] < n}
    assert counts["exact"] > 0.95 * WORLDS


def test_the_same_world_gives_the_same_plan_in_whatever_order_its_doors_come():
    for profile, case in numbered(100, seed=8):
        made = plan(world_of(case), profile)
        assert plan(world_of(case), profile).digest == made.digest
        other = plan(world_of(case, order=3), profile)
        assert (other.before, other.after) == (made.before, made.after)
        assert sum(each.cost for each in other.remedies) == sum(each.cost for each in made.remedies)


def test_a_plan_never_makes_it_worse():
    for profile, case in numbered(400, seed=9):
        made = plan(world_of(case), profile)
        assert WORD[Verdict(made.after)] <= WORD[Verdict(made.before)], (profile, made.sentence)


# --- the cheapest ----------------------------------------------------------------------------------------------------


def given(case: Case, profile: str) -> tuple[Seen, Callable[[Proposal], bool], list[Proposal], Wanted]:
    """What the search is asked, as `planned` asks it."""
    world = world_of(case)
    paths = find(world)
    lost = {each.failure: each.lost for each in every_case(world, world, paths)}
    wanted = Wanted(unknown=make._unknown((paths.paths,)), lost=lost)
    forced, _ = make._forced(Seen(world, paths), profile, wanted)
    seen = Seen(world, paths, (), make._gone(Seen(world, paths), profile), effect.changed(world, forced))
    wanted = Wanted(seen.gone, wanted.unknown, wanted.lost)
    return seen, lambda offer: make._allowed(offer, profile, seen), forced, wanted


def every_set(judge: search._Search, forced: list[Proposal]) -> int | None:
    """The cost of the cheapest set of offers that does, every one tried; None if none does."""
    offers = judge.offers
    sets = [each for size in range(len(offers) + 1) for each in itertools.combinations(offers, size)]
    for each in sorted(sets, key=lambda chosen: sum(offer.cost for offer in chosen)):
        node = judge.judged((*forced, *each))
        if node.fits and not node.wrong and judge.loses_nothing(node) and not node.wrong:
            return sum(offer.cost for offer in (*forced, *each))
    return None


def dearer(count: int, seed: int) -> tuple[list[tuple[int, str, int, int]], Counter[str]]:
    """(number, profile, what was found, what there is) of each search that missed the cheapest."""
    counts: Counter[str] = Counter()
    wrong = []
    for number, (profile, case) in enumerate(numbered(count, seed)):
        seen, may, forced, wanted = given(case, profile)
        judge = search._Search(seen, may, wanted)
        if not 1 <= len(judge.offers) <= MOST_OFFERS:
            continue
        found = cheapest(seen, may, forced, wanted)
        least = every_set(judge, forced)
        cost = sum(offer.cost for offer in found.taken)
        counts["searched"] += 1
        counts["exact"] += found.exact
        counts[f"{len(found.taken) - len(forced)} remedies taken"] += 1
        counts["none does"] += least is None
        # Remedies that come up only in a changed world may make it cheaper than any set of those offered at first.
        if found.exact and least is not None and (found.left or cost > least):
            wrong.append((number, profile, cost, least))
    return wrong, counts


def test_the_search_finds_the_cheapest_set():
    wrong, counts = dearer(EXACT_WORLDS, seed=6)
    print(dict(sorted(counts.items())))
    assert not wrong, (len(wrong), *wrong[:5])
    assert counts["searched"] > 0.7 * EXACT_WORLDS
    assert sum(counts[f"{number} remedies taken"] for number in (2, 3, 4)) > 100


# --- mutants ---------------------------------------------------------------------------------------------------------


def _nobody_remembers(monkeypatch):
    real = effect._with_records

    def forgetful(door, *given):
        made = real(door, *given)
        kept = tuple(way for way in made.ways_in if way.kind != "remembered" or way in door.ways_in)
        return door if made is door else effect.structs.replace(made, ways_in=kept)

    monkeypatch.setattr(effect, "_with_records", forgetful)


def _no_failures(monkeypatch):
    monkeypatch.setattr(search, "losing", lambda *given: frozenset())
    monkeypatch.setattr(proof, "losing", lambda *given: frozenset())


def _locks_admit_all(monkeypatch):
    monkeypatch.setattr(effect, "admits", lambda lock, address: True)
    monkeypatch.setattr(rollout, "_taken_away", lambda taken: iter(()))


def _takes_away_first(monkeypatch):
    real = rollout.steps
    monkeypatch.setattr(make, "steps", lambda world, taken: tuple(sorted(real(world, taken), key=_shuts, reverse=True)))


def _shuts(step):
    return any(isinstance(change, Lock | Retire | Tenant) for change in step.changes)


def _does_not_wait(monkeypatch):
    real = rollout._published
    monkeypatch.setattr(rollout, "_published", lambda *given: effect.structs.replace(real(*given), wait=0))


def _hardens_nothing(monkeypatch):
    monkeypatch.setattr(rollout, "_made_ready", lambda world, taken: iter(()))


def _dear_lines_first(monkeypatch):
    monkeypatch.setattr(renumber, "_apart", lambda lines: dict.fromkeys(lines.dear, 1))


def _traps_first(monkeypatch):
    monkeypatch.setattr(trap, "_after", lambda *given: 1)


def _firewalls_admit_relays(monkeypatch):
    monkeypatch.setattr(effect, "stops", lambda change, here, to: False)


def _firewalls_are_not_set(monkeypatch):
    real = rollout._taken_away
    monkeypatch.setattr(
        rollout,
        "_taken_away",
        lambda taken: (step for step in real(taken) if not any(isinstance(c, Inward) for c in step.changes)),
    )


def _addresses_stay(monkeypatch):
    monkeypatch.setattr(rollout.addresses, "changes", lambda *given: iter(()))


def _old_data_stays(monkeypatch):
    monkeypatch.setattr(rollout, "_mended", lambda *given: iter(()))


def _moves_names_untold(monkeypatch):
    monkeypatch.setattr(hazards, "moved", lambda records: iter(()))


def _names_no_other_domain(monkeypatch):
    monkeypatch.setattr(hazards, "of_others", lambda *given: iter(()))


def _shuts_out_other_domains(monkeypatch):
    monkeypatch.setattr(hazards, "handed_in_first", lambda *given: ())


def _knows_every_family(monkeypatch):
    monkeypatch.setattr(lock, "_families", lambda *given: iter(()))


def _lets_anybody_in(monkeypatch):
    monkeypatch.setattr(lock, "admits_anybody", lambda rule: False)
    monkeypatch.setattr(effect, "admits_anybody", lambda rule: False)


def _believes_in_wide_ranges(monkeypatch):
    monkeypatch.setattr(lock, "wide", lambda allow: ())


def _nothing_comes_back(monkeypatch):
    monkeypatch.setattr(make, "comes_back", lambda *given: iter(()))


MUTANTS = {
    "an address is believed to leave a name and stays": _addresses_stay,
    "old data is believed to be mended and stays": _old_data_stays,
    "a name is moved, and nobody says so": _moves_names_untold,
    "another domain at the door is not named": _names_no_other_domain,
    "another domain that has no other door is shut out": _shuts_out_other_domains,
    "a filter is believed to send by the family that is known": _knows_every_family,
    "a lock that lets anybody in is believed in": _lets_anybody_in,
    "who sits in a partner's range is believed to be the partner": _believes_in_wide_ranges,
    "what a backup has accepted is refused, and nobody says so": _nothing_comes_back,
    "a default-deny is believed to cut off no relay": _firewalls_admit_relays,
    "a default-deny is believed in and not set": _firewalls_are_not_set,
    "nobody remembers a deleted record": _nobody_remembers,
    "honest mail is not followed": _no_failures,
    "locks are believed in and not set": _locks_admit_all,
    "doors are shut before the records are gone": _takes_away_first,
    "a step does not wait for the caches": _does_not_wait,
    "latches are reckoned with and not put there": _hardens_nothing,
    "a dear line is used first": _dear_lines_first,
    "a trap stands before the others": _traps_first,
}


@pytest.mark.parametrize("mutate", MUTANTS.values(), ids=MUTANTS)
def test_a_mutant_of_the_planner_is_found_out(mutate, monkeypatch):
    mutate(monkeypatch)
    assert any(judged(50, seed)[0] for seed in range(5, 15))  # no further than the first that is found out


def test_a_mutant_of_the_search_is_found_out(monkeypatch):
    real = search._Search._that_matter
    monkeypatch.setattr(search._Search, "_that_matter", lambda *given: real(*given)[:1])
    wrong, _ = dearer(300, seed=6)
    assert wrong
