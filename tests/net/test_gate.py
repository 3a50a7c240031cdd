"""The gate, rule by rule of DESIGN section 6; and that nothing goes out beside it."""

import ast
import asyncio
import ipaddress
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from msgspec import structs

from mxlatch.inventory.blocks import BlockLeave
from mxlatch.inventory.leave import Leave, Level, by_reference
from mxlatch.inventory.model import Block, Domain, Door, Inventory, Operator, Vantage, end_of
from mxlatch.inventory.optout import parse as optout
from mxlatch.net import table
from mxlatch.net.gate import Gate, Rates, Refused, Spent, Unroutable
from mxlatch.net.remembered import Remembered
from mxlatch.terms.observation import RESET, SESSION, SILENT, Observation
from mxlatch.terms.question import RcptProbe, SmtpQuestion
from mxlatch.terms.smtp import Session
from mxlatch.wire.smtp.deliver import Delivery

SRC = Path(__file__).parents[2] / "src" / "mxlatch"

INVENTORY = Inventory(
    domains=(Domain("example.com", recipient="alice@example.com"), Domain("example.net")),
    blocks=(Block("10.1.0.0/16"), Block("198.51.100.0/24", "ticket 7")),
    doors=(Door(addresses=("192.168.7.7", "9.9.9.7")), Door(addresses=("9.9.9.7",), port=2525)),
    operator=Operator(sender="probe@operator.example"),
)
LEAVE = {"example.com": Leave("example.com", Level.RCPT, "txt until 2026-12-31")}
VALID = RcptProbe("valid", "", "alice@example.com")
RANDOM = RcptProbe("random", "probe@operator.example", "zq7@example.com")
FOREIGN = RcptProbe("foreign", "", "probe@operator.example")


def reason(call: Callable[[], object]) -> str:
    """Why the gate refused; "" if it let it through."""
    try:
        call()
    except Refused as refusal:
        return refusal.reason
    return ""


def knock(gate: Gate, address: str, port: int = 25, host: str = "mx.example.com", **more: object) -> tuple[str, int]:
    return gate.smtp(address, port, SmtpQuestion(address, port, host, **more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("8.8.8.8", ""),
        ("2001:7fd::1", ""),
        ("10.0.0.5", "10.0.0.5 is not globally routable (private), and the inventory does not list it"),
        ("::ffff:10.0.0.5", "not globally routable (IPv4-mapped 10.0.0.5)"),
        ("2002:a00:5::1", "not globally routable (private 10.0.0.5 inside IPv6)"),
        ("127.0.0.1", "not globally routable (loopback)"),
        ("10.1.2.3", ""),  # in a block of the inventory
        ("192.168.7.7", ""),  # a door of the inventory
        ("192.168.7.8", "not globally routable (private)"),
        ("mx.example.com", "'mx.example.com' is not an address"),
        ("fe80::1%eth0", "is not an address"),
    ],
)
def test_addresses(address: str, why: str) -> None:
    gate = Gate(INVENTORY)
    for told in (
        reason(lambda: gate.dns(address)),
        reason(lambda: knock(gate, address)),
        reason(lambda: gate.http("rdap.example", address, 443)),
    ):
        assert why in told
        assert bool(told) is bool(why)


def test_what_the_operator_gave_is_allowed_for_its_protocol_only() -> None:
    gate = Gate(given_dns=frozenset({"127.0.0.1", "0:0::1"}), given_http=frozenset({"RDAP.test"}))
    assert gate.dns("127.0.0.1", 5300) == ("127.0.0.1", 5300)
    assert gate.dns("::1") == ("::1", 53)
    assert gate.http("rdap.test", "10.0.0.9", 8080) == ("10.0.0.9", 8080)
    assert gate.is_given_http("rdap.test.")
    assert "loopback" in reason(lambda: gate.http("127.0.0.1", "127.0.0.1", 80))
    assert "loopback" in reason(lambda: knock(gate, "127.0.0.1"))
    assert "private" in reason(lambda: gate.dns("10.0.0.9"))


def test_a_name_that_resolves_elsewhere_at_connect_time_is_judged_again() -> None:
    gate = Gate(INVENTORY)
    assert knock(gate, "8.8.8.8") == ("8.8.8.8", 25)
    question = SmtpQuestion("8.8.8.8", 25, "mx.example.com")
    assert "is not what the question asks for" in reason(lambda: gate.smtp("10.0.0.5", 25, question))
    assert "is not what the question asks for" in reason(lambda: gate.smtp("8.8.8.8", 26, question))


@pytest.mark.parametrize(
    ("address", "port", "why"),
    [
        ("8.8.8.8", 25, ""),
        ("8.8.8.8", 587, "only port 25 is asked of doors outside the inventory"),
        ("9.9.9.7", 2525, ""),
        ("198.51.100.3", 465, ""),
    ],
)
def test_ports(address: str, port: int, why: str) -> None:
    told = reason(lambda: knock(Gate(INVENTORY), address, port))
    assert why in told
    assert bool(told) is bool(why)


@pytest.mark.parametrize(
    ("address", "domain", "probes", "why"),
    [
        ("9.9.9.7", "example.com", (VALID, RANDOM, FOREIGN), ""),
        ("198.51.100.3", "example.com", (VALID,), ""),
        ("8.8.8.8", "example.com", (VALID,), "the inventory does not list 8.8.8.8"),
        ("10.1.2.3", "example.com", (VALID,), "only by its block: block 10.1.0.0/16 has no proof of control"),
        ("9.9.9.7", "example.net", (VALID,), "no leave to send RCPT probes for example.net"),
        ("9.9.9.7", "", (VALID,), "no leave"),
        ("9.9.9.7", "example.com", (VALID,) * 9, "9 probes in one session: at most 8"),
        ("9.9.9.7", "example.com", (RcptProbe("foreign", "", "x@victim.example"),), "is neither at example.com nor"),
        ("9.9.9.7", "example.com", (RcptProbe("random", "", "x@sub.example.com"),), "is neither at example.com nor"),
    ],
)
def test_rcpt_probes(address: str, domain: str, probes: tuple[RcptProbe, ...], why: str) -> None:
    told = reason(lambda: knock(Gate(INVENTORY, LEAVE), address, domain=domain, probes=probes))
    assert why in told
    assert bool(told) is bool(why)


def test_without_leave_no_probe_passes_wherever_it_goes() -> None:
    for address in ("9.9.9.7", "198.51.100.3", "8.8.8.8"):
        assert "no leave" in reason(lambda a=address: knock(Gate(INVENTORY), a, domain="example.com", probes=(VALID,)))


LAST_DAY = date(2026, 12, 31)
BEFORE, AFTER = end_of(LAST_DAY) - 1, end_of(LAST_DAY)
BY_TXT = {"example.com": Leave("example.com", Level.RCPT, "txt until 2026-12-31", until=AFTER)}
TO_END = structs.replace(INVENTORY, blocks=(Block("198.51.100.0/24", "ticket 7", until=LAST_DAY),))


@pytest.mark.parametrize(
    ("address", "leaves", "why"),
    [
        ("9.9.9.7", BY_TXT, "the leave for example.com (txt until 2026-12-31) has ended"),
        ("198.51.100.3", LEAVE, "the leave for block 198.51.100.0/24 (ticket 7) ended on 2026-12-31"),
        ("198.51.100.3", {"example.com": by_reference("example.com", "ticket 9")}, ""),
    ],
)
def test_leave_that_ends_during_the_run_ends_at_the_gate(address: str, leaves: dict[str, Leave], why: str) -> None:
    now = [BEFORE]
    gate = Gate(TO_END, leaves, now=lambda: now[0])
    assert reason(lambda: knock(gate, address, domain="example.com", probes=(VALID,))) == ""
    now[0] = AFTER
    told = reason(lambda: knock(gate, address, domain="example.com", probes=(VALID,)))
    assert why in told
    assert bool(told) is bool(why)
    assert reason(lambda: knock(gate, address)) == ""  # a polite session needs no leave


def test_a_block_whose_reference_ended_is_not_scanned() -> None:
    network = ipaddress.ip_network("198.51.100.0/24")
    assert reason(lambda: Gate(TO_END, now=lambda: BEFORE).scan_all([network])) == ""
    told = reason(lambda: Gate(TO_END, now=lambda: AFTER).scan_all([network]))
    assert told.startswith("the leave for block 198.51.100.0/24 (ticket 7) ended on 2026-12-31: ")


@pytest.mark.parametrize(
    ("call", "why"),
    [
        (lambda g: g.dns("9.9.9.7"), "9.9.9.7 is on the opt-out list (9.9.9.0/24)"),  # before the inventory
        (lambda g: knock(g, "9.9.9.7"), "9.9.9.7 is on the opt-out list"),
        (lambda g: knock(g, "8.8.8.8", host="mx.quiet.example"), "mx.quiet.example is on the opt-out list"),
        (lambda g: knock(g, "8.8.8.8", domain="quiet.example"), "quiet.example is on the opt-out list"),
        (lambda g: g.http("rdap.quiet.example", "8.8.8.8", 443), "is on the opt-out list (quiet.example)"),
        (lambda g: g.dns("127.0.0.3"), "on the opt-out list"),  # and before what the operator gave
        (lambda g: knock(g, "8.8.8.8", host="loud.example"), ""),
    ],
)
def test_the_opt_out_list_comes_before_everything(call: Callable[[Gate], object], why: str) -> None:
    gate = Gate(
        INVENTORY,
        LEAVE,
        given_dns=frozenset({"127.0.0.3"}),
        optout=optout("9.9.9.0/24\n127.0.0.3\nquiet.example\n", "optout.txt"),
    )
    told = reason(lambda: call(gate))
    assert why in told
    assert bool(told) is bool(why)


def test_the_table_comes_last_and_what_it_does_not_name_is_nowhere() -> None:
    rows = "8.8.8.8:25 = 127.0.0.1:2525\n10.0.0.5:25 = 127.0.0.1:2526\n8.8.8.8:53 = 127.0.0.1:5353\n"
    gate = Gate(INVENTORY, given_dns=frozenset({"127.0.0.4", "9.9.9.9"}), table=table.parse(rows, "lab.net"))
    assert knock(gate, "8.8.8.8") == ("127.0.0.1", 2525)
    assert gate.dns("8.8.8.8") == ("127.0.0.1", 5353)
    assert "private" in reason(lambda: knock(gate, "10.0.0.5"))  # the real address is judged
    assert gate.dns("127.0.0.4", 5300) == ("127.0.0.4", 5300)  # given, and on this machine
    for lost in (lambda: gate.dns("9.9.9.9"), lambda: knock(gate, "8.8.4.4"), lambda: gate.http("h", "8.8.8.8", 443)):
        with pytest.raises(Unroutable, match=r"is not in lab\.net: no route"):
            lost()


THIRD = SmtpQuestion("8.8.4.4", 25, "aspmx.l.google.com", operator="google")


@pytest.mark.parametrize(
    ("question", "status", "kept"),
    [
        (THIRD, SESSION, True),
        (THIRD, SILENT, False),  # no session took place: the second pass must be able to knock
        (THIRD, RESET, False),
        (SmtpQuestion("8.8.4.4", 25, "mx.example.com"), SESSION, False),  # nobody's that we know
        (SmtpQuestion("9.9.9.7", 25, "mx.example.com", operator="google"), SESSION, False),  # the inventory's own
    ],
)
def test_a_third_party_is_asked_once_a_day(tmp_path: Path, question: SmtpQuestion, status: str, kept: bool) -> None:
    path = tmp_path / "sessions.json"
    observation = Observation(question, status, Session() if status == SESSION else None, 1000.0, "internet")
    Gate(INVENTORY, remembered=Remembered(path, lambda: 1000.0)).remember(observation)
    later = Gate(INVENTORY, remembered=Remembered(path, lambda: 5000.0)).remembered(question)
    assert later == (observation if kept else None)


def test_without_a_store_nothing_is_remembered() -> None:
    gate = Gate()
    gate.remember(Observation(THIRD, SESSION, Session(), 1.0, "internet"))
    assert gate.remembered(THIRD) is None


class SteadyClock:
    """A monotonic clock that moves only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


def starts(addresses: list[str], rates: Rates) -> list[float]:
    """When each session begins, each over at once, asked for in this order."""
    clock = SteadyClock()
    gate = Gate(rates=rates, clock=clock, sleep=clock.sleep)
    began: list[float] = []

    async def run() -> None:
        for address in addresses:
            async with gate.session(address):
                began.append(clock.now - 100.0)

    asyncio.run(run())
    return began


@pytest.mark.parametrize(
    ("addresses", "expected"),
    [
        (["8.8.8.8", "8.8.8.8", "8.8.8.8"], [0.0, 10.0, 20.0]),
        (["8.8.8.8", "8.8.8.9", "8.8.9.8"], [0.0, 1.0, 1.0]),  # one /24, then another
        (["2001:db8:7:1::1", "2001:db8:7:2::1", "2001:db8:8::1"], [0.0, 1.0, 1.0]),  # one /48, then another
        (["8.8.8.8", "2001:db8::1"], [0.0, 0.0]),
    ],
)
def test_sessions_are_spaced(addresses: list[str], expected: list[float]) -> None:
    assert starts(addresses, Rates(address_gap=10, network_gap=1)) == expected


@pytest.mark.parametrize(
    ("rates", "addresses"),
    [(Rates(0, 0, 2, 99), ["8.8.8.8"] * 3), (Rates(0, 0, 99, 2), ["8.8.8.8", "8.8.8.9", "8.8.8.10"])],
)
def test_a_runs_total_is_bounded(rates: Rates, addresses: list[str]) -> None:
    with pytest.raises(Spent, match=r"2 sessions with .* in this run: no more"):
        starts(addresses, rates)


def test_a_providers_hundred_domains_each_have_their_session_at_its_own_exchanger() -> None:
    async def run(rates: Rates) -> None:
        gate = Gate(Inventory(blocks=(Block("8.8.8.0/24"),)), rates=rates)
        for _ in range(4):
            async with gate.session("8.8.8.8"):
                pass

    asyncio.run(run(Rates(0, 0, 2, 2, owned_most=4)))
    with pytest.raises(Spent):
        asyncio.run(run(Rates(0, 0, 2, 2, owned_most=3)))


def test_one_session_an_address_at_a_time() -> None:
    async def run() -> int:
        gate = Gate(rates=Rates(0, 0))
        inside, most = 0, 0

        async def session() -> None:
            nonlocal inside, most
            async with gate.session("8.8.8.8"):
                inside += 1
                most = max(most, inside)
                await asyncio.sleep(0)
                inside -= 1

        await asyncio.gather(*(session() for _ in range(5)))
        return most

    assert asyncio.run(run()) == 1


def test_a_session_that_was_broken_off_frees_the_address() -> None:
    async def run() -> None:
        gate = Gate(rates=Rates(0, 0))
        with pytest.raises(ConnectionResetError):
            async with gate.session("8.8.8.8"):
                raise ConnectionResetError
        async with asyncio.timeout(5), gate.session("8.8.8.8"):
            pass

    asyncio.run(run())


def test_a_scan_is_for_blocks_with_proof() -> None:
    gate = Gate(INVENTORY, optout=optout("198.51.100.9", "x"))
    proved, unproved = ipaddress.ip_network("198.51.100.0/24"), ipaddress.ip_network("10.1.0.0/24")
    assert gate.scan(proved).granted == "block 198.51.100.0/24: ticket 7"
    assert "no proof of control" in reason(lambda: gate.scan(unproved))
    assert "not in a block" in reason(lambda: gate.scan(ipaddress.ip_network("9.9.9.7/32")))  # a door is no block
    gate.leaves[""] = by_reference("", "ticket 9")
    assert gate.scan(unproved).granted == "--authorised ticket 9"
    gate.leaves = dict(LEAVE)  # a domain's TXT covers no block
    assert "no proof of control" in reason(lambda: gate.scan(unproved))


BLOCK = ipaddress.ip_network("10.1.0.0/16")
BY_ZONE = Leave(
    "example.com", Level.RCPT, "txt", reverse={"10.1.0.0/16": BlockLeave("txt at _mxlatch.1.10.in-addr.arpa", AFTER)}
)


@pytest.mark.parametrize("now", [BEFORE, AFTER])
def test_a_block_that_its_reverse_zone_proves_is_open_for_all_until_it_ends(now: float) -> None:
    gate = Gate(INVENTORY, {"example.com": BY_ZONE}, now=lambda: now, sleep=_at_once)
    told = (
        reason(lambda: gate.scan(BLOCK)),
        reason(lambda: knock(gate, "10.1.2.3", domain="example.com", probes=(VALID,))),
        why_not_sent(gate, sending("10.1.2.3")),
    )
    ended = "it could not be proved, because that leave (txt at _mxlatch.1.10.in-addr.arpa) has ended"
    assert [ended in each for each in told] == [now == AFTER] * 3
    assert [bool(each) for each in told] == [now == AFTER] * 3


def test_before_packets_go_out_a_network_is_judged_whole() -> None:
    gate = Gate(INVENTORY, optout=optout("198.51.100.9", "x"))
    pieces = gate.scan(ipaddress.ip_network("198.51.100.0/24")).networks
    assert reason(lambda: gate.scan_all(pieces)) == ""
    assert "not all of it" in reason(lambda: gate.scan_all([ipaddress.ip_network("198.51.100.0/25")]))


# --- nothing beside the gate ----------------------------------------------------------------------------------------

OPENING = {"open_connection", "create_connection", "create_datagram_endpoint", "sock_connect", "connect", "connect_ex"}
CLIENTS = {"http.client", "urllib.request", "smtplib", "ftplib", "telnetlib", "xmlrpc.client"}
# Listening is not asking: these rooms may hold a socket, and bind it.
LISTENS = {"lab"}


def opens(tree: ast.AST) -> list[str]:
    """What in this module opens a connection or sends a datagram by itself."""
    found = []
    for node in ast.walk(tree):
        func = node.func if isinstance(node, ast.Call) else None
        if isinstance(func, ast.Attribute) and func.attr in OPENING and ast.unparse(func.value) != "sqlite3":
            found.append(f"{func.lineno}: {func.attr}")
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        found += [f"{node.lineno}: {name}" for name in names if name in CLIENTS]  # type: ignore[attr-defined]
    return found


def modules(keep: Callable[[str], bool]) -> list[Path]:
    return sorted(p for p in SRC.rglob("*.py") if keep(p.relative_to(SRC).parts[0]))


@pytest.mark.parametrize("path", modules(lambda room: room != "net" and room not in LISTENS), ids=str)
def test_only_net_opens_connections(path: Path) -> None:
    tree = ast.parse(path.read_text())
    imported = {a.name for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names}
    assert opens(tree) == []
    assert "socket" not in imported


@pytest.mark.parametrize("path", modules(lambda room: room == "net"), ids=lambda p: p.name)
def test_what_opens_a_connection_asks_the_gate(path: Path) -> None:
    source = path.read_text()
    if opens(ast.parse(source)):
        assert "mxlatch.net.gate" in source
        asks = ("dns", "smtp", "http", "scan_all")
        assert any(f"gate.{ask}(" in source for ask in asks), f"{path.name} asks no gate"


@pytest.mark.parametrize(
    "source",
    [
        "import asyncio\nasyncio.open_connection('a', 1)",
        "s.connect(a)",
        "import urllib.request",
        "from smtplib import SMTP",
    ],
)
def test_an_opening_is_seen(source: str) -> None:
    assert opens(ast.parse(source))


@pytest.mark.parametrize(("address", "why"), [("9.9.9.7", ""), ("8.8.8.8", "no record of the domain leads to 8.8.8.8")])
def test_a_door_that_no_record_names_must_be_the_inventorys(address: str, why: str) -> None:
    told = reason(lambda: knock(Gate(INVENTORY), address, published=False))
    assert why in told
    assert bool(told) is bool(why)


def sending(address: str = "192.168.7.7", to: str = "alice@example.com", **more: object) -> Delivery:
    given = {"host": "mx.example.com", "domain": "example.com", "port": 25} | more
    return Delivery(address, sender="probe@operator.example", recipient=to, message=b"x\r\n", **given)  # type: ignore[arg-type]


def why_not_sent(gate: Gate, *deliveries: Delivery) -> str:
    """Why the last of these was refused; "" if it was not."""

    async def run() -> str:
        told = ""
        for delivery in deliveries:
            try:
                async with gate.canary(delivery):
                    told = ""
            except Refused as refusal:
                told = refusal.reason
        return told

    return asyncio.run(run())


ENDED = {"example.com": Leave("example.com", Level.RCPT, "txt until 2020-01-01", until=1577923200.0)}


@pytest.mark.parametrize(
    ("leaves", "delivery", "why"),
    [
        (LEAVE, sending(), ""),
        (LEAVE, sending(to="bert@example.com"), ""),  # given with --to
        (LEAVE, sending(to="carl@example.com"), "neither the command line nor the inventory names"),
        (LEAVE, sending(to="bert@example.net"), "is not at example.com"),
        ({}, sending(), "no leave to send a canary to example.com"),
        (ENDED, sending(), "the leave for example.com (txt until 2020-01-01) has ended"),
        (LEAVE, sending(domain="example.net"), "no leave to send a canary to example.net"),
        (LEAVE, sending("8.8.8.8"), "the inventory does not list 8.8.8.8"),
        (LEAVE, sending("10.1.2.3"), "block 10.1.0.0/16 has no proof of control"),
        (LEAVE, sending("10.0.0.5"), "not globally routable"),
        (LEAVE, sending("mx.example.com"), "is not an address"),
        (LEAVE, sending(host="shy.example.com"), "on the opt-out list"),
    ],
)
def test_canaries_are_for_who_gave_leave_and_whom_somebody_named(
    leaves: dict[str, Leave], delivery: Delivery, why: str
) -> None:
    named = frozenset({"bert@example.com", "bert@example.net"})
    gate = Gate(INVENTORY, leaves, recipients=named, optout=optout("shy.example.com", "opt-out"), sleep=_at_once)
    told = why_not_sent(gate, delivery)
    assert why in told
    assert bool(told) is bool(why)


@pytest.mark.parametrize(
    ("again", "why"),
    [
        (sending(), "192.168.7.7 port 25 had its canary (plain): one message a door"),
        (sending(to="bert@example.com"), "one message a door"),
        (sending(kind="gtube"), ""),
        (sending("9.9.9.7"), ""),
    ],
)
def test_a_door_gets_one_canary_of_a_kind(again: Delivery, why: str) -> None:
    gate = Gate(INVENTORY, LEAVE, recipients=frozenset({"bert@example.com"}), sleep=_at_once)
    told = why_not_sent(gate, sending(), again)
    assert why in told
    assert bool(told) is bool(why)


def test_a_mailbox_is_read_at_the_host_that_the_operator_gave_only() -> None:
    gate = Gate(given_mailbox=frozenset({"imap.example.com"}))
    assert gate.mailbox("IMAP.example.com", "10.0.0.9", 993) == ("10.0.0.9", 993)
    assert "not given with --imap" in reason(lambda: gate.mailbox("imap.example.net", "10.0.0.9", 993))


async def _at_once(_: float) -> None:
    pass


@pytest.mark.parametrize(
    ("case", "more", "why"),
    [
        ("with leave for the domain", {"domain": "example.com", "operator": "microsoft", "probes": (VALID,)}, ""),
        ("without recipients to ask", {"operator": "microsoft"}, "no record of the domain leads to 8.8.8.8"),
        (
            "for a domain without leave",
            {"domain": "example.net", "operator": "microsoft", "probes": (VALID,)},
            "no leave to send RCPT probes for example.net",
        ),
        ("nobody's that we know", {"domain": "example.com", "probes": (VALID,)}, "no record of the domain leads to"),
    ],
)
def test_a_providers_endpoint_is_asked_only_with_leave(case: str, more: dict[str, object], why: str) -> None:
    told = reason(lambda: knock(Gate(INVENTORY, LEAVE), "8.8.8.8", published=False, **more))
    assert why in told
    assert bool(told) is bool(why)


@pytest.mark.parametrize(
    ("address", "port", "why"),
    [
        ("192.0.2.9", 25, ""),  # not globally routable, and a vantage names it
        ("192.0.2.8", 25, "not globally routable"),
        ("192.0.2.9", 587, "only port 25"),
    ],
)
def test_a_control_may_be_tried_on_port_25_though_it_is_no_door(address: str, port: int, why: str) -> None:
    gate = Gate(Inventory(vantages=(Vantage("guest-wifi", controls=("192.0.2.9",)),)))
    question = SmtpQuestion(address, port, address)
    if why:
        with pytest.raises(Refused, match=why):
            gate.smtp(address, port, question)
    else:
        assert gate.smtp(address, port, question) == (address, port)
    with pytest.raises(Refused, match="not globally routable"):
        gate.dns(address)
