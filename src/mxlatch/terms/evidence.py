"""What a claim rests on, in a form that a person can check."""

from msgspec import Struct


class Evidence(Struct, frozen=True):
    """One observed or declared fact.

    text: the record, reply line or declaration; it holds bytes of strangers, so every report escapes it.
    source: who said it (a server address, a door, the inventory with file and line). time: seconds since 1970
    UTC, None for a declaration. command: a shell command that shows the same, "" where there is none.
    """

    text: str
    source: str = ""
    time: float | None = None
    command: str = ""
