"""The `--net` table: where a packet for a real address goes in a lab (DESIGN section 5).

One row a line, `ADDRESS:PORT = ADDRESS:PORT`, IPv6 addresses in brackets, "#" begins a comment:

    192.0.2.1:25  = 127.0.0.1:2525
    192.0.2.53:53 = 127.0.0.1:5353
    192.0.2.9:*   = 127.0.0.9:*        # every port, each to the same port

It applies *after* the gate: leave, rates and reports see the left side. With a table, an address:port that no row names
is nowhere: nothing is sent, and the answer is "unreachable", which says nothing of the door. To play a closed port,
point a row at a port where nobody listens (connection refused); to play a silent one, at a listener that never accepts.
"""

from msgspec import Struct

from mxlatch.net.scope import parse_address
from mxlatch.terms.errors import InputError

EVERY_PORT = "*"
_LARGEST_PORT = 65535
_REMEDY = "write ADDRESS:PORT = ADDRESS:PORT, an IPv6 address in brackets"

Place = tuple[str, int | None]  # None: every port


class Table(Struct, frozen=True):
    """The table, parsed. A row for one port goes before a row for every port."""

    rows: dict[Place, Place] = {}
    path: str = "--net"

    def find(self, address: str, port: int) -> tuple[str, int] | None:
        """Where a packet for this place goes; None: nowhere."""
        row = self.rows.get((address, port)) or self.rows.get((address, None))
        return None if row is None else (row[0], port if row[1] is None else row[1])


def parse(text: str, path: str) -> Table:
    """Parse a table.

    Raises:
        InputError: names path and line of every row that cannot be used, and the remedy.
    """
    rows: dict[Place, Place] = {}
    faults: list[str] = []
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.partition("#")[0].strip()
        if not line:
            continue
        try:
            left, right = _row(line)
            if left in rows:
                raise InputError(f"{line.partition('=')[0].strip()} stands twice: delete one of the rows")
            rows[left] = right
        except InputError as fault:
            faults.append(f"{path}:{number}: {fault}")
    if faults:
        raise InputError("\n".join(faults))
    return Table(rows, path)


def _row(line: str) -> tuple[Place, Place]:
    left, equals, right = line.partition("=")
    if not equals:
        raise InputError(f"{line[:60]!r} has no '=': {_REMEDY}")
    real, lab = _place(left.strip()), _place(right.strip())
    if lab[1] is None and real[1] is not None:
        raise InputError("the right side says every port and the left side one: name the port")
    return real, lab


def _place(text: str) -> Place:
    host, colon, port = text.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    address = parse_address(host[1:-1] if bracketed else host)
    if not colon or address is None or bracketed != (address.version == 6):
        raise InputError(f"{text[:60]!r} is no address and port: {_REMEDY}")
    if port == EVERY_PORT:
        return str(address), None
    if not (port.isascii() and port.isdigit() and 0 < int(port) <= _LARGEST_PORT):
        raise InputError(f"{port[:20]!r} is no port: write 1 to {_LARGEST_PORT}, or '*' for every port")
    return str(address), int(port)
