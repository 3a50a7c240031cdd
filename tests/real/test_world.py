"""The world is as realnet/world.py says: asked with dig and by hand, without mxlatch."""

import json
import re
import socket
import ssl
from typing import Self

import pytest
from realnet.world import ADDRESSES, DOMAIN, World

RCPT = {"known": f"info@{DOMAIN}", "random": f"xk7q2v9t@{DOMAIN}", "foreign": "postmaster@probe.example.net"}


def dig(world: World, server: str, name: str, rrtype: str, *options: str) -> tuple[str, list[str]]:
    """The status and the sorted answers that a server gives the probe; ("no response", []) for silence."""
    words = ("dig", f"@{server}", name, rrtype, "+tries=1", "+time=1", "+noall", "+comments", "+answer", *options)
    shown = world.probe.run(*words, check=False).stdout
    status = re.search(r"status: (\w+)", shown)
    answers = [line.split(maxsplit=4)[4] for line in shown.splitlines() if re.match(r"[^;\s]", line)]
    return (status[1] if status else "no response"), sorted(answers)


AGREED = ["10 mx1.example.com.", "20 mx2.example.com."]
FOUR = [f"ns{n}.example.com." for n in (1, 2, 3, 4)]


@pytest.mark.parametrize("family", [0, 1], ids=["IPv4", "IPv6"])
@pytest.mark.parametrize(
    ("server", "rrtype", "status", "answers"),
    [
        ("ns1", "MX", "NOERROR", AGREED),
        ("ns2", "MX", "NOERROR", [*AGREED, "30 mx0.example.com."]),
        ("ns3", "MX", "NOERROR", AGREED),
        ("ns4", "MX", "no response", []),
        ("ns5", "MX", "NOERROR", [*AGREED, "30 mx3.example.com."]),
        ("ns6", "MX", "REFUSED", []),
        ("ns1", "NS", "NOERROR", FOUR),
        ("ns2", "NS", "NOERROR", FOUR),
        ("ns3", "NS", "NOERROR", [*FOUR, "ns5.example.com."]),
        ("ns5", "NS", "NOERROR", [*FOUR, "ns5.example.com."]),
        ("com", "NS", "NOERROR", []),  # a referral
        ("root", "NS", "NOERROR", []),
    ],
)
def test_each_name_server_says_its_own(
    world: World, family: int, server: str, rrtype: str, status: str, answers: list[str]
) -> None:
    assert dig(world, ADDRESSES[server][family], DOMAIN, rrtype, "+norec") == (status, answers)


@pytest.mark.parametrize("host", [name for name in ADDRESSES if name.startswith(("ns", "mx"))])
def test_the_resolver_finds_every_host(world: World, host: str) -> None:
    v4, v6 = ADDRESSES[host]
    # Asked again, as a stub does: what took Unbound longer than its discard-timeout (ns4 is silent) it only remembers.
    patiently = ("+tries=4", "+time=3")
    assert dig(world, world.resolver, f"{host}.{DOMAIN}", "A", *patiently) == ("NOERROR", [v4])
    assert dig(world, world.resolver, f"{host}.{DOMAIN}", "AAAA", *patiently) == ("NOERROR", [v6])


def test_the_registry_lists_a_sixth(world: World) -> None:
    with world.probe.connect(world.hosts["registry"].v4, 80) as registry:
        registry.sendall(f"GET /domain/{DOMAIN} HTTP/1.0\r\n\r\n".encode())
        head, _, body = b"".join(iter(lambda: registry.recv(65536), b"")).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.0 200 ")
    assert [server["ldhName"] for server in json.loads(body)["nameservers"]] == [
        f"NS{n}.EXAMPLE.COM" for n in (1, 2, 3, 4, 6)
    ]


class Dialogue:
    """A client that says a line and gives back the code of the answer."""

    def __init__(self, world: World, address: str) -> None:
        self.connection: socket.socket = world.probe.connect(address, 25)
        self.greeting = self._answer()
        self.ehlo = self.say("EHLO probe.example.net")

    def say(self, line: str) -> str:
        self.connection.sendall(line.encode() + b"\r\n")
        return self._answer()

    def starttls(self, trusted: ssl.SSLContext, name: str) -> None:
        assert self.say("STARTTLS").startswith("220")
        self.connection = trusted.wrap_socket(self.connection, server_hostname=name)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.connection.close()

    def _answer(self) -> str:
        text = ""
        while not re.search(r"^\d{3}( .*)?\r\n\Z", text, re.MULTILINE):
            part = self.connection.recv(4096).decode()
            assert part, f"closed after {text!r}"
            text += part
        return text


@pytest.mark.parametrize("family", [0, 1], ids=["IPv4", "IPv6"])
@pytest.mark.parametrize(
    ("exchanger", "software", "starttls", "codes"),
    [
        ("mx1", "ESMTP Postfix", True, {"known": "250", "random": "550", "foreign": "554"}),
        ("mx2", "ESMTP Exim", True, {"known": "250", "random": "250", "foreign": "550"}),
        ("mx3", "ESMTP OpenSMTPD", False, {"known": "250", "random": "524", "foreign": "550"}),
    ],
)
def test_each_exchanger_has_its_latches(
    world: World, exchanger: str, family: int, software: str, starttls: bool, codes: dict[str, str]
) -> None:
    name = f"{exchanger}.{DOMAIN}"
    with Dialogue(world, ADDRESSES[exchanger][family]) as dialogue:
        assert dialogue.greeting.startswith(f"220 {name} ")
        assert software in dialogue.greeting
        assert ("STARTTLS" in dialogue.ehlo) is starttls
        assert "XCLIENT" not in dialogue.ehlo
        if starttls:
            dialogue.starttls(ssl.create_default_context(cafile=str(world.ca_file)), name)
            dialogue.say("EHLO probe.example.net")
        assert dialogue.say("MAIL FROM:<>").startswith("250")
        assert {label: dialogue.say(f"RCPT TO:<{address}>")[:3] for label, address in RCPT.items()} == codes
        assert dialogue.say("QUIT").startswith("221")


def test_nothing_is_left_behind_mx0(world: World) -> None:
    with pytest.raises(ConnectionRefusedError):
        world.probe.connect(world.hosts["mx0"].v4, 25)


@pytest.mark.parametrize(
    ("exchanger", "in_log"), [("mx1", "rcpt=1"), ("mx2", "RCPT TO:<info@"), ("mx3", "<<< RCPT TO:<info@")]
)
def test_an_exchanger_logs_each_rcpt(world: World, exchanger: str, in_log: str) -> None:
    before = len(world.servers[exchanger].log())
    with Dialogue(world, world.hosts[exchanger].v4) as dialogue:
        for line in ("MAIL FROM:<>", f"RCPT TO:<{RCPT['known']}>", "QUIT"):
            dialogue.say(line)
    world.until_logged(exchanger, in_log, before)


@pytest.mark.parametrize("name", ["ns1", "ns2", "ns3", "mx1", "mx2", "mx3", "rdap"])
def test_a_server_that_is_stopped_refuses_until_it_is_started(world: World, name: str) -> None:
    host = world.servers[name].host
    port = 80 if name == "rdap" else 53 if name.startswith("ns") else 25
    with world.without(name), pytest.raises(ConnectionRefusedError):
        world.probe.connect(host.v4, port)
    world.probe.connect(host.v4, port).close()
