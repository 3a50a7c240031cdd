from pathlib import Path

import pytest

from mxlatch.cli import settings


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "config" / "mxlatch" / "config.toml"
    path.parent.mkdir(parents=True)
    return path


def origin(said, name: str) -> list[str]:
    """The value and the origin that `mxlatch config` shows."""
    line = next(line for line in said.out.splitlines() if line.startswith(f"{name} "))
    _, value, where = line.split(None, 2)
    return [value, where]


def test_the_order_is_command_line_environment_file_default(mxlatch, file, monkeypatch):
    assert origin(mxlatch("config"), "vantage") == ["internet", "default"]
    file.write_text('# here\nvantage = "office"\n')
    assert origin(mxlatch("config"), "vantage") == ["office", f"{file}:2"]
    monkeypatch.setenv("MXLATCH_VANTAGE", "wifi")
    assert origin(mxlatch("config"), "vantage") == ["wifi", "environment, MXLATCH_VANTAGE"]
    assert origin(mxlatch("config", "--vantage", "inside"), "vantage") == ["inside", "command line"]


@pytest.mark.parametrize(
    ("text", "value"),
    [('resolver = "192.0.2.1"', "192.0.2.1"), ('resolver = ["192.0.2.1", "192.0.2.2"]', "192.0.2.1 192.0.2.2")],
)
def test_what_may_stand_several_times(mxlatch, file, text, value):
    file.write_text(text)
    assert f"resolver       {value} " in mxlatch("config").out


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = [", "config.toml: not TOML"),
        ('\nvantge = "x"', "config.toml:2: 'vantge' is no setting: did you mean 'vantage'?"),
        ('fail_on = "low"', "config.toml:1: 'fail_on' is no setting: did you mean 'fail-on'?"),
        ('authorised = "me"', "config.toml:1: 'authorised' is no setting"),
        ('\n\nfail-on = "severe"', "config.toml:3: fail-on: 'severe' is not one of"),
        ('rate = "quick"', "config.toml:1: rate: 'quick' is not a valid float"),
    ],
)
def test_a_wrong_file_names_the_line(mxlatch, file, text, message):
    file.write_text(text)
    said = mxlatch("config")
    assert (said.code, said.out) == (78, "")
    assert message in said.err


def test_the_environment_is_named_when_it_is_at_fault(mxlatch, monkeypatch):
    monkeypatch.setenv("MXLATCH_FAIL_ON", "severe")
    said = mxlatch("audit", "example.org")
    assert said.code == 2
    assert "MXLATCH_FAIL_ON in the environment: 'severe' is not one of" in said.err


def test_another_file_must_exist(mxlatch, monkeypatch):
    monkeypatch.setenv("MXLATCH_CONFIG", "/nowhere/c.toml")
    said = mxlatch("config")
    assert (said.code, said.err) == (66, "mxlatch: configuration /nowhere/c.toml: there is no such file or folder\n")


def test_variable():
    assert settings.variable("fail-on") == "MXLATCH_FAIL_ON"
