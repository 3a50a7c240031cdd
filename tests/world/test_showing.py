"""The commands that show the same again."""

import pytest

from mxlatch.terms import dns
from mxlatch.terms.question import DnsQuestion, SmtpQuestion
from mxlatch.terms.smtp import Reply, Turn
from mxlatch.world import showing
from tests.fakes.internet import answer, records, seen

DOOR = SmtpQuestion("192.0.2.21", 25, "mx1.example.com")
DOOR6 = SmtpQuestion("2001:db8::1", 25, "mx1.example.com")


@pytest.mark.parametrize(
    ("question", "command"),
    [
        (DnsQuestion("192.0.2.1", "example.com", "MX"), "dig +norec @192.0.2.1 example.com MX"),
        (DnsQuestion("192.0.2.1", "x.com", "A", recursion=True), "dig @192.0.2.1 x.com A"),
        (DnsQuestion("192.0.2.1", "x.com", "A", recursion=True, port=5353), "dig -p 5353 @192.0.2.1 x.com A"),
        (DnsQuestion("192.0.2.1", "-fx.com", "A"), "dig +norec @192.0.2.1 -q -fx.com A"),
        (DnsQuestion("192.0.2.1", "$(rm -rf).com", "A"), "dig +norec @192.0.2.1 '$(rm -rf).com' A"),
    ],
)
def test_dig(question, command):
    assert showing.dig(question) == command


def test_a_command_for_a_door_by_ipv6_has_brackets():
    assert "-connect [2001:db8::1]:25" in showing.openssl(DOOR6)
    assert "--server [2001:db8::1]" in showing.swaks(DOOR6, "", "a@example.com")


def test_a_recipient_with_a_shell_in_it_is_quoted():
    assert "--to '$(id)@example.com'" in showing.swaks(DOOR, "me@example.net", "$(id)@example.com")


def test_what_was_asked_through_tls_is_shown_through_tls():
    assert "--tls-optional --quit-after RCPT" in showing.swaks(DOOR, "", "a@example.com", encrypted=True)
    assert "--tls" not in showing.swaks(DOOR, "", "a@example.com")


def test_an_answer_is_its_records_and_no_answer_its_status():
    question = DnsQuestion("192.0.2.1", "example.com", "MX")
    told = answer(question, "example.com", list(records("example.com MX 10 mx1.example.com")))
    assert showing.of_answer(told).text == "example.com MX 10 mx1.example.com"
    refused = seen(question, dns.NO_RESPONSE, reason="no answer to 3 tries")
    assert showing.of_answer(refused).text == "example.com MX: no-response (no answer to 3 tries)"


@pytest.mark.parametrize("turned", [1, -1])
def test_an_answer_reads_the_same_however_the_server_turned_it(turned):
    question = DnsQuestion("192.0.2.1", "example.com", "MX")
    lines = ["example.com MX 5 b.example.com", "example.com MX 10 a.example.com"][::turned]
    told = answer(question, "example.com", list(records("\n".join(lines))))
    assert showing.of_answer(told).text == "example.com MX 5 b.example.com; example.com MX 10 a.example.com"


def test_a_line_of_ten_thousand_characters_is_cut():
    turn = Turn("EHLO x", Reply(250, ("a" * 10_000,)))
    assert len(showing.of_turn(seen(DOOR, "session"), turn, "").text) == 300
