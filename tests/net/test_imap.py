"""An IMAP folder at a real socket, with TLS; the server plays each line."""

import asyncio
import ssl
from pathlib import Path

import pytest
import trustme

from mxlatch.net.gate import Gate
from mxlatch.net.imap import Account, Folder, ImapError

HEADER = b"X-Mxlatch-Canary: ab12\r\nSubject: mxlatch canary ab12\r\n\r\n"
HOST = "imap.example.com"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


class Server:
    """Answers what it knows; `answers` replaces the reply to commands that begin so."""

    def __init__(self, **answers: bytes) -> None:
        self.answers = answers
        self.said: list[str] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(self.answers.get("greeting", b"* OK ready\r\n"))
            while line := (await reader.readline()).decode().rstrip("\r\n"):
                tag, _, command = line.partition(" ")
                self.said.append(command)
                if command == "AUTHENTICATE PLAIN":
                    writer.write(b"+ \r\n")
                    self.said.append((await reader.readline()).decode().rstrip("\r\n"))
                verb = command.removeprefix("UID ").partition(" ")[0].lower()
                writer.write(self.answers.get(verb, self._usual(verb)).replace(b"TAG", tag.encode()))
        finally:
            writer.close()

    def _usual(self, verb: str) -> bytes:
        match verb:
            case "search":
                return b"* SEARCH 17\r\nTAG OK\r\n"
            case "fetch":
                return b"* 4 FETCH (UID 17 BODY[HEADER]<0> {%d}\r\n%b)\r\nTAG OK\r\n" % (len(HEADER), HEADER)
        return b"TAG OK done\r\n"


def looked(server: Server, authority: trustme.CA, folder: Path, *, name: str = HOST, given: str = HOST) -> list[bytes]:
    async def resolve(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    async def run() -> list[bytes]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(name).configure_cert(context)
        ca = folder / "ca.pem"
        authority.cert_pem.write_to_path(str(ca))
        async with await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=context) as listening:
            account = Account(HOST, listening.sockets[0].getsockname()[1], "anna", "secret", "Junk")
            gate = Gate(given_mailbox=frozenset({given}))
            return await Folder(gate, account, ca=ca, resolve=resolve).headers("X-Mxlatch-Canary", ["ab12"])

    return asyncio.run(run())


def test_a_canary_is_found_and_nothing_is_changed(authority: trustme.CA, tmp_path: Path) -> None:
    server = Server()
    assert looked(server, authority, tmp_path) == [HEADER]
    assert server.said == [
        "AUTHENTICATE PLAIN",
        "AGFubmEAc2VjcmV0",
        'EXAMINE "Junk"',
        'UID SEARCH OR HEADER "X-Mxlatch-Canary" "ab12" SUBJECT "ab12"',
        "UID FETCH 17 (BODY.PEEK[HEADER]<0.262144>)",
        "LOGOUT",
    ]


def test_an_empty_folder(authority: trustme.CA, tmp_path: Path) -> None:
    assert looked(Server(search=b"* SEARCH\r\nTAG OK\r\n"), authority, tmp_path) == []
    assert looked(Server(fetch=b"TAG OK gone\r\n"), authority, tmp_path) == []


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ({"greeting": b"* BYE full\r\n"}, "it greets with 'BYE full'"),
        ({"authenticate": b"TAG NO [AUTHENTICATIONFAILED] no\r\n"}, "AUTHENTICATE PLAIN: NO [AUTHENTICATIONFAILED]"),
        ({"examine": b"TAG NO no such mailbox\r\n"}, 'EXAMINE "Junk": NO no such mailbox'),
        ({"search": b"TAG BAD what\r\n"}, "UID SEARCH: BAD what"),
        ({"greeting": b"\x00\xff\r\n"}, "not an IMAP response"),
        ({"fetch": b"* 1 FETCH {999999999}\r\n"}, "an IMAP response of more than"),
        ({"search": b"* SEARCH " + b"1" * 70_000 + b"\r\n"}, "an IMAP line longer than"),
    ],
)
def test_what_goes_wrong_is_told_without_the_password(
    authority: trustme.CA, tmp_path: Path, answers: dict[str, bytes], why: str
) -> None:
    with pytest.raises(ImapError) as told:
        looked(Server(**answers), authority, tmp_path)
    assert str(told.value).startswith(f"imaps://anna@{HOST}:")
    assert why in str(told.value)
    assert "secret" not in str(told.value)


def test_no_password_goes_to_a_host_that_is_not_who_it_says(authority: trustme.CA, tmp_path: Path) -> None:
    server = Server()
    with pytest.raises(ImapError, match="certificate not trusted"):
        looked(server, authority, tmp_path, name="else.example.com")
    assert server.said == []


def test_only_the_host_that_was_given_is_contacted(authority: trustme.CA, tmp_path: Path) -> None:
    with pytest.raises(ImapError, match="was not given with --imap"):
        looked(Server(), authority, tmp_path, given="other.example.com")


def test_a_server_that_hangs_up_at_once() -> None:
    async def run() -> None:
        async with await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0) as server:
            account = Account("127.0.0.1", server.sockets[0].getsockname()[1], "anna", "secret")
            await Folder(Gate(given_mailbox=frozenset({"127.0.0.1"})), account).headers("X", ["ab12"])

    with pytest.raises(ImapError, match=r"closed the connection|reset by peer"):
        asyncio.run(run())


def test_nobody_listens(tmp_path: Path) -> None:
    async def run() -> None:
        async with await asyncio.start_server(lambda *_: None, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
        account = Account("127.0.0.1", port, "anna", "secret")
        await Folder(Gate(given_mailbox=frozenset({"127.0.0.1"})), account).headers("X", ["ab12"])

    with pytest.raises(ImapError, match="connection refused"):
        asyncio.run(run())
