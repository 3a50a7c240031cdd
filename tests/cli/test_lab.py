import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def served(request: pytest.FixtureRequest, tmp_path: Path):
    """A served lab: what it printed before the table, and the process. The test's parameter: what stands before it."""
    command = [sys.executable, "-u", "-m", "mxlatch", "lab", "serve", "story1", "--dir", str(tmp_path / "lab")]
    command = [*getattr(request, "param", ()), *command]
    run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ))
    assert run.stdout is not None
    lines = []
    for line in run.stdout:
        lines.append(line.rstrip())
        if line.startswith("The table"):
            break
    yield lines, run
    run.kill()
    run.communicate()


def test_the_printed_command_audits_it_and_ctrl_c_ends_it(served, mxlatch):
    lines, run = served
    audit = next(line for line in lines if line.startswith("mxlatch audit"))
    said = mxlatch(*shlex.split(audit)[1:])
    assert said.code == 1
    assert said.out.startswith("1 of 2 doors")
    assert any(line.startswith("dig @127.0.0.1 -p ") for line in lines)
    assert any(line.startswith("swaks --server 127.0.0.1:") for line in lines)
    run.send_signal(signal.SIGINT)
    _, err = run.communicate(timeout=20)
    assert (run.returncode, err) == (0, "")


# A script's `mxlatch … &` is started with SIGINT ignored.
BACKGROUND = ("sh", "-c", 'trap "" INT; exec "$@"', "sh")


@pytest.mark.parametrize("served", [(), BACKGROUND], ids=["foreground", "background"], indirect=True)
def test_a_service_managers_term_ends_it_as_well(served):
    _, run = served
    run.send_signal(signal.SIGTERM)
    _, err = run.communicate(timeout=20)
    assert (run.returncode, err) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("/nowhere/lab.toml",), 66, "topology /nowhere/lab.toml: there is no such file"),
        (("story9",), 66, "topology story9"),
        (("story1", "--remedy", "prayer"), 65, "no remedy 'prayer': it has close"),
    ],
)
def test_what_cannot_be_served(mxlatch, arguments, code, message):
    said = mxlatch("lab", "serve", *arguments)
    assert said.code == code
    assert message in said.err


def test_a_topology_with_a_fault_names_its_line(mxlatch, tmp_path: Path):
    path = tmp_path / "lab.toml"
    path.write_text('domains = ["example.org"]\n\n[[mailhost]]\nnmae = "mx"\n')
    said = mxlatch("lab", "serve", str(path))
    assert said.code == 65
    assert f"{path}:4: " in said.err
