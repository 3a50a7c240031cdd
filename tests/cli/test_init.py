import subprocess
import sys

import pytest

import mxlatch
from mxlatch.cli import main

HEAVY = ("rich", "dns", "asyncio", "cryptography", "msgspec", "mxlatch.net", "mxlatch.lab", "mxlatch.report")


def test_version(capfd):
    assert main(["--version"]) == 0
    assert capfd.readouterr().out == f"mxlatch {mxlatch.__version__}\n"


@pytest.mark.parametrize("arguments", [["--version"], ["--help"]])
def test_what_needs_nothing_loads_nothing_heavy(arguments):
    program = f"import sys; from mxlatch.cli import main; main({arguments}); print(sorted(sys.modules))"
    out = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    loaded = out.splitlines()[-1]
    assert "'click'" in loaded
    assert [name for name in HEAVY if f"'{name}'" in loaded] == []
