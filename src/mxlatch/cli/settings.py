"""The settings that hold for every run, from the file `config.toml`: each is an option without its dashes.

Order: command line, then environment (MXLATCH_…), then this file, then the default. `mxlatch config` shows for each
setting where it came from. What is leave (`--authorised`) or belongs to one run (`-o`, `--save`) is no setting: nobody
shall probe by a line that somebody wrote long ago.
"""

import difflib
import os
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from mxlatch.cli import places
from mxlatch.cli.exits import ConfigError
from mxlatch.cli.files import read_text
from mxlatch.inventory.lines import line_of, scan

FILE = "config.toml"
ENV_PREFIX = "MXLATCH_"

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

NAMES: set[str] = set()  # of every setting, as in `--help` without the dashes


def setting(*declarations: str, **attributes: Any) -> Decorator:
    """An option that the environment and the file may give too."""
    name = next(d for d in declarations if d.startswith("--")).removeprefix("--")
    NAMES.add(name)
    return click.option(*declarations, envvar=variable(name), **attributes)


def variable(name: str) -> str:
    """The environment's name for a setting: fail-on is MXLATCH_FAIL_ON."""
    return ENV_PREFIX + name.upper().replace("-", "_")


def path(environment: Mapping[str, str] = os.environ) -> Path:
    """Where the file is, whether there is one or not."""
    return Path(environment.get(f"{ENV_PREFIX}CONFIG") or places.config_dir(environment) / FILE)


def read(where: Path) -> dict[str, Any]:
    """The file's settings, by click's parameter names; empty if there is no file.

    Raises:
        ConfigError: not TOML, or a key that is no setting; the message has file, line and remedy.
    """
    if not where.exists() and f"{ENV_PREFIX}CONFIG" not in os.environ:
        return {}
    text = read_text(str(where), "configuration")
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{where}: not TOML: {error}") from None
    for key in found:
        if key not in NAMES:
            raise ConfigError(f"{where}:{line_of((key,), scan(text))}: {key!r} is no setting{_meant(key)}")
    return {key.replace("-", "_"): value for key, value in found.items()}


def _meant(key: str) -> str:
    close = difflib.get_close_matches(key.replace("_", "-"), NAMES, n=1)
    return f": did you mean {close[0]!r}?" if close else ": `mxlatch config` lists them all"


class _FromFile(click.Command):
    """Reads the file before the arguments."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Read the file first, then the arguments; a bad value of the file is the file's fault, with its line."""
        where = path()
        try:
            return super().make_context(info_name, args, parent, default_map=self._as_lists(read(where)), **extra)
        except click.BadParameter as error:
            raise self._blamed(error, where) from None

    def _as_lists(self, found: dict[str, Any]) -> dict[str, Any]:
        """One value where several may stand means a list of one."""
        several = {p.name for p in self.params if isinstance(p, click.Option) and p.multiple}
        return {k: [v] if k in several and not isinstance(v, list) else v for k, v in found.items()}

    def _blamed(self, error: click.BadParameter, where: Path) -> Exception:
        """The same complaint, of whoever gave the value: the file with its line, the environment, or the option."""
        name = (error.param.name or "") if error.param else ""
        key = name.replace("_", "-")
        match error.ctx.get_parameter_source(name) if error.ctx else None:
            case ParameterSource.DEFAULT_MAP:
                line = line_of((key,), scan(read_text(str(where), "configuration")))
                return ConfigError(f"{where}:{line}: {key}: {error.message}")
            case ParameterSource.ENVIRONMENT:
                return click.UsageError(f"{variable(key)} in the environment: {error.message}", error.ctx)
            case _:
                return error


class Configured(_FromFile):
    """A command whose options may come from the file."""


class ConfiguredGroup(_FromFile, click.Group):
    """A command with commands below it, whose own options may come from the file."""
