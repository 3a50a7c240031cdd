import asyncio

import pytest

from mxlatch.lab.post import Message
from mxlatch.lab.sender import Refusal, hand_over

MESSAGE = Message("a@sender.example", ("x@example.com", "y@example.com"), b"Subject: x\r\n\r\n.a\r\n")
OK = b"220 mx\r\n250-mx\r\n250 XCLIENT ADDR\r\n"


def send(replies: bytes, client: str = "") -> tuple[dict[str, str], bytes]:
    """Hand the message to a door that says these replies, whatever it is told; gives what it was told too."""

    async def run() -> tuple[dict[str, str], bytes]:
        heard = bytearray()
        done = asyncio.Event()

        async def door(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(replies)
            if writer.can_write_eof():
                writer.write_eof()
            heard.extend(await reader.read())
            writer.close()
            done.set()

        server = await asyncio.start_server(door, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        try:
            return await hand_over(reader, writer, "sender.example", MESSAGE, client), b""
        finally:
            await asyncio.wait_for(done.wait(), 5)
            transcripts.append(bytes(heard))
            server.close()

    transcripts: list[bytes] = []
    result, _ = asyncio.run(run())
    return result, transcripts[0]


def test_a_whole_transaction() -> None:
    replies, told = send(OK + b"250 ok\r\n250 ok\r\n550 no\r\n354 go\r\n250 queued\r\n")
    assert replies == {"x@example.com": "250 ok", "y@example.com": "550 no"}
    assert told == (
        b"EHLO sender.example\r\nMAIL FROM:<a@sender.example>\r\nRCPT TO:<x@example.com>\r\n"
        b"RCPT TO:<y@example.com>\r\nDATA\r\nSubject: x\r\n\r\n..a\r\n.\r\nQUIT\r\n"
    )


def test_the_client_s_address_goes_along_where_xclient_is_offered() -> None:
    rest = b"220 mx\r\n250 mx\r\n250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n250 queued\r\n"
    assert b"XCLIENT ADDR=IPV6:2001:db8::1\r\nEHLO" in send(OK + rest, "2001:db8::1")[1]


@pytest.mark.parametrize(
    ("replies", "stage", "reply"),
    [
        (b"554 go away\r\n", "banner", "554 go away"),
        (OK + b"451 later\r\n", "MAIL FROM:<a@sender.example>", "451 later"),
        (OK + b"250 ok\r\n550-no\r\n550 user\r\n550 none\r\n", "RCPT", "550 user"),
        (OK + b"250 ok\r\n250 ok\r\n250 ok\r\n451 disk\r\n", "DATA", "451 disk"),
        (OK + b"250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n550 spam\r\n", "DATA", "550 spam"),
    ],
)
def test_a_refusal_names_stage_and_reply(replies: bytes, stage: str, reply: str) -> None:
    with pytest.raises(Refusal) as caught:
        send(replies)
    assert (caught.value.stage, caught.value.reply) == (stage, reply)


@pytest.mark.parametrize("replies", [b"", b"220 mx", b"220-mx\r\n", OK])
def test_a_door_that_breaks_off_is_no_refusal(replies: bytes) -> None:
    with pytest.raises(EOFError):
        send(replies)
