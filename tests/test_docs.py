"""What the documents say one can type, and where they say one can go."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from mxlatch.cli.program import program

TOP = Path(__file__).parent.parent
PAGES = sorted([*TOP.glob("*.md"), *TOP.glob("docs/**/*.md"), *TOP.glob("src/mxlatch/data/rules/*.md")])
COMMAND = re.compile(r"^ +(?:\S+/|[a-z]+ \| )?(mxlatch .+)$", re.MULTILINE)
INLINE = re.compile(r"`(mxlatch [^`\n]+)`")
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
NO_COMMAND = re.compile(r"mxlatch (COMMAND|…|DOMAIN)")


def commands() -> Iterator[tuple[str, str]]:
    """Page and command line for everything that can be typed."""
    for page in PAGES:
        text = page.read_text("utf-8")
        for line in [*COMMAND.findall(text), *INLINE.findall(text)]:
            if not NO_COMMAND.match(line):
                yield str(page.relative_to(TOP)), line


@pytest.mark.parametrize(("page", "line"), list(commands()))
def test_a_command_that_a_page_shows_exists(page: str, line: str) -> None:
    _, *words = shlex.split(line.partition(" | ")[0], comments=True)
    command: click.Command = program
    with click.Context(program) as context:
        while isinstance(command, click.Group) and words and not words[0].startswith("-"):
            found = command.get_command(context, words[0])
            if found is None and command is not program:
                break
            assert found is not None, f"{page}: there is no command {words[0]!r}"
            command = found
            words.pop(0)
        options = {name for parameter in command.get_params(context) for name in parameter.opts}
    options |= {"--help", "--version"}
    unknown = [word for word in words if re.fullmatch(r"--?[a-z-]+", word) and word not in options]
    assert unknown == [], f"{page}: {line}"


def test_a_hazard_that_a_page_accepts_is_one_that_a_plan_may_have() -> None:
    known = set(re.findall(r"`([a-z-]+):[A-Z]+`", (TOP / "docs/reference/plan.md").read_text("utf-8")))
    accepted = [word for _, line in commands() for word in re.findall(r"--accept ([a-z][^ ]*)", line)]
    assert [word for word in accepted if word.partition(":")[0] not in known] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(TOP)))
def test_every_link_leads_somewhere(page: Path) -> None:
    assert [link for link in LINK.findall(page.read_text("utf-8")) if not (page.parent / link).exists()] == []
