"""Speaks SMTP to a server of the little internet, line by line, as a person would with telnet."""

import contextlib
from collections.abc import Iterator

from realnet.network import Host

PATIENCE = 30.0  # seconds: an address verification takes its time


def replies(host: Host, address: str, *lines: str, port: int = 25) -> list[str]:
    """What the server says: its greeting, then a reply to each line; the last line of each. Ends where it hangs up."""
    said: list[str] = []
    with contextlib.suppress(ConnectionError), host.connect(address, port, PATIENCE) as connection:
        file = connection.makefile("rwb")
        said += _reply(file)
        for line in lines:
            file.write(line.encode() + b"\r\n")
            file.flush()
            said += _reply(file)
    return said


def recipient(host: Host, address: str, to: str, sender: str = "someone@elsewhere.example", port: int = 25) -> str:
    """The reply to RCPT, or where the dialogue ended before."""
    return replies(host, address, "EHLO client.example", f"MAIL FROM:<{sender}>", f"RCPT TO:<{to}>", port=port)[-1]


def _reply(file: object) -> Iterator[str]:
    while line := file.readline().decode(errors="replace").rstrip():  # type: ignore[attr-defined]
        if line[3:4] != "-":
            yield line
            return
