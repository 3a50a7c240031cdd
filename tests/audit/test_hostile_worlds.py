"""Servers and bundles that mean harm: what they can make the judge spend, and what they cannot make it believe."""

import json
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mxlatch.audit.bundle import load, save
from mxlatch.audit.log import Log
from mxlatch.audit.result import Audit
from mxlatch.audit.verdict import judge
from mxlatch.terms import dns
from mxlatch.terms.errors import InputError
from mxlatch.terms.observation import Observation
from mxlatch.terms.question import DnsQuestion, Question
from tests.audit.test_verdict import BOTH, FINE
from tests.fakes.collecting import collected
from tests.fakes.example import ROOT, ZONE, internet, inventory, scope
from tests.fakes.internet import FakeInternet, records, seen

Says = Callable[[DnsQuestion], str | None]


class Lying:
    """An internet in which some questions get another answer: the lines of its answer section, None for the usual."""

    def __init__(self, usual: FakeInternet, says: Says) -> None:
        self.usual, self.says, self.asked = usual, says, 0

    def ask(self, question: Question) -> Observation:
        self.asked += 1
        lines = self.says(question) if isinstance(question, DnsQuestion) else None
        if lines is None:
            return self.usual.ask(question)
        assert isinstance(question, DnsQuestion)
        return seen(question, dns.ANSWER, dns.Reply(0, True, False, tuple(records(lines))))


def audit(net: Any) -> Audit:
    return judge(collected(net, scope()), "example.com")


def apex_mx(question: DnsQuestion) -> bool:
    return (question.name, question.rrtype) == ("example.com", "MX")


# What they cannot make it believe.


def said_of_others(question: DnsQuestion) -> str | None:
    return "example.com MX 10 mx1.example.com\nexample.net MX 1 mx.attacker.example" if apex_mx(question) else None


def address_of_others(question: DnsQuestion) -> str | None:
    if (question.name, question.rrtype) != ("mx1.example.com", "A"):
        return None
    return "mx1.example.com A 192.0.2.21\nvictim.example A 198.51.100.99"


def ns_of_others(question: DnsQuestion) -> str | None:
    if (question.name, question.rrtype, question.recursion) != ("example.com", "NS", False):
        return None
    return "example.com NS ns1.example.com\nexample.com NS ns2.example.com\nexample.net NS ns.attacker.example"


@pytest.mark.parametrize("says", [said_of_others, address_of_others, ns_of_others])
def test_what_is_said_of_another_name_is_no_word_on_this_one(says: Says) -> None:
    told = audit(Lying(internet(doors=BOTH), says))
    assert {door.address for door in told.doors} <= {"192.0.2.21", "192.0.2.22"}
    assert "attacker" not in str(told.dns)


@pytest.mark.parametrize(
    ("case", "com"),
    [
        ("upward", {"com": ". NS a.root"}),
        ("sideways", {"com": "example.net NS ns.attacker.example\nns.attacker.example A 198.51.100.66"}),
    ],
)
def test_a_referral_that_leads_elsewhere_is_not_followed(case: str, com: dict[str, str]) -> None:
    told = audit(internet(com=com, rdap=None))
    assert "198.51.100.66" not in str(told.dns)


def test_name_servers_that_name_each_other_without_end_stop_at_the_bound() -> None:
    def endless(question: DnsQuestion) -> str | None:
        if question.recursion and question.name.startswith("ns") and question.rrtype == "A":
            number = int(question.name.split(".")[0][2:])
            return f"{question.name} A 198.18.{number // 250}.{number % 250}"
        if (question.name, question.rrtype) == ("example.com", "NS") and question.server.startswith("198.18."):
            _, _, high, low = map(int, question.server.split("."))
            at = high * 250 + low
            return "\n".join(f"example.com NS ns{2 * at + more}.attacker.example" for more in range(20))
        return None

    zone = ZONE + "example.com NS ns7.attacker.example"
    net = Lying(internet(zone, doors=BOTH), endless)
    told = audit(net)
    assert len({a.address for zone in told.dns.zones for server in zone.servers for a in server.addresses}) <= 64
    assert net.asked < 2000
    assert told.verdict == "unknown"
    assert "name servers" in {gap.what for gap in told.not_judged}


ODD = [
    ("preferences at both ends", "example.com MX 0 mx1.example.com\nexample.com MX 65535 mx2.example.com", "closed"),
    (
        "one exchange at many preferences",
        "\n".join(f"example.com MX {n} mx1.example.com" for n in range(200)),
        "closed",
    ),
    ("an exchange with escapes", r"example.com MX 5 a\032b\195\169.example.com", "no-mail"),
    ("an exchange that looks like an option", "example.com MX 5 -fx.example.com", "no-mail"),
    ("the domain itself", "example.com MX 5 example.com", "no-mail"),
    ("the root beside others", "example.com MX 5 .\nexample.com MX 10 mx1.example.com", "closed"),
]


@pytest.mark.parametrize(("case", "mx", "verdict"), ODD, ids=[case for case, _, _ in ODD])
def test_odd_mx(case: str, mx: str, verdict: str) -> None:
    assert audit(Lying(internet(doors=BOTH), lambda q: mx if apex_mx(q) else None)).verdict == verdict


# What they can make it spend. Bounds on processor seconds are far over what is measured, and far under a square.


def spent(log: Log) -> tuple[Audit, float]:
    before = time.process_time()
    told = judge(log, "example.com")
    return told, time.process_time() - before


def wide(exchanges: int, servers: int) -> Log:
    """The most exchangers that one domain is known to publish are 398."""
    ns = "\n".join(
        f"example.com NS ns{n}.example.com\nns{n}.example.com A 192.0.2.{n}" for n in range(11, 11 + servers)
    )
    mx = "\n".join(f"example.com MX {n} mx{n}.example.com" for n in range(exchanges))
    places = {f"mx{n}.example.com": f"198.18.{n // 250}.{n % 250}" for n in range(exchanges)}
    replies: dict[str, dns.Reply] = {}

    def reply(key: str, text: str) -> dns.Reply:
        return replies.setdefault(key, dns.Reply(0, True, False, tuple(records(text))))

    zone = f"example.com SOA ns1.example.com 7\n{ns}"
    usual = FakeInternet(
        {"192.0.2.1": ROOT, "192.0.2.2": {"com": ns}}
        | {f"192.0.2.{n}": {"example.com": zone} for n in range(11, 11 + servers)},
        ns,
        dict.fromkeys(places.values(), FINE),
        (),
    )

    class Net:
        def ask(self, question: Question) -> Observation:
            if isinstance(question, DnsQuestion) and question.name in places:
                if question.rrtype == "A":
                    line = f"{question.name} A {places[question.name]}"
                    return seen(question, dns.ANSWER, reply(question.name, line))
                return seen(question, dns.NODATA, reply("", ""))
            if isinstance(question, DnsQuestion) and apex_mx(question):
                return seen(question, dns.ANSWER, reply("MX", mx))
            return usual.ask(question)

    return collected(Net(), scope())


def test_four_hundred_exchangers_at_sixty_four_servers() -> None:
    told, seconds = spent(wide(400, 64))
    assert (len(told.doors), told.verdict) == (400, "closed")
    assert seconds < 8  # measured: about 1


def test_an_exchange_with_thousands_of_addresses_is_looked_at_up_to_the_bound() -> None:
    addresses = "".join(f"mx1.example.com A 198.18.{n // 250}.{n % 250}\n" for n in range(4000))
    net = Lying(internet(doors=BOTH), lambda q: addresses if (q.name, q.rrtype) == ("mx1.example.com", "A") else None)
    told, seconds = spent(collected(net, scope()))
    assert len(told.doors) <= 65
    assert "mx1.example.com" in {gap.subject for gap in told.not_judged}
    assert seconds < 4


def test_thousands_of_records_and_aliases_in_each_answer() -> None:
    mx = "\n".join(f"example.com MX {n} mx.n{n}.example" for n in range(3000))
    chain = "\n".join(f"c{n}.example CNAME c{n + 1}.example" for n in range(3000))

    def flood(question: DnsQuestion) -> str | None:
        if apex_mx(question):
            return mx
        if question.rrtype == "A" and question.name.endswith(".example"):
            return f"{question.name} CNAME c0.example\n{chain}"
        return None

    log = collected(Lying(internet(doors=BOTH), flood), scope())
    told, seconds = spent(log)
    assert told.verdict == "unknown"
    assert "exchanges" in {gap.what for gap in told.not_judged}
    assert seconds < 20


# Bundles by a stranger: judged, or refused with file and line.

WRONG: dict[type, list[Any]] = {
    str: ["", "\0", "x" * 300, "999.1.1.1", "::1", "1.2.3.4/99", ".", "..", "a..b", "\\999", "-", "mx1.example.com"],
    int: [-1, 0, 1 << 31, 10**18, 10**30],
    float: [-1.0, 1e12, 1e300, 253402300799.0],
    bool: [True, False],
    list: [[]],
    dict: [{}],
    type(None): [None],
}


def places_in(value: Any) -> Iterator[tuple[Any, Any]]:
    """(container, key) of every value within."""
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield value, key
        yield from places_in(value[key])


def tried(path: Path) -> tuple[Log | None, str]:
    try:
        return load(path), ""
    except InputError as error:
        return None, str(error)


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    path = tmp_path_factory.mktemp("bundle") / "run"
    save(collected(internet(doors=BOTH), scope(inventory=inventory())), path)
    return path.read_text().splitlines()


@pytest.mark.parametrize("seed", range(150))
def test_a_bundle_that_a_stranger_wrote_is_judged_or_refused(seed: int, lines: list[str], tmp_path: Path) -> None:
    chance = random.Random(seed)
    spoilt = [json.loads(line) for line in lines]
    for _ in range(chance.choice((1, 1, 3))):
        container, key = chance.choice(list(places_in(spoilt[chance.choice((0, chance.randrange(len(spoilt))))])))
        container[key] = chance.choice(WRONG[type(container[key])])
    path = tmp_path / "run"
    path.write_text("".join(json.dumps(line) + "\n" for line in spoilt))
    log, refusal = tried(path)
    assert refusal == "" or refusal.startswith(f"{path}:")
    for domain in log.scope.domains if log else ():
        judge(log, domain)


@pytest.mark.parametrize(
    ("what", "old", "new"),
    [
        ("a time without a calendar", '"time":1750000000.0', '"time":1e300'),
        ("a domain that is none", '"domains":["example.com"]', '"domains":["a..b"]'),
        ("a block that is none", "192.0.2.0/24", "192.0.2.0/99"),
    ],
)
def test_what_the_core_relies_on_is_checked_at_the_door(
    what: str, old: str, new: str, lines: list[str], tmp_path: Path
) -> None:
    assert old in lines[0]
    path = tmp_path / "run"
    path.write_text("\n".join([lines[0].replace(old, new), *lines[1:]]))
    with pytest.raises(InputError, match=":1: "):
        load(path)
