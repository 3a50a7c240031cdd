"""The manual page holds every command, option and exit code of the program, and nothing that is not there."""

import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from mxlatch.cli.exits import Exit
from mxlatch.cli.program import program
from mxlatch.cli.settings import NAMES, variable
from mxlatch.report import FORMATS

TOP = Path(__file__).parent.parent.parent
PAGE = TOP / "docs" / "man" / "mxlatch.1"
TEXT = PAGE.read_text("utf-8")
SHIPPED = {"docs/man/mxlatch.1": "share/man/man1/mxlatch.1"}
OF_ALL = "--help"  # stands once, in DESCRIPTION
RENDERERS = {"groff": ("-mdoc", "-ww", "-Tutf8"), "mandoc": ("-Tlint", "-Wwarning")}


def parts(heading: str, text: str = TEXT) -> dict[str, str]:
    """The text under each heading of a level (Sh, Ss), by its title."""
    _, *found = re.split(rf"^\.{heading} (.+)\n", text, flags=re.MULTILINE)
    return dict(zip(found[::2], found[1::2], strict=True))


SECTIONS = parts("Sh")
SUBSECTIONS = parts("Ss", SECTIONS["COMMANDS"]) | parts("Ss", SECTIONS["OPTIONS OF SEVERAL COMMANDS"])


def written(title: str) -> Iterator[str]:
    """Every option that the page gives a command, as `-o --output FILE`; those of the sections it names too."""
    for line in re.findall(r"^\.It (Fl .+)$", SUBSECTIONS[title], re.MULTILINE):
        yield as_typed(line)
    for other in re.findall(r"^\.Sx (Options .+?)(?: [.,])?$", SUBSECTIONS[title], re.MULTILINE):
        yield from written(other)


def as_typed(line: str) -> str:
    """`Fl o , Fl -output Ar FILE` as -o --output FILE."""
    typed = re.sub(r"\bFl (\S+)", r"-\1", line)
    return re.sub(r" ,| (Ar|Cm)\b", "", typed).replace(" | ", "|")


def real(command: click.Command, context: click.Context) -> list[str]:
    """The same of the program's own options."""
    options = (o for o in command.get_params(context) if isinstance(o, click.Option) and OF_ALL not in o.opts)
    return [" ".join([*sorted(o.opts, key=len), *o.secondary_opts, *value(o, context)]) for o in options]


def value(option: click.Option, context: click.Context) -> list[str]:
    if option.is_flag:
        return []
    given = option.make_metavar(context)
    return [given.strip("[]") if isinstance(option.type, click.Choice) and not option.metavar else given]


def commands(group: click.Group = program, before: str = "") -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, by its words."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if not isinstance(command, click.Group) or command.invoke_without_command:
            yield before + name, command
        if isinstance(command, click.Group):
            yield from commands(command, f"{before}{name} ")


COMMANDS = dict(commands())


def test_the_page_has_the_commands_of_the_program() -> None:
    assert sorted(parts("Ss", SECTIONS["COMMANDS"])) == sorted(COMMANDS)
    assert re.findall(r"^\.Cm (.+)$", SECTIONS["SYNOPSIS"], re.MULTILINE) == list(parts("Ss", SECTIONS["COMMANDS"]))


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_has_its_options_and_no_other(name: str) -> None:
    with click.Context(COMMANDS[name]) as context:
        assert sorted(written(name)) == sorted(real(COMMANDS[name], context))


def test_what_the_program_itself_takes_stands_once() -> None:
    alone = re.findall(r"^\.It (Fl .+)$", SECTIONS["DESCRIPTION"], re.MULTILINE)
    assert [as_typed(line) for line in alone] == ["-h --help", "-V --version"]


def test_the_shared_options_are_the_settings() -> None:
    shared = {o for title in parts("Ss", SECTIONS["OPTIONS OF SEVERAL COMMANDS"]) for o in written(title)}
    assert {o.removeprefix("--").partition(" ")[0] for o in shared} == NAMES
    named = re.findall(r"MXLATCH_\w+", SECTIONS["ENVIRONMENT"])
    assert set(named) <= {variable(name) for name in NAMES} | {"MXLATCH_CONFIG", "MXLATCH_DEBUG"}


def test_every_exit_code_and_format_stands_there() -> None:
    assert re.findall(r"^\.It (\d+)$", SECTIONS["EXIT STATUS"], re.MULTILINE) == [str(code.value) for code in Exit]
    forms = SUBSECTIONS["Options for the form"].partition(";")[0].rpartition("\n")[2]
    assert re.split(r", | or ", forms) == list(FORMATS)


@pytest.mark.parametrize("renderer", RENDERERS)
def test_it_renders_without_a_warning(renderer: str) -> None:
    if shutil.which(renderer) is None:
        pytest.skip(f"no {renderer} here: the manual page is not rendered with it")
    done = subprocess.run([renderer, *RENDERERS[renderer], str(PAGE)], capture_output=True, text=True, check=False)
    told = done.stderr + (done.stdout if renderer == "mandoc" else "")
    assert told == ""


def test_it_is_shipped_where_man_looks() -> None:
    project = tomllib.loads((TOP / "pyproject.toml").read_text("utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel["shared-data"] == SHIPPED
