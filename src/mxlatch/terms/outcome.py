"""Three answers, never two: found, absent, unknown with a reason."""

from typing import Generic, TypeVar

from msgspec import Struct

T = TypeVar("T", covariant=True)


class Found(Struct, Generic[T], frozen=True):
    """It is there, and this is it."""

    value: T


class Absent(Struct, frozen=True):
    """Somebody who must know said that it is not there; `status` is how it was said (nodata, nxdomain, …)."""

    status: str


class Unknown(Struct, frozen=True):
    """Nobody who knows has answered; `reason` is what to tell the user. Neither a pass nor a fault."""

    reason: str


Outcome = Found[T] | Absent | Unknown
