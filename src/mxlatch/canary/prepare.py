"""Which doors get a canary, and the messages ready to send: one a door, or two with the filters' test string.

Pure: the tokens come in, one for each message, so that an arrival tells by which door it came.
"""

from collections.abc import Callable, Iterable
from typing import Literal

from msgspec import Struct

from mxlatch.canary.message import PLAIN, TEST_STRING, Text, compose
from mxlatch.terms.door import Door, DoorState
from mxlatch.wire.smtp.deliver import Delivery

_TLS: dict[str, Literal["modern", "old", "clear"]] = {"ok": "modern", "old": "old", "failed": "clear"}


class Prepared(Struct, frozen=True):
    """A message that is ready, and its token."""

    token: str
    delivery: Delivery


def prepare(doors: Iterable[Door], text: Text, new_token: Callable[[], str], *, gtube: bool) -> tuple[Prepared, ...]:
    """The messages, every door's plain one before any second one: sessions with one door are to be far apart.

    Raises:
        ValueError: something in `text` cannot stand in a message.
    """
    kinds = (PLAIN, TEST_STRING) if gtube else (PLAIN,)
    standing = [door for door in doors if door.state is DoorState.OPEN]
    return tuple(_prepared(door, text, new_token(), kind) for kind in kinds for door in standing)


def left_out(doors: Iterable[Door]) -> tuple[tuple[str, str], ...]:
    """The doors that get none, each with the reason."""
    return tuple((door.id, f"{door.state}: {door.reason}") for door in doors if door.state is not DoorState.OPEN)


def _prepared(door: Door, text: Text, token: str, kind: str) -> Prepared:
    tls = door.session.tls if door.session is not None else None
    delivery = Delivery(
        address=door.address,
        port=door.port,
        host=next((way.exchange for way in door.ways_in if way.exchange), door.address),
        domain=text.domain,
        sender=text.sender,
        recipient=text.recipient,
        message=compose(text, token, kind, door.address, door.port),
        kind=kind,
        tls="modern" if tls is None else _TLS.get(tls.state, "modern"),  # as honest senders ended up doing
    )
    return Prepared(token, delivery)
