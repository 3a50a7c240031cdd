"""How long plans for a hundred domains of ten doors take, with their proofs for no failure and for every single one.

Worlds are made beforehand, each unlike the others: a filter in front of a hub, backups that hand on by the MX or to a
next hop, blind or waived, a rogue server, remembered names, a door that the owner has shut. All are open before and
closed after. No peer does this; the ratio is to the target.
"""

import gc
import json
import random
import statistics
import time
from collections import Counter

from mxlatch.data import tables
from mxlatch.inventory.model import Block, Inventory
from mxlatch.inventory.model import Domain as DeclaredDomain
from mxlatch.inventory.model import Door as Declared
from mxlatch.plan.make import plan
from mxlatch.plan.result import Plan
from mxlatch.terms.door import AFTER_ALL, Door, DoorState, WayIn
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.latch import Latch, LatchState
from mxlatch.terms.outcome import Found
from mxlatch.terms.smtp import Reply, Session, Turn
from mxlatch.terms.verdict import Verdict
from mxlatch.world.model import MailName, MxView, NameServer, ServerAddress, World, Zone
from mxlatch.world.relays import relays_of

_DOMAINS = 100
_DOORS = 10
_ROUNDS = 3
_TARGET = 2.0  # seconds
_LATCHES = (Latch.RECIPIENT, Latch.CONTENT, Latch.DNSBL, Latch.SPF)
_TTL = 3600
_RULE = Evidence("firewall main: only from the filter", "inventory.toml:40")


def worlds(count: int = _DOMAINS, seed: int = 1) -> list[World]:
    """That many domains of ten doors, all of them open and all of them to be closed."""
    chance = random.Random(seed)
    return [_world(number, chance) for number in range(count)]


def _world(number: int, chance: random.Random) -> World:
    domain = f"domain{number}.example"
    parts = [_part(domain, number, each, chance) for each in range(1, _DOORS + 1)]
    doors = tuple(door for door, _ in parts)
    inventory = Inventory(
        domains=(DeclaredDomain(domain, recipient=f"anna@{domain}"),),
        blocks=(Block(f"10.{number}.0.0/16", "ours"),),
        doors=tuple(entry for _, entry in parts if entry is not None),
    )
    mx = tuple(sorted((way.preference, way.exchange) for door in doors for way in door.ways_in if way.published))
    views = tuple(MxView(f"198.51.100.{n}", "answer", mx, _TTL, 7) for n in (1, 2))
    servers = tuple(
        NameServer(f"ns{n}.{domain}", ("parent",), (ServerAddress(f"198.51.100.{n}", ("glue",), "answer", serial=7),))
        for n in (1, 2)
    )
    delegation = tuple(server.name for server in servers)
    return World(
        domain=domain,
        vantage="internet",
        time=0.0,
        zones=(Zone(domain, servers, "example", {"192.5.6.30": delegation}, Found(delegation)),),
        names=(MailName(domain, domain, "apex", views),),
        exchanges=(),
        doors=doors,
        ways_in=tuple((way, door.id) for door in doors for way in door.ways_in),
        relays=relays_of(doors, inventory),
        baseline=_LATCHES,
        baseline_from="the inventory",
        not_asked=(),
        not_judged=(),
        inventory=inventory,
        behaviours=tables().behaviours,
    )


def _part(domain: str, number: int, each: int, chance: random.Random) -> tuple[Door, Declared | None]:
    """The n-th server: 1 the filter, 2 the hub behind it, then backups, mailboxes, a rogue one, one that is shut."""
    host, address = f"mx{each}.{domain}", f"10.{number}.0.{each}"
    hub = f"mx2.{domain}"
    role = {1: "filter", 2: "mailbox", 9: "rogue", 10: "shut"}.get(each) or chance.choice(
        ("backup", "relay", "mailbox")
    )
    lacks = [] if each == 1 or role == "shut" else chance.sample(_LATCHES, chance.choice((0, 1, 1, 2)))
    if role == "rogue":
        lacks = list(_LATCHES[:2])
    published = each == 1 or (role in ("backup", "relay", "rogue") and chance.random() < 0.6)
    kind, preference = ("mx", 10 * each) if published else (chance.choice(("remembered", "host-name")), AFTER_ALL)
    said = Evidence(f"220 {host} ESMTP", f"{address}:25/tcp")
    turn = Turn(f"RCPT TO:<anna@{domain}>", Reply(250, ("2.1.5 Ok",)), "valid")
    door = Door(
        address,
        25,
        DoorState.FILTERED if role == "shut" else DoorState.OPEN,
        "as it was seen",
        (WayIn(kind, domain, preference, host, (said,)),),
        {latch: LatchState("absent" if latch in lacks else "found", "seen", "as seen", (said,)) for latch in _LATCHES},
        authorised=role != "rogue",
        session=None if role == "shut" else Session((Turn("", Reply(220, (host,))), turn)),
        closed_by=_RULE if role == "shut" else None,
        evidence=(said,),
    )
    if role == "rogue":
        return door, None
    hop = {"filter": hub, "relay": hub, "backup": chance.choice(("mx", f"mx1.{domain}"))}.get(role, "")
    waives = tuple(latch for latch in _LATCHES if chance.random() < 0.2) if role in ("backup", "relay") else ()
    declared = {"filter": "filter", "backup": "backup", "relay": "relay"}.get(role, "mailbox")
    if not published and hop == "mx":
        hop = hub
    return door, Declared(
        name=host,
        addresses=(address,),
        role=declared,  # type: ignore[arg-type]  # a word of `Role`, chosen by chance
        next_hop=hop,
        waives=waives,
        hands_on_client="xclient" if role == "filter" else False,
    )


def main() -> None:
    """Measure and print."""
    seconds: list[float] = []
    made: list[Plan] = []
    for seed in range(_ROUNDS):
        todo = worlds(seed=seed)
        gc.collect()
        begun = time.process_time()
        made += [plan(world) for world in todo]
        seconds.append(time.process_time() - begun)
    took = statistics.median(seconds)
    closed = sum(each.before is not each.after and each.after == Verdict.CLOSED for each in made)
    exact = sum(each.exact for each in made)
    remedies = Counter(remedy.id for each in made for remedy in each.remedies)
    proofs = sum(len(each.proofs) for each in made) / len(made)
    print(f"plan: {_DOMAINS} domains of {_DOORS} doors, median of {_ROUNDS} rounds, no two worlds alike")
    print(f"  {took:.2f} CPU-seconds (target {_TARGET}); {1e3 * took / _DOMAINS:.1f} ms each, {proofs:.1f} proofs each")
    print(f"  of {len(made)} plans {closed} close what was open, {exact} surely at the least cost")
    print(f"  remedies: {', '.join(f'{count} {name}' for name, count in remedies.most_common())}")
    figures = {
        "seconds_100_domains": round(took, 2),
        "closed_per_cent": round(100 * closed / len(made)),
        "exact_per_cent": round(100 * exact / len(made)),
    }
    print(json.dumps({"bench": "plan", "ratios": {"target": round(_TARGET / took, 2)}, "figures": figures}))


if __name__ == "__main__":
    main()
