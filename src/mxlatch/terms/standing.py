"""Where a door stands with its owner: what the inventory says of it, beside what came of knocking."""

from enum import StrEnum


class Standing(StrEnum):
    """One word for a door, from one vantage and for one domain."""

    AUTHORISED = "authorised"  # in the inventory
    ROGUE = "rogue"  # answers and takes mail for the domain, and the inventory does not authorise it
    STRAY = "stray"  # answers and refuses mail for the domain, and the inventory does not authorise it
    UNLISTED = "unlisted"  # answers, and the inventory does not name it; whether it takes mail is not known
    RETIRED = "retired"  # the inventory says that it is no longer authorised, and it still answers
    MISSING = "missing"  # listed, but not found: it surely does not answer where the inventory says
    GONE = "gone"  # not authorised, and refuses connections: nothing is left to do
    UNKNOWN = "unknown"  # nobody could tell
    UNDECLARED = ""  # no inventory names any door, so nothing can be matched


# What somebody has to be asked about, the worst first: each gets a case.
UNSETTLED = (Standing.ROGUE, Standing.RETIRED, Standing.UNLISTED, Standing.STRAY)
