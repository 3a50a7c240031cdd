"""What endpoints answered, as they answered it: every file in `endpoints` is a transcript with what it must come to.

The transcripts are kept apart from the table of codes on purpose: a row that is changed must still fit what was said.
"""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from mxlatch.data import tables
from mxlatch.terms.observation import Observation
from mxlatch.terms.question import RcptProbe, SmtpQuestion
from mxlatch.terms.smtp import Session
from mxlatch.wire.smtp.dialogue import Send
from mxlatch.wire.smtp.probe import Probe, Verb
from mxlatch.world.endpoint_answers import endpoint_evidence, judge_endpoint
from tests.fakes.internet import NOW, session

TRANSCRIPTS = sorted((Path(__file__).parent / "endpoints").glob("*.txt"))
PROVIDERS = {provider.id: provider for provider in tables().providers}
LABELS = {"postmaster@example.com": "valid", "mxlatch-q7w@example.com": "random", "me@example.net": "foreign"}


def head_of(text: str) -> dict[str, str]:
    """The lines "# word: value"."""
    lines = (line.removeprefix("# ").partition(": ") for line in text.splitlines() if line.startswith("# "))
    return {word: value for word, colon, value in lines if colon}


def played(text: str) -> Session:
    """Our own client through a transcript: what it says must be what stands there (C:), what it hears is S:.

    A command without an answer is one that the server never gave: the client's patience ends.
    """
    steps = [(line[0], line[3:]) for line in text.splitlines() if line.startswith(("C: ", "S: "))]
    probes = tuple(asked([*(line for who, line in steps if who == "C"), ""]))
    question = SmtpQuestion("192.0.2.99", 25, "endpoint.example", domain="example.com", probes=probes)
    client = Probe(question, "probe.example.net", leave_out=frozenset({Verb.STARTTLS}))
    said: list[str] = []
    for who, line in steps:
        if who == "C":
            assert said == [line]
            said = []
        else:
            commands = client.receive(f"{line}\r\n".encode("ascii"))
            said += [c.data.decode("ascii").rstrip() for c in commands if isinstance(c, Send)]
    assert said == []
    if not client.over:
        client.timed_out()
    return client.session


def asked(commands: Iterable[str]) -> Iterator[RcptProbe]:
    """The probes that these commands are; a sender that is refused had the valid recipient to ask for."""
    sender = ""
    for command, after in pairwise(commands):
        verb, _, address = command.removesuffix(">").partition(":<")
        sender = address if verb == "MAIL FROM" else sender
        if verb == "RCPT TO":
            yield RcptProbe(LABELS[address], sender, address)
        elif verb == "MAIL FROM" and not after.startswith("RCPT"):
            yield RcptProbe("valid", sender, "postmaster@example.com")


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_a_transcript_comes_to_its_state(path):
    text = path.read_text("ascii")
    head = head_of(text)
    heard = played(text)
    state = judge_endpoint(PROVIDERS[head["operator"]], heard)
    assert (state.state, head["because"] in state.detail) == (head["state"], True), state.detail
    assert heard.ended == head["ended"]


def test_every_state_of_exchange_online_and_the_known_ones_of_others_are_played():
    heads = [head_of(path.read_text("ascii")) for path in TRANSCRIPTS]
    played_states = {(head["operator"], head["state"]) for head in heads}
    assert {("microsoft", state) for state in ("closed", "open", "wrong", "unknown", "")} <= played_states
    assert {("google", state) for state in ("closed", "open", "unknown")} <= played_states
    assert {("fastmail", "open"), ("fastmail", "wrong"), ("zoho", "unknown")} <= played_states


@pytest.mark.parametrize("operator", [provider.id for provider in tables().providers])
@pytest.mark.parametrize("answer", ["550 5.7.999 something new", "550 no", "252 perhaps", "354 go ahead", "599 x"])
def test_an_answer_that_no_row_describes_is_unknown_at_every_operator(operator, answer):
    seen = judge_endpoint(PROVIDERS[operator], session(("RCPT TO:<postmaster@example.com>", answer, "valid")))
    assert seen.state == "unknown"
    assert answer in seen.detail


@pytest.mark.parametrize("operator", [provider.id for provider in tables().providers])
def test_nothing_but_a_listed_lock_ever_closes(operator):
    """Whatever else is said beside the lock, by any sender, it is not closed."""
    provider = PROVIDERS[operator]
    lock = "RCPT TO:<postmaster@example.com>", "550 5.7.51 TenantInboundAttribution; locked", "valid"
    for other in ("250 2.1.5 ok", "451 4.7.1 later", "550 5.7.999 new", "550 5.7.606 Access denied, banned"):
        said = session(
            ("MAIL FROM:<>", "250 ok"),
            lock,
            ("MAIL FROM:<me@example.net>", "250 ok"),
            ("RCPT TO:<postmaster@example.com>", other, "valid"),
        )
        assert judge_endpoint(provider, said).state in ("unknown", "open")


def test_the_evidence_is_the_deciding_turns_with_a_command_that_sends_nothing():
    question = SmtpQuestion("192.0.2.99", 25, "example-com.mail.protection.outlook.com")
    said = session(
        ("MAIL FROM:<me@example.net>", "250 ok"),
        ("RCPT TO:<postmaster@example.com>", "550 5.7.51 TenantInboundAttribution; locked", "valid"),
    )
    seen = Observation(question, "session", said, NOW, "internet", "192.0.2.99:25")
    (told,) = endpoint_evidence(seen, judge_endpoint(PROVIDERS["microsoft"], said))
    assert told.text == "RCPT TO:<postmaster@example.com> -> 550 5.7.51 TenantInboundAttribution; locked"
    assert told.command == (
        "swaks --server 192.0.2.99 --port 25 --from me@example.net --to postmaster@example.com --quit-after RCPT"
    )
    assert told.time == NOW
