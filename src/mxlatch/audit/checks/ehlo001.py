"""EHLO001: exchangers of one name offer the same SMTP extensions and sizes (RFC 1870, RFC 6152, RFC 6531, RFC 3030).

What a backup accepts and the primary then refuses is lost or bounced after acceptance. Only extensions that can make a
later hop refuse, or that change what the sender is told, are compared; STARTTLS has its own rule (TLS001).
"""

from collections.abc import Iterator

from msgspec import Struct

from mxlatch.audit.subjects import ehlo_replies, keywords, ranked, said, title, together
from mxlatch.paths.model import Paths
from mxlatch.terms.door import Door, DoorState
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.finding import Finding, Severity
from mxlatch.terms.references import cited
from mxlatch.terms.rule import Rule
from mxlatch.terms.wording import listed
from mxlatch.world.model import World

RULE = Rule(
    id="EHLO001",
    severity=Severity.MEDIUM,
    title="exchangers offer different extensions",
    remedy="let no exchanger offer more than the one it hands on to: the same software, settings and message size",
    references=cited("acceptance", "size", "8bitmime", "smtputf8", "chunking", "dsn"),
)

_LATER_REFUSAL = ("8BITMIME", "SMTPUTF8", "BINARYMIME")  # the next hop may not take such a message
_OTHERS = ("CHUNKING", "DSN")
_ANY_SIZE = float("inf")  # "SIZE 0" and a bare "SIZE": no fixed limit (RFC 1870 section 4)


class _Offer(Struct, frozen=True):
    """What a door offers, and the best preference under which it is listed."""

    preference: int
    door: str
    name: str
    keywords: frozenset[str]
    size: float | None


class _Difference(Struct, frozen=True):
    """One thing in which the doors differ; grave: a worse exchanger takes what a better one may refuse."""

    text: str
    grave: bool
    keyword: str


def check(world: World, paths: Paths) -> Iterator[Finding]:
    """One finding for each set of exchangers that differ."""
    told = {name.name: _differences(_offers(world, name.name)) for name in world.names}
    for subject, differences, names in together(world, {name: found for name, found in told.items() if found}):
        grave = any(difference.grave for difference in differences)
        yield RULE.finding(
            subject=subject,
            message=f"the exchangers of {listed(names)} differ: {'; '.join(each.text for each in differences)}",
            evidence=_evidence(world, subject, [each.keyword for each in differences]),
            severity=RULE.severity if grave else Severity.LOW,
        )


def _offers(world: World, name: str) -> list[_Offer]:
    """What each open door of a mail name offers, best first; a door whose EHLO is not known is left out."""
    best: dict[str, _Offer] = {}
    for preference, _, door in ranked(world, name):
        known = keywords(ehlo_replies(door))
        if door.state is DoorState.OPEN and ehlo_replies(door) and door.id not in best:
            best[door.id] = _Offer(preference, door.id, title(door), frozenset(known), _size(known))
    return sorted(best.values(), key=lambda offer: (offer.preference, offer.door))


def _size(known: dict[str, tuple[str, str]]) -> float | None:
    """The largest message in octets; None where none is told."""
    if "SIZE" not in known:
        return None
    text = known["SIZE"][0]
    if not text:
        return _ANY_SIZE
    # RFC 1870 has at most 20 digits; what is no such number tells nothing.
    if not (text.isascii() and text.isdigit() and len(text) <= 20):
        return None
    return float(text) or _ANY_SIZE


def _differences(offers: list[_Offer]) -> tuple[_Difference, ...]:
    found = [_keyword_difference(offers, keyword) for keyword in (*_LATER_REFUSAL, *_OTHERS)]
    return tuple(each for each in (_size_difference(offers), *found) if each)


def _keyword_difference(offers: list[_Offer], keyword: str) -> _Difference | None:
    having = [offer for offer in offers if keyword in offer.keywords]
    lacking = [offer for offer in offers if keyword not in offer.keywords]
    if not having or not lacking:
        return None
    later = any(a.preference > b.preference for a in having for b in lacking)
    who = listed([offer.name for offer in lacking], 3)
    return _Difference(f"{keyword} is not offered by {who}", later and keyword in _LATER_REFUSAL, keyword)


def _size_difference(offers: list[_Offer]) -> _Difference | None:
    sizes = [(offer, offer.size) for offer in offers if offer.size is not None]
    if len({size for _, size in sizes}) < 2:
        return None
    later = any(a.preference > b.preference and x > y for a, x in sizes for b, y in sizes)
    return _Difference(f"message size is {listed([_limit(o, s) for o, s in sizes])}", later, "SIZE")


def _limit(offer: _Offer, size: float) -> str:
    return f"{'without limit' if size == _ANY_SIZE else f'{size:.0f}'} at {offer.name}"


def _evidence(world: World, name: str, wanted: list[str]) -> list[Evidence]:
    doors = dict.fromkeys(door.id for _, _, door in ranked(world, name) if door.state is DoorState.OPEN)
    by_id: dict[str, Door] = {door.id: door for door in world.doors}
    return [e for door_id in doors for e in _lines(world, by_id[door_id], wanted)]


def _lines(world: World, door: Door, wanted: list[str]) -> list[Evidence]:
    known = keywords(ehlo_replies(door))
    return said(world, door, [known[keyword][1] for keyword in wanted if keyword in known])
