import asyncio
import random
from pathlib import Path

import pytest

from mxlatch.data import tables
from mxlatch.lab.internet import internet
from mxlatch.lab.journey import Try, exchangers, journey
from mxlatch.lab.post import Message
from mxlatch.lab.story import topology
from mxlatch.lab.topology import Topology, parse

FOLDER = Path(__file__).parent / "topologies"
STRANGER, LISTED = "203.0.113.99", "203.0.113.66"
BEHAVIOURS = {each.id: each for each in tables().behaviours}


def tries(there: Topology, behaviour: str, source: str, seed: int | None = None) -> tuple[Try, ...]:
    async def run() -> tuple[Try, ...]:
        async with asyncio.timeout(60), internet(there) as lab:
            chance = None if seed is None else random.Random(seed)
            hello = Message("someone@sender.example", (f"anna@{there.domains[0]}",), b"Subject: hello\r\n\r\nHello\r\n")
            return await journey(lab, BEHAVIOURS[behaviour], source, hello, chance)

    return asyncio.run(run())


def test_the_exchangers_are_those_that_the_resolver_tells_of() -> None:
    assert exchangers(topology("story5"), "example.org") == (
        (10, "mail.example.org", "192.0.2.25"),
        (10, "mail.example.org", "2001:db8:1::25"),
        (20, "backup.example.org", "198.51.100.25"),
        (20, "backup.example.org", "2001:db8:2::25"),
    )
    assert exchangers(topology("story5"), "none.example.org") == ()


# The sandwich as it was first told, 10 mail1, 20 mail2, 99 mail1: a listed client, refused by mail1 and not by mail2.
@pytest.mark.parametrize(
    ("behaviour", "exchanges", "last"),
    [
        ("rfc5321", ["mail1"], "reject"),
        ("qmail", ["mail1"], "reject"),
        ("first-only", ["mail1"], "reject"),
        ("last-only", ["mail1"], "reject"),
        ("persistent", ["mail1", "mail2"], "accept"),
        ("descending", ["mail1", "mail2"], "accept"),
        ("random", ["mail1"], "reject"),  # chance decides; here the records' own order
        ("all", ["mail1", "mail2", "mail1"], "reject"),
    ],
)
def test_each_sender_goes_its_way(behaviour: str, exchanges: list[str], last: str) -> None:
    found = tries(topology("story4").remedied("as-told"), behaviour, LISTED)
    assert [each.exchange.partition(".")[0] for each in found] == exchanges
    assert found[-1].outcome == last
    assert all("blocked using" in each.reply for each in found if each.outcome == "reject")


def dead(*hosts: str) -> Topology:
    text = (FOLDER / "address-twice.toml").read_text()
    for head in (f'[[mailhost]]\nname = "{host}"\n' for host in hosts):
        text = text.replace(head, f'{head}behaviour = "closed"\n')
    return parse(text, "address-twice")


def test_who_takes_an_address_once_does_not_try_it_again() -> None:
    hosts = [host.name for host in dead().mailhosts]
    steps = exchangers(dead(), "example.com")
    assert len({address for _, _, address in steps}) < len(steps)
    met = [each.address for each in tries(dead(*hosts), "exim", STRANGER)]
    again = [each.address for each in tries(dead(*hosts), "rfc5321", STRANGER)]
    assert met == list(dict.fromkeys(again))
    assert len(again) == len(steps)


def test_no_answer_leads_on() -> None:
    every = dead(*[host.name for host in dead().mailhosts])
    assert [each.outcome for each in tries(every, "rfc5321", STRANGER)] == ["no-answer"] * 3
    assert [each.outcome for each in tries(every, "first-only", STRANGER)] == ["no-answer"]


def test_chance_decides_among_equals() -> None:
    firsts = {tries(topology("plain"), "rfc5321", STRANGER, seed)[0].exchange for seed in range(8)}
    assert firsts == {"mx1.example.net", "mx2.example.net"}
