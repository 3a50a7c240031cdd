"""Runs a server's own tools on files, in a root of its own and without any network but a loopback."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from install import tree

from realnet.roots import enter, remove

PATIENCE = 120.0
JAIL = ("unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")


def run(group: str, folder: Path, script: str, files: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a shell script where the packages of a group are; the files are in /srv. Both outputs are in `stdout`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text)
    try:
        return subprocess.run(
            (*JAIL, *enter(tree(group), folder, "127.0.0.1", f"ip link set lo up\n{script}")),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
        )
    finally:
        remove(folder)
