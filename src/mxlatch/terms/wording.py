"""Counts and lists as a sentence has them ("2 doors", "mx1, mx2 and 3 more"), short however long the list is."""

from collections.abc import Iterable

MOST_LISTED = 5  # a line of 80 columns holds about so many host names; 398 exchangers of one domain have been seen


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
