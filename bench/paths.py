"""How many domains the path engine judges in a CPU-second: the function that `audit` calls, all senders and properties.

Each world is unlike the others, and judged soon after it was made, as in an audit; making it is not measured.
Counter-examples are built in hop form. No peer does this; the ratio is to the target.
"""

import gc
import json
import random
import statistics
import time
from collections import Counter

from mxlatch.data import tables
from mxlatch.inventory.model import Door as Declared
from mxlatch.inventory.model import Inventory
from mxlatch.paths.find import find
from mxlatch.paths.model import Holds, Paths
from mxlatch.terms.door import AFTER_ALL, Door, DoorState, WayIn
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.latch import Latch, LatchState
from mxlatch.terms.outcome import Found
from mxlatch.terms.smtp import Reply, Session, Turn
from mxlatch.world.model import World, Zone
from mxlatch.world.relays import relays_of

_DOMAINS = 20_000
_AT_ONCE = 200  # worlds that are made, and then judged
_ROUNDS = 5
_DOORS = 4
_MANY_EXCHANGERS = 400
_HOLDS = Holds.YES  # a member of an enumeration costs ten times a name, and is no work of the engine
_TARGET = 20_000.0
_TARGET_400 = 1.0
_LATCHES = (Latch.RECIPIENT, Latch.RELAY, Latch.TLS, Latch.CONTENT, Latch.DNSBL)
_STATES = ("found", "found", "found", "absent", "likely-absent", "unknown")
_REPLIES = (
    "250 2.1.5 Ok",
    "250 2.1.5 Ok",
    "450 4.2.0 Greylisted",
    "554 5.7.1 Relay access denied",
    "550 5.1.1 no such user",
)


def worlds(count: int, doors: int = _DOORS, seed: int = 1) -> list[World]:
    """That many domains, no two alike."""
    chance = random.Random(seed)
    return [_world(number, doors, chance) for number in range(count)]


def judged(world: World) -> Paths:
    """As an audit judges it, with every counter-example told."""
    paths = find(world)
    if paths.shortest_open is not None:
        paths.shortest_open.hops  # noqa: B018 - made when it is asked for
    for each in paths.properties:
        if each.holds is not _HOLDS:
            each.hops  # noqa: B018 - as above
    return paths


def _world(number: int, count: int, chance: random.Random) -> World:
    domain = f"domain{number}.example"
    doors = tuple(_door(domain, number, each, chance) for each in range(1, count + 1))
    inventory = _inventory(domain, doors, chance)
    return World(
        domain=domain,
        vantage="internet",
        time=0.0,
        zones=(Zone(domain, (), "example", {}, Found(())),),
        names=(),
        exchanges=(),
        doors=doors,
        ways_in=tuple((way, door.id) for door in doors for way in door.ways_in),
        relays=relays_of(doors, inventory),
        baseline=(Latch.RECIPIENT, Latch.RELAY, Latch.TLS, Latch.CONTENT),
        baseline_from="the inventory",
        not_asked=(),
        not_judged=(),
        inventory=inventory,
        behaviours=tables().behaviours,
    )


def _door(domain: str, number: int, each: int, chance: random.Random) -> Door:
    address = f"10.{number >> 8 & 255}.{number & 255}.{each}" if each < 256 else f"10.250.{each >> 8}.{each & 255}"
    state = chance.choices((DoorState.OPEN, DoorState.CLOSED, DoorState.FILTERED, DoorState.UNKNOWN), (85, 5, 5, 5))[0]
    said = Evidence(f"220 mx{each}.{domain} ESMTP", f"{address}:25/tcp", float(number))
    kind = "mx" if each == 1 or chance.random() < 0.8 else chance.choice(("remembered", "host-name", "scan"))
    preference = chance.choice((10, 20, 30)) if kind == "mx" else AFTER_ALL
    way = WayIn(kind, domain, preference, f"mx{each}.{domain}", (said,))
    latches = {latch: LatchState(chance.choice(_STATES), "seen", "as the server said", (said,)) for latch in _LATCHES}
    reply = chance.choice(_REPLIES)
    turn = Turn(f"RCPT TO:<anna@{domain}>", Reply(int(reply[:3]), (reply[4:],)), "valid")
    session = Session((Turn("", Reply(220, (f"mx{each}.{domain} ESMTP",))), turn)) if chance.random() < 0.5 else None
    return Door(address, 25, state, "as it was seen", (way,), latches, session=session, evidence=(said,))


def _inventory(domain: str, doors: tuple[Door, ...], chance: random.Random) -> Inventory:
    """One in four domains has an owner who says where the last door hands on."""
    if chance.random() >= 0.25:
        return Inventory()
    last = doors[-1]
    hop = chance.choice(("", doors[0].id))
    return Inventory(doors=(Declared(f"mx9.{domain}", (last.address,), role="backup", next_hop=hop),))


def main() -> None:
    """Measure and print."""
    rates = []
    held: Counter[str] = Counter()
    for round_ in range(_ROUNDS):
        seconds = 0.0
        for batch in range(_DOMAINS // _AT_ONCE):
            made = worlds(_AT_ONCE, seed=round_ * _DOMAINS + batch)
            gc.collect()
            gc.freeze()  # a run has one world at a time: the others are none of the collector's business
            begun = time.process_time()
            for world in made:
                judged(world)
            seconds += time.process_time() - begun
            gc.unfreeze()
        held.update(each.holds for world in made for each in find(world).properties)
        rates.append(_DOMAINS / seconds)
    many = worlds(1, _MANY_EXCHANGERS)[0]
    begun = time.process_time()
    judged(many)
    seconds = time.process_time() - begun
    rate = statistics.median(rates)
    print(f"paths: {_DOMAINS:,} domains with {_DOORS} doors, median of {_ROUNDS} rounds, no two worlds alike")
    print(f"  {rate:,.0f} domains a CPU-second (target {_TARGET:,.0f}); {1e6 / rate:.1f} us each")
    print(f"  properties: {', '.join(f'{held[holds]:,} {holds}' for holds in Holds)}")
    print(f"  {_MANY_EXCHANGERS} exchangers: {seconds:.3f} s (target {_TARGET_400} s)")
    figures = {"domains_per_cpu_s": round(rate), "seconds_400_exchangers": round(seconds, 3)}
    print(json.dumps({"bench": "paths", "ratios": {"target": round(rate / _TARGET, 2)}, "figures": figures}))


if __name__ == "__main__":
    main()
