import email
import email.policy

import pytest
from msgspec import structs

from mxlatch.canary.message import GTUBE, PLAIN, TEST_STRING, Text, compose
from mxlatch.wire.smtp.deliver import stuffed

TEXT = Text(
    domain="example.com",
    sender="probe@sender.example",
    recipient="anna@example.com",
    date="Thu, 01 Jan 2026 00:00:00 +0000",
    operator="The mail team",
    contact="https://sender.example/probes",
    leave="--authorised ticket 4711",
)
TOKEN = "0123456789abcdef"


def composed(kind: str = PLAIN) -> bytes:
    return compose(TEXT, TOKEN, kind, "2001:db8::25", 25)


def test_the_token_stands_where_filters_and_mailboxes_keep_it() -> None:
    message = email.message_from_bytes(composed(), policy=email.policy.default)
    assert TOKEN in message["Message-ID"]
    assert message["Subject"] == f"mxlatch canary {TOKEN}"
    assert message["X-Mxlatch-Canary"] == TOKEN
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.defects == []


def test_it_says_who_sends_it_why_and_whom_to_ask() -> None:
    body = composed().decode().partition("\r\n\r\n")[2]
    for said in ("test message", "[2001:db8::25]:25", "example.com", TEXT.operator, TEXT.contact, TEXT.leave):
        assert said in body


def test_the_test_string_only_if_asked_and_on_a_line_of_its_own() -> None:
    assert GTUBE.encode() not in composed()
    assert f"\r\n{GTUBE}\r\n".encode() in composed(TEST_STRING)


@pytest.mark.parametrize("kind", [PLAIN, TEST_STRING])
def test_it_can_be_sent(kind: str) -> None:
    assert stuffed(composed(kind)).endswith(b"\r\n.\r\n")
    assert max(map(len, composed(kind).split(b"\r\n"))) <= 78


@pytest.mark.parametrize("field", ["sender", "recipient", "operator", "contact", "leave", "domain", "date"])
@pytest.mark.parametrize("bad", ["a\r\nBcc: x@y", "a\nb", "ä", "a\x00b"])
def test_no_text_makes_a_header_of_its_own(field: str, bad: str) -> None:
    with pytest.raises(ValueError, match=f"{field}.*cannot stand in a message"):
        compose(structs.replace(TEXT, **{field: bad}), TOKEN, PLAIN, "192.0.2.25", 25)
