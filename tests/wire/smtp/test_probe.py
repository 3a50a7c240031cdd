"""Dialogues with doors, as a transcript reads: `S:` what the server says, `C:` what we say."""

import inspect

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mxlatch.terms.question import RcptProbe, SmtpQuestion
from mxlatch.terms.smtp import Reply, Session, Tls, Turn
from mxlatch.wire.smtp import dialogue
from mxlatch.wire.smtp import probe as module
from mxlatch.wire.smtp.dialogue import Close, Command, Send, StartTls
from mxlatch.wire.smtp.probe import LARGEST_SESSION, THROWN_AWAY, Probe, Verb

VALID = RcptProbe("valid", "", "anna@example.com")
RANDOM = RcptProbe("random", "", "qx7@example.com")
FROM_US = RcptProbe("valid", "probe@us.example", "anna@example.com")
FOREIGN = RcptProbe("foreign", "probe@us.example", "probe@us.example")
ALL = (VALID, RANDOM, FROM_US, FOREIGN)

GOOD_TLS = Tls("ok", "TLSv1.3", "TLS_AES_256_GCM_SHA384", trusted=True)
BAD_TLS = Tls("failed", reason="UNSUPPORTED_PROTOCOL")


def question(*probes: RcptProbe) -> SmtpQuestion:
    return SmtpQuestion("192.0.2.25", 25, "mx.example.com", domain="example.com" if probes else "", probes=probes)


# name, probes, the dialogue, how it ended. T: the handshake, as it goes; S! the server's words in the same read as
# those before; X: what ends it.
DIALOGUES = [
    (
        "a polite session with nothing to ask",
        (),
        """
        S: 220 mx.example.com ESMTP
        C: EHLO us.example
        S: 250-mx.example.com
        S! 250 8BITMIME
        C: QUIT
        S: 221 bye
        """,
        "quit",
    ),
    (
        "everything in one connection",
        ALL,
        """
        S: 220 mx.example.com ESMTP
        C: EHLO us.example
        S: 250-mx.example.com
        S! 250 starttls
        C: STARTTLS
        S: 220 go ahead
        T: ok
        C: EHLO us.example
        S: 250 mx.example.com
        C: MAIL FROM:<>
        S: 250 ok
        C: RCPT TO:<anna@example.com>
        S: 250 ok
        C: RCPT TO:<qx7@example.com>
        S: 550 5.1.1 unknown
        C: RSET
        S: 250 ok
        C: MAIL FROM:<probe@us.example>
        S: 250 ok
        C: RCPT TO:<anna@example.com>
        S: 450 4.2.0 greylisted
        C: RCPT TO:<probe@us.example>
        S: 550 5.7.1 no relaying
        C: RSET
        S: 250 ok
        C: QUIT
        S: 221 bye
        """,
        "quit",
    ),
    (
        "EHLO is not known: HELO",
        (),
        "S: 220 old\nC: EHLO us.example\nS: 500 what?\nC: HELO us.example\nS: 250 hello\nC: QUIT\nS: 221 bye",
        "quit",
    ),
    (
        "neither EHLO nor HELO",
        (VALID,),
        "S: 220 x\nC: EHLO us.example\nS: 550 no\nC: HELO us.example\nS: 550 no\nC: QUIT\nS: 221 bye",
        "550 in reply to HELO",
    ),
    (
        "EHLO later",
        (VALID,),
        "S: 220 x\nC: EHLO us.example\nS: 451 later\nC: QUIT\nS: 221 bye",
        "451 in reply to EHLO",
    ),
    ("no service here", (VALID,), "S: 554 no SMTP here\nC: QUIT\nS: 221 bye", "554 as the banner"),
    ("busy", (VALID,), "S: 421 try later", "421 as the banner"),
    ("a banner of 450", (VALID,), "S: 450 not now\nC: QUIT\nS: 221 bye", "450 as the banner"),
    (
        "STARTTLS offered and refused: go on in clear",
        (VALID,),
        """
        S: 220 x
        C: EHLO us.example
        S: 250-x
        S! 250 STARTTLS
        C: STARTTLS
        S: 454 TLS not available
        C: MAIL FROM:<>
        S: 250 ok
        C: RCPT TO:<anna@example.com>
        S: 250 ok
        C: RSET
        S: 250 ok
        C: QUIT
        S: 221 bye
        """,
        "quit",
    ),
    (
        "a handshake that fails",
        (VALID,),
        "S: 220 x\nC: EHLO us.example\nS: 250-x\nS! 250 STARTTLS\nC: STARTTLS\nS: 220 go\nT: failed",
        "the TLS handshake failed",
    ),
    (
        "a sender refused: the next one",
        (VALID, FROM_US),
        """
        S: 220 x
        C: EHLO us.example
        S: 250 x
        C: MAIL FROM:<>
        S: 550 no bounces
        C: MAIL FROM:<probe@us.example>
        S: 250 ok
        C: RCPT TO:<anna@example.com>
        S: 250 ok
        C: RSET
        S: 250 ok
        C: QUIT
        S: 221 bye
        """,
        "quit",
    ),
    (
        "the first 554 ends it",
        (VALID, RANDOM),
        """
        S: 220 x
        C: EHLO us.example
        S: 250 x
        C: MAIL FROM:<>
        S: 250 ok
        C: RCPT TO:<anna@example.com>
        S: 554 go away
        C: RSET
        S: 250 ok
        C: QUIT
        S: 221 bye
        """,
        "554 in reply to RCPT",
    ),
    (
        "421 in the middle",
        (VALID, RANDOM),
        "S: 220 x\nC: EHLO us.example\nS: 250 x\nC: MAIL FROM:<>\nS: 250 ok\nC: RCPT TO:<anna@example.com>"
        "\nS: 421 too many",
        "421 in reply to RCPT",
    ),
    (
        "out of step",
        (VALID,),
        "S: 220 x\nC: EHLO us.example\nS: 220 x again\nC: QUIT\nS: 221 bye",
        "out of step: 220 in reply to EHLO",
    ),
    (
        "354 to a recipient",
        (VALID,),
        "S: 220 x\nC: EHLO us.example\nS: 250 x\nC: MAIL FROM:<>\nS: 250 ok\nC: RCPT TO:<anna@example.com>"
        "\nS: 354 go on\nC: RSET\nS: 250 ok\nC: QUIT\nS: 221 bye",
        "out of step: 354 in reply to RCPT",
    ),
    ("silence", (), "X: timeout\nC: QUIT", "timeout waiting for the banner"),
    ("closed at once", (), "X: closed", "closed while waiting for the banner"),
    ("closed later", (), "S: 220 x\nC: EHLO us.example\nX: closed", "closed while waiting for the reply to EHLO"),
    ("reset", (), "S: 220 x\nC: EHLO us.example\nX: reset", "reset while waiting for the reply to EHLO"),
    ("no reply", (), "S: 220 x\nC: EHLO us.example\nX: timeout\nC: QUIT", "timeout waiting for the reply to EHLO"),
    ("closed at QUIT", (), "S: 220 x\nC: EHLO us.example\nS: 250 x\nC: QUIT\nX: closed", "quit"),
    ("no reply to QUIT", (), "S: 220 x\nC: EHLO us.example\nS: 250 x\nC: QUIT\nX: timeout", "quit"),
    (
        "not SMTP",
        (),
        "S: SSH-2.0-OpenSSH\nC: QUIT",
        "broken reply while waiting for the banner: not an SMTP reply: 'SSH-2.0-OpenSSH'",
    ),
    (
        "half a handshake",
        (),
        "S: 220 x\nC: EHLO us.example\nS: 250-x\nS! 250 STARTTLS\nC: STARTTLS\nS: 220 go\nT: begun\nX: closed",
        "closed while waiting for the TLS handshake",
    ),
]


class Play:
    """Plays the server's side of a dialogue and holds the probe to its own lines."""

    def __init__(self, probe: Probe, piece: int = 10_000) -> None:
        self.probe, self.piece, self.commands = probe, piece, list[Command]()

    def run(self, dialogue: str) -> Session:
        lines = [line.strip() for line in dialogue.strip().splitlines()]
        while lines:
            kind, words = lines.pop(0).split(" ", 1)
            while lines and lines[0].startswith("S!"):
                words += "\r\n" + lines.pop(0).split(" ", 1)[1]
            getattr(self, {"S:": "server", "C:": "client", "T:": "handshake", "X:": "end"}[kind])(words)
        assert self.commands == [Close()]
        return self.probe.session

    def server(self, words: str) -> None:
        assert not self.commands, "the probe has more to say first"
        octets = words.encode() + b"\r\n"
        for start in range(0, len(octets), self.piece):
            self.commands += self.probe.receive(octets[start : start + self.piece])

    def client(self, words: str) -> None:
        assert self.commands.pop(0) == Send(words.encode() + b"\r\n")

    def handshake(self, outcome: str) -> None:
        assert self.commands == [StartTls("mx.example.com")]
        self.commands = []
        if outcome != "begun":
            self.commands = self.probe.tls_done(GOOD_TLS if outcome == "ok" else BAD_TLS)

    def end(self, how: str) -> None:
        self.commands += self.probe.timed_out() if how == "timeout" else self.probe.closed(how)


@pytest.mark.parametrize("piece", [1, 7, 10_000])
@pytest.mark.parametrize(("name", "probes", "dialogue", "ended"), DIALOGUES, ids=[case[0] for case in DIALOGUES])
def test_dialogue(name: str, probes: tuple[RcptProbe, ...], dialogue: str, ended: str, piece: int) -> None:
    session = Play(Probe(question(*probes), "us.example"), piece).run(dialogue)
    assert session.ended == ended
    assert not session.spoke_early
    said = [line.split(" ", 1)[1] for line in map(str.strip, dialogue.splitlines()) if line.startswith("C:")]
    assert [turn.command for turn in session.turns if turn.command] == said


def test_the_session_tells_it_all() -> None:
    session = Play(Probe(question(*ALL), "us.example")).run(DIALOGUES[1][2])
    assert session.banner == Reply(220, ("mx.example.com ESMTP",))
    assert session.ehlo(encrypted=False) == Reply(250, ("mx.example.com", "starttls"))
    assert session.ehlo(encrypted=True) == Reply(250, ("mx.example.com",))
    assert session.tls == GOOD_TLS
    assert [(turn.label, turn.reply and turn.reply.code) for turn in session.turns if turn.label] == [
        ("valid", 250),
        ("random", 550),
        ("valid", 450),
        ("foreign", 550),
    ]
    assert all(turn.encrypted for turn in session.turns if turn.label)


def test_no_more_than_three_recipients_in_one_transaction() -> None:
    probes = tuple(RcptProbe("random", "", f"q{i}@example.com") for i in range(4))
    probe = Probe(question(*probes), "us.example")
    commands, said = probe.receive(b"220 x\r\n"), []
    while commands != [Close()]:
        said.append(commands[0].data.split(b" ")[0].strip().decode())  # type: ignore[union-attr]
        commands = probe.receive(b"221 x\r\n" if said[-1] == "QUIT" else b"250 x\r\n")
    assert said == ["EHLO", "MAIL", "RCPT", "RCPT", "RCPT", "RSET", "MAIL", "RCPT", "RSET", "QUIT"]


def test_a_session_in_clear_leaves_starttls_out() -> None:
    probe = Probe(question(), "us.example", leave_out=frozenset({Verb.STARTTLS}))
    probe.receive(b"220 x\r\n")
    assert probe.receive(b"250-x\r\n250 STARTTLS\r\n") == [Send(b"QUIT\r\n")]


EARLY = [
    b"220 x\r\n250 already\r\n",
    b"220 x\r\n220 twice\r\n",
    b"220 x\r\n25",
    b"220 x\r\nrubbish\r\n",
    b"220-x\r\n220 x\r\n\x16\x03\x01",
]


@pytest.mark.parametrize("octets", EARLY)
def test_who_talks_ahead_is_noted_and_not_taken_for_an_answer(octets: bytes) -> None:
    probe = Probe(question(), "us.example")
    assert probe.receive(octets) == [Send(b"EHLO us.example\r\n")]
    assert probe.receive(b"250-x\r\n250 STARTTLS\r\n") == [Send(b"STARTTLS\r\n")]
    assert probe.session.spoke_early
    assert probe.session.ehlo(encrypted=False) == Reply(250, ("x", "STARTTLS"))


def test_plain_text_injected_before_the_handshake_is_thrown_away_and_noted() -> None:
    """CVE-2011-0411, seen from the client's side."""
    probe = Probe(question(), "us.example")
    probe.receive(b"220 x\r\n")
    probe.receive(b"250-x\r\n250 STARTTLS\r\n")
    assert probe.receive(b"220 go\r\n250-evil\r\n250 XCLIENT NAME\r\n") == [StartTls("mx.example.com")]
    assert probe.tls_done(GOOD_TLS) == [Send(b"EHLO us.example\r\n")]
    assert probe.receive(b"250 honest\r\n") == [Send(b"QUIT\r\n")]
    session = probe.session
    assert session.ehlo(encrypted=True) == Reply(250, ("honest",))
    assert session.spoke_early
    assert session.tls is not None
    assert session.tls.reason == THROWN_AWAY


def test_a_handshake_cut_off_is_a_failed_one() -> None:
    session = Play(Probe(question(), "us.example")).run(DIALOGUES[-1][2])
    assert session.tls == Tls("failed", reason="closed while waiting for the TLS handshake")


def test_a_session_of_long_replies_is_cut_off() -> None:
    """Each reply keeps within the bounds of one; all together do not."""
    probe = Probe(question(*ALL), "us.example")
    long = (b"250-" + b"x" * 300 + b"\r\n") * 100 + b"250 x\r\n"
    commands, count = probe.receive(b"220 x\r\n"), 0
    while commands != [Close()]:
        commands, count = probe.receive(long), count + 1
    assert count == LARGEST_SESSION // len(long) + 1
    assert probe.session.ended == f"more than {LARGEST_SESSION} octets while waiting for the reply to RSET"
    assert probe.receive(long) == probe.closed() == probe.timed_out() == probe.tls_done(GOOD_TLS) == []


INJECTIONS = [
    ("us.example\r\nDATA", ()),
    ("us.example\n", ()),
    ("us example", ()),
    ("", ()),
    ("us.ex\x00ample", ()),
    ("us.éxample", ()),
    ("us.example", (RcptProbe("valid", "", "a@b\r\nDATA"),)),
    ("us.example", (RcptProbe("valid", "", "a@b> NOTIFY=NEVER"),)),
    ("us.example", (RcptProbe("valid", "", "a@b>\x00"),)),
    ("us.example", (RcptProbe("valid", "x@y\n", "a@b"),)),
    ("us.example", (RcptProbe("valid", "x@y>SIZE=1", "a@b"),)),
    ("us.example", (RcptProbe("valid", "", ""),)),
    ("us.example", (RcptProbe("valid", "", "nobody"),)),
    ("us.example", (RcptProbe("valid", "", "ü@b"),)),
    ("us.example", (RcptProbe("valid", "", "a" * 600 + "@b"),)),
]


@pytest.mark.parametrize(("name", "probes"), INJECTIONS)
def test_nothing_can_be_injected(name: str, probes: tuple[RcptProbe, ...]) -> None:
    with pytest.raises(ValueError, match="cannot stand"):
        Probe(question(*probes), name)


def test_it_has_no_word_for_anything_else() -> None:
    assert {verb.value for verb in Verb} == {"EHLO", "HELO", "STARTTLS", "MAIL", "RCPT", "RSET", "QUIT"}
    source = inspect.getsource(module).replace("DATA or anything else", "") + inspect.getsource(dialogue)
    for word in ("DATA", "BDAT", "AUTH", "VRFY", "EXPN", "ETRN", "TURN"):
        assert f'"{word}' not in source
        assert f"{word}\\r" not in source


CHUNKS = st.lists(
    st.one_of(
        st.sampled_from(
            [
                b"220 x\r\n",
                b"250 x\r\n",
                b"250-x\r\n250 STARTTLS\r\n",
                b"550 x\r\n",
                b"450 x\r\n",
                b"421 x\r\n",
                b"554 x\r\n",
                b"221 x\r\n",
                b"354 x\r\n",
                b"25",
                b"0 x\r\n",
            ]
        ),
        st.binary(max_size=40),
        st.sampled_from(["timeout", "closed", "abandon", "ok", "failed"]),
    ),
    max_size=40,
)


@settings(max_examples=300)
@given(CHUNKS)
def test_nothing_that_a_server_does_breaks_it(events: list[bytes | str]) -> None:
    probe = Probe(question(*ALL), "us.example")
    shaking = False
    for event in events:
        commands: list[Command] = []
        match event:
            case bytes():
                commands = probe.receive(event)
            case "ok" | "failed" if shaking:
                commands = probe.tls_done(GOOD_TLS if event == "ok" else BAD_TLS)
                shaking = False
            case "timeout":
                commands = probe.timed_out()
            case "closed":
                commands = probe.closed()
            case "abandon":
                commands = probe.abandon("enough")
        shaking = shaking or any(isinstance(command, StartTls) for command in commands)
        for command in commands:
            if isinstance(command, Send):
                assert command.data.partition(b" ")[0].strip().decode() in set(Verb)
                assert command.data.count(b"\r\n") == 1
        assert probe.over == (Close() in commands) or probe.over
    probe.closed()
    assert probe.over
    assert probe.session.ended


TURNS = st.tuples(
    st.sampled_from([b"220 hello\r\n", b"220-a\r\n220 b\r\n", b"554 no\r\n"]),
    st.lists(
        st.sampled_from(
            [b"250 ok\r\n", b"250-x\r\n250 PIPELINING\r\n", b"550 5.1.1 no\r\n", b"450 later\n", b"junk\n"]
        ),
        min_size=12,
        max_size=20,
    ),
)


@given(TURNS, st.lists(st.integers(1, 9), min_size=1))
def test_any_split_of_the_octets_gives_the_same_session(turns: tuple[bytes, list[bytes]], sizes: list[int]) -> None:
    """Each turn of the server's, cut up: a server that waits for its turn is heard alike however it is cut."""
    assert played(turns, sizes) == played(turns, [10_000])


def played(turns: tuple[bytes, list[bytes]], sizes: list[int]) -> Session:
    probe, count = Probe(question(*ALL), "us.example"), 0
    for turn in [turns[0], *turns[1]]:
        while turn:
            size = sizes[count % len(sizes)]
            count += 1
            probe.receive(turn[:size])
            turn = turn[size:]
    probe.closed()
    return probe.session


def test_an_unanswered_command_is_in_the_session() -> None:
    probe = Probe(question(), "us.example")
    probe.receive(b"220 x\r\n")
    probe.timed_out()
    assert probe.session.turns[1:] == (Turn("EHLO us.example", None), Turn("QUIT", None))
