"""What one source of candidates found, and what it saw and does not follow; whom it asks about the domain's names."""

from collections.abc import Sequence

from msgspec import Struct

from mxlatch.terms.evidence import Evidence
from mxlatch.terms.names import is_below
from mxlatch.terms.observation import Observation
from mxlatch.terms.question import DnsQuestion
from mxlatch.world.answers import answered, is_silent
from mxlatch.world.candidate import Candidate, Known
from mxlatch.world.scope import Scope

_MOST_SERVERS = 16  # of one zone that are asked for a record besides MX; of more, none says what no other says


class Trail(Struct, frozen=True):
    """What a source saw.

    told: what people should read though nothing is knocked at for it: networks too large to enumerate, records that
    break their rules, what a bound left out. unheard: what nobody who was asked has answered.
    """

    candidates: tuple[Candidate, ...] = ()
    told: tuple[Evidence, ...] = ()
    unheard: tuple[Observation, ...] = ()


def everywhere(names: Sequence[str], rrtype: str, known: Known, scope: Scope) -> list[DnsQuestion]:
    """Ask public resolution and every server of each name's own zone, for these may not agree."""
    return [question for name in names for question in _of_name(name, rrtype, known, scope)]


def publicly(names: Sequence[str], rrtype: str, scope: Scope) -> list[DnsQuestion]:
    """Ask public resolution alone."""
    return [
        DnsQuestion(address, name, rrtype, recursion=True, port=port)
        for name in names
        for address, port in scope.resolvers[:1]
    ]


def _of_name(name: str, rrtype: str, known: Known, scope: Scope) -> list[DnsQuestion]:
    home = max((s for s in known.servers if is_below(name, s.zone)), key=lambda s: len(s.zone), default=None)
    own = home.speaking[:_MOST_SERVERS] if home else ()
    return publicly([name], rrtype, scope) + [DnsQuestion(address, name, rrtype) for address in own]


def unheard(seen: Sequence[Observation]) -> tuple[Observation, ...]:
    """Of each DNS question that nobody answered, one observation; a silent server beside one that spoke is no gap."""
    asked: dict[tuple[str, str], list[Observation]] = {}
    for observation in seen:
        if isinstance(observation.question, DnsQuestion):
            asked.setdefault((observation.question.name, observation.question.rrtype), []).append(observation)
    return tuple(each[0] for each in asked.values() if all(map(is_silent, each)))


def texts(seen: Observation) -> tuple[str, ...]:
    """The TXT records in an answer, each as one text; octets that are not ASCII as `\\xNN`."""
    values = (record.value for record in answered(seen, "TXT"))
    strings = (b"".join(s for s in value if isinstance(s, bytes)) for value in values if isinstance(value, tuple))
    return tuple(dict.fromkeys(string.decode("ascii", "backslashreplace") for string in strings))
