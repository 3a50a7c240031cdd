"""The path engine beside a brute force: thousands of small mail systems, and every message walked through each of them.

The brute force shares no code with `paths/`. It knows plain words only (a host is a dict, a record a tuple), works out
RFC 5321 section 5.1 from records, names and addresses by itself, and follows each message from try to try and from host
to host, with every outcome that a try may have. What differs is shrunk and printed as a table.
"""

import itertools
import random
from collections import Counter
from functools import cache

import pytest
from msgspec import structs

from mxlatch.data import tables
from mxlatch.inventory.model import Door as Declared
from mxlatch.inventory.model import Inventory, Policy
from mxlatch.paths import facts, find, hops, tls
from mxlatch.paths.assume import assumed, down, dropped, parse
from mxlatch.paths.model import Property
from mxlatch.terms.door import AFTER_ALL, Door, DoorState, WayIn
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.latch import Latch, LatchState
from mxlatch.terms.outcome import Absent, Found, Unknown
from mxlatch.terms.smtp import Certificate, Reply, Session, Tls, Turn
from mxlatch.wire import sts
from mxlatch.wire.tlsa import Tlsa as TlsaRecord
from mxlatch.world import dane_fit, relays
from mxlatch.world.dane import Dane, TlsaSet
from mxlatch.world.model import World
from mxlatch.world.relays import relays_of
from mxlatch.world.sts import Sts, Txt
from tests.paths.test_find import world as example_world

WORLDS = 5_000
DOMAIN, SECOND, OLD = "example.com", "lists.example.com", "old.example"
PUBLISHED = ("mx", "implicit-mx")
OTHER_WAYS = ("remembered", "scan", "apex-address", "host-name", "endpoint", "other-domain")
LATCHES = tuple(str(latch) for latch in Latch)
RULE, CUT, SEEN = Evidence("only from the filter"), Evidence("firewall: nothing from there"), Evidence("canary came")

# --- small worlds in plain words ------------------------------------------------------------------------------------
#
# world = {"hosts": {number: host}, "machines": [machine], "ways": [(kind, name, preference, exchange, host number)],
#          "baseline": [latch], "policy": [latch] or None, "cut": {(from, to)}}
# host = {"state", "ruled", "down", "latches": {latch: state}, "says", "endpoint", "proven", "trap"}
# machine = {"name", "public", "hosts": its addresses, "role", "hop", "forwards", "hands", "waives", "nat", "tells"}


def small_world(rng):
    """One mail system: a few addresses, some of them machines that the owner declares, and how mail comes there."""
    numbers = list(range(1, rng.choice((2, 3, 3, 4)) + 1))
    about = rng.sample(LATCHES, rng.randint(2, 5)) if rng.random() < 0.7 else ["recipient", "content", "dnsbl", "tls"]
    hosts = {number: _some_host(rng, about) for number in numbers}
    ways = sorted(set(_some_ways(rng, numbers)))
    machines = list(_some_machines(rng, numbers, about))
    for number in (number for machine in machines if machine["role"] == "trap" for number in machine["hosts"]):
        hosts[number]["trap"] = hosts[number]["says"] != "takes"  # the owner's word, unless it was seen otherwise
    plain = {
        "hosts": hosts,
        "machines": machines,
        "ways": ways,
        "baseline": rng.sample(about, rng.randint(1, 2)) if rng.random() < 0.88 else [],
        "policy": rng.sample(about, rng.randint(1, 2)) if rng.random() < 0.4 else None,
        "cut": set(),
        "sts": _some_policy(rng, ways),
        "tlsa": _some_tlsa(rng, ways),
    }
    for number in numbers:
        if number in _next_hosts(plain, number) and rng.random() < 0.85:  # few servers loop back to themselves
            machine = _machine(plain, number)
            machine["role"], machine["hop"], machine["forwards"] = "mailbox", "", []
    pairs = [(a, b) for a in numbers for b in sorted(_next_hosts(plain, a)) if a != b]
    return plain | {"cut": {pair for pair in pairs if rng.random() < 0.12}}


def _some_policy(rng, ways):
    """None: nobody asked."""
    kind = rng.choices((None, "absent", "unknown", "testing", "enforce"), (60, 5, 4, 6, 25))[0]
    exchanges = sorted({way[3] for way in ways if way[0] in PUBLISHED})
    named = [each for each in exchanges if rng.random() < 0.8]
    wild = [each for each in ("*.example.com", "*.isp.example", "*.com") if rng.random() < 0.2]
    return {"mode": kind, "names": named + wild} if kind in ("testing", "enforce") else kind


def _some_tlsa(rng, ways):
    """None: nobody asked. has: by exchange, "yes", "no", "not known"; valid: by exchange, as a resolver says.

    key: by exchange, the key of which the record speaks.
    """
    if rng.random() < 0.6:
        return None
    exchanges = sorted({way[3] for way in ways if way[0] in PUBLISHED})
    says = rng.random() < 0.7  # there is a resolver that validates
    has = {each: rng.choices(("yes", "no", "useless", "not known"), (65, 20, 5, 10))[0] for each in exchanges}
    heard = {each: says and known != "not known" and rng.random() < 0.95 for each, known in has.items()}
    return {
        "mx": (rng.random() < 0.85) if says else None,
        "has": has,
        "key": {each: "bb" if rng.random() < 0.06 else "aa" for each in exchanges},
        "valid": {each: (rng.random() < 0.9) if heard[each] else None for each in exchanges},
    }


def _next_hosts(plain, number):
    levels = [level for name in (DOMAIN, SECOND) for level in order_of_tries(plain, number, name)[1]]
    return {to for level in levels for to in level} | set(forwards_of(plain, number))


def _some_host(rng, about):
    state = rng.choices(("open", "closed", "filtered", "unknown"), (78, 6, 10, 6))[0]
    words = ("", "takes", "later", "foreign", "foreign elsewhere", "refuses", "login")
    says = rng.choices(words, (48, 26, 8, 6, 4, 4, 4))[0] if state == "open" else ""
    states = ("found", "likely-found", "unknown", "not-asked", "likely-absent", "absent")
    latches = {each: rng.choices(states, (48, 6, 5, 3, 8, 30))[0] for each in about if rng.random() < 0.93}
    return {
        "state": state,
        "ruled": state in ("closed", "filtered") and rng.random() < 0.6,
        "down": False,
        "latches": latches,
        "says": says,
        "endpoint": rng.choices(("", "closed", "open"), (93, 4, 3))[0] if not says else "",
        "proven": rng.random() < 0.08,
        "trap": False,
        "cert": rng.choices(("any", "own", "", "old", "of nobody's authority"), (70, 12, 6, 6, 6))[0],
        "key": rng.choices(("aa", "bb", ""), (80, 14, 6))[0],
    }


def _some_ways(rng, numbers):
    pool = "pool.example.com" if rng.random() < 0.15 else ""
    for number in numbers:
        for name in (DOMAIN, SECOND):
            for _ in range(rng.choices((0, 1, 2), (10, 80, 10))[0] if name == DOMAIN else rng.random() < 0.15):
                exchange = rng.choice((f"mx{number}.example.com",) * 4 + (f"cloud{number}.isp.example",))
                yield "mx", name, rng.choice((10, 20, 30)), pool or exchange, number
        if rng.random() < 0.25:
            kind = rng.choice(OTHER_WAYS)
            yield kind, OLD if kind == "other-domain" else DOMAIN, AFTER_ALL, f"{kind}{number}.example.com", number


def _some_machines(rng, numbers, about):
    free = list(numbers)
    rng.shuffle(free)
    while free:
        mine = [free.pop() for _ in range(2 if rng.random() < 0.1 and len(free) > 1 else 1)]
        if rng.random() < 0.25:
            continue
        role = rng.choices(("mailbox", "backup", "filter", "relay", "trap"), (30, 38, 14, 14, 4))[0]
        hop = "" if role in ("backup", "mailbox") and rng.random() < 0.85 else _some_target(rng, numbers)
        yield {
            "name": rng.choice((f"mx{mine[0]}.example.com",) * 3 + (f"inside{mine[0]}.example.com", "")),
            "public": [rng.choice((f"cloud{mine[0]}.isp.example", "pool.example.com"))] if rng.random() < 0.3 else [],
            "hosts": mine,
            "role": role,
            "hop": hop,
            "forwards": [f"192.0.2.{rng.choice(numbers)}"] if rng.random() < 0.12 else [],
            "hands": rng.choice((False, False, False, True, "xclient", "proxy", "received")),
            "waives": rng.sample(about, 1) if rng.random() < 0.25 else [],
            "nat": rng.random() < 0.25,
            "tells": rng.choice((None, True, False)),
        }


def _some_target(rng, numbers):
    number = rng.choice(numbers)
    return rng.choice(("mx", f"mx{number}.example.com", f"192.0.2.{number}", f"192.0.2.{number}:25"))


# --- the same as the engine has it ----------------------------------------------------------------------------------

SAID = {
    "takes": "250 ok",
    "later": "450 come back",
    "foreign": "554 Relay access denied",
    "foreign elsewhere": "554 Relay access denied",
    "refuses": "550 no",
    "login": "530 Authentication required",
}
TABLE = tables().behaviours


def engine_world(plain) -> World:
    doors = tuple(_door(plain, number) for number in plain["hosts"])
    inventory = Inventory(
        doors=tuple(map(_declared, plain["machines"])),
        policies=(Policy(tuple(map(Latch, plain["policy"])), line=7),) if plain["policy"] is not None else (),
    )
    relays = relays_of(doors, inventory) if inventory.doors else ()
    cut = {(_id(a), _id(b)) for a, b in plain["cut"]}
    return structs.replace(
        example_world(*doors, baseline=tuple(map(Latch, plain["baseline"]))),
        relays=tuple(structs.replace(r, cut=CUT) if (r.door, r.next_door) in cut else r for r in relays),
        inventory=inventory,
        behaviours=TABLE,
        proven={_id(number): SEEN for number, host in plain["hosts"].items() if host["proven"]},
        sts=_policy(plain["sts"]),
        dane=_dane(plain["tlsa"]),
    )


def _policy(said):
    if said is None:
        return None
    if isinstance(said, str):
        return Absent("nodata") if said == "absent" else Unknown("silent")
    names = tuple(each for each in said["names"] if not each.startswith("*"))
    patterns = tuple(each for each in said["names"] if each.startswith("*"))
    return Found(Sts(sts.Policy(said["mode"], 86_400, names, patterns), "", Txt("", (), 300)))


def _dane(said):
    if said is None:
        return None
    usages = {"yes": 3, "useless": 1}
    found = {
        each: Found(TlsaSet((TlsaRecord(usages[has], 1, 1, said["key"][each]),), said["valid"][each]))
        if has in usages
        else Absent("nodata")
        for each, has in said["has"].items()
        if has != "not known"
    }
    return Dane(said["mx"], found)


def _id(number):
    return f"192.0.2.{number}:25"


def _number(door_id):
    return int(door_id.removesuffix(":25").rpartition(".")[2])


def _door(plain, number):
    host = plain["hosts"][number]
    machine = _machine(plain, number)
    return Door(
        f"192.0.2.{number}",
        25,
        DoorState(host["state"]),
        "said so",
        tuple(WayIn(*way[:4]) for way in plain["ways"] if way[4] == number),
        {Latch(latch): LatchState(state) for latch, state in host["latches"].items()},
        role=machine["role"] if machine else "",
        session=_session(host["says"], _certificate(number, host["cert"], host["key"])),
        closed_by=RULE if host["ruled"] else None,
        endpoint=host["endpoint"],
    )


def _session(says, tls):
    banner = Turn("", Reply(220, ("hi",)))
    if not says:
        return Session((banner,), tls) if tls else None
    recipient = f"a@{'elsewhere.example' if says == 'foreign elsewhere' else DOMAIN}"
    reply = Reply(int(SAID[says][:3]), (SAID[says][4:],))
    return Session((banner, Turn(f"RCPT TO:<{recipient}>", reply, "valid")), tls)


def _certificate(number, kind, key):
    if not kind:
        return None
    ends = -1.0 if kind == "old" else 1.0  # the run is at 0
    names = ON_CERTIFICATE.get(kind, lambda _: EVERYBODY)(number)
    leaf = Certificate("", "", names, -2.0, ends, "", "", of_key=(key, ""))
    return Tls("ok", chain=(leaf,), trusted=kind != "of nobody's authority")


EVERYBODY = ("*.example.com", "*.isp.example", "*.example.net")
ON_CERTIFICATE = {"own": lambda number: (f"mx{number}.example.com",)}


def _declared(machine):
    return Declared(
        machine["name"],
        tuple(f"192.0.2.{number}" for number in machine["hosts"]),
        role=machine["role"],
        next_hop=machine["hop"],
        hands_on_client=machine["hands"],
        waives=tuple(map(Latch, machine["waives"])),
        public_names=tuple(machine["public"]),
        behind_nat=machine["nat"],
        forwards=tuple(machine["forwards"]),
        tells_delay=machine["tells"],
    )


def by_engine(seen: World):
    """What the engine says of a world, in plain words."""
    result = find.find(seen)
    cut = {(relay.door, relay.next_door) for relay in seen.relays if relay.cut is not None}
    return {
        "paths": {_plain_path(path, cut) for path in result.paths},
        "doors": {_number(door): str(verdict) for door, verdict in result.doors.items()},
        "properties": {each.property.name: str(each.holds) for each in result.properties},
        "told": {each for path in result.paths if (each := _mistold(path))},
    }


def _plain_path(path, cut):
    numbers = tuple(map(_number, path.doors))
    way = (path.way_in.kind, path.way_in.name, path.way_in.preference, path.way_in.exchange)
    for at, pair in enumerate(itertools.pairwise(path.doors), 1):
        if pair in cut:  # what comes behind is of no matter
            return way, numbers[: at + 1], path.certainty.word, "cut off", ()
    senders = tuple(sorted(set(path.behaviours) & set(CONFORMING)))
    lacks = tuple(
        sorted((str(latch), "surely" if latch in path.surely_missing else "likely") for latch in path.missing)
    )
    lacks += tuple(sorted((str(latch), "perhaps") for latch in path.unsure))
    return way, numbers, path.certainty.word, lacks, senders


def _mistold(path):
    """The words of a path against its number: where latches are missing it is the least of its hops."""
    least = min(hop.certainty for hop in path.hops)
    return (path.doors, path.certainty.word, least.word) if path.missing and least != path.certainty else None


# --- the brute force: records, names and addresses ------------------------------------------------------------------


def _machine(plain, number):
    return next((machine for machine in plain["machines"] if number in machine["hosts"]), None)


def hosts_meant(plain, target):
    """The hosts to which a configured next hop leads: an address, or a name that a machine bears or a record gives."""
    named = {
        n for machine in plain["machines"] if target in (machine["name"], *machine["public"]) for n in machine["hosts"]
    }
    named |= {way[4] for way in plain["ways"] if way[3] == target}
    return [n for n in plain["hosts"] if n in named or target in (f"192.0.2.{n}", f"192.0.2.{n}:25")]


def order_of_tries(plain, number, name):
    """Where this host hands mail for a name: ("keeps", []), or ("hands on", levels of hosts, best first)."""
    machine = _machine(plain, number)
    if machine is None or machine["role"] == "trap":
        return "keeps", []
    target = machine["hop"] or ("mx" if machine["role"] == "backup" else "")
    if not target:
        return "keeps", []
    if target != "mx":
        meant = hosts_meant(plain, target)
        return ("hands on", [meant]) if meant else ("keeps", [])
    records = [(way[2], way[3], way[4]) for way in plain["ways"] if way[0] in PUBLISHED and way[1] == name]
    if not records:
        return "keeps", []  # goes where nothing is known: delivered
    my_names = {machine["name"], *machine["public"]} - {""}
    my_addresses = set() if machine["nat"] else set(machine["hosts"])
    mine = [p for p, exchange, to in records if exchange in my_names or to in my_addresses]
    better = [(p, to) for p, _, to in records if not mine or p < min(mine)]
    levels = [sorted({to for p, to in better if p == level}) for level in sorted({p for p, _ in better})]
    return "hands on", levels or [[number]]  # with nothing better than itself it takes itself for the next


def forwards_of(plain, number):
    machine = _machine(plain, number)
    if machine is None or machine["role"] == "trap":
        return []
    return [to for target in machine["forwards"] for to in hosts_meant(plain, target)]


# --- the brute force: what a try may come to ------------------------------------------------------------------------

ALL_OUTCOMES = {"no-answer", "tempfail", "reject", "accept"}


def strangers_try(host):
    if host["down"] or host["state"] == "closed" or (host["state"] == "filtered" and host["ruled"]):
        return {"no-answer"}
    if host["state"] != "open":
        return ALL_OUTCOMES - {"accept"} if host["trap"] else ALL_OUTCOMES
    if host["trap"]:
        return {"reject"} if host["says"] in ("foreign", "foreign elsewhere", "refuses", "login") else {"tempfail"}
    if host["endpoint"] == "closed" or host["says"] in ("foreign", "foreign elsewhere", "refuses", "login"):
        return {"reject"}
    refuses = not host["latches"] or set(host["latches"].values()) != {"absent"}
    return {"accept"} | ({"reject"} if refuses else set()) | ({"tempfail"} if host["says"] == "later" else set())


def relays_try(plain, number, to):
    """What comes of it when a host tries another. A rule against strangers says nothing of a relay."""
    host = plain["hosts"][to]
    if (number, to) in plain["cut"] or host["down"] or (host["state"] == "closed" and not host["ruled"]):
        return {"no-answer"}
    if host["trap"]:
        return strangers_try(host)
    if host["state"] == "open":
        return {"accept", "reject"} | ({"tempfail"} if host["says"] == "later" else set())
    return ALL_OUTCOMES


def hand_ons(plain, number, name):
    """Each (next host, how) that can come about, by trying one level after the other. how: "surely" or "perhaps".

    Among equals chance decides, so that each may be the first; the next level has its turn if all of a level may give
    way, and surely only if each surely does.
    """
    _, levels = order_of_tries(plain, number, name)
    how = "surely"
    for level in levels:
        for to in level:
            yield to, how
        outcomes = [relays_try(plain, number, to) for to in level]
        if not all(each & {"no-answer", "tempfail"} for each in outcomes):
            return
        if any(each & {"accept", "reject"} for each in outcomes):
            how = "perhaps"


def lets_in_relays(host):
    """Does it take what is handed on to it, now or when it is back?"""
    if host["trap"]:
        return "closed"
    known = host["state"] == "open" or host["ruled"] or host["endpoint"] == "closed"
    return "proven" if known else "unknown"


# --- the brute force: every message ---------------------------------------------------------------------------------


def chains(plain, number, name, passed=()):
    """Every walk of a message for that name from this host: (hosts, how surely each hand-on comes about, end)."""
    passed = (*passed, number)
    does, _ = order_of_tries(plain, number, name)
    onward = [(to, how) for to, how in hand_ons(plain, number, name)]
    sent_on = [(to, "surely") for to in forwards_of(plain, number)]
    if does == "keeps":
        yield (number,), (), "delivered"
    follows = [(to, how) for to, how in onward + sent_on if to not in passed]
    for to, how in follows:
        if (number, to) in plain["cut"]:
            yield (number, to), ("cut off",), "cut off"
            continue
        for hosts, hows, end in chains(plain, to, name, passed):
            yield (number, *hosts), (how, *hows), end
    if does == "hands on" and not follows:
        yield (number,), (), "stuck"


SURENESS = ("closed", "unknown", "likely", "proven")
RANK = {word: rank for rank, word in enumerate(SURENESS)}
MISSED = {"found": "closed", "likely-found": "closed", "absent": "proven", "likely-absent": "likely"}
# How the client's address gets lost between two servers, and which latches then judge in the dark.
LOST = {
    False: {"relay", "tls", "dnsbl", "spf", "pregreet", "order"},
    True: {"tls", "pregreet"},
    "xclient": {"tls", "pregreet"},
    "proxy": set(),
    "received": {"tls", "pregreet", "relay", "order"},
}


def least(words):
    return min(words, key=RANK.__getitem__)


def served(plain):
    return any(host["says"] in ("takes", "later") for host in plain["hosts"].values())


def says_no(plain, number, name):
    """How surely mail for a name is refused at the door, "" if it may be taken."""
    host = plain["hosts"][number]
    if host["endpoint"]:
        return ""
    match host["says"]:
        case "login":
            return "closed"
        case "foreign" | "foreign elsewhere":
            surely = host["says"] == "foreign" and name == DOMAIN and served(plain)
            return "closed" if surely else "unknown"
        case "refuses":
            return "unknown"
    return ""


def entry(host):
    if host["down"] or host["trap"] or host["endpoint"] == "closed" or host["state"] == "closed":
        return "closed"
    if host["state"] == "filtered" and host["ruled"]:
        return "closed"
    return "proven" if host["state"] == "open" else "unknown"


def met(plain, hosts, name):
    """For each latch the states of the hops that see and do not waive it, the door's first."""
    first = plain["hosts"][hosts[0]]
    tried_other = first["says"].startswith("foreign") and says_no(plain, hosts[0], name) != "closed"
    found = {latch: [first["latches"].get(latch, "")] for latch in LATCHES}
    if tried_other:
        found |= {"recipient": ["unknown"], "relay": ["unknown"]}
    dark = set()
    for here, to in itertools.pairwise(hosts):
        machine = _machine(plain, here)
        dark |= LOST[machine["hands"]]
        host = plain["hosts"][to]
        # Who refuses every stranger's recipient has shown nothing of whom it refuses from a relay.
        mute = {"recipient", "relay"} if host["says"].startswith("foreign") or host["says"] == "login" else set()
        for latch in LATCHES:
            if latch in dark or latch in machine["waives"]:
                found[latch].append("blind")
            else:
                found[latch].append("unknown" if latch in mute else host["latches"].get(latch, ""))
    return found


def gets_past(states):
    """How surely a message gets past a latch: the best hop that sees counts."""
    return least([MISSED.get(state, "unknown") for state in states if state != "blind"])


def steps(plain, hosts, hows, end, name):
    """How surely a message that goes this way gets to the mailbox, latches apart."""
    first = plain["hosts"][hosts[0]]
    all_steps = [entry(first), *(lets_in_relays(plain["hosts"][to]) for to in hosts[1:])]
    all_steps += ["unknown" for how in hows if how == "perhaps"]
    if end == "cut off":
        all_steps.append("closed")
    if first["proven"]:
        return least(all_steps)
    no = says_no(plain, hosts[0], name)
    arrives = no or ("unknown" if end == "stuck" else "likely")
    return least([*all_steps, arrives])


def path_of(plain, hosts, hows, end, name, demand):
    """(certainty, what is lacking) of one walk."""
    states = met(plain, hosts, name)
    goes = steps(plain, hosts, hows, end, name)
    past = {latch: gets_past(states[latch]) for latch in demand}
    words = {"proven": "surely", "likely": "likely"}
    lacks = tuple(sorted((latch, words[past[latch]]) for latch in demand if past[latch] in words))
    unsure = tuple(sorted((latch, "perhaps") for latch in demand if past[latch] == "unknown"))
    if not demand:
        return least([goes, "likely" if bare(states) else "unknown"]), ()
    if lacks:
        return least([goes, *(past[latch] for latch, _ in lacks)]), lacks + unsure
    return (least([goes, "unknown"]) if unsure else "closed"), unsure


def bare(states):
    """No hop shows a latch or the chance of one, and something is surely or likely not there."""
    known = {latch: [s for s in each if s not in ("", "blind")] for latch, each in states.items()}
    past = [gets_past(each) for each in known.values() if each]
    return bool(past) and all(RANK[each] >= 2 for each in past)


# --- the brute force: senders ---------------------------------------------------------------------------------------

# Mail servers of honest people: (goes on after, tries, sessions, tries no address twice); by hand, not from the table.
CONFORMING = {
    "rfc5321": ({"no-answer", "tempfail"}, 99, 99, False),
    "postfix": ({"no-answer", "tempfail"}, 5, 2, False),
    "exim": ({"no-answer", "tempfail"}, 5, 99, True),
    "qmail": ({"no-answer"}, 99, 99, False),
}


@cache
def played(sender, left, tried=(), sessions=0, count=0):
    """The records that any run of a sender may try. left: (preference, key, host, outcomes) of those not tried yet."""
    goes_on, tries, most_sessions, distinct = CONFORMING[sender]
    if not left or count >= tries or sessions >= most_sessions:
        return frozenset()
    found = frozenset()
    for record in left:
        preference, key, host, outcomes = record
        if preference != min(each[0] for each in left):
            continue
        rest = tuple(each for each in left if each is not record)
        if distinct and host in tried:
            found |= played(sender, rest, tried, sessions, count)
            continue
        found |= {key}
        for outcome in outcomes:
            if outcome in goes_on:
                answered = sessions + (outcome != "no-answer")
                found |= played(sender, rest, tuple(sorted({*tried, host})), answered, count + 1)
    return found


def comers(plain):
    """By record: the honest senders that may come that way."""
    found = dict.fromkeys(plain["ways"], ())
    for name in {way[1] for way in plain["ways"]}:
        records = [way for way in plain["ways"] if way[0] in PUBLISHED and way[1] == name]
        left = tuple((w[2], i, w[4], tuple(sorted(strangers_try(plain["hosts"][w[4]])))) for i, w in enumerate(records))
        for sender in sorted(CONFORMING):
            for index in played(sender, left):
                found[records[index]] += (sender,)
    return found


# --- the brute force: what holds ------------------------------------------------------------------------------------


def by_brute_force(plain):
    """What every walk adds up to, in plain words."""
    coming = comers(plain)
    walks = [(way, *walk) for way in plain["ways"] for walk in chains(plain, way[4], way[1])]
    paths = set()
    for way, hosts, hows, end in walks:
        certainty, lacks = path_of(plain, hosts, hows, end, way[1], plain["baseline"])
        if end == "cut off":
            paths.add((way[:4], hosts, "closed", "cut off", ()))
        else:
            paths.add((way[:4], hosts, certainty, lacks, coming[way]))
    return {
        "paths": paths,
        "doors": {number: _verdict(plain, number, paths) for number in plain["hosts"]},
        "properties": dict(_properties(plain, walks, paths, coming)),
        "told": set(),
    }


def _verdict(plain, number, paths):
    host = plain["hosts"][number]
    if host["state"] == "filtered" and not host["ruled"] and not host["down"]:
        return "likely-closed"
    here = [path[2] for path in paths if path[1][0] == number]
    worst = max(here, key=RANK.__getitem__, default="unknown")
    if worst == "closed":
        return "closed"
    lacks_some = {"absent", "likely-absent"} & set(host["latches"].values())
    if entry(host) == "proven" and not plain["baseline"] and lacks_some:
        return "unlatched"
    return {"unknown": "unknown", "likely": "open", "proven": "open"}[worst]


def _properties(plain, walks, paths, coming):
    yield "ROUND", _by_worst([path[2] for path in paths])
    if plain["policy"] is not None:
        yield "POLICY", _by_worst([path_of(plain, *walk, way[1], plain["policy"])[0] for way, *walk in walks])
    yield "DELIVERY", _delivery(plain, coming)
    yield "BACKSCATTER", _worst(_bounces(plain, *walk) for walk in walks)
    yield "DELAY", _worst(_untold(plain, number) for number in plain["hosts"])
    yield "LOOP", _worst(_loops(plain, number, name) for number in plain["hosts"] for name in (DOMAIN, SECOND))
    clear = [_in_clear(plain["hosts"][way[4]]) for way in plain["ways"] if way[0] in PUBLISHED]
    yield "TLS", _worst([*clear, *_to_who_heeds_policies(plain), *_to_who_heeds_tlsa(plain), _shut_out(plain)])


def _by_worst(certainties):
    return ("yes", "unknown", "no", "no")[max(map(RANK.__getitem__, certainties), default=0)]


def _worst(answers):
    given = set(answers)
    return "no" if "no" in given else "unknown" if "unknown" in given else "yes"


def _in_clear(host):
    tls = host["latches"].get("tls")
    if strangers_try(host) == {"no-answer"} or tls in ("found", "likely-found"):
        return "yes"
    return "no" if tls == "absent" and host["state"] == "open" else "unknown"


def _exchangers(plain):
    """(exchange, host) of the domain's records where somebody may answer."""
    for kind, name, _, exchange, number in plain["ways"]:
        if kind in PUBLISHED and name == DOMAIN and strangers_try(plain["hosts"][number]) != {"no-answer"}:
            yield exchange, number


def _to_who_heeds_policies(plain):
    """Can a sender that heeds an enforced policy deliver at each exchanger?"""
    said = plain["sts"]
    if said == "unknown":
        yield "unknown"
    if not isinstance(said, dict) or said["mode"] != "enforce":
        return
    for exchange, number in _exchangers(plain):
        host = plain["hosts"][number]
        rest = exchange.partition(".")[2]
        if not {exchange, f"*.{rest}"} & set(said["names"]):
            yield "no"
        elif host["state"] != "open" or not host["cert"]:
            yield "unknown"
        elif host["cert"] == "own":
            own = f"mx{number}.example.com"
            names = {way[3] for way in plain["ways"] if way[0] in PUBLISHED and way[4] == number}
            # It showed the certificate for the name that it was asked by; there may be others.
            yield "yes" if exchange == own else "unknown" if own in names else "no"
        else:
            yield "yes" if host["cert"] == "any" else "no"


def _shut_out(plain):
    """Must a sender have TLS at one exchanger and not at another? Played with all that is not known, either way."""
    said = plain["tlsa"]
    exchanges = sorted({exchange for exchange, _ in _exchangers(plain)})
    if said is None or not exchanges:
        return "yes"
    has = {each: {"yes": True, "no": False, "useless": False}.get(said["has"].get(each)) for each in exchanges}
    mixed = set()
    for mx, valid, *records in itertools.product((True, False), repeat=2 + len(exchanges)):
        if said["mx"] in (mx, None):
            there = [known if known is not None else coin for known, coin in zip(has.values(), records, strict=True)]
            checked = [valid if (v := said["valid"].get(each)) is None else v for each in exchanges]
            must = {mx and ok and any_ for ok, any_ in zip(checked, there, strict=True)}
            mixed.add(len(must) == 2)
    return "unknown" if len(mixed) == 2 else "no" if True in mixed else "yes"


def _to_who_heeds_tlsa(plain):
    """Can a sender that heeds TLSA deliver at each exchanger of which it is known that it has some?"""
    said = plain["tlsa"]
    if said is None or not said["mx"]:
        return
    for exchange, number in _exchangers(plain):
        if said["has"].get(exchange) != "yes" or not said["valid"][exchange]:
            continue
        host = plain["hosts"][number]
        seen = host["state"] == "open" and host["cert"] and host["key"]
        names = {way[3] for way in plain["ways"] if way[0] in PUBLISHED and way[4] == number}
        fit = {each for each in names if said["has"].get(each) == "yes" and said["key"][each] == host["key"]}
        # As for certificates: there may be one for each name.
        yield "unknown" if not seen else "yes" if exchange in fit else "unknown" if fit else "no"


def _untold(plain, number):
    """Does mail wait here that its sender is not told of?"""
    machine = _machine(plain, number)
    if machine is None or machine["role"] == "trap":
        return "yes"
    by_mx = machine["hop"] == "mx" or (machine["role"] == "backup" and not machine["hop"])
    names = {DOMAIN, *(way[1] for way in plain["ways"])}
    hands = {to for name in names for level in order_of_tries(plain, number, name)[1] for to in level} - {number}
    waits = hands and (by_mx or machine["role"] in ("backup", "relay"))
    if not waits and machine["role"] in ("backup", "relay"):
        waits = set(forwards_of(plain, number)) - {number}
    return {None: "unknown", False: "no", True: "yes"}[machine["tells"]] if waits else "yes"


def _loops(plain, start, name, at=None, passed=(), surely=True):
    """Does a message for that name that is at `start` come back to it?"""
    at = start if at is None else at
    if start in (to for level in order_of_tries(plain, start, name)[1] for to in level):
        return "no"  # it takes itself for a better one: a fault whether or not its turn comes today
    answers = {"yes"}
    onward = [*hand_ons(plain, at, name), *((to, "surely") for to in forwards_of(plain, at))]
    for to, how in onward:
        if (at, to) in plain["cut"] or to in passed:
            continue
        sure = surely and how == "surely"
        if to == start:
            answers.add("no" if sure else "unknown")
        elif to != at:
            answers.add(_loops(plain, start, name, to, (*passed, to), sure))
    return _worst(answers)


def _bounces(plain, way, hosts, hows, end):
    """Is a forged message that some hop refuses returned, since a hop before it had accepted it?"""
    taken = least([entry(plain["hosts"][hosts[0]]), says_no(plain, hosts[0], way[1]) or "proven"])
    if taken == "closed":
        return "yes"
    last = len(hosts) - 1 if end == "cut off" else len(hosts)
    filters = tuple((_machine(plain, number) or {}).get("role") == "filter" for number in hosts)
    answers = set()
    for far in range(2, last + 1):  # as far as this hop
        lets_in = {lets_in_relays(plain["hosts"][to]) for to in hosts[1:far]}
        if "closed" in lets_in:
            break
        sure = taken == "proven" and lets_in == {"proven"} and "perhaps" not in hows[: far - 1]
        for latch, states in met(plain, hosts[:far], way[1]).items():
            if latch in ("recipient", "content", "dnsbl", "spf", "dkim", "dmarc"):
                answer = _bounced(tuple(map(_has, states)), filters[:far], latch == "recipient")
                answers.add("unknown" if answer == "no" and not sure else answer)
    return _worst(answers)


def _has(state):
    if state == "blind":
        return False
    return {"closed": True, "unknown": None}.get(MISSED.get(state, "unknown"), False)


@cache
def _bounced(has, filters, counts_unknown):
    """Play every case: each hop of which it is not known has the latch or not, each filter passes through or accepts.

    Latches other than `recipient` of which nothing is known behind are left out: too much would be unknown always.
    """
    if not counts_unknown and True not in has[1:]:
        return "yes"
    results = set()
    for latched in itertools.product(*((True, False) if each is None else (each,) for each in has)):
        for accepts in itertools.product(*((True, False) if each else (True,) for each in filters)):
            refuser = next((i for i, each in enumerate(latched) if each), None)
            results.add(refuser is not None and any(accepts[:refuser]))
    return "unknown" if len(results) == 2 else "no" if True in results else "yes"


def _delivery(plain, coming):
    """Each honest sender has an exchanger that takes its mail, and none takes mail that ends nowhere."""
    answers = {"yes"}
    for name in {way[1] for way in plain["ways"] if way[0] in PUBLISHED}:
        takers = {sender: {"no"} for sender in CONFORMING}
        for way in plain["ways"]:
            if way[0] not in PUBLISHED or way[1] != name:
                continue
            host = plain["hosts"][way[4]]
            takes = least([entry(host), says_no(plain, way[4], name) or "proven"])
            if takes == "closed":
                continue
            for sender in coming[way]:
                takers[sender].add("yes" if takes == "proven" else "unknown")
            if coming[way]:
                ends = _ends(plain, way[4], name)
                answers.add("unknown" if ends == "no" and takes == "unknown" else ends)
        answers |= {("yes" if "yes" in each else "unknown" if "unknown" in each else "no") for each in takers.values()}
    return _worst(answers)


def _ends(plain, start, name):
    """ "no" if what a host accepts surely comes, at least at times, to where nothing leads to a mailbox any more."""
    surely = _walked(plain, start, name, ("surely",))
    perhaps = _walked(plain, start, name, ("surely", "perhaps"))
    if any(_lost(plain, at, name, ("surely", "perhaps")) for at in surely):
        return "no"
    return "unknown" if any(_lost(plain, at, name, ("surely",)) for at in perhaps) else "yes"


def _walked(plain, start, name, hows):
    """Every host that a message comes to; "itself" where a host hands it back to itself, which no server stands."""
    came, waiting = {start}, [start]
    while waiting:
        at = waiting.pop()
        for to, how in () if at == "itself" else hand_ons(plain, at, name):
            to = "itself" if to == at else to
            if how in hows and (at, to) not in plain["cut"] and to not in came:
                came.add(to)
                waiting.append(to)
    return came


def _lost(plain, at, name, hows):
    if at == "itself":
        return True
    came = _walked(plain, at, name, hows) - {"itself"}
    return not any(order_of_tries(plain, each, name)[0] == "keeps" for each in came)


# --- what if --------------------------------------------------------------------------------------------------------


def changed(rng, plain):
    """(kind, the plain world then, the engine's way to it): servers down, records dropped, an exchanger added."""
    kind = rng.choice(("one down", "several down", "dropped", "added"))
    numbers = sorted(plain["hosts"])
    records = [way for way in plain["ways"] if way[0] in PUBLISHED]
    if kind == "dropped" and records:
        gone = rng.sample(records, rng.randint(1, min(2, len(records))))
        return kind, _without(plain, gone), lambda seen: dropped(seen, [WayIn(*way[:4]) for way in gone])
    if kind == "added":
        number, preference = rng.choice([*numbers, max(numbers) + 1]), rng.choice((5, 20, 40))
        text = f"add:{preference} extra.example.net 192.0.2.{number}"
        old = {
            _at_home(way, "apex-address", AFTER_ALL) if way[:2] == ("implicit-mx", DOMAIN) else way
            for way in plain["ways"]
        }
        then = plain | {"ways": sorted({*old, ("mx", DOMAIN, preference, "extra.example.net", number)})}
        if number not in numbers:
            then["hosts"] = plain["hosts"] | {number: NOT_KNOWN}
        return kind, then, lambda seen: assumed(seen, [parse(text)])
    gone = rng.sample(numbers, 1 if kind == "one down" else min(2, len(numbers)))
    then = plain | {"hosts": {n: host | {"down": host["down"] or n in gone} for n, host in plain["hosts"].items()}}
    return "one down" if len(gone) == 1 else kind, then, lambda seen: down(seen, map(_id, gone))


NOT_KNOWN = {
    "state": "unknown",
    "ruled": False,
    "down": False,
    "latches": {},
    "says": "",
    "endpoint": "",
    "proven": False,
    "trap": False,
    "cert": "",
    "key": "",
}


def _without(plain, gone):
    """Records are dropped by what they say: one that leads to several addresses goes whole, and is remembered.

    Whose last MX it was is served by its own address.
    """
    said = {way[:4] for way in gone}
    left = [way for way in plain["ways"] if way[:4] not in said]
    bare = {way[1] for way in gone if way[0] == "mx"} - {way[1] for way in left if way[0] in PUBLISHED}
    left = [_at_home(way, "implicit-mx", 0) if way[0] == "apex-address" and way[1] in bare else way for way in left]
    left += [("remembered", way[1], AFTER_ALL, way[3], way[4]) for way in plain["ways"] if way[:4] in said]
    return plain | {"ways": sorted(set(left))}


def _at_home(way, kind, preference):
    return (kind, way[1], preference, way[1], way[4])


# --- both, side by side ---------------------------------------------------------------------------------------------


def compared(plain, engine=engine_world):
    """What the two say differently, in words; [] where they agree."""
    ours, theirs = by_engine(engine(plain)), by_brute_force(plain)
    wrong = [f"engine {ours[key]}, brute force {theirs[key]}" for key in ("doors", "told") if ours[key] != theirs[key]]
    wrong += [f"only the engine has the path {_shown(each)}" for each in sorted(ours["paths"] - theirs["paths"])]
    wrong += [f"only the brute force has the path {_shown(each)}" for each in sorted(theirs["paths"] - ours["paths"])]
    both = ours["properties"], theirs["properties"]
    wrong += [
        f"{key}: engine {both[0].get(key)}, brute force {both[1].get(key)}"
        for key in both[0] | both[1]
        if both[0].get(key) != both[1].get(key)
    ]
    return wrong


def _shown(path):
    (kind, name, preference, exchange), hosts, certainty, lacks, senders = path
    by = " -> ".join(map(str, (f"{name} {kind} {preference} {exchange}", *hosts)))
    return f"{by}: {certainty}, lacks {lacks}, {senders}"


def smaller(plain):
    """The same world with one thing less, each in turn."""
    for number in plain["hosts"]:
        if len(plain["hosts"]) > 1:
            yield _removed(plain, number)
    for key in ("ways", "machines", "baseline"):
        for at in range(len(plain[key])):
            yield plain | {key: plain[key][:at] + plain[key][at + 1 :]}
    for pair in plain["cut"]:
        yield plain | {"cut": plain["cut"] - {pair}}
    for key in ("policy", "sts", "tlsa"):
        if plain[key] is not None:
            yield plain | {key: None}
    dull = {"says": "", "cert": "any", "key": "aa", "endpoint": "", "state": "open"}
    dull |= dict.fromkeys(("proven", "down", "ruled"), False)
    for number, host in plain["hosts"].items():
        for key, value in dull.items():
            yield plain | {"hosts": plain["hosts"] | {number: host | {key: value}}}
        for latch in host["latches"]:
            left = {each: state for each, state in host["latches"].items() if each != latch}
            yield plain | {"hosts": plain["hosts"] | {number: host | {"latches": left}}}
    bland = {"public": [], "forwards": [], "hands": False, "waives": [], "nat": False, "tells": True}
    for at, machine in enumerate(plain["machines"]):
        for key, value in bland.items():
            yield plain | {"machines": [*plain["machines"][:at], machine | {key: value}, *plain["machines"][at + 1 :]]}


def _removed(plain, number):
    machines = [machine | {"hosts": [n for n in machine["hosts"] if n != number]} for machine in plain["machines"]]
    return plain | {
        "hosts": {n: host for n, host in plain["hosts"].items() if n != number},
        "ways": [way for way in plain["ways"] if way[4] != number],
        "machines": [machine for machine in machines if machine["hosts"]],
        "cut": {pair for pair in plain["cut"] if number not in pair},
    }


def shrunk(plain, differs=compared):
    """The smallest world that still differs, by leaving out one thing after the other."""
    for each in smaller(plain):
        if each != plain and differs(each):
            return shrunk(each, differs)
    return plain


def told(plain, wrong):
    """A world as a table that a mail admin can read."""
    lines = ["", f"every path must have {plain['baseline']}; policy {plain['policy']}; cut off {sorted(plain['cut'])}"]
    lines.append(f"MTA-STS: {plain['sts']}; DANE: {plain['tlsa']}")
    for number, host in plain["hosts"].items():
        notes = [key for key in ("ruled", "down", "proven") if host[key]]
        notes += [f"{key}={host[key]}" for key in ("says", "endpoint", "cert", "key") if host[key]]
        lines.append(f"  host {number}: {host['state']:9}{' '.join(notes):24}{host['latches']}")
    for machine in plain["machines"]:
        said = {key: value for key, value in machine.items() if value not in ([], "", False, None)}
        lines.append(f"  declared: {said}")
    lines += [
        f"  {name} {kind.upper()} {preference} {exchange}  -> host {number}"
        for kind, name, preference, exchange, number in plain["ways"]
    ]
    return "\n".join([*lines, "differs:", *(f"  {each}" for each in wrong)])


def differences(seed, count, most=5):
    """The worlds in which engine and brute force differ, and what was generated."""
    rng = random.Random(seed)
    counts: Counter[str] = Counter()
    wrong = []
    for _ in range(count):
        plain = small_world(rng)
        kinds = [("as it is", plain, engine_world)]
        if rng.random() < 0.5:
            kind, then, way = changed(rng, plain)
            kinds.append((kind, then, lambda _, plain=plain, way=way: way(engine_world(plain))))
        for kind, each, engine in kinds:
            _count(counts, kind, each)
            if found := compared(each, engine):
                wrong.append((kind, each, found))
        if len(wrong) >= most:
            break
    return wrong, counts


def _count(counts, kind, plain):
    result = by_brute_force(plain)
    counts[kind] += 1
    counts["worlds"] += kind == "as it is"
    surest = max((RANK[path[2]] for path in result["paths"]), default=0)
    counts["open"] += kind == "as it is" and surest >= 2
    chained = [path for path in result["paths"] if len(path[1]) > 1]
    counts["with relays"] += bool(chained)
    counts["chains of three"] += any(len(path[1]) > 2 for path in chained)
    counts["cut off"] += any(path[3] == "cut off" for path in chained)
    counts["a policy enforced"] += isinstance(plain["sts"], dict) and plain["sts"]["mode"] == "enforce"
    counts["TLSA at some only"] += plain["tlsa"] is not None and _shut_out(plain) == "no"
    counts["TLSA of another key"] += "no" in _to_who_heeds_tlsa(plain)
    counts["without a baseline"] += not plain["baseline"]
    counts["a second name"] += any(way[1] == SECOND for way in plain["ways"])
    counts["behind NAT"] += any(machine["nat"] for machine in plain["machines"])
    counts["forwards"] += any(machine["forwards"] for machine in plain["machines"])
    counts["proven"] += any(host["proven"] for host in plain["hosts"].values())
    counts["locked"] += any(host["endpoint"] == "closed" for host in plain["hosts"].values())
    for says in {host["says"] for host in plain["hosts"].values()} - {""}:
        counts[f"says {says}"] += 1
    used = [(a, b) for path in chained for a, b in itertools.pairwise(path[1])]
    for a, b in used:
        there = {latch for latch, state in plain["hosts"][b]["latches"].items() if state == "found"}
        machine = _machine(plain, a)
        if there & LOST[machine["hands"]] & set(plain["baseline"]):
            counts["blind"] += 1
            break
    counts["waived"] += any(
        set(_machine(plain, a)["waives"]) & set(plain["baseline"]) & set(plain["hosts"][b]["latches"]) for a, b in used
    )
    for name, holds in result["properties"].items():
        counts[f"{name} {holds}"] += 1
    for verdict in set(result["doors"].values()):
        counts[f"door {verdict}"] += 1


def test_the_engine_says_what_every_walk_of_a_message_says():
    wrong, counts = differences(seed=11, count=WORLDS)
    print(dict(sorted(counts.items())))
    if wrong:
        kind, plain, found = wrong[0]
        if kind == "as it is":
            plain = shrunk(plain)
            found = compared(plain)
        pytest.fail(f"{len(wrong)} worlds differ, one of them ({kind}):\n{told(plain, found)}")
    assert counts["worlds"] >= 5_000
    assert counts["open"] >= 0.3 * counts["worlds"]
    assert {each: counts[each] for each in HUNDREDS if counts[each] < 300} == {}
    outcomes = {f"{each.name} {holds}" for each in Property for holds in ("yes", "no", "unknown")} - RARE
    assert {each: counts[each] for each in outcomes if counts[each] < 300} == {}
    assert min(counts[each] for each in RARE) > 0


HUNDREDS = {
    *("with relays", "chains of three", "blind", "waived", "cut off", "behind NAT", "forwards", "a second name"),
    *("a policy enforced", "TLSA at some only", "TLSA of another key"),
    *("one down", "several down", "dropped", "added", "without a baseline", "proven", "locked"),
    *(f"says {each}" for each in SAID),
    *(f"door {each}" for each in ("open", "closed", "likely-closed", "unlatched", "unknown")),
}
RARE = {"LOOP unknown"}  # a ring that only comes about while a better exchanger may not answer


# --- mutants --------------------------------------------------------------------------------------------------------


def _without_waives(relays, *rest, behind=find._behind):
    return behind([structs.replace(relay, waives=()) for relay in relays], *rest)


def _unknown_for_found(door, of=facts._facts):
    states = {latch: LatchState("found") if each.state == "unknown" else each for latch, each in door.latches.items()}
    return of(structs.replace(door, latches=states))


def _as_strangers(*door, of=facts._tries):
    outcomes, _, *rest = of(*door)
    return outcomes, outcomes, *rest


MUTANTS = {
    "blindness is forgotten": (find, "SEEN_BEHIND", dict.fromkeys(hops.SEEN_BEHIND, facts.ALL_LATCHES)),
    "waiving is forgotten": (find, "_behind", _without_waives),
    "a relay does not strike itself out": (relays, "_is_itself", lambda *_: False),
    "a relay tries its exchangers all at once": (find, "may_be_tried", lambda *_: True),
    "what comes about perhaps is taken for sure": (hops, "surely_tried", lambda *_: True),
    "a certificate for another name is taken for good": (tls, "faults", lambda *_: []),
    "who heeds a policy comes to any exchanger": (Sts, "names", lambda *_: True),
    "TLSA of which nobody says that they validate count": (Dane, "secure", lambda self, x: self.has_usable(x)),
    "any key fits the TLSA": (dane_fit, "_is", lambda *_: True),
    "an unknown latch is taken for one that is there": (facts, "_facts", _unknown_for_found),
    "who is shut to strangers is down for relays too": (facts, "_tries", _as_strangers),
}


@pytest.mark.parametrize(("module", "name", "mutant"), MUTANTS.values(), ids=MUTANTS)
def test_a_mutant_of_the_engine_is_found_out(module, name, mutant, monkeypatch):
    # Facts are kept with a door and shapes of records by their numbers: every world here has doors of its own.
    monkeypatch.setattr(module, name, mutant)
    wrong, counts = differences(seed=11, count=3_000, most=1)
    print(f"after {counts['worlds']} worlds: {wrong[0][2][0]}" if wrong else "not found")
    assert wrong
