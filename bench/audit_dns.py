"""The whole DNS part of an audit, against dnspython asking the identical questions.

One local NSD plays root, registry, every zone and public resolution; a `--net` table leads every address to it. Ours is
`audit.collect`: walk, fixpoint, names, exchanges, each answer parsed, kept in the log and acted upon, through the gate
and all defences. dnspython gets the list of questions that came of it and asks them by `asyncquery.udp`. The answers
are compared before anything is timed. Work is counted in questions; a domain's share of them stands in the figures.
"""

import asyncio
import json
import socket
import sys
from collections.abc import Callable, Sequence

import uvloop

from bench import nsd
from bench.common import Run, in_own_process, metered, report, take_turns
from mxlatch.audit.collect import collect
from mxlatch.audit.log import Log
from mxlatch.data import tables
from mxlatch.inventory.model import Block, Inventory
from mxlatch.net.dns import Limits, Transport
from mxlatch.net.gate import Gate
from mxlatch.net.table import parse
from mxlatch.terms.dns import Reply
from mxlatch.terms.observation import NOT_ALLOWED, Observation
from mxlatch.terms.question import DnsQuestion, Question
from mxlatch.world.scope import Scope

DOMAINS = 220
MEASURED, FOR_WARMTH = range(200), range(200, DOMAINS)  # others, so that nothing asked in the run was met before
ROUNDS = 5
PEERS_SHARE = 4_000  # questions: about two seconds of the peer's
WARM_UP = 500  # questions of the peer's
AT_ONCE = 100
TIMEOUT = 5.0
TARGETS = {"dnspython": 18.0}
OURS, PEER = "mxlatch", "dnspython"
Answer = tuple[int, list[str]]  # RCODE, and the records of the answer section as text, sorted
NO_SMTP = "no doors in this benchmark"


def tree() -> dict[str, str]:
    """The zones above the domains."""
    soa = "$TTL 3600\n@ SOA ns.root hostmaster.root 1 7200 900 1209600 300\n"
    root = soa + "@ NS ns.root.\nns.root. A 198.17.0.1\nexample. NS ns.root.\n"
    registry = soa.replace("ns.root hostmaster.root", "ns.root. hostmaster.root.") + "@ NS ns.root.\n"
    for number in range(DOMAINS):
        zone, addresses = nsd.zone_name(number).partition(".")[0], _addresses(number)
        for ns, address in zip(("ns1", "ns2"), addresses, strict=True):
            registry += f"{zone} NS {ns}.{zone}\n{ns}.{zone} A {address}\n"
    return {".": root, "example": registry}


def _addresses(number: int) -> tuple[str, str]:
    """Of a zone's two name servers, as `bench.nsd` writes them."""
    high, low = number >> 8 & 0xFF, number & 0xFF
    return f"198.18.{high}.{low}", f"198.19.{high}.{low}"


def table(port: int) -> str:
    """Every server's address leads to the one NSD."""
    rows = ["198.17.0.1:* = 127.0.0.1:{port}"]
    for number in range(DOMAINS):
        rows += [f"{address}:* = 127.0.0.1:{{port}}" for address in _addresses(number)]
        rows += [f"[2001:db8:{number:x}::{n}]:* = 127.0.0.1:{{port}}" for n in (1, 2)]
    return "\n".join(rows).format(port=port)


class DnsAudit:
    """One audit's DNS part of every domain, ready to begin: what a long run does once is done here."""

    def __init__(self, port: int, numbers: range = MEASURED) -> None:
        """port: where the NSD is. numbers: of the domains."""
        inventory = Inventory(blocks=(Block("198.16.0.0/12"), Block("2001:db8::/32")))
        unbound = Limits(server_rate=1e9, server_burst=1e9, overall_rate=1e9, overall_burst=1e9)
        self._transport = Transport(Gate(inventory, table=parse(table(port), "bench")), limits=unbound)
        self._scope = Scope(
            inventory=inventory,
            domains=tuple(nsd.zone_name(number) for number in numbers),
            vantage="bench",
            time=0.0,
            nonce="q7w",
            resolvers=(("198.17.0.1", 53),),
            root_hints=(("ns.root", "198.17.0.1"),),
            words=tables().words,
        )

    async def collect(self) -> Log:
        """What the audit does, but that no door is knocked at."""
        log = Log(self._scope)
        await collect(log, self)
        return log

    async def ask(self, questions: Sequence[Question], seen: Callable[[Observation], None]) -> None:
        """As `net.ask.Net` does."""
        await self._transport.ask([q for q in questions if isinstance(q, DnsQuestion)], seen)
        for question in questions:
            if not isinstance(question, DnsQuestion):
                seen(Observation(question, NOT_ALLOWED, None, 0.0, "bench", reason=NO_SMTP))

    def allow(self, leave: object) -> None:
        """No leave is needed."""


def answers(log: Log) -> list[Observation]:
    """The DNS answers of a log."""
    return [observation for observation in log if isinstance(observation.question, DnsQuestion)]


async def ask_dnspython(port: int, asked: Sequence[DnsQuestion], kept: dict[DnsQuestion, Answer] | None) -> None:
    """`AT_ONCE` workers, each with a socket of its own that it keeps."""
    import dns.asyncbackend
    import dns.asyncquery
    import dns.flags
    import dns.message

    waiting = iter(asked)

    async def work() -> None:
        backend = dns.asyncbackend.get_default_backend()
        async with await backend.make_socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:  # type: ignore[no-untyped-call]
            for question in waiting:
                flags = dns.flags.RD if question.recursion else 0
                query = dns.message.make_query(question.name, question.rrtype, use_edns=0, payload=1232, flags=flags)
                reply = await dns.asyncquery.udp(query, nsd.ADDRESS, TIMEOUT, port, sock=channel)
                if kept is not None:
                    rows = (rdata.to_text() for rrset in reply.answer for rdata in rrset)
                    kept[question] = (
                        int(reply.rcode()),
                        sorted(row.replace(". ", " ").removesuffix(".") for row in rows),
                    )

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))


def answer_of(seen: Observation) -> Answer:
    """Our answer in the peer's form."""
    assert isinstance(seen.value, Reply), seen
    values = (record.value for record in seen.value.answer)
    return seen.value.rcode, sorted(" ".join(map(str, v)) if isinstance(v, tuple) else str(v) for v in values)


async def compare(port: int) -> int:
    """Both must have the same answer to every question; returns how many there are."""
    seen = answers(await DnsAudit(port).collect())
    theirs: dict[DnsQuestion, Answer] = {}
    await ask_dnspython(port, [_question(o) for o in seen], theirs)
    for observation in seen:
        if theirs[_question(observation)] != answer_of(observation):
            raise SystemExit(
                f"bench: {observation.question}: {answer_of(observation)}, {theirs[_question(observation)]}"
            )
    return len(seen)


def _question(seen: Observation) -> DnsQuestion:
    assert isinstance(seen.question, DnsQuestion)
    return seen.question


async def be(name: str, port: int) -> Run:
    """What a contender does in its process: ours collects, the peer asks a share of what ours asked. Both warmed up."""
    audit = DnsAudit(port)
    await DnsAudit(port, FOR_WARMTH).collect()
    with metered() as meter:
        log = await audit.collect()
    asked = [_question(o) for o in answers(log)]
    if name == OURS:
        return Run(len(asked), meter.cpu, meter.wall)
    share = asked[:: max(1, len(asked) // PEERS_SHARE)]
    await ask_dnspython(port, share[:WARM_UP], None)
    with metered() as meter:
        await ask_dnspython(port, share, None)
    return Run(len(share), meter.cpu, meter.wall)


def main() -> None:
    """Run the benchmark; with the arguments NAME PORT, be one contender."""
    if len(sys.argv) == 3:
        run = uvloop.run(be(sys.argv[1], int(sys.argv[2])))
        print(json.dumps({"work": run.work, "cpu": run.cpu, "wall": run.wall}))
        return
    with nsd.running(DOMAINS, more=tree()) as port:
        asked = uvloop.run(compare(port))
        print(f"{asked / len(MEASURED):.1f} questions a domain, {len(MEASURED)} domains, all answers equal")
        turns = {name: _turn(name, port) for name in (OURS, PEER)}
        report("audit_dns", "questions", take_turns(turns, ROUNDS), OURS, TARGETS)


def _turn(name: str, port: int) -> Callable[[], Run]:
    return lambda: Run(**json.loads(in_own_process("bench.audit_dns", name, str(port))))


if __name__ == "__main__":
    main()
