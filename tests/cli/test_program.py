import subprocess
import sys

import click
import pytest

from mxlatch.cli import program
from mxlatch.cli.exits import CannotRead, CannotWrite, ConfigError
from mxlatch.terms.errors import InputError


@pytest.mark.parametrize("name", program.COMMANDS)
def test_every_command_has_help_that_fits_80_columns(mxlatch, name):
    said = mxlatch(name, "--help")
    assert said.code == 0
    assert max(map(len, said.out.splitlines())) <= 80


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("adit", "example.org"), 2, "Did you mean 'audit'?"),
        (("example.org",), 2, "To audit a domain: mxlatch audit example.org"),
        (("--colour",), 2, "No such option"),
        (("audit", "--jsn", "example.org"), 2, "Did you mean"),
    ],
)
def test_a_wrong_command_line_says_what_was_perhaps_meant(mxlatch, arguments, code, message):
    said = mxlatch(*arguments)
    assert said.code == code
    assert message in said.err


@pytest.mark.parametrize(
    ("raised", "code", "message"),
    [
        (InputError("list:3: no"), 65, "mxlatch: list:3: no\n"),
        (InputError("list:3: no\nlist:4: no"), 65, "mxlatch: list:3: no\nmxlatch: list:4: no\n"),
        (CannotRead("bundle b: no"), 66, "mxlatch: bundle b: no\n"),
        (CannotWrite("report r: no"), 73, "mxlatch: report r: no\n"),
        (ConfigError("config.toml:1: no"), 78, "mxlatch: config.toml:1: no\n"),
        (KeyboardInterrupt(), 130, "mxlatch: interrupted\n"),
        (click.UsageError("no"), 2, "Error: no\n"),
        (ZeroDivisionError("oh"), 70, "mxlatch: this is a fault in mxlatch"),
    ],
)
def test_whatever_happens_has_its_exit_code(mxlatch, monkeypatch, raised, code, message):
    def fail(**_: object) -> None:
        raise raised

    monkeypatch.setattr(program.program, "main", fail)
    said = mxlatch("audit")
    assert (said.code, said.out) == (code, "")
    assert said.err.startswith(message)


def test_of_very_many_faults_some_are_enough(mxlatch, tmp_path):
    (tmp_path / "domains").write_text("a@example.org\n" * 100)
    said = mxlatch("audit", f"@{tmp_path / 'domains'}")
    lines = said.err.splitlines()
    assert (said.code, len(lines), lines[-1]) == (65, 21, "mxlatch: and 80 more")


def test_a_reader_that_went_away_is_no_fault():
    run = subprocess.Popen([sys.executable, "-m", "mxlatch", "config"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert run.stdout is not None
    run.stdout.close()
    assert run.wait(20) == 141
    assert run.stderr is not None
    assert run.stderr.read() == b""
    run.stderr.close()
