"""What a mailbox host's endpoint answered to a stranger, judged by the table of answer codes in `data/providers`.

Limits: an endpoint that takes a recipient may still refuse the message; only a canary proves that it arrives. An answer
that the table does not know is unknown, and of several answers the least safe one counts.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from mxlatch.terms.evidence import Evidence
from mxlatch.terms.observation import Observation
from mxlatch.terms.operators import (
    NOT_DECISIVE,
    OPEN_PATH,
    RCPT,
    RETRY,
    SHUT,
    UNKNOWN_ANSWER,
    WRONG_ENDPOINT,
    Code,
    Provider,
    meaning_of,
)
from mxlatch.terms.question import SmtpQuestion
from mxlatch.terms.smtp import Reply, Session, Turn
from mxlatch.world import showing

# What an endpoint did (`Door.endpoint`).
CLOSED, OPEN, WRONG, UNKNOWN, NOT_ASKED = "closed", "open", "wrong", "unknown", ""

_VALID = "valid"
_PROBES = frozenset({_VALID, "random"})  # labels of recipients of the domain; "foreign" asks about relaying


class Answered(Struct, frozen=True):
    """One recipient that was asked, from this sender; `row` is the table's word on the answer, None if it has none."""

    sender: str
    turn: Turn
    meaning: str
    row: Code | None = None

    @property
    def taken(self) -> bool:
        """True if the recipient was accepted."""
        return self.turn.reply is not None and self.turn.reply.code // 100 == 2


class EndpointState(Struct, frozen=True):
    """What an endpoint did with a stranger.

    state: "closed", "open" (at RCPT: only a canary proves it), "wrong" (the domain is not served there), "unknown",
    or "" if no recipient was asked. detail: why, for people. answers: those that it rests on.
    """

    state: str
    detail: str
    answers: tuple[Answered, ...] = ()


def judge_endpoint(provider: Provider, session: Session) -> EndpointState:
    """What an operator's endpoint did, by its table of answer codes, over every recipient that was asked."""
    asked = tuple(_asked(session))
    answers = tuple(_answer(provider, sender, turn.reply, turn) for sender, turn in asked if turn.reply is not None)
    if not answers:
        return _not_asked(session, [turn for _, turn in asked])
    weighty = [a for sender in dict.fromkeys(a.sender for a in answers) for a in _of_sender(answers, sender)]
    if shown := [a for a in weighty if a.meaning == OPEN_PATH]:
        return EndpointState(OPEN, _detail(shown[0]), tuple(shown))
    decisive = [a for a in weighty if a.meaning != NOT_DECISIVE]
    meanings = {a.meaning for a in decisive}
    if meanings == {SHUT} and all(_is_own(a) for a in decisive):
        return EndpointState(UNKNOWN, "only senders of the domain itself were tried, and refused", answers)
    if meanings in ({SHUT}, {WRONG_ENDPOINT}):
        return EndpointState(CLOSED if meanings == {SHUT} else WRONG, _detail(decisive[0]), tuple(decisive))
    open_ = [a for a in decisive if a.meaning not in (SHUT, WRONG_ENDPOINT)] or decisive or weighty
    return EndpointState(UNKNOWN, "; ".join(dict.fromkeys(map(_detail, open_))), tuple(open_))


def endpoint_evidence(seen: Observation, state: EndpointState) -> tuple[Evidence, ...]:
    """The turns that a state rests on, each with a command that shows the same and sends nothing."""
    question = seen.question
    assert isinstance(question, SmtpQuestion)
    return tuple(
        showing.of_turn(
            seen,
            a.turn,
            showing.swaks(question, a.sender, _between(a.turn.command), encrypted=a.turn.encrypted),
        )
        for a in state.answers
    )


def _asked(session: Session) -> Iterator[tuple[str, Turn]]:
    """(sender, turn) of each recipient of the domain."""
    sender = ""
    for turn in session.turns:
        if turn.command.upper().startswith("MAIL FROM:<"):
            sender = _between(turn.command)
        if turn.label in _PROBES:
            yield sender, turn


def _answer(provider: Provider, sender: str, reply: Reply, turn: Turn) -> Answered:
    row = meaning_of(provider, reply, RCPT)
    deferred = RETRY if reply.code // 100 == 4 else UNKNOWN_ANSWER
    return Answered(sender, turn, row.meaning if row else deferred, row)


def _of_sender(answers: Sequence[Answered], sender: str) -> list[Answered]:
    """What one sender was told, less what weighs nothing beside it.

    That an unknown recipient is refused as such shows an open path only if the valid one says no more: some judge the
    recipient first, and who asks later.
    """
    mine = [a for a in answers if a.sender == sender]
    further = any(a.turn.label == _VALID and (a.taken or a.meaning == SHUT) for a in mine)
    return [a for a in mine if not (further and a.meaning == OPEN_PATH and not a.taken)]


def _is_own(answer: Answered) -> bool:
    """True if the sender is of the recipient's own domain, where other rules may apply than to strangers."""
    home = _between(answer.turn.command).rpartition("@")[2].lower()
    return bool(answer.sender) and answer.sender.rpartition("@")[2].lower() == home


def _detail(answer: Answered) -> str:
    reply = answer.turn.reply
    said = f"{reply.code} {reply.text}" if reply else "no reply"
    if answer.row is not None:
        return f"{answer.row.says} ({said})"
    return f"defers ({said})" if answer.meaning == RETRY else f"an answer that the table does not know ({said})"


def _not_asked(session: Session, asked: Sequence[Turn]) -> EndpointState:
    """No recipient was answered: not asked at all, or refused before, or the session broke off."""
    if asked:
        return EndpointState(UNKNOWN, f"no reply to RCPT: the session ended with {session.ended}")
    refused = [t for t in session.turns if t.command.upper().startswith("MAIL") and t.reply and t.reply.code >= 400]
    if refused and refused[-1].reply:
        return EndpointState(UNKNOWN, f"refused before RCPT: {refused[-1].reply.code} {refused[-1].reply.text}")
    if session.ended != "quit":
        return EndpointState(UNKNOWN, f"no recipient was reached: the session ended with {session.ended}")
    return EndpointState(NOT_ASKED, "no recipient was asked")


def _between(command: str) -> str:
    """The address between the angle brackets of a command."""
    return command.partition("<")[2].partition(">")[0]
