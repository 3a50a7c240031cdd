"""The command line: arguments in, calls, an exit code out. Only here is anything caught, printed or exited."""

from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that the arguments (default: this process's) name; return the exit code."""
    from mxlatch.cli.program import run  # late: whoever imports this room for one function loads no click

    return run(arguments)
