"""Counts, lists and times as a sentence has them ("2 doors", "mx1, mx2 and 3 more", "2 h"), short however long."""

from collections.abc import Iterable

MOST_LISTED = 5  # a line of 80 columns holds about so many host names; 398 exchangers of one domain have been seen

_UNITS = ((86_400, "day", "days"), (3600, "h", "h"), (60, "min", "min"), (1, "s", "s"))


def counted(number: int, thing: str, things: str = "") -> str:
    """The number with its noun: "1 door", "2 doors"; `things` where the plural is irregular."""
    return f"{number} {thing if number == 1 else things or thing + 's'}"


def listed(words: Iterable[str], most: int = MOST_LISTED, last: str = "and") -> str:
    """The words as a list in a sentence; after `most` of them only how many more there are. "" for none.

    last: the word before the last one.
    """
    every = list(words)
    if len(every) > most:
        return f"{', '.join(every[:most])} and {len(every) - most} more"
    return f" {last} ".join(filter(None, (", ".join(every[:-1]), *every[-1:])))


def lasting(seconds: int) -> str:
    """A time in its two largest units: "2 h", "7 days", "2 days 1 h"; rounded up, since it is waited for."""
    largest = next((size for size, _, _ in _UNITS if seconds >= size), 1)
    smaller = next((size for size, _, _ in _UNITS if size < largest), 1)
    left, words = -(-seconds // smaller) * smaller, []
    for size, one, more in _UNITS:
        count, left = divmod(left, size)
        if count:
            words.append(f"{count} {one if count == 1 else more}")
    return " ".join(words) or "0 s"
