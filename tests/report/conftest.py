"""Audits written by hand, one a story: every test here that asks for `example` runs once for each of them."""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec
import pytest
from msgspec import structs

from mxlatch.audit.result import (
    Audit,
    DifferenceResult,
    DnsResult,
    DoorResult,
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
from mxlatch.report.escape import each_string
from mxlatch.terms.door import DoorVerdict, WayIn, door_id
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.finding import Finding, NotAsked, NotJudged, Severity
from mxlatch.terms.latch import Latch, LatchState
from mxlatch.terms.verdict import Verdict

NOON = 1_793_534_400.0  # 2026-11-01 12:00:00 UTC
NO_LEAVE = "no leave: the inventory names no valid recipient"


@dataclass
class Example:
    name: str
    audits: tuple[Audit, ...]


def seen(text: str, source: str = "", command: str = "", after: float = 0.0) -> Evidence:
    return Evidence(text=text, source=source, time=NOON + after, command=command)


def mx_way(preference: int, exchange: str, name: str = "example.com") -> WayIn:
    record = seen(
        f"{name}. 3600 IN MX {preference} {exchange}.", "192.0.2.53:53/udp", f"dig +norecurse @192.0.2.53 {name}. MX", 1
    )
    return WayIn("mx", name, preference, exchange, (record,))


STATES = {"y": "found", "n": "absent", "?": "unknown", "-": "not-asked", "Y": "likely-found", "N": "likely-absent"}


def latched(**letters: str) -> dict[Latch, LatchState]:
    """latched(tls="y", recipient="n"): found, absent; ? unknown, - not asked, Y and N likely."""
    return {Latch(name): LatchState(STATES[letter]) for name, letter in letters.items()}


def door(
    address: str, ways: tuple[WayIn, ...], verdict: str, latches: dict[Latch, LatchState], **more: object
) -> DoorResult:
    fields = {
        "port": 25,
        "state": "open",
        "reason": "",
        "authorised": None,
        "role": "",
        "operator": "",
        "software": "",
        "evidence": (seen(f"220 {ways[0].exchange if ways else address} ESMTP", door_id(address, 25)),),
        **more,
    }
    return DoorResult(
        id=door_id(address, 25), address=address, ways_in=ways, latches=latches, verdict=DoorVerdict(verdict), **fields
    )


def audit(**fields: object) -> Audit:
    base = {
        "domain": "example.com",
        "vantage": "internet",
        "time": "2026-11-01T12:00:00Z",
        "verdict": Verdict.CLOSED,
        "complete": True,
        "sentence": "No way round was found.",
        "baseline": (Latch.RECIPIENT, Latch.TLS),
        "baseline_from": "the doors of the lowest preference that answer",
        "doors": (),
        "paths": (),
        "findings": (),
        "not_asked": (),
        "not_judged": (),
        "dns": DnsResult(zones=(), names=()),
    }
    return Audit(**{**base, **fields})


def answers(name: str, said: dict[str, tuple[str, ...] | str], serial: int = 2026110101) -> NameResult:
    """What each server says: a tuple is the MX set, a word the status."""
    return NameResult(
        name,
        "apex",
        tuple(
            MxAnswer(server, "answer", mx, serial, "")
            if isinstance(mx, tuple)
            else MxAnswer(server, mx, (), None, "" if mx in ("nodata", "nxdomain") else "three tries in 6 s")
            for server, mx in said.items()
        ),
    )


def zone(*servers: str) -> ZoneResult:
    return ZoneResult(
        zone="example.com",
        servers=tuple(
            ServerResult(
                f"ns{n}.example.com",
                ("parent 192.0.2.1", "registry"),
                (ServerAddressResult(address, "answer", 2026110101, "", ("glue",)),),
            )
            for n, address in enumerate(servers, 1)
        ),
        registry=tuple(f"ns{n}.example.com" for n in range(1, len(servers) + 1)),
        registry_reason="",
        limit="",
    )


def the_remembered_secondary() -> Audit:
    """Story 1: a filter in front, the mailbox server's own name still listed as secondary."""
    first, second = mx_way(10, "filter.example.net"), mx_way(20, "mail.example.com")
    command = "swaks --server 192.0.2.25 --to nobody-4f1c@example.com --quit-after RCPT"
    refused = seen("RCPT TO:<nobody-4f1c@example.com>: 550 5.1.1 user unknown", "192.0.2.10:25", after=3)
    taken = seen("RCPT TO:<nobody-4f1c@example.com>: 250 2.1.5 Ok", "192.0.2.25:25", command, 4)
    return audit(
        verdict=Verdict.OPEN,
        sentence="1 of 2 doors reaches the mailbox without passing recipient and content.",
        baseline=(Latch.RECIPIENT, Latch.TLS, Latch.CONTENT),
        baseline_from="inventory example.toml:12",
        leave="txt until 2026-12-31; block 192.0.2.0/24: txt at _mxlatch.2.0.192.in-addr.arpa until 2026-12-31",
        doors=(
            door(
                "192.0.2.10",
                (first,),
                "closed",
                latched(recipient="y", relay="y", tls="y", content="y"),
                software="Postfix",
                role="filter",
                authorised=True,
            ),
            door(
                "192.0.2.25",
                (second,),
                "open",
                latched(recipient="n", relay="y", tls="y", content="n"),
                software="Exim 4.96",
                role="mailbox",
                authorised=True,
            ),
        ),
        paths=(
            PathResult(
                "proven",
                "descending",
                second,
                ("192.0.2.25:25",),
                (Latch.RECIPIENT, Latch.CONTENT),
                (),
                (
                    HopResult("sender", "a stranger who begins with the last record", "proven", ()),
                    HopResult("way-in", "finds MX 20 mail.example.com for example.com", "proven", second.evidence),
                    HopResult(
                        "door",
                        "is let in at 192.0.2.25:25 (mail.example.com, Exim 4.96)",
                        "proven",
                        (seen("220 mail.example.com ESMTP Exim 4.96", "192.0.2.25:25", "nc -C 192.0.2.25 25", 2),),
                    ),
                    HopResult(
                        "latch", "recipient is missing: an unknown recipient is accepted", "proven", (taken, refused)
                    ),
                    HopResult(
                        "latch",
                        "content is missing: no filter stands at this door",
                        "likely",
                        (Evidence('role = "mailbox"', "inventory example.toml:31"),),
                    ),
                    HopResult("mailbox", "delivers to the mailbox of example.com", "likely", ()),
                ),
            ),
            PathResult(
                "closed",
                "ascending",
                first,
                ("192.0.2.10:25", "192.0.2.25:25"),
                (),
                (),
                (
                    HopResult("sender", "a stranger who begins with the first record", "proven", ()),
                    HopResult("way-in", "finds MX 10 filter.example.net", "proven", first.evidence),
                    HopResult("door", "is let in at 192.0.2.10:25", "proven", ()),
                    HopResult("relay", "192.0.2.10:25 hands on to 192.0.2.25:25", "proven", ()),
                    HopResult("mailbox", "delivers to the mailbox of example.com", "likely", ()),
                ),
            ),
        ),
        findings=(
            Finding(
                "DNS004",
                Severity.LOW,
                "example.com",
                "two name servers stand in one network (192.0.2.0/24)",
                references=("RFC 2182 section 3.1",),
            ),
            Finding(
                "DOOR001",
                Severity.HIGH,
                "192.0.2.25:25",
                "takes unknown recipients, which the baseline refuses",
                (taken,),
                "delete MX 20 mail.example.com, and let only 192.0.2.10 connect to port 25 of 192.0.2.25; "
                "or give this door the same recipient check",
                ("RFC 5321 section 5.1", "https://example.org/door001"),
            ),
            Finding(
                "DOOR001",
                Severity.HIGH,
                "192.0.2.25:25",
                "reads no content, which the baseline does",
                (),
                "delete MX 20 mail.example.com, and let only 192.0.2.10 connect to port 25 of 192.0.2.25",
            ),
        ),
        not_asked=(
            NotAsked("192.0.2.10:25", "spf", "needs a canary"),
            NotAsked("192.0.2.25:25", "spf", "needs a canary"),
        ),
        dns=DnsResult(
            (zone("192.0.2.53", "192.0.2.54", "192.0.2.55"),),
            (
                answers(
                    "example.com",
                    {
                        "192.0.2.53": ("10 filter.example.net", "20 mail.example.com"),
                        "192.0.2.54": ("10 filter.example.net",),
                        "192.0.2.55": "no-response",
                    },
                ),
            ),
        ),
    )


def an_assumption() -> Audit:
    """Story 1 while the filter is down; two domains' worth of properties that break."""
    story = the_remembered_secondary()
    relay = HopResult(
        "relay",
        "192.0.2.25:25 hands on to 192.0.2.10:25",
        "proven",
        (Evidence("192.0.2.25:25 next_hop = 192.0.2.10:25", "inventory example.toml:31"),),
    )
    demand = Evidence("every path from internet passes content", "inventory example.toml:50")
    held_back = "while 192.0.2.10:25 is down, 192.0.2.25:25 holds the mail and tells its sender nothing"
    return structs.replace(
        story,
        sentence=f"Assuming down:filter.example.net: {story.sentence}",
        assumed=("down:filter.example.net",),
        not_assumed=("drop:mx9: no server of example.com is known by that: there are filter.example.net",),
        properties=(
            PropertyResult("no way round", "no", story.paths[0].hops),
            PropertyResult(
                "policies hold",
                "no",
                (HopResult("sender", "A stranger", "proven", (demand,)), *story.paths[0].hops[1:]),
            ),
            PropertyResult("policies hold", "unknown", ()),
            PropertyResult("policies hold", "unknown", ()),
            PropertyResult("honest mail arrives", "yes", ()),
            PropertyResult("no backscatter", "unknown", (relay, HopResult("mailbox", "it may refuse", "unknown", ()))),
            PropertyResult("delay is told", "no", (relay, HopResult("mailbox", held_back, "likely", ()))),
            PropertyResult("no loop", "yes", ()),
            PropertyResult("TLS holds", "yes", ()),
        ),
    )


def equal_doors() -> Audit:
    ways = (mx_way(10, "mx1.example.com"), mx_way(10, "mx2.example.com"))
    return audit(
        sentence="No way round: both doors have the same latches (recipients not asked: no leave).",
        baseline=(Latch.TLS,),
        doors=tuple(
            door(address, (way,), "closed", latched(tls="y", recipient="-", relay="-"), software="Postfix")
            for address, way in zip(("192.0.2.10", "2001:db8::10"), ways, strict=True)
        ),
        not_asked=tuple(
            NotAsked(d, what, NO_LEAVE)
            for d in ("192.0.2.10:25", "[2001:db8::10]:25")
            for what in ("recipient", "relay")
        ),
        dns=DnsResult((zone("192.0.2.53"),), (answers("example.com", {"192.0.2.53": ("10 mx1.example.com",)}),)),
    )


def null_mx() -> Audit:
    return audit(
        domain="example.org",
        verdict=Verdict.NO_MAIL,
        sentence="example.org takes no mail: it has a null MX (RFC 7505).",
        baseline=(),
        baseline_from="",
        dns=DnsResult((), (answers("example.org", {"192.0.2.53": ("0 .",)}),)),
    )


def incomplete() -> Audit:
    """Port 25 is blocked here, a server is silent, and a door could not be judged."""
    first, second = mx_way(10, "mx1.example.com"), mx_way(20, "mx2.example.com")
    return audit(
        verdict=Verdict.UNKNOWN,
        complete=False,
        sentence="No way round was found, but 2 of 3 doors could not be judged.",
        doors=(
            door(
                "192.0.2.10",
                (first,),
                "unknown",
                latched(tls="?", recipient="?"),
                state="unknown",
                reason="silent, and no other door answered from here: port 25 may be blocked",
            ),
            door("192.0.2.20", (second,), "likely-closed", {}, state="filtered", reason="silent in two passes"),
            door("192.0.2.21", (second,), "unknown", latched(tls="y", recipient="?"), software="Sendmail"),
        ),
        paths=(
            PathResult(
                "unknown",
                "descending",
                second,
                ("192.0.2.21:25",),
                (),
                (Latch.RECIPIENT,),
                (
                    HopResult("way-in", "finds MX 20 mx2.example.com", "proven", second.evidence),
                    HopResult("door", "is let in at 192.0.2.21:25", "proven", ()),
                    HopResult(
                        "latch",
                        "recipient: greylisted, no second answer",
                        "unknown",
                        (seen("RCPT TO:<nobody-1@example.com>: 451 4.7.1 try again later", "192.0.2.21:25"),),
                    ),
                ),
            ),
        ),
        not_judged=(
            NotJudged("192.0.2.10:25", "door", "silent, and no other door answered from here: port 25 may be blocked"),
            NotJudged("192.0.2.21:25", "recipient", "451 at the second try"),
            *(
                NotJudged(f"192.0.2.{n}", f"MX of sub{n}.example.com", "no response in three tries")
                for n in range(60, 100)
            ),
            *(NotJudged(f"ns{n}.example.com", "address", f"SERVFAIL from 192.0.2.{n}") for n in range(10)),
        ),
    )


def twelve_doors() -> Audit:
    """A large set, all latches, IPv6, long names, several mail domains, one rogue."""
    every = dict.fromkeys((name.value for name in Latch), "y")
    ways = [mx_way(10 * (n // 3 + 1), f"exchange-{n:02}.mail-cluster.europe-west.example.com") for n in range(12)]
    rogue = (
        WayIn("implicit-mx", "old-brand.example", 0, "old-brand.example"),
        mx_way(5, "mx.old-brand.example", "old-brand.example"),
    )
    return audit(
        verdict=Verdict.OPEN,
        sentence="2 of 13 doors go round recipient, dnsbl and spf.",
        baseline=tuple(Latch),
        doors=(
            *(
                door(f"2001:db8:1:2:3:4:5:{n + 1:x}", (way,), "closed", latched(**every), software="Postfix")
                for n, way in enumerate(ways)
            ),
            door(
                "198.51.100.7",
                rogue,
                "open",
                latched(**{**every, "recipient": "n", "dnsbl": "N", "spf": "?", "order": "-"}),
                authorised=False,
                software="Lotus Domino 8.5",
                operator="somebody-else",
            ),
        ),
        paths=tuple(
            PathResult(
                "likely",
                "last only",
                way,
                ("198.51.100.7:25",),
                (Latch.RECIPIENT, Latch.DNSBL),
                (Latch.SPF,),
                (
                    HopResult("way-in", f"{way.kind} {way.exchange}", "proven", way.evidence),
                    HopResult("door", "is let in at 198.51.100.7:25", "likely", ()),
                ),
            )
            for way in (*rogue, *ways[:6])
        ),
        findings=tuple(
            Finding(
                "DNS002",
                Severity.MEDIUM,
                f"192.0.2.{n}",
                "is delegated but does not serve the zone",
                (),
                "take it out of the delegation",
            )
            for n in range(9)
        ),
    )


HOSTILE = (
    "\x1b]0;owned\x07\x1b[2J",
    "evil\u202egpj.exe",
    "zero\u200bwidth\ufeff",
    "line\nbreak\r\n250 ok",
    "tab\tbell\x07\x9b31m",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'; DROP --",
    "]]></svg><a href=javascript:x>",
    "\udcff\ud800",
    "a\u0301\u0301\u0301\u0301",
    "\u3164\u115f",
    "&lt;b&gt;",
    "x" * 5000,
    "漢字" * 60,
    "\U000e0041tag",
    "{{7*7}}",
    "\x7f\x00",
)


def a_search() -> Audit:
    """An audit that looked for doors without a record, and saw more than it follows."""
    dig = "dig @192.0.2.53 example.com TXT"
    spf = (
        "ip4:198.51.100.0/24: 256 addresses, not enumerated",
        "include:spf.cloud.example: these hosts are Cloud Mail's",
        "exists:%{i}._spf.example.com: names no host: it asks about each client",
        *(f"include:s{n}.example.com ip4:203.0.{n}.0/24: 256 addresses, not enumerated" for n in range(8)),
    )
    return structs.replace(
        equal_doors(),
        not_followed=(
            *(seen(f"SPF of example.com: {text}", "192.0.2.53:53/udp", dig) for text in spf),
            Evidence("SPF needs 12 look-ups or more: verifiers stop at 10 (RFC 7208 4.6.4)", "SPF of example.com"),
            Evidence("block 10.0.0.0/8: 16777216 addresses, whose reverse names were not asked", "example.toml:9"),
        ),
    )


def hostile_bytes() -> Audit:
    """A peer that tries to write on our terminal and into our page."""
    ways = tuple(WayIn("mx", "example.com", 10, bad, (seen(bad, bad, f"dig '{bad}'"),)) for bad in HOSTILE[:4])
    everywhere = " ".join(HOSTILE)
    return audit(
        domain="example.com",
        verdict=Verdict.OPEN,
        sentence=f"1 of 1 doors: {HOSTILE[0]}{HOSTILE[5]}",
        baseline_from=HOSTILE[1],
        vantage=HOSTILE[6],
        doors=(
            door(
                "192.0.2.66",
                ways,
                "open",
                latched(tls="n"),
                software=HOSTILE[0],
                operator=HOSTILE[6],
                reason=HOSTILE[3],
                role=HOSTILE[5],
                authorised=False,
                evidence=tuple(seen(bad, bad, bad) for bad in HOSTILE),
            ),
        ),
        paths=(
            PathResult(
                "proven",
                HOSTILE[1],
                ways[0],
                ("192.0.2.66:25",),
                (Latch.TLS,),
                (),
                tuple(
                    HopResult("door", bad, "proven", (seen(bad, bad, f"swaks --server '{bad}'"),)) for bad in HOSTILE
                ),
            ),
        ),
        findings=tuple(
            Finding(f"X{n:03}", Severity.HIGH, bad, bad, (seen(bad, bad, bad),), bad, (bad, f"https://{bad}"))
            for n, bad in enumerate((*HOSTILE, everywhere))
        ),
        vantages=tuple(
            vantage(bad, "other", {"192.0.2.66:25": "unknown", bad: "open"}, "unknown", what=bad) for bad in HOSTILE
        ),
        not_asked=tuple(NotAsked(bad, bad, bad) for bad in HOSTILE),
        not_judged=tuple(NotJudged(bad, bad, bad) for bad in HOSTILE),
        not_followed=tuple(seen(bad, bad, f"dig '{bad}'") for bad in HOSTILE),
        dns=DnsResult(
            (),
            (
                NameResult(
                    HOSTILE[4],
                    HOSTILE[0],
                    tuple(MxAnswer(bad, "answer", (f"10 {bad}",), n, bad) for n, bad in enumerate(HOSTILE)),
                ),
            ),
        ),
    )


def vantage(name: str, kind: str, doors: dict[str, str], out: str = "not-asked", **more: object) -> VantageResult:
    """What a vantage saw: door to its state."""
    fields = {"what": "", "time": "2026-11-01T12:00:00Z", "differences": ()} | more
    told = (seen("220 mx ESMTP", name),)
    return VantageResult(
        vantage=name,
        kind=kind,
        doors=tuple(
            SeenDoorResult(each, state, "" if state == "open" else f"is {state}", state == "open", told)
            for each, state in doors.items()
        ),
        port_out=PortOutResult(out, "no control answered" if out == "unknown" else "", told if out == "open" else ()),
        **fields,
    )


def three_vantages() -> Audit:
    """The same doors from the internet, from the guest Wi-Fi and from the partners' network."""
    first, second = "192.0.2.10:25", "192.0.2.25:25"
    told = seen("example.com MX 10 inside.example.com", "192.0.2.53")
    differs = DifferenceResult("example.com", "MX", ("10 mx1.example.com",), ("10 inside.example.com",), True, (told,))
    return structs.replace(
        the_remembered_secondary(),
        vantages=(
            vantage("internet", "internet", {first: "open", second: "filtered"}),
            vantage(
                "guest-wifi",
                "guest",
                {first: "open", second: "open", "[2001:db8::25]:2525": "closed"},
                "open",
                what="guest Wi-Fi, second floor",
                time="2026-10-31T09:00:00Z",
                differences=(differs,),
            ),
            vantage("partners", "extranet", {second: "unknown"}, "unknown"),
        ),
    )


EXAMPLES = (
    Example("story-1", (the_remembered_secondary(),)),
    Example("equal-doors", (equal_doors(),)),
    Example("assumed", (an_assumption(),)),
    Example("null-mx", (null_mx(),)),
    Example("incomplete", (incomplete(),)),
    Example("twelve-doors", (twelve_doors(),)),
    Example("vantages", (three_vantages(),)),
    Example("search", (a_search(),)),
    Example("hostile", (hostile_bytes(),)),
    Example("several", (equal_doors(), null_mx(), the_remembered_secondary(), incomplete())),
    Example("none", ()),
)


@pytest.fixture(params=EXAMPLES, ids=lambda example: example.name)
def example(request: pytest.FixtureRequest) -> Example:
    return request.param


@pytest.fixture
def story_1() -> Audit:
    return the_remembered_secondary()


@pytest.fixture
def assumed() -> Audit:
    return an_assumption()


@pytest.fixture
def hostile() -> Audit:
    return hostile_bytes()


# Words that a field must be one of: a stranger cannot choose them.
OURS = {str(word) for kind in (Verdict, DoorVerdict, Severity, Latch) for word in kind}


@pytest.fixture
def spoil() -> Callable[[Audit, str], Audit]:
    """The same audit with another text in every field that can hold one."""
    return lambda audit, text: msgspec.convert(
        each_string(msgspec.to_builtins(audit), lambda word: word if word in OURS else text), Audit
    )
