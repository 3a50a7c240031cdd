from mxlatch.terms.smtp import Reply, Session, Turn

GREETING = Reply(220, ("mx.example.org ESMTP", "be patient"))
PLAIN, SECRET = Reply(250, ("mx.example.org", "STARTTLS")), Reply(250, ("mx.example.org", "AUTH PLAIN"))
NO = Reply(502, ("what?",))


def test_the_text_of_a_reply():
    assert GREETING.text == "mx.example.org ESMTP be patient"


def test_the_banner_is_the_reply_to_the_bare_connection():
    assert Session((Turn("", GREETING), Turn("EHLO a", PLAIN))).banner == GREETING
    assert Session((Turn("", None),)).banner is None
    assert Session((Turn("EHLO a", PLAIN),)).banner is None
    assert Session().banner is None


def test_ehlo_before_and_after_starttls():
    session = Session(
        (Turn("", GREETING), Turn("ehlo a", PLAIN), Turn("STARTTLS", GREETING), Turn("EHLO a", SECRET, encrypted=True))
    )
    assert session.ehlo(encrypted=False) == PLAIN
    assert session.ehlo(encrypted=True) == SECRET


def test_an_ehlo_that_was_refused_or_lost_is_none():
    assert Session((Turn("EHLO a", NO), Turn("HELO a", PLAIN))).ehlo(encrypted=False) is None
    assert Session((Turn("EHLO a", PLAIN), Turn("EHLO a", None))).ehlo(encrypted=False) == PLAIN
