"""What both SMTP clients hear in the same way; what each of them says stands in test_probe and test_deliver."""

import ast
import inspect
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mxlatch.terms.smtp import Reply, Tls, Turn
from mxlatch.wire.smtp import dialogue as module
from mxlatch.wire.smtp.dialogue import (
    Close,
    Command,
    Dialogue,
    Script,
    Send,
    StartTls,
    keywords,
    plain_address,
    plain_name,
)

MOST = 1000
SERVER = b"220 mx\r\n", b"250-mx\r\n250 STARTTLS\r\n", b"220 go\r\n"


class Greeting(Dialogue):
    """Banner, EHLO, STARTTLS, QUIT; `parted` is why we went, `ahead` what came beside an answer."""

    def __init__(self) -> None:
        self.parted = ""
        self.ahead: list[Reply] = []
        super().__init__(MOST)

    @property
    def heard(self) -> tuple[object, ...]:
        return self._turns, self._tls, self._ended, self._spoke_early, self._encrypted

    def _whole_session(self) -> Script[None]:
        self._write_down((yield None))
        for line in ("EHLO us.example", "STARTTLS"):
            self._turns.append(Turn(line, None))
            self._write_down((yield Send(f"{line}\r\n".encode())))
        yield from self._shake_hands("mx.example.com")
        self._turns.append(Turn("QUIT", None))
        self._write_down((yield Send(b"QUIT\r\n")))

    def _hear_ahead(self, reply: Reply) -> list[Command]:
        self.ahead.append(reply)
        return self._go_on(reply)

    def _part(self, reason: str) -> list[Command]:
        self.parted = reason
        return self._end(reason)


def after(steps: int) -> Greeting:
    """A dialogue in which the server has answered so many times; the last is in the handshake."""
    greeting = Greeting()
    for octets in SERVER[:steps]:
        greeting.receive(octets)
    return greeting


def test_a_whole_session() -> None:
    greeting = after(2)
    assert greeting.receive(SERVER[2]) == [StartTls("mx.example.com")]
    assert greeting.tls_done(Tls("ok")) == [Send(b"QUIT\r\n")]
    assert greeting.receive(b"221 bye\r\n") == [Close()]
    turns, tls, ended, early, encrypted = greeting.heard
    assert [(turn.command, turn.reply and turn.reply.code) for turn in turns] == [
        ("", 220), ("EHLO us.example", 250), ("STARTTLS", 220), ("QUIT", 221)
    ]  # fmt: skip
    assert (tls, ended, early, encrypted, greeting.parted) == (Tls("ok"), "quit", False, True, "")


@pytest.mark.parametrize(
    ("steps", "step"),
    list(enumerate(["the banner", "the reply to EHLO", "the reply to STARTTLS", "the TLS handshake"])),
)
@pytest.mark.parametrize(
    ("event", "ended", "ours"),
    [
        (lambda d: d.timed_out(), "timeout waiting for {}", True),
        (lambda d: d.closed("reset"), "reset while waiting for {}", False),
        (lambda d: d.abandon("enough"), "enough while waiting for {}", True),
        (lambda d: d.receive(b"2" * (MOST + 1)), "more than 1000 octets while waiting for {}", False),
    ],
    ids=["timed out", "closed", "abandoned", "flood"],
)
def test_how_it_ends_at_each_step(steps: int, step: str, event, ended: str, ours: bool) -> None:
    greeting = after(steps)
    assert event(greeting) == [Close()]
    turns, tls, why, *_ = greeting.heard
    assert why == ended.format(step)
    assert (greeting.parted == why) is ours
    assert (tls is not None) is (steps == 3)  # a handshake cut off is a failed one
    assert len(turns) == min(steps, 2) + 1
    assert (
        greeting.receive(b"250 x\r\n") == greeting.timed_out() == greeting.closed() == greeting.tls_done(Tls("")) == []
    )
    assert greeting.heard[2] == why


def test_garbage_is_told_with_the_step() -> None:
    greeting = after(1)
    assert greeting.receive(b"rubbish\r\n") == [Close()]
    assert greeting.parted == "broken reply while waiting for the reply to EHLO: not an SMTP reply: 'rubbish'"


@pytest.mark.parametrize("more", [b"250 again\r\n", b"25", b"rubbish\r\n"])
def test_what_comes_ahead_of_our_command_is_early(more: bytes) -> None:
    greeting = after(1)
    greeting.receive(SERVER[1] + more)
    assert greeting.ahead == [Reply(250, ("mx", "STARTTLS"))]
    assert greeting.heard[3]


def test_what_comes_in_the_handshake_is_early_and_behind_quit_is_not() -> None:
    greeting = after(3)
    assert greeting.receive(b"250 x\r\n") == []
    assert greeting.heard[3]
    greeting = after(3)
    greeting.tls_done(Tls("ok"))
    assert greeting.receive(b"221 bye\r\n250 x\r\n") == [Close()]
    assert not greeting.heard[3]


def test_any_split_of_the_octets_gives_the_same() -> None:
    chance, whole = random.Random(7), after(3)
    for _ in range(50):
        greeting = Greeting()
        for octets in SERVER:
            cut = chance.randrange(1, len(octets))
            greeting.receive(octets[:cut])
            greeting.receive(octets[cut:])
        assert greeting.heard == whole.heard


@given(st.lists(st.one_of(st.sampled_from(SERVER), st.binary(max_size=30)), max_size=30))
def test_garbage_never_raises(pieces: list[bytes]) -> None:
    greeting = Greeting()
    for piece in pieces:
        greeting.receive(piece)
    greeting.closed()
    assert greeting.over
    assert greeting.heard[2]


def test_it_makes_no_octets_of_its_own() -> None:
    """So that the probe's verbs stay a closed set, whatever else stands upon this."""
    tree = ast.parse(inspect.getsource(module))
    called = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    assert {"StartTls", "Close"} <= called
    assert "Send" not in called
    assert [
        node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, bytes)
    ] == []


def test_keywords() -> None:
    assert keywords(Reply(250, ("mx hello", "size 1000", "STARTTLS"))) == {"SIZE", "STARTTLS"}


@pytest.mark.parametrize("name", ["", "us example", "us\r\nDATA", "us.ex\x00ample", "üs.example", "u" * 499])
def test_a_name_that_could_end_its_command(name: str) -> None:
    with pytest.raises(ValueError, match="cannot stand in an EHLO"):
        plain_name(name)
    assert plain_name("us.example") == "us.example"


@pytest.mark.parametrize("address", ["", "a", "a@b\r\nDATA", "a@b>", "<a@b", "a b@c", "ä@b", "a" * 500 + "@b"])
def test_an_address_that_could_end_its_command(address: str) -> None:
    with pytest.raises(ValueError, match="cannot stand in a MAIL or RCPT"):
        plain_address(address)
    assert plain_address("a@b.example") == "a@b.example"
