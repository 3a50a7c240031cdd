"""DNS look-ups per CPU-second: our transport, dnspython's asyncquery, aiodns; massdns where it is on the PATH.

One local NSD with 20,000 zones, as Debian configures it (authority and additional sections included). Each zone is
asked for its SOA, NS, MX, and the addresses of its exchangers. Every contender runs in a process of its own, on
uvloop, without RD and with EDNS (1,232 octets), after the same warm-up; a sample of the answers is compared first.
"""

import asyncio
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from itertools import islice

import uvloop

from bench import nsd
from bench.common import Run, in_own_process, metered, report, take_turns

ZONES = 20_000
ROUNDS = 5
WARM_UP = 500  # questions
SAMPLE = 1_000
TARGETS = {"dnspython": 24.0, "aiodns": 3.5}
OURS = "mxlatch"
QUESTIONS = {OURS: 50_000, "dnspython": 2_500, "aiodns": 15_000}  # about a second each
MASSDNS_QUESTIONS = 50_000
A_ROUND = 500  # of our questions in one call: what a round of an audit has
AT_ONCE = 100  # of a peer's questions: where each was at its best among 20, 100 and 400
TIMEOUT = 5.0  # seconds

Asked = tuple[str, str]  # name, type
Answer = list[str]  # of one question: its records as text, sorted
Contender = Callable[[int, Iterator[Asked], list[Answer] | None], Awaitable[int]]


def questions(count: int) -> Iterator[Asked]:
    """Five questions a zone."""
    for number in range(count):
        zone = nsd.zone_name(number // 5 % ZONES)
        yield ((zone, "SOA"), (zone, "NS"), (zone, "MX"), (f"mx1.{zone}", "A"), (f"mx2.{zone}", "AAAA"))[number % 5]


async def ask_mxlatch(port: int, asked: Iterator[Asked], kept: list[Answer] | None) -> int:
    """By the call that the audit uses, through the gate, with all defences; only the rates are raised."""
    from mxlatch.net.dns import Limits, Transport
    from mxlatch.net.gate import Gate
    from mxlatch.terms.dns import Reply
    from mxlatch.terms.question import DnsQuestion

    unbound = Limits(server_rate=1e9, server_burst=1e9, overall_rate=1e9, overall_burst=1e9)
    transport = Transport(Gate(given_dns=frozenset({nsd.ADDRESS})), limits=unbound)
    count = 0
    while batch := [DnsQuestion(nsd.ADDRESS, name, rrtype, port=port) for name, rrtype in islice(asked, A_ROUND)]:
        for seen in await transport.ask(batch):
            assert isinstance(seen.value, Reply), seen
            count += seen.status == "answer"
            if kept is not None:
                kept.append(sorted(_text(record.value) for record in seen.value.answer))
    return count


def _text(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)


async def ask_dnspython(port: int, asked: Iterator[Asked], kept: list[Answer] | None) -> int:
    """`AT_ONCE` workers, each with a socket of its own that it keeps: quicker than a new one for each question."""
    import socket

    import dns.asyncbackend
    import dns.asyncquery
    import dns.message

    async def work() -> int:
        count = 0
        backend = dns.asyncbackend.get_default_backend()
        async with await backend.make_socket(  # type: ignore[no-untyped-call]
            socket.AF_INET, socket.SOCK_DGRAM
        ) as channel:
            for name, rrtype in asked:
                query = dns.message.make_query(name, rrtype, use_edns=0, payload=1232, flags=0)
                reply = await dns.asyncquery.udp(query, nsd.ADDRESS, TIMEOUT, port, sock=channel)
                count += bool(reply.answer)
                if kept is not None:
                    kept.append(
                        sorted(rdata.to_text().replace(". ", " ").removesuffix(".") for rdata in reply.answer[0])
                    )
        return count

    at_once = 1 if kept is not None else AT_ONCE  # a sample is kept in order
    return sum(await asyncio.gather(*(work() for _ in range(at_once))))


async def ask_aiodns(port: int, asked: Iterator[Asked], kept: list[Answer] | None) -> int:
    """One resolver for `AT_ONCE` workers."""
    import aiodns
    import pycares

    # Its sockets stay open, which is to its advantage.
    flags = pycares.ARES_FLAG_EDNS | pycares.ARES_FLAG_NORECURSE | pycares.ARES_FLAG_STAYOPEN
    resolver = aiodns.DNSResolver(
        nameservers=[nsd.ADDRESS], udp_port=port, tcp_port=port, timeout=TIMEOUT, tries=3, flags=flags
    )

    async def work() -> int:
        count = 0
        for name, rrtype in asked:
            reply = await resolver.query_dns(name, rrtype)
            count += bool(reply.answer)
            if kept is not None:
                kept.append(sorted(_aiodns_text(record.data) for record in reply.answer))
        return count

    at_once = 1 if kept is not None else AT_ONCE
    return sum(await asyncio.gather(*(work() for _ in range(at_once))))


def _aiodns_text(value: object) -> str:
    return " ".join(str(getattr(value, field)) for field in value.__dataclass_fields__)  # type: ignore[attr-defined]


CONTENDERS: dict[str, Contender] = {OURS: ask_mxlatch, "dnspython": ask_dnspython, "aiodns": ask_aiodns}


def ask(name: str, port: int) -> Run:
    """What a contender does in its process: a warm-up, then the questions that follow."""

    async def measured() -> Run:
        count = QUESTIONS[name]
        asked = questions(WARM_UP + count)
        await CONTENDERS[name](port, islice(asked, WARM_UP), None)
        with metered() as meter:
            answered = await CONTENDERS[name](port, asked, None)
        if answered != count:
            raise SystemExit(f"bench: {name} had {answered} answers to {count} questions")
        return Run(count, meter.cpu, meter.wall)

    return uvloop.run(measured())


def massdns(command: str, port: int) -> Run:
    """Massdns by its command line: its start is measured too, so it gets many questions."""
    import resource
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        names, servers = Path(folder, "names"), Path(folder, "servers")
        names.write_text("".join(f"{nsd.zone_name(number % ZONES)}\n" for number in range(MASSDNS_QUESTIONS)))
        servers.write_text(f"{nsd.ADDRESS}:{port}\n")
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        options = ["-q", "-t", "MX", "-s", "500", "--norecurse", "-o", "S", "-w", "/dev/null"]
        subprocess.run([command, *options, "-r", str(servers), str(names)], check=True)
        wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(MASSDNS_QUESTIONS, cpu, wall)


def compare(port: int) -> None:
    """Every contender must get the same answers before anything is timed."""

    async def sample(contender: Contender) -> list[Answer]:
        kept: list[Answer] = []
        await contender(port, questions(SAMPLE), kept)
        return kept

    samples = {name: uvloop.run(sample(contender)) for name, contender in CONTENDERS.items()}
    for name, answers in samples.items():
        if answers != samples[OURS] or len(answers) != SAMPLE:
            differing = [pair for pair in zip(samples[OURS], answers, strict=False) if pair[0] != pair[1]]
            raise SystemExit(f"bench: {name} answers otherwise than {OURS}: {differing[:3]}")


def main() -> None:
    """Run the benchmark; with the arguments NAME PORT, be one contender."""
    if len(sys.argv) == 3:
        run = ask(sys.argv[1], int(sys.argv[2]))
        print(json.dumps({"work": run.work, "cpu": run.cpu, "wall": run.wall}))
        return
    with nsd.running(ZONES) as port:
        compare(port)
        turns = {name: _turn(name, port) for name in CONTENDERS}
        command = shutil.which("massdns")
        if command is not None:
            turns["massdns"] = lambda: massdns(command, port)
        report("dns", "questions", take_turns(turns, ROUNDS), OURS, TARGETS)


def _turn(name: str, port: int) -> Callable[[], Run]:
    return lambda: Run(**json.loads(in_own_process("bench.dns", name, str(port))))


if __name__ == "__main__":
    main()
