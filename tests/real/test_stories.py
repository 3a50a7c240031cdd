"""Story 3 on real Postfix: a fallback that relays hides who connected, and what judges by client is blind.

The lab plays the same (tests/lab/test_story.py); where the two differ, the lab is wrong (DESIGN section 9).
"""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from realnet import smtp
from realnet.auditor import INVENTORY, LEAVE, Run, audit
from realnet.network import Host, Net, wait_until
from realnet.server import Server
from realnet.village import Village
from realnet.world import ADDRESSES, DOMAIN, RECIPIENT

from mxlatch.lab.post import Message
from mxlatch.lab.sender import Refusal, hand_over

LISTED = "203.0.113.66"
PRIMARY, FALLBACK = ADDRESSES["mx1"][0], ADDRESSES["mx2"][0]
KNOWN = (RECIPIENT.partition("@")[0],)
ZONE = (
    "@ MX 10 mx1",
    "@ MX 20 mx2",
    *(f"{name} {'AAAA' if ':' in a else 'A'} {a}" for name in ("mx1", "mx2") for a in ADDRESSES[name]),
)
DOORS = f"""
[[door]]
name = "mx1.{DOMAIN}"
addresses = {json.dumps(ADDRESSES["mx1"])}
latches = {{ dnsbl = "check_client_access" }}

[[door]]
name = "mx2.{DOMAIN}"
addresses = {json.dumps(ADDRESSES["mx2"])}
role = "backup"
next_hop = "{PRIMARY}:25"
latches = {{ dnsbl = false }}
"""
BLOCK_LIST_TOO = INVENTORY.replace('"relay", "tls"]', '"relay", "tls", "dnsbl"]')


class Place:
    """The domain with its two exchangers, and a bot whose address is listed."""

    def __init__(self, net: Net, folder: Path) -> None:
        self.village = Village(net, folder, {DOMAIN: ZONE})
        self.bot = net.host("bot", LISTED)
        self.fallback_host = self.village.hosts["mx2"]
        self.primary = self._server("mx1", delivers=True, listed=(LISTED,), xclient=(FALLBACK,))
        self.fallback = self._server("mx2", relays_to=PRIMARY)

    def _server(self, name: str, **latches: object) -> Server:
        full = f"{name}.{DOMAIN}"
        exchanger = smtp.Exchanger(full, DOMAIN, KNOWN, self.village.certificate(full), **latches)  # type: ignore[arg-type]
        return smtp.postfix(self.village.hosts[name], exchanger)

    @property
    def mailbox(self) -> list[str]:
        new = smtp.maildir(self.village.hosts["mx1"], KNOWN[0]) / "new"
        return [file.read_text() for file in new.iterdir()]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("stories")
    with Net(folder / "hosts") as net:
        yield Place(net, folder)


def send(source: Host, address: str, subject: str, client: str = "") -> None:
    """Hand a message over, as the lab's sender does; client: to tell by XCLIENT, where that is offered."""
    content = f"Subject: {subject}\r\n\r\nHello\r\n".encode()
    message = Message("someone@sender.example", (RECIPIENT,), content)

    async def run() -> None:
        reader, writer = await asyncio.open_connection(sock=source.connect(address, 25))
        await hand_over(reader, writer, "sender.example", message, client)

    asyncio.run(run())


def test_who_is_listed_is_refused_by_the_primary(place: Place) -> None:
    with pytest.raises(Refusal, match=r"RCPT: 554 5\.7\.1 <unknown\[203\.0\.113\.66\]>: Client host rejected: listed"):
        send(place.bot, PRIMARY, "to the primary")


def test_and_gets_in_by_the_fallback_although_the_primary_offers_it_xclient(place: Place) -> None:
    send(place.bot, FALLBACK, "by the fallback")
    wait_until(lambda: any("Subject: by the fallback" in each for each in place.mailbox), "the message")
    (message,) = (each for each in place.mailbox if "Subject: by the fallback" in each)
    told, *_ = message.split("Received: ")[1:]
    # What the primary saw is the fallback; Postfix's own client never sends XCLIENT, only XFORWARD, which is for logs.
    assert f"[{FALLBACK}]" in told
    assert f"client=unknown[{FALLBACK}]" in place.primary.log()
    assert LISTED not in told


def test_a_relay_that_hands_on_who_connected_makes_the_primary_see(place: Place) -> None:
    with pytest.raises(Refusal, match=r"Client host rejected: listed"):
        send(place.fallback_host, PRIMARY, "with xclient", client=LISTED)
    send(place.fallback_host, PRIMARY, "from a good client", client="203.0.113.99")
    wait_until(lambda: any("Subject: from a good client" in each for each in place.mailbox), "the message")
    assert not any("Subject: with xclient" in each for each in place.mailbox)


def test_nobody_else_may_say_which_client_is_meant(place: Place) -> None:
    with pytest.raises(Refusal, match=r"Client host rejected: listed"):
        send(place.bot, PRIMARY, "a lie", client="203.0.113.99")


@pytest.fixture(scope="module")
def seen(place: Place, tmp_path_factory: pytest.TempPathFactory) -> Run:
    home = tmp_path_factory.mktemp("audit")
    return audit(place.village, home, *LEAVE, "--no-search", inventory=BLOCK_LIST_TOO + DOORS)


def test_the_audit_says_that_the_fallback_goes_round_the_block_list(seen: Run) -> None:
    assert seen.json["verdict"] == "open"
    assert seen.json["sentence"] == "2 of 4 doors reach the mailbox without the block list."
    open_ = {door["address"] for door in seen.json["doors"] if door["verdict"] == "open"}
    assert open_ == {*ADDRESSES["mx2"]}
