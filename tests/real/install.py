"""Install the tools and unpack the servers that the tests need (packages.txt); quick when that is done already.

Run as root: `python3 tests/real/install.py`. The servers end up in one tree for each group under CACHE, outside the
work tree; nothing is configured and nothing is started. Only the standard library, so that any Python 3 runs it.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

PACKAGES = Path(__file__).with_name("packages.txt")
CACHE = Path(os.environ.get("MXLATCH_TEST_CACHE", "/var/cache/mxlatch-test"))
TOOLS = ("ip", "nft", "tc", "dig", "unshare", "setpriv", "chroot", "mount", "faketime")
MERGED = ("bin", "sbin", "lib", "lib64")  # links to usr/… on Debian 12; a tree that had folders there would hide them
APT = ("-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=3", "-qq")
TRIES = 10  # of an apt command whose list lock somebody else holds
LAYOUT = "1"  # raise it when what this script leaves behind changes


def sections(text: str) -> dict[str, list[str]]:
    """The packages under each heading of packages.txt."""
    found: dict[str, list[str]] = {}
    packages: list[str] = []
    for raw in text.splitlines():
        line = raw.partition("#")[0].strip()
        if line.startswith("["):
            packages = found.setdefault(line.strip("[]"), [])
        elif line:
            packages.append(line)
    return found


def groups() -> dict[str, list[str]]:
    """The packages to unpack, by name of their tree."""
    wanted = sections(PACKAGES.read_text())
    return {heading.split()[1]: names for heading, names in wanted.items() if heading.startswith("unpack ")}


def tree(group: str) -> Path:
    """Where the packages of a group are unpacked."""
    return CACHE / "trees" / group


def recipe() -> str:
    """Changes whenever what is installed would no longer be what is wanted."""
    release = Path("/etc/os-release")
    parts = (LAYOUT, PACKAGES.read_text(), release.read_text() if release.exists() else "")
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def missing() -> str:
    """Why the real servers cannot be run here now; "" if they can."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "network namespaces need root"
    lacking = [tool for tool in TOOLS if shutil.which(tool) is None]
    if lacking:
        return f"not installed: {', '.join(lacking)} (run tests/real/install.py as root)"
    stamp = CACHE / "stamp"
    if not stamp.exists() or stamp.read_text() != recipe():
        return "the real servers are not unpacked (run tests/real/install.py as root)"
    return ""


def apt(*arguments: str) -> str:
    """Run apt-get and give back what it prints; wait while somebody else holds its locks."""
    for left in reversed(range(TRIES)):
        done = subprocess.run(("apt-get", *APT, *arguments), capture_output=True, text=True, env=_quiet())
        if done.returncode == 0:
            return done.stdout
        if not left or "lock" not in done.stderr:
            break
        time.sleep(5)
    raise SystemExit(f"apt-get {' '.join(arguments)} failed:\n{done.stderr}")


def _quiet() -> dict[str, str]:
    return {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}


def closure(packages: list[str]) -> list[str]:
    """The packages and those of their dependencies that this machine lacks."""
    simulated = apt("install", "--simulate", "--no-install-recommends", *packages)
    needed = [line.split()[1] for line in simulated.splitlines() if line.startswith("Inst ")]
    return sorted({*packages, *needed})


def unpack(group: str, packages: list[str]) -> None:
    """Unpack a group into a fresh tree; the tree appears only when it is whole."""
    target = tree(group)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        root, debs = Path(scratch, "root"), Path(scratch, "debs")
        debs.mkdir()
        root.mkdir()
        for name in MERGED:
            if os.path.islink(f"/{name}"):
                (root / name).symlink_to(os.readlink(f"/{name}"))
                (root / os.readlink(f"/{name}").lstrip("/")).mkdir(parents=True, exist_ok=True)
        _download(debs, closure(packages))
        for deb in sorted(debs.glob("*.deb")):
            extract(deb, root)
        root.rename(target)


def _download(folder: Path, packages: list[str]) -> None:
    # As root: apt's own user cannot write into our folder, and says so on every download.
    command = ("apt-get", *APT, "-o", "APT::Sandbox::User=root", "download", *packages)
    subprocess.run(command, cwd=folder, check=True, env=_quiet())


def extract(deb: Path, root: Path) -> None:
    """Put a package's files into a root. Plain `dpkg -x` would replace the /lib link by a folder."""
    with subprocess.Popen(("dpkg-deb", "--fsys-tarfile", str(deb)), stdout=subprocess.PIPE) as source:
        command = ("tar", "-x", "-C", str(root), "--keep-directory-symlink", "--numeric-owner", "-p")
        subprocess.run(command, stdin=source.stdout, check=True)
    if source.returncode:
        raise SystemExit(f"{deb.name} cannot be read")


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Hold the cache's lock: two runs on one machine must not unpack into one another."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main() -> None:
    """Install and unpack what is missing."""
    if os.geteuid() != 0:
        raise SystemExit("tests/real/install.py: only root can install packages")
    with alone():
        if not missing():
            return
        started = time.monotonic()
        apt("update")
        apt("install", "--yes", "--no-install-recommends", *sections(PACKAGES.read_text())["install"])
        shutil.rmtree(CACHE / "trees", ignore_errors=True)
        for group, packages in groups().items():
            unpack(group, packages)
        (CACHE / "stamp").write_text(recipe())
        print(f"tests/real: tools installed, servers unpacked, in {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
