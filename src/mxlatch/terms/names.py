"""Domain names as mxlatch writes them: lower case, ASCII, no trailing dot, "." for the root (RFC 1035, RFC 4343).

Octets that are not plain letters, digits, "-" and "_" are kept as `\\DDD` escapes (RFC 1035 section 5.1), so
that a name from the wire can always be shown and compared. Names that a person types go through
`domain_name`, which takes A-labels only (RFC 5890): to guess a mapping could mean to audit somebody else.
"""

from mxlatch.terms.errors import InputError

ROOT = "."
_LONGEST_NAME = 253  # RFC 1035 section 3.1: 255 octets on the wire
_LONGEST_LABEL = 63
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_")


class BadName(InputError):
    """A name that cannot be a domain name."""


def domain_name(raw: str) -> str:
    """Parse a name that a person or a file gave.

    Raises:
        BadName: not a domain name; the message says why and what to write instead.
    """
    text = raw.strip().removesuffix(".")
    # Before lower(): U+212A KELVIN SIGN would become a plain "k".
    if not text.isascii():
        raise BadName(f"{raw!r} is not ASCII: write it in its A-label form (xn--…)")
    text = text.lower()
    if len(text) > _LONGEST_NAME:
        raise BadName(f"{raw[:40]!r}… is longer than {_LONGEST_NAME} octets")
    for label in text.split("."):
        if not label or len(label) > _LONGEST_LABEL:
            raise BadName(f"{raw!r} has an empty label or one over {_LONGEST_LABEL} octets")
        if not _PLAIN.issuperset(label):
            raise BadName(f"{raw!r} has a character that no mail domain has: letters, digits, '-' and '_' only")
    return text


def parent(name: str) -> str:
    """The name one label up; the root's parent is the root."""
    return name.partition(".")[2] or ROOT


def is_below(name: str, zone: str) -> bool:
    """True if `name` is `zone` or stands under it."""
    return zone == ROOT or name == zone or name.endswith("." + zone)
