"""Reads headers from one IMAP folder, over verified TLS, through the gate: the mailbox in which canaries arrive.

A connection for each look: between looks minutes may go by, and what stands idle is cut off by firewalls. Only the host
that the operator gave is contacted, and only by implicit TLS (RFC 8314): a password never goes out in clear.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from mxlatch.net import tls
from mxlatch.net.gate import Refused
from mxlatch.net.scope import parse_address
from mxlatch.net.smtp import Link, NoConnection, TooMuch, connect
from mxlatch.terms.errors import ProtocolError
from mxlatch.wire import imap

PORT = 993  # RFC 8314 section 3.2
CONNECT, LOOK = 15.0, 60.0  # seconds for one address, and for a whole look
MOST_ADDRESSES = 4  # of the host that are tried in turn
_OCTETS = 32 * 1024 * 1024  # of one look: two hundred headers of ordinary length, and a hundred times that

Resolve = Callable[[str, int], Awaitable[list[str]]]


class ImapError(Exception):
    """The folder cannot be read; the message is for people and holds no password."""


class Account(Struct, frozen=True):
    """Whose folder. The password is shown nowhere."""

    host: str
    port: int
    user: str
    password: str
    folder: str = "INBOX"

    def __repr__(self) -> str:
        """Without the password."""
        return f"imaps://{self.user}@{self.host}:{self.port}/{self.folder}"


class Gate(Protocol):
    """What is needed of `net.gate.Gate`; raises `Refused`."""

    def mailbox(self, host: str, address: str, port: int) -> tuple[str, int]:
        """Where to connect."""


class Folder:
    """One folder, looked into again and again."""

    def __init__(self, gate: Gate, account: Account, *, ca: Path | None = None, resolve: Resolve | None = None) -> None:
        """ca: a PEM file to trust in place of the system's. resolve: host and port to addresses."""
        self._gate, self._account, self._ca = gate, account, ca
        self._resolve = resolve or _getaddrinfo

    async def headers(self, name: str, tokens: Collection[str]) -> list[bytes]:
        """The headers of the messages that have one of these in the header `name`, or in their subject.

        Raises:
            ImapError: whatever kept us from looking.
        """
        try:
            async with asyncio.timeout(LOOK):
                return await self._look(name, tokens)
        except TimeoutError:
            raise self._failed(f"no whole answer within {LOOK:g} s") from None
        except ssl.SSLCertVerificationError as error:  # also a ValueError
            raise self._failed(f"certificate not trusted: {error.verify_message}") from None
        except (Refused, ProtocolError, ValueError) as error:
            raise self._failed(str(error)) from None
        except ssl.SSLError as error:
            raise self._failed(f"TLS: {tls.refusal(error)}") from None
        except TooMuch:
            raise self._failed(f"more than {_OCTETS} octets") from None
        except ConnectionAbortedError:
            raise self._failed("the server closed the connection during the TLS handshake") from None
        except OSError as error:
            raise self._failed((error.strerror or str(error) or type(error).__name__).lower()) from None

    async def _look(self, name: str, tokens: Collection[str]) -> list[bytes]:
        with Link(await self._connect(), _OCTETS) as link:
            context = ssl.create_default_context(cafile=None if self._ca is None else str(self._ca))
            await link.secure(context, self._account.host)
            talk = _Talk(link)
            await talk.log_in(self._account)
            await talk.ask(imap.examine(self._account.folder))
            uids: dict[int, None] = {}
            for token in sorted(tokens):
                uids.update(dict.fromkeys(imap.found(await talk.ask(imap.search(name, token)))))
            read = [imap.header(await talk.ask(imap.fetch(uid))) for uid in list(uids)[: imap.MOST_MESSAGES]]
            with suppress(ImapError, OSError):
                await talk.ask("LOGOUT")
        return [header for header in read if header is not None]

    async def _connect(self) -> socket.socket:
        host, port = self._account.host, self._account.port
        addresses = [host] if parse_address(host) else await self._resolve(host, port)
        failure = "it has no address"
        for address in addresses[:MOST_ADDRESSES]:
            try:
                return await connect(self._gate.mailbox(host, address, port), CONNECT)
            except NoConnection as none:
                failure = none.reason.lower()
        raise ImapError(f"{self._account!r}: {failure}")

    def _failed(self, why: str) -> ImapError:
        return ImapError(f"{self._account!r}: {why}")


class _Talk:
    """Commands and their answers, one after the other."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._parser = imap.ResponseParser()
        self._waiting: list[imap.Response] = []
        self._count = 0

    async def log_in(self, account: Account) -> None:
        """Hear the greeting, and log in."""
        greeting = await self._next()
        if greeting.text.upper().startswith("PREAUTH"):
            return
        if greeting.tag != "*" or not greeting.text.upper().startswith("OK"):
            raise ImapError(f"{account!r}: it greets with {greeting.text[:100]!r}")
        await self.ask("AUTHENTICATE PLAIN", imap.plain(account.user, account.password))

    async def ask(self, command: str, secret: str = "") -> list[imap.Response]:
        """Say it, and the secret when it is asked for; the untagged responses, up to the tagged OK."""
        self._count += 1
        tag = f"a{self._count}"
        await self._link.send(f"{tag} {command}\r\n".encode("ascii"))
        untagged: list[imap.Response] = []
        while (response := await self._next()).tag != tag:
            if response.tag == "+":
                await self._link.send(f"{secret}\r\n".encode("ascii"))
                secret = ""
            else:
                untagged.append(response)
        if not response.text.upper().startswith("OK"):
            raise ProtocolError(f"{' '.join(command.split()[:2])}: {response.text[:200]}")
        return untagged

    async def _next(self) -> imap.Response:
        while not self._waiting:
            data = await self._link.receive()
            if not data:
                raise ProtocolError("the server closed the connection")
            self._waiting = self._parser.feed(data)
        return self._waiting.pop(0)


async def _getaddrinfo(host: str, port: int) -> list[str]:
    """By the system's resolver, as any mail program does."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))
