"""Runs a program of this machine for a carrier (`nft`): no shell, bounded in time and output.

Limits: a program that is ended here may have done its work or not; its exit code is then negative, and whoever asked
has to look.
"""

import asyncio
import contextlib
import os
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence

from mxlatch.plan.provider import Ran

_PATIENCE = 60.0  # seconds; nft waits for no network, but a ruleset with large sets takes its time
_LARGEST = 64 * 2**20  # octets of each output: a listing with a million addresses in its sets has 20 MB
_AT_ONCE = 65_536
_NO_SUCH_PROGRAM = 127  # as a shell says it
_ADMIN = "/usr/sbin:/sbin"  # where nft is, and where the PATH of a user or of cron does not lead


async def run(argv: Sequence[str], given: bytes) -> Ran:
    """Run a program with this on its standard input, and wait for its end."""
    here = {**os.environ, "LC_ALL": "C", "PATH": f"{os.environ.get('PATH', '/usr/bin:/bin')}:{_ADMIN}"}
    try:
        # A session of its own: Ctrl-C ends us between two programs, and none of them in the middle.
        process = await asyncio.create_subprocess_exec(
            *argv, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=here, start_new_session=True
        )
    except OSError as error:
        return Ran(_NO_SUCH_PROGRAM, "", f"{argv[0]}: {error.strerror}")
    late = asyncio.get_running_loop().call_later(_PATIENCE, _end, process)
    try:
        out, err, _ = await asyncio.gather(
            _read(process.stdout, process), _read(process.stderr, process), _tell(process.stdin, given)
        )
        return Ran(await process.wait(), out, err)
    finally:
        late.cancel()
        _end(process)


async def _tell(stdin: asyncio.StreamWriter | None, given: bytes) -> None:
    assert stdin is not None, "asked for above"
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it reads no further; its exit code says why
        stdin.write(given)
        await stdin.drain()
        stdin.close()
        await stdin.wait_closed()


async def _read(stream: asyncio.StreamReader | None, process: Process) -> str:
    """All of it; a program that prints too much is ended, and what it printed last is dropped."""
    assert stream is not None, "asked for above"
    kept = bytearray()
    while octets := await stream.read(_AT_ONCE):
        if len(kept) < _LARGEST:
            kept += octets
        else:
            _end(process)
    return kept.decode(errors="replace")


def _end(process: Process) -> None:
    """End it if it still runs; nobody has waited for it then, so its number is nobody else's."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
