"""Places on the loopback interface where nobody answers: closed ports and silent ones, as a firewall makes them."""

import contextlib
import socket
from collections.abc import Iterator

from mxlatch.lab.dns import LOOPBACK, bound_pair

_FILLERS = 3  # connections that fill a backlog of zero: Linux queues one, others round up


@contextlib.contextmanager
def closed_port() -> Iterator[int]:
    """A port that refuses TCP and UDP: taken, so that nobody else gets it, and not listened on."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as taken:
        taken.bind((LOOPBACK, 0))
        port: int = taken.getsockname()[1]
        yield port


@contextlib.contextmanager
def silent_port() -> Iterator[int]:
    """A port that answers nothing: its TCP backlog is full, so that a SYN gets no reply, and nobody reads its UDP."""
    with contextlib.ExitStack() as stack:
        datagrams, listener = map(stack.enter_context, bound_pair())
        assert isinstance(datagrams, socket.socket)
        assert isinstance(listener, socket.socket)
        listener.listen(0)
        for _ in range(_FILLERS):
            filler = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        port: int = listener.getsockname()[1]
        yield port
