"""The judgement: from the world and its paths to the audit, its verdict and its one sentence."""

from collections.abc import Iterable
from datetime import UTC, datetime

from msgspec import structs

from mxlatch.audit.checks import run_all
from mxlatch.audit.claims import claims, is_complete, knows_every_way
from mxlatch.audit.log import Log
from mxlatch.audit.result import (
    Audit,
    DifferenceResult,
    DnsResult,
    DoorResult,
    ExchangeAddressResult,
    ExchangeResult,
    HopResult,
    MxAnswer,
    NameResult,
    PathResult,
    PortOutResult,
    PropertyResult,
    SeenDoorResult,
    ServerAddressResult,
    ServerResult,
    VantageResult,
    ZoneResult,
)
from mxlatch.audit.sentence import sentence
from mxlatch.paths.assume import Assumption, assumed
from mxlatch.paths.find import find
from mxlatch.paths.model import Held, Holds, Hop, Path, Paths
from mxlatch.terms.errors import InputError
from mxlatch.terms.outcome import Absent, Found, Outcome, Unknown
from mxlatch.terms.verdict import Certainty, Verdict
from mxlatch.world.build import build
from mxlatch.world.doors import reached
from mxlatch.world.model import Exchange, MailName, NameServer, VantageView, World, Zone
from mxlatch.world.standing import standing
from mxlatch.world.vantages import everywhere

_ABSENT_REGISTRY = "the registry knows no such domain"


def judge(log: Log, domain: str, assumptions: Iterable[Assumption] = ()) -> Audit:
    """Judge one domain of a log's scope; pure, so that the same log always gives the same audit.

    An assumption about a server that the domain does not have is left out, and the audit says so.
    """
    world = world_of(log, domain)
    made: list[str] = []
    refused: list[str] = []
    for each in assumptions:
        try:
            world = assumed(world, [each])
            made.append(str(each))
        except InputError as error:
            refused.append(str(error))
    return structs.replace(judge_world(world, find(world), tuple(made)), not_assumed=tuple(refused))


def world_of(log: Log, domain: str) -> World:
    """What a log shows of one domain of its scope: what an audit judges, and a plan changes."""
    control = reached(log, log.scope.time)
    world = build(domain, log.get, log.scope, control, interrupted=log.interrupted, others=log.looks)
    return structs.replace(world, proven=log.proven.get(domain, {}))


def judge_world(world: World, paths: Paths, assumptions: tuple[str, ...] = ()) -> Audit:
    """Judge a world that was built, or changed, elsewhere. assumptions: by which it differs from what was seen."""
    verdict = verdict_of(world, paths)
    return Audit(
        domain=world.domain,
        vantage=world.vantage,
        time=_moment(world.time),
        verdict=verdict,
        complete=is_complete(world),
        sentence=sentence(world, paths, verdict, assumptions),
        baseline=world.baseline,
        baseline_from=world.baseline_from,
        doors=tuple(DoorResult.of(door, paths.doors[door.id], standing(door, world.inventory)) for door in world.doors),
        paths=tuple(_path(path) for path in paths.paths),
        findings=run_all(world, paths),
        not_asked=world.not_asked,
        not_judged=world.not_judged,
        dns=DnsResult(
            tuple(_zone(zone) for zone in world.zones),
            tuple(_name(name) for name in world.names),
            tuple(_exchange(exchange) for exchange in world.exchanges),
        ),
        vantages=tuple(map(_vantage, everywhere(world))) if world.elsewhere else (),
        not_followed=world.not_followed,
        leave=world.leave,
        assumed=assumptions,
        properties=tuple(map(_property, claims(world, paths))),
    )


def verdict_of(world: World, paths: Paths) -> Verdict:
    """Open if any path surely or likely goes round; closed only if every way in was judged (DESIGN section 2)."""
    worst = max((path.certainty for path in paths.paths), default=None)
    if worst is not None and worst >= Certainty.LIKELY:
        return Verdict.OPEN
    if not knows_every_way(world):
        return Verdict.UNKNOWN
    led_to = any(door.ways_in for door in world.standing_doors)
    if not led_to and not any(exchange.addresses for exchange in world.exchanges):
        return Verdict.NO_MAIL
    return Verdict.CLOSED if worst is Certainty.CLOSED else Verdict.UNKNOWN


def _path(path: Path) -> PathResult:
    return PathResult(
        certainty=path.certainty.word,
        sender=path.sender,
        behaviours=path.behaviours,
        way_in=path.way_in,
        doors=path.doors,
        missing=path.missing,
        unsure=path.unsure,
        hops=_hops(path.hops),
    )


def _property(held: Held) -> PropertyResult:
    rests = held.rests if held.holds is Holds.YES else ""
    return PropertyResult(held.property, held.holds, _hops(held.hops), rests)


def _hops(hops: Iterable[Hop]) -> tuple[HopResult, ...]:
    return tuple(HopResult(hop.kind, hop.text, hop.certainty.word, hop.evidence) for hop in hops)


def _zone(zone: Zone) -> ZoneResult:
    registry, reason = _registry(zone.registry)
    return ZoneResult(zone.name, tuple(_server(server) for server in zone.servers), registry, reason, zone.limit)


def _registry(registry: Outcome[tuple[str, ...]]) -> tuple[tuple[str, ...] | None, str]:
    match registry:
        case Found(names):
            return names, ""
        case Absent():
            return (), _ABSENT_REGISTRY
        case Unknown(reason):
            return None, reason


def _server(server: NameServer) -> ServerResult:
    return ServerResult(
        server.name,
        server.named_by,
        tuple(ServerAddressResult(a.address, a.status, a.serial, a.reason, a.learnt_from) for a in server.addresses),
    )


def _name(name: MailName) -> NameResult:
    answers = (
        MxAnswer(view.server, view.status, tuple(f"{p} {x}" for p, x in view.mx or ()), view.serial, view.reason)
        for view in name.views
    )
    return NameResult(name.name, name.why, tuple(answers))


def _exchange(exchange: Exchange) -> ExchangeResult:
    addresses = tuple(ExchangeAddressResult(view.address, view.seen_by) for view in exchange.addresses)
    return ExchangeResult(exchange.name, exchange.kind, addresses, exchange.cname, exchange.problem, exchange.absent)


def _vantage(view: VantageView) -> VantageResult:
    return VantageResult(
        vantage=view.vantage,
        kind=view.kind,
        what=view.what,
        time=_moment(view.time),
        doors=tuple(SeenDoorResult(d.id, d.state, d.reason, d.answered, d.evidence) for d in view.doors),
        differences=tuple(
            DifferenceResult(d.name, d.rrtype, d.here, d.there, d.same_serial, d.evidence) for d in view.differences
        ),
        port_out=PortOutResult(view.port_out.state, view.port_out.reason, view.port_out.evidence),
    )


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
