"""`mxlatch scan` on the loopback: what it finds, what it leaves unknown, what it refuses before a packet goes out."""

import json
import socketserver
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from mxlatch.cli.exits import Exit
from mxlatch.inventory.model import Network
from mxlatch.net.gate import Gate, Refused

FAST = ("--rate", "10000", "--how", "connect")
INVENTORY = """\
[[block]]
cidr = "198.51.100.0/28"
authorised = "ticket 7"

[[block]]
cidr = "203.0.113.0/28"

[[block]]
cidr = "2001:db8::/32"
authorised = "ticket 7"

[[door]]
name = "mx.example.com"
address = "198.51.100.1"
"""


class _Smtp(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.wfile.write(b"220 mail.example.com ESMTP Exim 4.96 \x1b[2J\r\n")
        for line in self.rfile:
            self.wfile.write(b"221 bye\r\n" if line.upper().startswith(b"QUIT") else b"250 mail.example.com\r\n")


class _Ssh(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.wfile.write(b"SSH-2.0-OpenSSH_9.2p1\r\n")


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A scan resets its connections."""


@pytest.fixture
def serve() -> Iterator[Callable[[type[socketserver.BaseRequestHandler]], str]]:
    """Start a server of this kind; its place."""
    with ExitStack() as stack:

        def start(kind: type[socketserver.BaseRequestHandler]) -> str:
            server = stack.enter_context(_Server(("127.0.0.1", 0), kind))
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
            stack.callback(server.shutdown)
            return f"127.0.0.1:{server.server_address[1]}"

        yield start


@pytest.fixture
def scan(mxlatch: Callable[..., object], tmp_path: Path) -> Callable[..., object]:
    """Run `mxlatch scan` with the inventory and a table of these rows."""

    def run(rows: list[str], *arguments: str) -> object:
        inventory, table = tmp_path / "inventory.toml", tmp_path / "net"
        inventory.write_text(INVENTORY)
        table.write_text("\n".join(rows))
        return mxlatch("scan", *FAST, "--inventory", str(inventory), "--net", str(table), *arguments)

    return run


def flat(said: Any) -> str:
    """What was printed, in one line, words one space apart."""
    return " ".join(said.out.split())


def all_refused(block: str, count: int, port: int = 25) -> list[str]:
    """Rows by which nobody listens there: port 1 of this machine."""
    return [f"{block}{n}:{port} = 127.0.0.1:1" for n in range(count)]


def rows(serve: Callable, *doors: str, port: int = 25) -> list[str]:
    """A block of 16 in which these answer with SMTP and the others refuse."""
    taken = {door: serve(_Smtp) for door in doors}
    return [f"{a}:{port} = {taken.get(a, '127.0.0.1:1')}" for a in (f"198.51.100.{n}" for n in range(16))]


def test_a_door_that_the_inventory_lists_is_no_finding(scan: Callable, serve: Callable) -> None:
    said = scan(rows(serve, "198.51.100.1"))
    assert said.code == Exit.OK, said.err
    assert flat(said).startswith(
        "1 door found, all of them authorised by the inventory; of everything else it is known."
    )
    assert "198.51.100.1:25 SMTP listed (mailbox) Exim 4.96: 220 mail.example.com ESMTP" in flat(said)
    assert "1 open, 15 closed, 0 filtered, 0 unknown" in flat(said)
    assert "\x1b" not in said.out


def test_a_door_that_nobody_lists_is_found(scan: Callable, serve: Callable) -> None:
    said = scan(rows(serve, "198.51.100.1", "198.51.100.9"), "--json")
    assert said.code == Exit.FINDINGS, said.err
    told = json.loads(said.out)
    assert told["schema"] == "mxlatch.scan/1"
    assert told["complete"] is True
    assert told["sentence"].startswith("2 doors found, 1 of them not authorised by the inventory")
    (block,) = told["blocks"]
    assert [(o["address"], o["speaks"], o["authorised"], o["software"]) for o in block["open"]] == [
        ("198.51.100.1", "smtp", True, "Exim 4.96"),
        ("198.51.100.9", "smtp", None, "Exim 4.96"),
    ]
    assert (block["closed"], block["filtered"], block["unknown"], block["how"]) == (14, 0, 0, "connect")
    assert told["controlled"] == {"IPv4": [25], "IPv6": []}


def test_smtp_on_an_odd_port_is_known_by_its_greeting(scan: Callable, serve: Callable) -> None:
    table = [
        *(f"198.51.100.{n}:{port} = 127.0.0.1:1" for n in range(16) for port in (22, 2526) if (n, port) not in ODD),
        f"198.51.100.3:22 = {serve(_Ssh)}",
        f"198.51.100.4:2526 = {serve(_Smtp)}",
    ]
    said = scan(table, "198.51.100.0/28", "--ports", "22,2526")
    assert said.code == Exit.FINDINGS, said.err
    assert "198.51.100.3:22 not SMTP" in flat(said)
    assert "198.51.100.4:2526 SMTP NOT LISTED Exim 4.96" in flat(said)


ODD = {(3, 22), (4, 2526)}


def test_without_the_control_nothing_is_called_closed(scan: Callable) -> None:
    said = scan(all_refused("198.51.100.", 16))
    assert said.code == Exit.INCOMPLETE
    assert "0 doors found; incomplete: 16 address-port pairs unknown." in flat(said)
    assert "0 closed, 0 filtered, 16 unknown (16 refused without the control)" in flat(said)
    assert scan(all_refused("198.51.100.", 16), "--allow-unknown").code == Exit.OK


def test_a_listed_door_elsewhere_is_the_control(scan: Callable, serve: Callable) -> None:
    said = scan([*all_refused("198.51.100.", 16)[2:4], f"198.51.100.1:25 = {serve(_Smtp)}"], "198.51.100.2/31")
    assert said.code == Exit.OK, said.err
    assert "0 open, 2 closed, 0 filtered, 0 unknown" in flat(said)
    assert "IPv4 port 25" in flat(said)


def test_what_has_no_route_is_unknown(scan: Callable, serve: Callable) -> None:
    said = scan(rows(serve, "198.51.100.1")[:8])
    assert said.code == Exit.INCOMPLETE
    assert "8 unknown (8 without a way there)" in flat(said)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("192.0.2.0/24",), "192.0.2.0/24 is not in a block of the inventory"),
        (("192.0.2.0/24", "--authorised", "me"), "192.0.2.0/24 is not in a block of the inventory"),
        (("203.0.113.0/28",), "block 203.0.113.0/28 has no proof of control"),
        (("198.51.100.0/28", "203.0.113.0/28"), "block 203.0.113.0/28 has no proof of control"),
        (("198.51.100.0/24",), "198.51.100.0/24 is not in a block of the inventory"),
        (("2001:db8::/64",), "give those you know with --ipv6-seeds FILE"),
        (("198.51.100.1/28",), "without host bits"),
        (("example.com",), "is no CIDR"),
        (("198.51.100.0/28", "--ports", "0"), "--ports '0'"),
        (("198.51.100.0/28", "--ports", "25-"), ""),
        (("198.51.100.0/28", "--ports", "ssh"), "--ports 'ssh'"),
        (("198.51.100.0/28", "--how", "syn"), "--net"),
    ],
)
def test_refused_before_a_packet_goes_out(
    scan: Callable, serve: Callable, arguments: tuple[str, ...], why: str
) -> None:
    if arguments[-1] == "25-":  # read as 25
        assert scan(rows(serve, "198.51.100.1"), *arguments).code == Exit.OK
        return
    said = scan(rows(serve, "198.51.100.1"), *arguments)
    assert said.code == Exit.USAGE
    assert why in said.err
    assert said.out == ""


def test_leave_that_ends_during_the_scan_ends_it_and_not_the_report(
    scan: Callable, serve: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ends(gate: Gate, networks: Iterable[Network]) -> None:
        raise Refused("the leave for block 198.51.100.0/28 (ticket 7) ended on 2026-12-31")

    monkeypatch.setattr(Gate, "scan_all", ends)
    said = scan(rows(serve, "198.51.100.1"))
    assert said.code == Exit.INCOMPLETE
    assert "(ticket 7) ended on 2026-12-31: this is what was seen until then" in said.err
    assert "16 unknown (16 not asked)" in flat(said)


def test_a_block_without_proof_is_named_with_its_remedies(scan: Callable, serve: Callable) -> None:
    said = scan(rows(serve, "198.51.100.1"))
    remedy = (
        'publish the record that `mxlatch config key 203.0.113.0/28` prints, or give the block authorised = "…", or'
    )
    told = f"block 203.0.113.0/28 has no proof of control: {remedy} give --authorised REF"
    assert said.code == Exit.OK  # of the blocks that were scanned
    assert said.err == f"mxlatch: not scanned: {told}\n"
    assert told in scan(rows(serve, "198.51.100.1"), "203.0.113.0/28").err


def test_ipv6_is_tried_from_a_list(scan: Callable, serve: Callable, tmp_path: Path) -> None:
    seeds = tmp_path / "seeds"
    seeds.write_text("2001:db8::25  # the old one\n2001:db8::26\n\n")
    table = [f"[2001:db8::25]:25 = {serve(_Smtp)}", "[2001:db8::26]:25 = 127.0.0.1:1"]
    said = scan(table, "--ipv6-seeds", str(seeds))
    assert said.code == Exit.FINDINGS, said.err
    assert "[2001:db8::25]:25 SMTP NOT LISTED" in flat(said)
    seeds.write_text("198.51.100.1\n")
    assert f"{seeds}:1: '198.51.100.1' is no IPv6 address" in scan(table, "--ipv6-seeds", str(seeds)).err


def test_without_greetings_what_opened_is_unclear(scan: Callable, serve: Callable, tmp_path: Path) -> None:
    out = tmp_path / "scan.json"
    said = scan(rows(serve, "198.51.100.1"), "--no-banners", "-o", str(out))
    assert said.code == Exit.INCOMPLETE
    assert said.out == ""
    assert json.loads(out.read_text())["blocks"][0]["open"][0]["speaks"] == "not-asked"


NMAP = (
    '<nmaprun><host><address addr="{}" addrtype="ipv4"/><ports><port protocol="tcp" portid="2526"><state state="open"/>'
    '<service name="smtp" method="probed"/></port></ports></host></nmaprun>'
)


@pytest.mark.parametrize(
    ("address", "place"), [("198.51.100.9", "198.51.100.0/28"), ("192.0.2.9", "outside the inventory's blocks")]
)
def test_another_scanners_result_stands_beside_the_inventory(
    scan: Callable, tmp_path: Path, address: str, place: str
) -> None:
    (tmp_path / "nmap.xml").write_text(NMAP.format(address))
    said = scan([], "--import", str(tmp_path / "nmap.xml"))
    assert said.code == Exit.FINDINGS, said.err
    assert "nothing is known" in flat(said)
    assert f"{place} port 2526, as nmap tells {address}:2526 SMTP NOT LISTED 1 open" in flat(said)
    assert "control" not in flat(said)


def test_an_import_that_cannot_be_used(scan: Callable, tmp_path: Path) -> None:
    (tmp_path / "x").write_text("Starting Nmap 7.93")
    said = scan([], "--import", str(tmp_path / "x"))
    assert (said.code, said.out) == (Exit.BAD_INPUT, "")
    assert f"{tmp_path / 'x'}: neither nmap's XML" in said.err
    assert scan([], "198.51.100.0/28", "--import", str(tmp_path / "x")).code == Exit.USAGE
    (tmp_path / "x").write_text("[]")
    assert scan([], "--import", str(tmp_path / "x")).code == Exit.INCOMPLETE
