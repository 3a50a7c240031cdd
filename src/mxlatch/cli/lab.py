"""`mxlatch lab serve FILE`: an internet from a topology file, kept up on loopback ports for dig, swaks and audits."""

import asyncio
import contextlib
import shlex
import tempfile
from pathlib import Path

import click

from mxlatch.cli.exits import CannotWrite, Exit
from mxlatch.cli.files import read_text
from mxlatch.lab.internet import Running, internet
from mxlatch.lab.story import shipped
from mxlatch.lab.story import topology as shipped_topology
from mxlatch.lab.topology import SMTP_PORT, Topology, parse


@click.group("lab")
def command() -> None:
    """An internet of your own making, in one process, without rights."""


@command.command("serve")
@click.argument("topology", metavar="FILE")
@click.option("--remedy", metavar="NAME", help="Serve it as it is after this remedy of the file.")
@click.option(
    "--dir", "folder", metavar="DIR", help="Write the files for `mxlatch audit` there. [default: a new folder]"
)
def serve(topology: str, remedy: str | None, folder: str | None) -> Exit:
    """Keep the internet of FILE (TOML) up until Ctrl-C, and print how to look at it.

    FILE may also be the name of a topology that comes with mxlatch: story1 to story5, plain.
    """
    parsed = read(topology)
    chosen = parsed.remedied(remedy) if remedy else parsed
    with contextlib.ExitStack() as stack:
        where = Path(folder or stack.enter_context(tempfile.TemporaryDirectory(prefix="mxlatch-lab-")))
        # Ctrl-C is how it ends, and no failure.
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(_serve(chosen, where))
    return Exit.OK


def read(name: str) -> Topology:
    """The topology of a file, or one that comes with mxlatch.

    Raises:
        CannotRead: there is neither. InputError: it cannot be used.
    """
    if name in shipped() and not Path(name).exists():
        return shipped_topology(name)
    return parse(read_text(name, "topology"), name)


async def _serve(topology: Topology, folder: Path) -> None:
    async with internet(topology) as running:
        click.echo(described(running, _written(running, folder)))
        await asyncio.Event().wait()  # until Ctrl-C


def _written(running: Running, folder: Path) -> dict[str, str]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return running.write(folder)
    except OSError as error:
        raise CannotWrite(f"folder {folder}: {error.strerror}") from None


def described(running: Running, options: dict[str, str]) -> str:
    """How to look at what is up."""
    arguments = " ".join(f"{name} {shlex.quote(value)}" for name, value in options.items())
    resolver = running.place(*running.resolver)
    lines = [f"{running.topology.title or running.topology.path}: up until Ctrl-C", ""]
    lines.append(f"mxlatch audit --rate 1000 {arguments} {' '.join(running.domains)}")
    if resolver is not None:
        lines.append(f"dig @{resolver[0]} -p {resolver[1]} {running.domains[0]} MX")
    for host in running.topology.mailhosts:
        place = running.place(host.addresses[0], SMTP_PORT)
        if place is not None:
            lines.append(f"swaks --server {place[0]}:{place[1]} --quit-after EHLO   # {host.name}")
    return "\n".join([*lines, "", "The table of real and actual addresses:", running.net_table.rstrip()])
