import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import dns.asyncquery
import dns.message
import dns.rcode
import pytest

from mxlatch.data import root_servers
from mxlatch.inventory import read as inventory
from mxlatch.lab.internet import Running, internet
from mxlatch.lab.story import topology
from mxlatch.lab.topology import Topology, parse
from mxlatch.net import table

FOLDER = Path(__file__).parent / "topologies"


def small(name: str) -> Topology:
    return parse((FOLDER / f"{name}.toml").read_text(), name)


def up(what: Topology, run: Callable[[Running], Awaitable[None]]) -> None:
    async def main() -> None:
        async with asyncio.timeout(60), internet(what) as lab:
            await run(lab)

    asyncio.run(main())


async def ask(lab: Running, server: str, name: str, rrtype: str) -> dns.message.Message:
    place = lab.place(server, 53)
    assert place is not None
    return await dns.asyncquery.udp(dns.message.make_query(name, rrtype), place[0], port=place[1], timeout=0.5)


def test_one_can_walk_from_the_root_to_the_rogue() -> None:
    async def run(lab: Running) -> None:
        (root,) = (address for _, address in lab.root_hint_pairs)
        referral = await ask(lab, root, "example.org", "MX")
        tld = str(referral.additional[0][0])
        referral = await ask(lab, tld, "example.org", "MX")
        assert "ns.oldhost.example." in {str(r) for r in referral.authority[0]}
        (old,) = (await ask(lab, lab.resolver[0], "ns.oldhost.example", "A")).answer[0]
        names = {str(r) for r in (await ask(lab, str(old), "example.org", "NS")).answer[0]}
        assert "ns.chem.example.org." in names
        (chem,) = (await ask(lab, str(old), "ns.chem.example.org", "A")).answer[0]
        exchanges = {str(r) for r in (await ask(lab, str(chem), "example.org", "MX")).answer[0]}
        assert "40 bench.example.org." in exchanges
        assert "40 bench.example.org." not in {
            str(r) for r in (await ask(lab, lab.resolver[0], "example.org", "MX")).answer[0]
        }

    up(topology("story2"), run)


def test_the_files_are_such_as_the_command_line_takes(tmp_path: Path) -> None:
    kept: list[tuple[Running, dict[str, str]]] = []

    async def run(lab: Running) -> None:
        kept.append((lab, lab.write(tmp_path)))

    up(topology("story1"), run)
    lab, options = kept[0]
    assert set(options) == {"--net", "--root-hints", "--resolver", "--rdap", "--ca", "--inventory"}
    assert table.parse(Path(options["--net"]).read_text(), "net.txt").rows == lab.table.rows
    assert root_servers(Path(options["--root-hints"]).read_text(), "root.hints") == lab.root_hint_pairs
    owner = inventory.parse(Path(options["--inventory"]).read_text(), "inventory.toml")
    assert [d.name for d in owner.domains] == list(lab.domains)
    assert b"BEGIN CERTIFICATE" in Path(options["--ca"]).read_bytes()


@pytest.mark.parametrize("name", ["story1", "story2", "plain"])
def test_the_inventory_covers_every_address_so_that_the_gate_lets_an_audit_through(name: str) -> None:
    what = topology(name)
    owner = inventory.parse(what.inventory, name)
    addresses = [a for s in what.nameservers for a in s.addresses] + [a for h in what.mailhosts for a in h.addresses]
    assert [a for a in (*addresses, what.internet.tld) if not owner.is_listed(a)] == []


def test_nothing_of_it_is_outside_loopback() -> None:
    async def run(lab: Running) -> None:
        assert {address for address, _ in lab.table.rows.values()} == {"127.0.0.1"}

    up(small("ipv6"), run)


@pytest.mark.parametrize(
    ("address", "port", "fault"),
    [
        ("192.0.2.11", 25, None),
        ("192.0.2.12", 25, TimeoutError),
        ("192.0.2.13", 25, ConnectionRefusedError),
        ("192.0.2.11", 587, ConnectionRefusedError),  # a host that is there, and a port where nobody listens
        ("192.0.2.53", 25, ConnectionRefusedError),
    ],
)
def test_what_a_stranger_finds_behind_the_table(address: str, port: int, fault: type[Exception] | None) -> None:
    async def run(lab: Running) -> None:
        place = lab.place(address, port)
        assert place is not None
        try:
            async with asyncio.timeout(0.3):
                _, writer = await asyncio.open_connection(*place)
            writer.close()
            seen: type[Exception] | None = None
        except (TimeoutError, ConnectionRefusedError) as error:
            seen = type(error)
        assert seen is fault

    up(small("firewalled"), run)


def test_another_vantage_may_get_through_where_a_stranger_does_not() -> None:
    async def main() -> None:
        after = topology("story1").remedied("close")
        async with internet(after, seen_from="198.51.100.25") as lab:
            place = lab.place("192.0.2.25", 25)
            assert place is not None
            async with asyncio.timeout(5):
                reader, writer = await asyncio.open_connection(*place)
                assert b"mail.example.com" in await reader.readline()
                writer.write(b"EHLO x\r\n")
                assert b"[198.51.100.25]" in await reader.readline()
            writer.close()

    asyncio.run(main())


def test_an_address_that_nobody_has_is_nowhere() -> None:
    async def run(lab: Running) -> None:
        assert lab.place("192.0.2.200", 25) is None

    up(small("firewalled"), run)


@pytest.mark.parametrize(
    ("server", "fault"), [("198.51.100.60", dns.exception.Timeout), ("198.51.100.61", ConnectionRefusedError)]
)
def test_silent_and_closed_name_servers(server: str, fault: type[Exception]) -> None:
    async def run(lab: Running) -> None:
        with pytest.raises((fault, dns.exception.Timeout)):
            await ask(lab, server, "example.com", "MX")

    up(small("odd-name-servers"), run)


def test_a_whole_line_of_firewall_covers_name_servers_and_every_port() -> None:
    text = (FOLDER / "null-mx.toml").read_text()
    rule = '\n[[firewall]]\nto = "192.0.2.0/24"\naction = "drop"\n'

    async def only_mail(lab: Running) -> None:
        assert (await ask(lab, "192.0.2.53", "example.com", "MX")).rcode() == dns.rcode.NOERROR

    async def silent(lab: Running) -> None:
        with pytest.raises(dns.exception.Timeout):
            await ask(lab, "192.0.2.53", "example.com", "MX")

    async def wholly_silent(lab: Running) -> None:
        await silent(lab)
        place = lab.place("192.0.2.53", 8080)
        assert place is not None
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await asyncio.open_connection(*place)

    up(parse(text + rule, "x"), only_mail)
    up(parse(text + rule + "port = 53\n", "x"), silent)
    up(parse(text + rule + 'port = "any"\n', "x"), wholly_silent)


@pytest.mark.parametrize("kind", ["normal", "silent", "error", "closed"])
def test_the_registry_can_fail_too(kind: str) -> None:
    what = parse((FOLDER / "null-mx.toml").read_text() + f'\n[internet]\nrdap = "{kind}"\n', "x")

    async def run(lab: Running) -> None:
        host, port = lab.rdap.removeprefix("http://").rstrip("/").split(":")
        assert lab.place(host, int(port)) == (host, int(port))
        if kind == "closed":
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection(host, int(port))
            return
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"GET /domain/example.com HTTP/1.0\r\n\r\n")
        try:
            async with asyncio.timeout(0.3):
                status = (await reader.readline()).split()[1]
        except TimeoutError:
            status = b""
        assert status == {"normal": b"200", "error": b"503", "silent": b""}[kind]
        writer.close()

    up(what, run)


def test_it_is_up_in_half_a_second_and_leaves_nothing_behind() -> None:
    left: list[Path] = []

    async def run(lab: Running) -> None:
        left.append(lab.ca_file)

    begun = time.process_time()  # CPU, so that a busy machine does not fail it
    up(topology("story2"), run)
    assert time.process_time() - begun < 0.5
    assert not left[0].exists()
