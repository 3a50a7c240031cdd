"""The canary itself: a short plain text that says who sends it, why, and whom to ask (RFC 5322, RFC 3834).

Its token stands in Message-ID, Subject and a header of its own, so that the arrival tells the door. It is marked as
made by a machine, so that no honest auto-responder answers. With the GTUBE line, which spam filters know as their test,
it asks a filter to show what it does.
"""

from msgspec import Struct

from mxlatch.terms.door import door_id

TOKEN_HEADER = "X-Mxlatch-Canary"
SUBJECT = "mxlatch canary"
# The Generic Test for Unsolicited Bulk Email, as SpamAssassin publishes it; filters want it on a line of its own.
GTUBE = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"
PLAIN, TEST_STRING = "plain", "gtube"  # the kinds of message


class Text(Struct, frozen=True):
    """What a canary says beside its token. date: as mail writes it (RFC 5322 section 3.3)."""

    domain: str
    sender: str
    recipient: str
    date: str
    operator: str = ""
    contact: str = ""
    leave: str = ""


def compose(text: Text, token: str, kind: str, address: str, port: int) -> bytes:
    """The whole message, with CRLF line ends.

    Raises:
        ValueError: something in `text` cannot stand in a message: not ASCII, or not one line.
    """
    for part in text.__struct_fields__:
        value = getattr(text, part)
        if not value.isascii() or not value.isprintable():
            raise ValueError(f"{part} {value[:60]!r} cannot stand in a message: plain ASCII on one line only")
    lines = [*_header(text, token), "", *_body(text, token, door_id(address, port))]
    if kind == TEST_STRING:
        lines += ["", "The next line is the test string of spam filters (GTUBE). It is no spam.", "", GTUBE]
    return "".join(f"{line}\r\n" for line in lines).encode("ascii")


def _header(text: Text, token: str) -> list[str]:
    return [
        f"Date: {text.date}",
        f"From: <{text.sender}>",
        f"To: <{text.recipient}>",
        f"Subject: {SUBJECT} {token}",
        f"Message-ID: <{token}.mxlatch-canary@{text.sender.rpartition('@')[2]}>",
        f"{TOKEN_HEADER}: {token}",
        "Auto-Submitted: auto-generated",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=us-ascii",
        "Content-Transfer-Encoding: 7bit",
    ]


def _body(text: Text, token: str, door: str) -> list[str]:
    lines = [
        "This is a test message. You need not do anything; it may be deleted.",
        "",
        "It was sent by mxlatch to see whether mail that enters at one door",
        "reaches this mailbox, and which filter it meets on the way.",
        "",
        f"Domain:    {text.domain}",
        f"Door:      {door}",
        f"Sent for:  {text.operator or text.sender}",
        f"Questions: {text.contact or text.sender}",
    ]
    if text.leave:
        lines.append(f"Leave:     {text.leave}")
    return [*lines, f"Token:     {token}"]
