"""What each kind of answer means."""

from contextlib import suppress

import dns.flags
import dns.message
import dns.opcode
import dns.rcode
import dns.rrset
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mxlatch.terms.errors import ProtocolError
from mxlatch.terms.question import DnsQuestion
from mxlatch.wire.dns import reading
from mxlatch.wire.dns.reading import header_only_error, read

APEX_NS = "example.com. 60 IN NS ns1.example.com."
SOA = "example.com. 60 IN SOA ns1.example.com. hostmaster.example.com. 1 2 3 4 5"
MX = "www.example.com. 60 IN MX 10 mx.example.com."
ALIAS = "www.example.com. 60 IN CNAME host.example.net."

# To www.example.com/MX: AA, RCODE, answer, authority: status, reason.
AUTHORITATIVE = {
    "the record": (True, "NOERROR", [MX], [], "answer", ""),
    "an alias": (True, "NOERROR", [ALIAS], [], "answer", ""),
    "an alias to nothing": (True, "NXDOMAIN", [ALIAS], [SOA], "answer", ""),
    "records of another type only": (True, "NOERROR", ["www.example.com. 60 IN A 192.0.2.1"], [], "nodata", ""),
    "records of another owner only": (True, "NOERROR", ["example.com. 60 IN MX 10 a."], [], "nodata", ""),
    "nothing": (True, "NOERROR", [], [], "nodata", ""),
    "nothing, with SOA": (True, "NOERROR", [], [SOA], "nodata", ""),
    "nothing, with SOA and NS": (True, "NOERROR", [], [SOA, APEX_NS], "nodata", ""),
    "no such name": (True, "NXDOMAIN", [], [SOA], "nxdomain", ""),
    "no such name, without AA": (False, "NXDOMAIN", [], [SOA], "not-auth", "NXDOMAIN without the AA bit"),
    "nothing, without AA": (False, "NOERROR", [], [SOA], "not-auth", "NOERROR without the AA bit"),
    "the record, without AA": (False, "NOERROR", [MX], [], "not-auth", "an answer without the AA bit"),
    "a referral": (False, "NOERROR", [], [APEX_NS], "referral", ""),
    "a referral with AA": (True, "NOERROR", [], [APEX_NS], "referral", ""),
    "a referral to the name itself": (False, "NOERROR", [], ["www.example.com. 60 IN NS a."], "referral", ""),
    "a referral to the root": (False, "NOERROR", [], [". 60 IN NS a."], "not-auth", "a referral to ."),
    "a referral sideways": (
        False,
        "NOERROR",
        [],
        ["example.net. 60 IN NS a."],
        "not-auth",
        "a referral to example.net",
    ),
    "refused": (False, "REFUSED", [], [], "refused", "REFUSED"),
    "failed": (False, "SERVFAIL", [], [], "servfail", "SERVFAIL"),
    "not understood": (False, "FORMERR", [], [], "servfail", "FORMERR"),
    "not done": (False, "NOTIMP", [], [], "servfail", "NOTIMP"),
    "not authorised": (False, "NOTAUTH", [], [], "servfail", "NOTAUTH"),
    "EDNS of another version": (False, "BADVERS", [], [], "servfail", "BADVERS"),
    "an RCODE without a name": (False, "15", [], [], "servfail", "RCODE 15"),
}
# The same, asked of a resolver.
RECURSIVE = {
    "the record": (False, "NOERROR", [MX], [], "answer", ""),
    "an alias with its end": (False, "NOERROR", [ALIAS, "host.example.net. 60 IN MX 1 a."], [], "answer", ""),
    "nothing": (False, "NOERROR", [], [SOA], "nodata", ""),
    "no such name": (False, "NXDOMAIN", [], [SOA], "nxdomain", ""),
    "a referral: it does not recurse": (False, "NOERROR", [], [". 60 IN NS a."], "not-auth", "a referral to ."),
    "refused": (False, "REFUSED", [], [], "refused", "REFUSED"),
}


def question(recursion: bool = False) -> DnsQuestion:
    return DnsQuestion("192.0.2.53", "www.example.com", "MX", recursion=recursion)


def message(aa: bool, rcode: str, answer: list[str], authority: list[str], name: str = "wWw.example.com") -> bytes:
    made = dns.message.make_response(dns.message.make_query(name, "MX", use_edns=0))
    made.flags |= dns.flags.AA if aa else 0
    made.set_rcode(dns.rcode.from_text(rcode))
    for section, lines in ((made.answer, answer), (made.authority, authority)):
        for line in lines:
            section.append(dns.rrset.from_text(*line.split(maxsplit=4)))
    return made.to_wire()


@pytest.mark.parametrize("case", AUTHORITATIVE.values(), ids=AUTHORITATIVE)
def test_what_an_authoritative_server_says(case: tuple[bool, str, list[str], list[str], str, str]) -> None:
    *made, status, reason = case
    meaning, reply, why = read(message(*made), question())
    assert (meaning, why) == (status, reason)
    assert len(reply.answer) == len(case[2])


@pytest.mark.parametrize("case", RECURSIVE.values(), ids=RECURSIVE)
def test_what_a_resolver_says(case: tuple[bool, str, list[str], list[str], str, str]) -> None:
    *made, status, reason = case
    meaning, _, why = read(message(*made), question(recursion=True))
    assert (meaning, why) == (status, reason)


def test_an_error_may_come_without_the_question() -> None:
    header = b"\0\1\x80\1" + bytes(8)
    assert header_only_error(header)
    assert read(header, question())[::2] == ("servfail", "FORMERR")


def query() -> bytes:
    return dns.message.make_query("www.example.com", "MX").to_wire()


@pytest.mark.parametrize(
    "octets",
    [
        message(True, "NOERROR", [], [], name="example.com"),
        message(True, "NOERROR", [], [], name="www.example.net"),
        message(True, "NOERROR", [MX], []).replace(b"\0\x0f\0\1", b"\0\1\0\1", 1),
        query(),
        b"\0\1\x80\0" + bytes(8),
        b"\0\1\x80\1",
        message(True, "NOERROR", [MX], [])[:-12],
        message(True, "NOERROR", [MX], [])[:2] + b"\xa4" + message(True, "NOERROR", [MX], [])[3:],
        b"",
    ],
    ids=["shorter", "other", "type", "query", "no question", "half a header", "cut", "opcode", "nothing"],
)
def test_what_is_no_answer_to_the_question_is_refused(octets: bytes) -> None:
    with pytest.raises(ProtocolError):
        read(octets, question())


@given(st.binary(max_size=120), st.booleans())
@settings(deadline=None)
def test_no_octets_raise_anything_but_a_protocol_error(octets: bytes, after_question: bool) -> None:
    if after_question:
        octets = b"\0\1\x84\0\0\1\0\1\0\1\0\1" + b"\3www\7example\3com\0\0\x0f\0\1" + octets
    with suppress(ProtocolError):
        read(octets, question())


def test_what_was_met_before_is_read_as_if_it_were_new() -> None:
    """The same negative answer, in other letters and with another id; and what differs in anything that matters."""
    said = message(True, "NXDOMAIN", [], [SOA])
    shouted = b"\0\7" + message(True, "NXDOMAIN", [], [SOA], name="WWW.EXAMPLE.COM")[2:]
    assert read(said, question()) == read(shouted, question())
    doubtful = message(False, "NXDOMAIN", [], [SOA])
    assert [read(doubtful, question(r))[0] for r in (False, True, False)] == ["not-auth", "nxdomain", "not-auth"]
    later = message(True, "NXDOMAIN", [], [SOA.replace(" 1 2 ", " 9 2 ")])
    serials = [read(m, question())[1].authority[0].value[2] for m in (said, later, said)]
    assert serials == [1, 9, 1]


def test_met_answers_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_MOST_NEGATIVES", 8)
    for serial in range(100):
        read(message(True, "NXDOMAIN", [], [SOA.replace(" 1 2 ", f" {serial} 2 ")]), question())
    assert len(reading._negatives) <= 8


def test_a_resolvers_word_that_it_validated_is_kept() -> None:
    octets = bytearray(message(False, "NOERROR", [MX], []))
    assert not read(bytes(octets), question(recursion=True))[1].authentic
    octets[3] |= dns.flags.AD
    assert read(bytes(octets), question(recursion=True))[1].authentic
