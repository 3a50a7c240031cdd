"""What every form of a plan shows, in which order, and what it folds: decided once, for text, Markdown and HTML.

Nothing here judges. Records stand as they are now and as they shall be at the end, whatever the steps between.
"""

import shlex
from collections.abc import Iterable, Iterator, Sequence
from typing import assert_never

from msgspec import Struct, structs

from mxlatch.plan.change import (
    Certificate,
    Change,
    Delegation,
    HandOn,
    Harden,
    Inward,
    Listen,
    Lock,
    Outward,
    Policy,
    Records,
    Retire,
    StopWaiving,
    Tenant,
    Transfer,
)
from mxlatch.plan.result import OTHERS, Plan, Proof, StaysOpen, Step
from mxlatch.terms.latch import NOUNS
from mxlatch.terms.verdict import WORST_FIRST, Verdict
from mxlatch.terms.wording import counted, lasting, listed

GONE, NEW, SAME = "-", "+", " "
DIGEST_SHOWN = 12  # digits that tell one plan from another; `apply --digest` takes as many
_ADDRESSES_SHOWN = 4
_BROKEN, _UNSURE = "no", "unknown"  # of `PolicyKept.after`
_UNSETTLED = (Verdict.OPEN, Verdict.UNKNOWN)
_LAYOUTS = {
    "best": "whatever is cheapest",
    "single": "one exchanger",
    "pair": "two exchangers that share the load",
    "sandwich": "the strongest is listed last too",
    "keep-backup": "every exchanger stays",
}
# What a plan changes beside records, in this order.
_NAME_SERVERS, _FIREWALLS, _SERVERS, _BY_NAME, _MAILBOXES = _PARTS = (
    "Name servers",
    "Firewalls and port 25",
    "Mail servers",
    "MTA-STS and certificates",
    "The mailboxes' provider",
)
_HOW_TOLD = {
    "xclient": "by XCLIENT",
    "proxy": "by the PROXY protocol",
    "received": "by its Received line, which the filter there trusts",
}


class Diff(Struct, frozen=True):
    """One RRset. title: where it is changed; lines: each with GONE, NEW or SAME, as a zone file has it."""

    title: str
    lines: tuple[tuple[str, str], ...]


class Part(Struct, frozen=True):
    """Changes of one kind, as sentences."""

    title: str
    sentences: tuple[str, ...]


class Told(Struct, frozen=True):
    """A plan that is safe to show, and the digest of the plan itself."""

    plan: Plan
    digest: str


def diffs(plan: Plan) -> tuple[Diff, ...]:
    """The RRsets that change, and the delegations."""
    whole: dict[tuple[str, str], Records | Delegation] = {}
    for change in plan.changes:
        match change:
            case Records():
                key = (change.name, change.rrtype)
                first = whole.get(key, change)
                whole[key] = structs.replace(change, before=first.before)
            case Delegation():
                whole[change.zone, "delegation"] = change
            case _:
                pass
    return tuple(_diff(change) for change in whole.values() if set(change.before) != set(change.after))


def _diff(change: Records | Delegation) -> Diff:
    if isinstance(change, Delegation):
        head = f"{_full(change.zone)} NS"
        return Diff(
            f"{change.zone} NS at the registrar", _lines(head, map(_full, change.before), map(_full, change.after))
        )
    head = f"{_full(change.name)} {change.ttl} {change.rrtype}"
    return Diff(f"{change.name} {change.rrtype} in the zone {change.zone}", _lines(head, change.before, change.after))


def _lines(head: str, before: Iterable[str], after: Iterable[str]) -> tuple[tuple[str, str], ...]:
    was, shall = list(before), list(after)
    marked = [(SAME if each in shall else GONE, each) for each in was] + [(NEW, x) for x in shall if x not in was]
    return tuple((mark, f"{head} {rdata}") for mark, rdata in marked)


def _full(name: str) -> str:
    return f"{name.rstrip('.')}."


def parts(plan: Plan) -> tuple[Part, ...]:
    """What changes beside the records, each thing once."""
    told = _once(plan.changes)
    found = [Part(title, tuple(said for part, said in told if part == title)) for title in _PARTS]
    return tuple(part for part in found if part.sentences)


def _once(changes: Iterable[Change]) -> list[tuple[str, str]]:
    """The part and the sentence of each: one sentence for all doors of a host."""
    alike: dict[tuple[str, str], tuple[Change, dict[str, None]]] = {}
    for change in changes:
        _, places = alike.setdefault(_told(change), (change, {}))
        places |= dict.fromkeys(_places(change))
    return [_told(change, listed(places, _ADDRESSES_SHOWN)) for change, places in alike.values()]


def _places(change: Change) -> tuple[str, ...]:
    match change:
        case Harden() | Retire():
            return (change.door,)
        case Lock():
            return change.addresses
        case _:
            return ()


def _told(change: Change, places: str = "") -> tuple[str, str]:
    """In which part it stands, and what shall be. places: of the host, which several changes may share."""
    match change:
        case Records() | Delegation():
            return "", ""  # in `diffs`
        case Transfer():
            serial = f", at serial {change.serial} or newer" if change.serial is not None else ""
            return _NAME_SERVERS, f"{listed(change.servers)} must serve {change.zone} as {listed(change.like)}{serial}"
        case Lock():
            return _FIREWALLS, _lock(change, _at(change.host, places))
        case Inward():
            allowed = listed(change.allow, _ADDRESSES_SHOWN) or "nobody"
            behind = f"what stands behind {change.firewall}"
            return _FIREWALLS, f"{_ports(change.ports)} of {behind}: from outside to {allowed} only"
        case Outward():
            allowed = listed(change.allow, _ADDRESSES_SHOWN) or "nobody"
            return _FIREWALLS, f"port 25 to the world through {change.firewall} is for {allowed} only"
        case Harden():
            like = f", as {change.like} has it" if change.like else ""
            return _SERVERS, f"{_at(change.host, places)} gets {NOUNS[change.latch]}{like}"
        case HandOn():
            how = _HOW_TOLD.get(change.by, change.by)
            return _SERVERS, f"{change.host} tells {change.next_door} who its client is, {how}"
        case StopWaiving():
            latches = listed(NOUNS[each] for each in change.latches)
            return _SERVERS, f"{change.next_door} applies {latches} to what {change.host} hands on"
        case Retire():
            owner = f" (ask {change.owner})" if change.owner else ""
            return _SERVERS, f"{_at(change.host, places)} takes no more mail for {change.domain}{owner}"
        case Listen():
            return _SERVERS, f"{change.host} listens at {change.address} too, as at {change.like}"
        case Policy():
            return _BY_NAME, _policy(change)
        case Certificate():
            return _BY_NAME, f"the certificate of {change.host} is for {listed(change.names)} too"
        case Tenant():
            allow = change.certificate or listed(change.allow, _ADDRESSES_SHOWN) or "the filter"
            operator = change.provider or change.endpoint
            return _MAILBOXES, f"{operator} takes mail for {change.domain} from {allow} only"
        case _:
            assert_never(change)


def _at(host: str, places: str) -> str:
    return f"{host} ({places})" if places and places != host else host


def _policy(change: Policy) -> str:
    new = listed(line for line in change.after if line not in change.before)
    gone = listed(line for line in change.before if line not in change.after)
    said = " and ".join(part for part in (f"gets {new}" if new else "", f"has {gone} no more" if gone else "") if part)
    return f"the MTA-STS policy of {change.domain} {said or 'stays as it is'}"


def _lock(change: Lock, host: str) -> str:
    allowed = listed(change.allow, _ADDRESSES_SHOWN) or "nobody"
    who = f"{change.who} ({allowed})" if change.who else allowed
    firewall = f", at the firewall {change.firewall}" if change.firewall else ""
    log = f" ({change.log})" if change.log else ""
    return f"{_ports(change.ports)} of {host}: only {who} may connect{firewall}{log}"


def _ports(ports: Sequence[int]) -> str:
    return f"port{'s' if len(ports) > 1 else ''} {listed(map(str, ports))}"


def wait(seconds: int) -> str:
    """How long, "" for not at all."""
    return lasting(seconds) if seconds else ""


def whole_wait(plan: Plan) -> str:
    """How long the steps take at least."""
    return wait(sum(step.wait for step in plan.steps))


def undo(plan: Plan) -> str:
    """Up to which step going back is free, and what it costs after that."""
    if not plan.steps:
        return ""
    first = next(((number, step) for number, step in enumerate(plan.steps, 1) if not step.free), None)
    if first is None:
        return "Undo is free at every step: it costs no mail, and needs nobody else."
    number, step = first
    before = (
        f"Up to step {number - 1} undo is free; after it" if number > 1 else "Undo is not free, from the first step on"
    )
    return f"{before}: {step.costs or 'it costs mail, or needs somebody else'}."


def not_free(step: Step) -> str:
    """What follows how a step is undone, where that is not free."""
    return "" if step.free else f" (not free{': ' + step.costs if step.costs else ''})"


def layout(plan: Plan) -> str:
    """The profile, explained."""
    means = _LAYOUTS.get(plan.profile)
    return f"{plan.profile} ({means})" if means else plan.profile


def about(told: Told) -> Iterator[tuple[str, str]]:
    """The facts about a plan, by name."""
    plan = told.plan
    yield "domain", plan.domain
    yield "verdict", f"{plan.before} now, {plan.after} after the plan"
    for policy in plan.policies:
        yield "policy", f"{policy.demand} ({policy.said}): {policy.before} now, {policy.after} after the plan"
    yield "seen", plan.made.replace("T", " ").replace("Z", " UTC")
    yield "layout", layout(plan)
    if plan.steps:
        total = whole_wait(plan)
        yield "takes", f"{counted(len(plan.steps), 'step')}" + (f", {total} of waiting at least" if total else "")
    yield "digest", told.digest[:DIGEST_SHOWN]


def worth(plan: Plan) -> Verdict:
    """The verdict after the plan as its colour tells it: never better than what becomes of the policies."""
    words = {policy.after for policy in plan.policies}
    if plan.after == Verdict.OPEN or _BROKEN in words:
        return Verdict.OPEN
    return Verdict.UNKNOWN if _UNSURE in words else Verdict(plan.after)


def proof_row(proof: Proof) -> tuple[str, str, str]:
    """What fails, the verdict now, the verdict after."""
    name = "as it is" if proof.failure == "none" else f"{proof.failure.removeprefix('down ')} is down"
    return name, proof.before, proof.after


def proof_notes(plan: Plan) -> Iterator[str]:
    """What is wrong after the plan, with the cases in which it is."""
    wrong: dict[str, list[str]] = {}
    for proof in plan.proofs:
        name, _, _ = proof_row(proof)
        if proof.round:
            wrong.setdefault(f"still a way round: {'; '.join(proof.round)}", []).append(name)
        if proof.lost:
            what = f"mail is lost that was not before, of {counted(len(proof.lost), 'kind')} of sender"
            wrong.setdefault(what, []).append(name)
        for what in proof.worse:
            wrong.setdefault(what, []).append(name)
        if proof.unsure:
            what = f"mail for {listed(proof.unsure)} goes to servers that nobody asked whether they take it"
            wrong.setdefault(what, []).append(name)
    return (f"{', '.join(names)}: {what}" for what, names in wrong.items())


def stays_open(plan: Plan) -> dict[str, list[str]]:
    """What stays open, by why."""
    return _by(each for each in plan.stays_open if each.judged)


def _by(items: Iterable[StaysOpen]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for item in items:
        whats = found.setdefault(item.why, [])
        if item.what not in whats:
            whats.append(item.what)
    return found


def not_judged(plan: Plan) -> dict[str, list[str]]:
    """What nobody could judge, by reason: ways that the plan leaves, and what the audit asked in vain."""
    found = _by(each for each in plan.stays_open if not each.judged)
    for item in plan.not_judged:
        found.setdefault(item.reason, []).append(f"{item.subject} {item.what}")
    return found


def to_apply(told: Told) -> tuple[str, ...]:
    """The commands that carry out this very plan, once it is saved; a hazard is accepted by whoever has read it."""
    return (
        "mxlatch apply PLAN.json --dry-run",
        f"mxlatch apply PLAN.json --digest {told.digest[:DIGEST_SHOWN]}",
    )


def accepting(name: str) -> str:
    """What accepts a hazard; a host's name is a stranger's word, and a shell would act on some."""
    return f"--accept {shlex.quote(name)}"


# Several domains


def worst_first(plans: Iterable[Told]) -> list[Told]:
    """By the verdict after, then by the verdict now, then by name."""
    return sorted(plans, key=lambda t: (_rank(t.plan.after), _rank(t.plan.before), t.plan.domain))


def _rank(verdict: str) -> int:
    return WORST_FIRST.index(Verdict(verdict))


def fleet_sentence(plans: Sequence[Told]) -> str:
    """How many domains, and what the plans make of them."""
    groups = (
        ("stays open", "stay open", [told.plan.after == Verdict.OPEN for told in plans]),
        ("breaks a policy", "break a policy", [_is_broken(told.plan) for told in plans]),
        ("stays unknown", "stay unknown", [_is_unknown(told.plan) for told in plans]),
        ("closed by its plan", "closed by their plans", [_closes(told.plan) for told in plans]),
        ("with nothing to do", "with nothing to do", [_has_nothing_to_do(told.plan) for told in plans]),
    )
    counts = ", ".join(counted(sum(each), one, more) for one, more, each in groups if any(each))
    return f"{counted(len(plans), 'domain')}: {counts or 'nothing to plan'}"


def _closes(plan: Plan) -> bool:
    return bool(plan.remedies) and plan.after not in _UNSETTLED and not _is_broken(plan)


def _has_nothing_to_do(plan: Plan) -> bool:
    return not plan.remedies and plan.after not in _UNSETTLED and not _is_broken(plan)


def _is_broken(plan: Plan) -> bool:
    """True if a policy does not hold after the plan, though no way round is open."""
    return plan.after != Verdict.OPEN and any(policy.after == _BROKEN for policy in plan.policies)


def _is_unknown(plan: Plan) -> bool:
    return plan.after == Verdict.UNKNOWN and not _is_broken(plan)


def fleet_row(told: Told) -> tuple[str, ...]:
    """Verdict now and after, how many remedies and hazards, and how long it takes."""
    plan = told.plan
    loud = [word.upper() if word == Verdict.OPEN else word for word in (plan.before, plan.after)]
    return (*loud, str(len(plan.remedies)), str(len(plan.hazards)), whole_wait(plan) or "-")


FLEET_HEADS = ("now", "after", "remedies", "hazards", "waits")


def shared(plans: Sequence[Told]) -> list[tuple[str, int]]:
    """What several plans change alike, with how many of them: it is done once. The most shared first."""
    count: dict[str, int] = {}
    for told in plans:
        for words in dict.fromkeys(words for part in parts(told.plan) for words in part.sentences):
            count[words] = count.get(words, 0) + 1
    return sorted(((w, n) for w, n in count.items() if n > 1), key=lambda each: (-each[1], each[0]))


BETWEEN = "Where one domain's plan meets the mail of others"


def between(plans: Iterable[Told]) -> list[str]:
    """Each place that a plan shuts while other domains may have their mail there, with the domains whose plans do."""
    shut: dict[str, list[str]] = {}
    for told in plans:
        for hazard in told.plan.hazards:
            if hazard.name.startswith(OTHERS):
                shut.setdefault(hazard.name.removeprefix(OTHERS), []).append(told.plan.domain)
    return [
        f"{place} is shut by the plan{'s' if len(domains) > 1 else ''} of {listed(domains)}: not before the records of "
        "all other domains that lead there are gone"
        for place, domains in sorted(shut.items())
    ]
