import asyncio
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from mxlatch.lab.doors import shut
from mxlatch.lab.internet import Running, internet
from mxlatch.lab.post import SPAM_MARKER, Message
from mxlatch.lab.sender import Refusal
from mxlatch.lab.story import topology
from mxlatch.lab.topology import Topology, parse

FOLDER = Path(__file__).parent / "topologies"
STRANGER, FILTER = "203.0.113.99", "198.51.100.25"
PATIENCE = 5.0  # seconds; everything is on this machine


def small(name: str) -> Topology:
    return parse((FOLDER / f"{name}.toml").read_text(), name)


def up(what: Topology, run: Callable[[Running], Awaitable[None]]) -> None:
    async def main() -> None:
        async with asyncio.timeout(60), internet(what) as lab:
            await run(lab)

    asyncio.run(main())


async def said(lab: Running, address: str, octets: bytes = b"", most: int = 1 << 16) -> bytes:
    """What a door says until it falls silent for a moment or closes."""
    reader, writer = await lab.connect(STRANGER, address, 25)
    writer.write(octets)
    heard = b""
    try:
        async with asyncio.timeout(0.3):
            while len(heard) < most and (more := await reader.read(1 << 16)):
                heard += more
    except TimeoutError:
        pass
    writer.close()
    return heard


@pytest.mark.parametrize(
    ("name", "source", "address", "port", "how"),
    [
        ("odd-doors", STRANGER, "192.0.2.11", 25, None),
        ("odd-doors", STRANGER, "192.0.2.11", 26, "reject"),
        ("odd-doors", STRANGER, "192.0.2.20", 25, "reject"),
        ("odd-doors", STRANGER, "192.0.2.21", 25, "drop"),
        ("firewalled", STRANGER, "192.0.2.12", 25, "drop"),
        ("firewalled", STRANGER, "192.0.2.13", 25, "reject"),
        ("chain", "192.0.2.12", "192.0.2.11", 25, None),
        ("chain", STRANGER, "192.0.2.11", 25, "reject"),
    ],
)
def test_who_gets_through(name: str, source: str, address: str, port: int, how: str | None) -> None:
    assert shut(small(name), source, address, port) == how


def test_misbehaving_doors() -> None:
    async def run(lab: Running) -> None:
        ehlo = b"EHLO probe.example\r\n"
        assert (await said(lab, "192.0.2.11", ehlo + b"QUIT\r\n")).endswith(b"221 2.0.0 Bye\r\n")
        assert await said(lab, "192.0.2.22", ehlo) == b""  # silent
        with pytest.raises(ConnectionResetError):
            await said(lab, "192.0.2.23")
        assert await said(lab, "192.0.2.24") == b"2"  # tarpit: the first octet of "220"
        assert b"\x1b" in await said(lab, "192.0.2.25")  # garbage
        assert (await said(lab, "192.0.2.26")).count(b"\r\n") == 4  # early
        assert b"\n" not in await said(lab, "192.0.2.27", most=1 << 20)  # flood
        assert await said(lab, "192.0.2.28") == b"421 4.3.2 busy.example.com Service not available, try again later\r\n"
        assert await said(lab, "192.0.2.29") == b"554 5.7.1 refuses.example.com No SMTP service here\r\n"

    up(small("odd-doors"), run)


def test_starttls_with_the_lab_s_ca() -> None:
    async def run(lab: Running) -> None:
        reader, writer = await lab.connect(STRANGER, "192.0.2.11", 25)
        writer.write(b"EHLO probe.example\r\nSTARTTLS\r\n")
        await reader.readuntil(b"220 2.0.0 Ready to start TLS\r\n")
        context = ssl.create_default_context(cafile=str(lab.ca_file))
        await writer.start_tls(context, server_hostname="good.example.com")
        writer.write(b"EHLO probe.example\r\nQUIT\r\n")
        heard = await reader.read()
        assert b"250-good.example.com" in heard
        assert b"STARTTLS" not in heard
        writer.close()

    up(small("certificates"), run)


def test_what_is_sent_before_the_handshake_is_never_acted_upon() -> None:
    async def run(lab: Running) -> None:
        reader, writer = await lab.connect(STRANGER, "192.0.2.11", 25)
        writer.write(b"EHLO probe.example\r\nSTARTTLS\r\nMAIL FROM:<injected@sender.example>\r\n")
        await reader.readuntil(b"220 2.0.0 Ready to start TLS\r\n")
        context = ssl.create_default_context(cafile=str(lab.ca_file))
        await writer.start_tls(context, server_hostname="good.example.com")
        writer.write(b"RCPT TO:<anna@example.com>\r\nQUIT\r\n")
        assert (await reader.read()).startswith(b"503 ")
        writer.close()

    up(small("certificates"), run)


def test_a_client_that_breaks_off_the_handshake_hurts_nobody() -> None:
    async def run(lab: Running) -> None:
        assert b"220 2.0.0" in await said(lab, "192.0.2.11", b"EHLO x\r\nSTARTTLS\r\n")
        assert b"220 2.0.0" in await said(lab, "192.0.2.11", b"EHLO x\r\nSTARTTLS\r\n\x16\x03\x01garbage")
        assert (await said(lab, "192.0.2.11")).startswith(b"220 ")

    up(small("certificates"), run)


@pytest.mark.parametrize(
    ("octets", "last"),
    [
        (b"NOOP\r\nNOOP\nQUIT\r\n", b"221 2.0.0 Bye"),
        (b"A" * 5000, b"500 5.5.2 Error: line too long"),
        (b"\x00\xff\xfe\r\nQUIT\r\n", b"221 2.0.0 Bye"),
        (b"MAIL FROM:<>\r\nRCPT TO:<anna@example.com>\r\nDATA\r\n.\r\nQUIT\r\n", b"221 2.0.0 Bye"),
        # The end of a message is CRLF.CRLF and nothing else (CVE-2023-51764): this one goes on.
        (
            b"MAIL FROM:<>\r\nRCPT TO:<anna@example.com>\r\nDATA\r\nx\n.\nQUIT\r\n",
            b"354 End data with <CR><LF>.<CR><LF>",
        ),
    ],
)
def test_octets_that_no_honest_client_sends(octets: bytes, last: bytes) -> None:
    async def run(lab: Running) -> None:
        assert (await said(lab, "192.0.2.11", octets)).rstrip(b"\r\n").rpartition(b"\r\n")[2] == last

    up(small("unlatched"), run)


def mail(*recipients: str, content: bytes = b"Subject: hello\r\n\r\n.dot\r\n..dots\r\nbye\r\n") -> Message:
    return Message("someone@sender.example", recipients, content)


def test_story_1_the_filter_refuses_and_the_secondary_lets_in() -> None:
    spam = mail("anna@example.com", content=b"Subject: x\r\n\r\n" + SPAM_MARKER + b"\r\n")

    async def before(lab: Running) -> None:
        with pytest.raises(Refusal, match=r"DATA: 550 5\.7\.1 Message content rejected"):
            await lab.send(STRANGER, FILTER, 25, spam)
        assert lab.post.mailboxes == {}
        await lab.send(STRANGER, "192.0.2.25", 25, spam)
        assert lab.post.mailboxes["anna@example.com"][0].doors == ("mail.example.com",)
        await lab.send(STRANGER, "192.0.2.25", 25, mail("nobody@example.com"))
        assert [b.reason for b in lab.post.bounces] == ["unknown user nobody@example.com"]

    async def after(lab: Running) -> None:
        with pytest.raises(TimeoutError):
            await lab.send(STRANGER, "192.0.2.25", 25, spam)
        await lab.send(STRANGER, FILTER, 25, mail("anna@example.com"))
        (message,) = lab.post.mailboxes["anna@example.com"]
        assert message.doors == ("mx.filter.example", "mail.example.com")
        assert message.content.endswith(b"\r\n\r\n.dot\r\n..dots\r\nbye\r\n")

    up(topology("story1"), before)
    up(topology("story1").remedied("close"), after)


def test_story_2_the_rogue_hands_on_what_its_next_hop_refuses() -> None:
    async def run(lab: Running) -> None:
        await lab.send(STRANGER, "192.0.2.66", 25, mail("anna@example.org"))
        assert lab.post.mailboxes["anna@example.org"][0].doors == ("bench.example.org", "mx1.example.org")
        await lab.send(STRANGER, "192.0.2.66", 25, mail("nobody@example.org"))
        (bounce,) = lab.post.bounces
        assert bounce.by == "bench.example.org"
        assert bounce.reason.startswith("RCPT: 550 5.1.1 <nobody@example.org>")

    up(topology("story2"), run)


@pytest.mark.parametrize(("client", "arrives"), [(STRANGER, True), ("203.0.113.66", False)])
def test_a_chain_hands_the_client_s_address_on(client: str, arrives: bool) -> None:
    async def run(lab: Running) -> None:
        await lab.send(client, "192.0.2.13", 25, mail("anna@example.com"))
        assert bool(lab.post.mailboxes) == arrives
        if arrives:
            doors = lab.post.mailboxes["anna@example.com"][0].doors
            assert doors == ("c.example.com", "b.example.com", "a.example.com")
        else:
            assert "Client host [203.0.113.66] blocked" in lab.post.bounces[0].reason

    up(small("chain"), run)


def test_two_relays_that_hand_to_each_other_stop() -> None:
    text = (FOLDER / "unlatched.toml").read_text()
    for one, other in (("mx1", "mx2"), ("mx2", "mx1")):
        head = f'[[mailhost]]\nname = "{one}.example.com"\n'
        assert head in text
        text = text.replace(head, f'{head}next_hop = "{other}.example.com"\n')

    async def run(lab: Running) -> None:
        await lab.send(STRANGER, "192.0.2.11", 25, mail("anna@example.com"))
        assert [b.reason for b in lab.post.bounces] == ["too many hops"]

    up(parse(text, "loop"), run)


def test_an_open_relay_sends_out_for_others() -> None:
    async def run(lab: Running) -> None:
        await lab.send(STRANGER, "192.0.2.12", 25, mail("someone@else.example"))
        assert [m.recipients for m in lab.post.relayed] == [("someone@else.example",)]
        assert lab.post.mailboxes == {}

    up(small("open-relay"), run)


def test_a_next_hop_that_is_shut_makes_a_bounce() -> None:
    text = (FOLDER / "mixed-operators.toml").read_text()
    shut_off = text + '\n[[firewall]]\nto = "192.0.2.11"\naction = "reject"\n'

    async def run(lab: Running) -> None:
        await lab.send(STRANGER, FILTER, 25, mail("anna@example.com"))
        assert [b.reason for b in lab.post.bounces] == ["192.0.2.11 port 25 refuses 198.51.100.25"]

    up(parse(shut_off, "shut"), run)
