"""`mxlatch` itself: finds the command, runs it, and turns whatever happens into a message and an exit code."""

import contextlib
import difflib
import importlib
import os
import signal
import sys
from collections.abc import Sequence
from typing import Any

import click

from mxlatch import __version__
from mxlatch.cli.exits import ConfigError, Exit, Failure
from mxlatch.terms.errors import InputError

# One module of this room each, loaded when it is called for.
COMMANDS = {
    "apply": "Carry out a plan step by step, or roll it back.",
    "audit": "Find every way to a domain's mailboxes, and those that go round its protection.",
    "canary": "Send one harmless message through each door, and see which arrive.",
    "cases": "Follow up doors that nobody authorised: whose they are, and what was done.",
    "config": "Show the settings and where each came from; make the operator's key.",
    "demo": "Show what mxlatch does, on an internet inside this process.",
    "doctor": "Check whether this machine can see what an audit must see.",
    "explain": "Tell what a rule means, why it matters and what to do.",
    "lab": "Keep an internet of your own making up, to look at with dig and swaks.",
    "plan": "Show the changes that close the ways round, with hazards, steps and proofs.",
    "replay": "Judge a saved bundle again, without network.",
    "scan": "Find what listens in your own blocks, and the doors that nobody authorised.",
    "simulate": "Tell what the layout of a domain's doors does to honest mail and to spam.",
    "vantage": "Look at the same doors from elsewhere, for `mxlatch audit --with`.",
}
_DEBUG = "MXLATCH_DEBUG"
_MOST_LINES = 20  # of a message: whoever gave the wrong file need not see a fault for each of its lines


class ReaderGone(Exception):
    """Whoever read our output has gone: `mxlatch … | head`."""


class _Program(click.Group):
    """The commands, each imported only when it is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f"mxlatch.cli.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            raise click.UsageError(f"There is no command {args[0]!r}.{_meant(args[0])}", ctx)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command. Click would make exit code 1 of a reader that went away, and that is "findings"."""
        try:
            code = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            raise ReaderGone from None
        return code

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """From the table: a list of commands needs none of them loaded."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _meant(word: str) -> str:
    close = difflib.get_close_matches(word, COMMANDS, n=1)
    if close:
        return f" Did you mean {close[0]!r}?"
    return f" To audit a domain: mxlatch audit {word}" if "." in word else ""


@click.group(
    cls=_Program,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
    epilog="Begin with: mxlatch demo. Then: mxlatch audit YOUR-DOMAIN",
)
@click.version_option(__version__, "-V", "--version", message="mxlatch %(version)s")
def program() -> None:
    """Find every way by which a stranger can hand mail to an organisation, and the ways round its protection."""


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a command line; the exit code. Nothing but a bug of ours gets past here, and that with MXLATCH_DEBUG only."""
    # A service manager's SIGTERM ends a run as Ctrl-C does: what there is is said and saved, temporary files go.
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        code: Any = program.main(args=arguments, prog_name="mxlatch", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return Exit.USAGE
    except (click.Abort, KeyboardInterrupt):
        return _say("interrupted", Exit.INTERRUPTED)
    except ReaderGone:
        # Python would complain again when it flushes at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.READER_GONE
    except ConfigError as error:
        return _say(str(error), Exit.BAD_CONFIG)
    except InputError as error:
        return _say(str(error), Exit.BAD_INPUT)
    except Failure as error:
        return _say(str(error), error.code)
    except Exception as error:
        return _own_fault(error)
    return code if isinstance(code, int) else Exit.OK


def _interrupt(*_: object) -> None:
    # A shell lets its background jobs ignore Ctrl-C. Whoever sends SIGTERM means them all the same.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.raise_signal(signal.SIGINT)


def _say(message: str, code: Exit) -> Exit:
    lines = message.splitlines()
    shown = lines if len(lines) <= _MOST_LINES else [*lines[:_MOST_LINES], f"and {len(lines) - _MOST_LINES} more"]
    with contextlib.suppress(BrokenPipeError):  # `2>&1 | head`: there is nobody left to tell
        for line in shown:
            click.echo(f"mxlatch: {line}", err=True)
    return code


def _own_fault(error: Exception) -> Exit:
    if os.environ.get(_DEBUG):
        raise error
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    where = f"{os.path.basename(last.tb_frame.f_code.co_filename)}:{last.tb_lineno}" if last else "unknown place"
    return _say(
        f"this is a fault in mxlatch {__version__}, not in what you gave: {type(error).__name__} at {where}: {error}\n"
        f"To report it, run the same with {_DEBUG}=1 and send what it prints, with the bundle of --save if you may.",
        Exit.INTERNAL,
    )
