"""What servers say to a recipient, and what it means for the domain: the defaults of real MTAs, and look-alikes."""

import pytest

from mxlatch.terms.smtp import Reply, Session, Turn
from mxlatch.world.taking import Taking, asked_of, heard, says_foreign, takes_somebody, taking


def session(*replies):
    """A session in which the valid recipient got these replies, None for none."""
    turns = [Turn("RCPT TO:<a@example.com>", None if r is None else Reply(r[0], (r[1],)), "valid") for r in replies]
    return Session((Turn("", Reply(220, ("hi",))), *turns))


@pytest.mark.parametrize(
    ("server", "code", "text"),
    [
        ("Postfix", 554, "5.7.1 <a@example.com>: Relay access denied"),
        ("Postfix since 2.10, by default", 454, "4.7.1 <a@example.com>: Relay access denied"),
        ("Exim", 550, "relay not permitted"),
        ("Exim with authentication", 550, "relay not permitted, authentication required"),
        ("sendmail", 550, "5.7.1 <a@example.com>... Relaying denied"),
        ("Courier", 513, "Relaying denied."),
        ("Exchange 2016", 550, "5.7.54 SMTP; Unable to relay recipient in non-accepted domain"),
        ("qmail", 553, "sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)"),
    ],
)
def test_the_domain_is_foreign_to_it(server, code, text):
    assert says_foreign(Reply(code, (text,))), server
    assert taking(session((code, text))) is Taking.FOREIGN


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (550, "5.1.1 <a@example.com>: User unknown"),
        (550, "Invalid recipient: <a@example.com>"),
        (554, "5.7.1 Client host [192.0.2.9] blocked using relays.example.net; relay denied"),
        (550, "5.7.1 relaying denied: your host is listed at bl.example.net"),
        (550, "5.7.1 relaytest@example.com refused"),
        (250, "2.1.5 relay not permitted, but taken"),
    ],
)
def test_other_refusals_do_not_say_so(code, text):
    assert not says_foreign(Reply(code, (text,)))


@pytest.mark.parametrize(
    ("replies", "word"),
    [
        ((), Taking.NOT_ASKED),
        (((250, "ok"),), Taking.TAKES),
        (((554, "Relay access denied"), (250, "ok")), Taking.TAKES),
        (((550, "no"), (550, "no")), Taking.REFUSES),
        (((554, "Relay access denied"), (550, "no")), Taking.REFUSES),
        (((450, "greylisted"), (550, "no")), Taking.UNCLEAR),
        ((None,), Taking.UNCLEAR),
        ((None, (550, "no")), Taking.REFUSES),
        (((530, "5.7.0 Authentication required"),), Taking.LOGIN),
        (((530, "5.7.0 Must issue a STARTTLS command first"),), Taking.REFUSES),
    ],
)
def test_several_tries(replies, word):
    assert taking(session(*replies)) is word


def test_a_submission_server_asks_for_a_login_at_mail_already():
    refused = Turn("MAIL FROM:<me@example.net>", Reply(530, ("5.7.0 Authentication required",)))
    assert taking(Session((Turn("", Reply(220, ("hi",))), refused))) is Taking.LOGIN


@pytest.mark.parametrize(
    ("label", "code", "later"), [("valid", 450, True), ("random", 451, True), ("valid", 550, False), ("", 421, False)]
)
def test_who_greylists_any_recipient_asks_to_come_back(label, code, later):
    taken = session((250, "ok"))
    turn = Turn("RCPT TO:<b@example.com>", Reply(code, ("4.2.0 try again",)), label)
    assert heard(Session((*taken.turns, turn))) == (Taking.TAKES, later)


def test_of_whose_recipients_it_was_asked():
    assert asked_of(session((250, "ok"))) == {"example.com"}
    assert asked_of(None) == frozenset()


@pytest.mark.parametrize(
    ("reply", "control"),
    [
        ((250, "ok"), True),
        ((450, "greylisted"), True),
        ((454, "4.7.1 Relay access denied"), False),
        ((550, "no"), False),
    ],
)
def test_the_control_for_who_calls_a_domain_foreign(reply, control):
    assert takes_somebody(session(reply)) is control


def test_where_there_was_no_session():
    assert taking(None) is Taking.NOT_ASKED
