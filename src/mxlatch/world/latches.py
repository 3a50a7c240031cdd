"""Which latches a door has, read from one session, the inventory and whose door it is. RFC 5321 section 3.6.2 lets an
exchanger refuse unknown recipients as for local users; whether it does is told from two recipients in one session."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from msgspec import Struct

from mxlatch.inventory.model import Door as DeclaredDoor
from mxlatch.inventory.model import Inventory
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.latch import (
    ABSENT,
    FOUND,
    LIKELY_ABSENT,
    LIKELY_FOUND,
    NEEDS,
    NOT_ASKED,
    UNKNOWN,
    Latch,
    LatchState,
)
from mxlatch.terms.observation import Observation
from mxlatch.terms.question import SmtpQuestion
from mxlatch.terms.smtp import Reply, Session, Tls, Turn
from mxlatch.world import showing
from mxlatch.world.taking import Taking, taking

_LOGIN_ONLY = "takes mail only from who logs in"
_NO_LEAVE = "recipients are asked only with leave"


class Asked(Struct, frozen=True):
    """One RCPT probe as it went: from this sender, this turn."""

    sender: str
    turn: Turn

    @property
    def code(self) -> int:
        """The first digit of the reply, 0 if none came."""
        return self.turn.reply.code // 100 if self.turn.reply else 0


def seen_latches(seen: Observation, why_not_asked: str, *, served: bool = True) -> dict[Latch, LatchState]:
    """What a session shows of `tls`, `recipient` and `relay`.

    why_not_asked: why no recipients were asked. served: some door of the run took a valid recipient; without that, who
    says that the domain is foreign may have been asked for a recipient that is none.
    """
    session, question = seen.value, seen.question
    if not isinstance(session, Session) or not isinstance(question, SmtpQuestion):
        return {}
    states = {Latch.TLS: _tls(seen, session, question)}
    if not question.probes:
        unasked = LatchState(NOT_ASKED, detail=why_not_asked or _NO_LEAVE)
        return states | {Latch.RECIPIENT: unasked, Latch.RELAY: unasked}
    asked = tuple(_asked(session))
    if any(a.code == 2 for a in asked):
        pass
    elif taking(session) is Taking.LOGIN:
        return states | dict.fromkeys((Latch.RECIPIENT, Latch.RELAY), LatchState(FOUND, detail=_LOGIN_ONLY))
    elif taking(session) is Taking.FOREIGN and served:
        return states | dict.fromkeys((Latch.RECIPIENT, Latch.RELAY), _foreign(seen, question, asked))
    return states | {
        Latch.RECIPIENT: _recipient(seen, session, question, asked),
        Latch.RELAY: _relay(seen, session, question, asked),
    }


def declared_latches(door: DeclaredDoor, inventory: Inventory) -> dict[Latch, LatchState]:
    """What the inventory says that no probe can see."""
    return {latch: _declared(latch, value, door, inventory) for latch, value in door.latches.items()}


def offers_xclient(session: Session) -> bool:
    """True if EHLO offered us, a stranger, XCLIENT: who may use it says by itself which client it is."""
    replies = (session.ehlo(encrypted=encrypted) for encrypted in (False, True))
    return any("XCLIENT" in _keywords(reply) for reply in replies if reply is not None)


def blinded(latches: dict[Latch, LatchState]) -> dict[Latch, LatchState]:
    """What is left of the latches that judge by the client's address, where a stranger may claim any address.

    `tls` needs the client too, but of it no address.
    """
    detail = "judges by an address that XCLIENT lets a stranger choose"
    held = [latch for latch, state in latches.items() if "client" in NEEDS[latch] and latch is not Latch.TLS]
    return {
        latch: LatchState(LIKELY_ABSENT, "inferred", detail, latches[latch].evidence)
        for latch in held
        if latches[latch].state in (FOUND, LIKELY_FOUND)
    }


def content_by_operator(operator: str, name: str, filters: bool, others_filter: bool) -> LatchState | None:
    """`content` by whose door it is: a known filter's door filters; beside one, a door elsewhere likely does not."""
    if filters:
        return LatchState(LIKELY_FOUND, "inferred", f"the exchange's name is of {name or operator}, which filters")
    if others_filter:
        return LatchState(LIKELY_ABSENT, "inferred", "other doors stand at a known filter, this one does not")
    return None


def _declared(latch: Latch, value: bool | str, door: DeclaredDoor, inventory: Inventory) -> LatchState:
    text = f"{latch} = {value}" if isinstance(value, str) else f"{latch} = {str(value).lower()}"
    evidence = inventory.evidence(f"door {door.name or ', '.join(door.addresses)}: {text}", door.line)
    if value is False:
        return LatchState(ABSENT, "declared", "not there, says the inventory", (evidence,))
    return LatchState(FOUND, "declared", "declared in the inventory", (evidence,))


def _tls(seen: Observation, session: Session, question: SmtpQuestion) -> LatchState:
    command = showing.openssl(question)
    ehlo = _turn(session, "EHLO")
    if session.tls is not None:
        state = {"ok": FOUND, "old": FOUND}.get(session.tls.state, UNKNOWN)
        detail = f"{session.tls.version} {session.tls.cipher}".strip() if state == FOUND else session.tls.reason
        if session.tls.state == "old":
            detail = f"{detail} (only what a modern OpenSSL refuses)"
        said = [f"STARTTLS: {detail or session.tls.state}", *_certificate(session.tls)]
        evidence = tuple(Evidence(text, seen.source, seen.time, command) for text in said)
        return LatchState(state, detail=detail, evidence=evidence)
    if ehlo is None or ehlo.reply is None or ehlo.reply.code != 250:
        if _turn(session, "HELO") is not None and session.ended == "quit":
            told = _evidence(seen, _turn(session, "HELO"), command)
            return LatchState(ABSENT, detail="knows no EHLO", evidence=told)
        return LatchState(UNKNOWN, detail=session.ended or "no EHLO")
    starttls = _turn(session, "STARTTLS")
    if "STARTTLS" in _keywords(ehlo.reply):
        detail = "offered, but the handshake was not reached"
        if starttls is not None and starttls.reply is not None:
            detail = f"offered, but refused: {starttls.reply.code} {starttls.reply.text}"
        return LatchState(UNKNOWN, detail=detail, evidence=_evidence(seen, starttls or ehlo, command))
    return LatchState(ABSENT, detail="EHLO does not offer STARTTLS", evidence=_evidence(seen, ehlo, command))


def _certificate(tls: Tls) -> Iterator[str]:
    """What the door's certificate says, in one line; whether it is good enough is for a check to say."""
    for leaf in tls.chain[:1]:
        trusted = {True: "a trusted root", False: "no trusted root", None: "unknown"}[tls.trusted]
        names = ", ".join(leaf.names) or leaf.subject
        yield f"certificate for {names}, until {_day(leaf.not_after)}, chain to {trusted}"


def _day(seconds: float) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).date().isoformat()
    except (ValueError, OverflowError, OSError):  # a bundle may hold any number
        return "no date that exists"


def _recipient(seen: Observation, session: Session, question: SmtpQuestion, asked: tuple[Asked, ...]) -> LatchState:
    """Found only if one sender's valid recipient is taken (or greylisted) and the random one refused (FACTS 5.5)."""
    taken = [a for a in asked if a.turn.label == "random" and a.code == 2]
    if taken:
        how = "" if taken[0].sender else " from <>"
        detail = f"takes an unknown recipient{how} at RCPT"
        return LatchState(ABSENT, detail=detail, evidence=_probe_evidence(seen, question, taken[:1]))
    for sender in dict.fromkeys(a.sender for a in asked):
        pair = [a for a in asked if a.sender == sender and a.turn.label in ("valid", "random")]
        codes = {a.turn.label: a.code for a in pair}
        if codes.get("valid") in (2, 4) and codes.get("random") == 5:
            detail = "refuses an unknown recipient, takes the valid one"
            return LatchState(FOUND, detail=detail, evidence=_probe_evidence(seen, question, pair))
    return LatchState(UNKNOWN, detail=_why_unclear(session, asked), evidence=_probe_evidence(seen, question, asked[:2]))


def _foreign(seen: Observation, question: SmtpQuestion, asked: tuple[Asked, ...]) -> LatchState:
    """Of a server to which the domain is foreign: it refuses every recipient there, as one of any other domain."""
    valid = [a for a in asked if a.turn.label == "valid"]
    detail = "refuses every recipient of the domain, since it does not relay to it"
    return LatchState(FOUND, detail=detail, evidence=_probe_evidence(seen, question, valid))


def _relay(seen: Observation, session: Session, question: SmtpQuestion, asked: tuple[Asked, ...]) -> LatchState:
    foreign = [a for a in asked if a.turn.label == "foreign"]
    evidence = _probe_evidence(seen, question, foreign)
    if not any(probe.label == "foreign" for probe in question.probes):
        return LatchState(NOT_ASKED, detail="the inventory gives no sender outside its own domains")
    # Who refuses the valid recipient too refuses us: that is no word on relaying (FACTS 5.5, as for recipients).
    taken = any(a.turn.label == "valid" and a.code in (2, 4) for a in asked)
    match [a.code for a in foreign]:
        case [2]:
            return LatchState(ABSENT, detail="takes a recipient of another domain at RCPT", evidence=evidence)
        case [5] if taken:
            return LatchState(FOUND, detail="refuses a recipient of another domain", evidence=evidence)
        case _:
            return LatchState(UNKNOWN, detail=_why_unclear(session, asked if foreign else ()), evidence=evidence)


def _why_unclear(session: Session, asked: tuple[Asked, ...]) -> str:
    codes = {a.code for a in asked}
    valid = {a.code for a in asked if a.turn.label == "valid"} - {0}
    if not codes or codes == {0}:
        return f"no reply to RCPT: the session ended with {session.ended}" if session.ended else "no reply to RCPT"
    if valid == {5}:
        return "refuses the valid recipient too: it may judge us, not the recipient"
    if 4 in codes:
        return "answers 4xx: greylisting or throttling"
    return f"no clear answer: the session ended with {session.ended}"


def _asked(session: Session) -> Iterator[Asked]:
    sender = ""
    for turn in session.turns:
        if turn.command.upper().startswith("MAIL FROM:<"):
            sender = turn.command[len("MAIL FROM:<") :].partition(">")[0]
        if turn.label:
            yield Asked(sender, turn)


def _probe_evidence(seen: Observation, question: SmtpQuestion, asked: Sequence[Asked]) -> tuple[Evidence, ...]:
    commands = (
        showing.swaks(question, each.sender, _recipient_of(each.turn), encrypted=each.turn.encrypted) for each in asked
    )
    return tuple(showing.of_turn(seen, each.turn, command) for each, command in zip(asked, commands, strict=True))


def _recipient_of(turn: Turn) -> str:
    return turn.command.partition("<")[2].partition(">")[0]


def _evidence(seen: Observation, turn: Turn | None, command: str) -> tuple[Evidence, ...]:
    return () if turn is None else (showing.of_turn(seen, turn, command),)


def _turn(session: Session, verb: str) -> Turn | None:
    return next((turn for turn in session.turns if turn.command.upper().split(" ")[0] == verb), None)


def _keywords(reply: Reply) -> frozenset[str]:
    return frozenset(line.split(" ")[0].upper() for line in reply.lines[1:])
