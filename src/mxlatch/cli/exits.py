"""How a run ends: exit codes (DESIGN 5, sysexits(3)), and the failures that lead to them, each with its remedy."""

from enum import IntEnum

from mxlatch.terms.errors import InputError


class Exit(IntEnum):
    """What the shell gets."""

    OK = 0  # nothing at or above --fail-on
    FINDINGS = 1
    USAGE = 2
    INCOMPLETE = 3  # no finding, but something gave no answer
    BAD_INPUT = 65  # a file's content
    NO_INPUT = 66  # a file that cannot be read
    INTERNAL = 70
    CANNOT_WRITE = 73
    BAD_CONFIG = 78
    INTERRUPTED = 130  # 128 + SIGINT
    READER_GONE = 141  # 128 + SIGPIPE: `mxlatch … | head`


class Failure(Exception):
    """The run cannot go on; the message is for the user, `code` for the shell."""

    code = Exit.INTERNAL


class WrongUsage(Failure):
    """An option has a value that makes no sense; the message names the option and what to write."""

    code = Exit.USAGE


class CannotRead(Failure):
    """A file that was named cannot be read."""

    code = Exit.NO_INPUT


class CannotWrite(Failure):
    """A report or bundle cannot be written."""

    code = Exit.CANNOT_WRITE


class ConfigError(InputError):
    """The configuration or the inventory cannot be used; the message names file, line and remedy."""
