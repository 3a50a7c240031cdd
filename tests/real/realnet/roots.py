"""A root of its own for each server: the machine's, with the server's unpacked packages laid over it.

The overlay, /proc and /dev are mounted in the private mount namespace that every spawned process has, and vanish with
it. `/srv` inside is the server's folder outside, so that its configuration and logs are plain files to the test.
The packages are copied into the overlay's upper layer: as a second lower layer they would stand inside the first.
"""

import shutil
from pathlib import Path

ENTER = r"""
set -e
mkdir -p "$SCRATCH/work" "$SCRATCH/root"
cp -a "$TREE" "$SCRATCH/upper"
mount -t overlay overlay -o "lowerdir=/,upperdir=$SCRATCH/upper,workdir=$SCRATCH/work" "$SCRATCH/root"
mount --rbind /dev "$SCRATCH/root/dev"
mount -t proc proc "$SCRATCH/root/proc"
mount --bind "$SRV" "$SCRATCH/root/srv"
cd /
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C chroot "$SCRATCH/root" /bin/sh -c "$INSIDE"
"""
# Users of the mail servers: name, number, home. Above Debian's own system users, so that none is met twice.
USERS = (("postfix", 59101), ("Debian-exim", 59102), ("opensmtpd", 59103), ("opensmtpq", 59104), ("mailbox", 59105))
GROUPS = (("postdrop", 59106),)


def scratch(folder: Path) -> Path:
    """Where the root of the server with this /srv is built."""
    return folder.with_name(folder.name + ".root")


def remove(folder: Path) -> None:
    """Remove the root of a server that was stopped."""
    shutil.rmtree(scratch(folder), ignore_errors=True)


def enter(tree: Path, folder: Path, resolver: str, script: str) -> tuple[str, ...]:
    """The command that runs a shell script in a fresh root over `tree`, with `folder` as /srv."""
    remove(folder)
    inside = "\n".join(("set -e", _accounts(), f"echo 'nameserver {resolver}' >/etc/resolv.conf", script))
    variables = {"TREE": tree, "SRV": folder, "SCRATCH": scratch(folder), "INSIDE": inside}
    return ("env", *(f"{name}={value}" for name, value in variables.items()), "sh", "-c", ENTER)


def _accounts() -> str:
    lines = []
    for name, number in USERS:
        lines.append(f"grep -q '^{name}:' /etc/passwd || echo '{name}:x:{number}:{number}::/:/bin/false' >>/etc/passwd")
        lines.append(f"grep -q '^{name}:' /etc/group || echo '{name}:x:{number}:' >>/etc/group")
    lines += [f"grep -q '^{name}:' /etc/group || echo '{name}:x:{number}:' >>/etc/group" for name, number in GROUPS]
    return "\n".join(lines)
