"""Reads a message that was found in a mailbox: is it a canary, which hosts did it pass, and did a filter have it?

Pure. The message is a stranger's: anybody can send one, so only the run's own random tokens count, and every part is
bounded (`wire.received`). A canary is known by its own header, by its Message-ID, or by its Subject where a filter took
the others away; an answer to it, or a report about it, is no arrival.

Limits: the chain is what the hosts wrote. A filter that leaves no trace in the header is not seen; one that only some
other message's reader would know is not known.
"""

import re
from collections.abc import Collection, Iterator, Sequence

from mxlatch.canary.message import SUBJECT, TOKEN_HEADER
from mxlatch.canary.result import FILTER_HEADER, FILTER_HOST, FILTER_OPERATOR, Arrival, Mark, Passed
from mxlatch.inventory.model import Inventory
from mxlatch.terms.operators import FILTER, Provider, operator_of
from mxlatch.wire.received import Received, chain, fields

MOST_MARKS = 20  # of one message: a filter leaves some five
_LONGEST_TEXT = 200  # characters of a mark

# Headers that filters add, by their beginnings in lower case.
_FILTERS_WRITE = (
    "x-spam-",  # SpamAssassin, rspamd and many more
    "x-spamd-",
    "x-rspamd-",
    "x-amavis-",
    "x-virus-scanned",
    "x-proofpoint-",
    "x-mimecast-",
    "x-barracuda-",
    "x-ironport-",
    "x-forefront-antispam-",
    "x-microsoft-antispam",
    "x-ms-exchange-organization-scl",
    "x-fe-",  # FireEye, Trellix
    "x-fortimail-",
    "x-hornetsecurity-",
    "x-messagelabs-",
    "x-sophos-",
    "x-tm-as-",  # Trend Micro
    "x-bogosity",
    "x-dspam-",
)
_AUTHSERV = re.compile(r"\s*([A-Za-z0-9._-]{1,253})")  # RFC 8601 section 2.5
_ANSWERS = ("in-reply-to", "references")


class Reader:
    """Reads for one run: knows its tokens, and which hosts are filters."""

    def __init__(self, tokens: Collection[str], inventory: Inventory, providers: Sequence[Provider]) -> None:
        """tokens: of this run; anything else in the mailbox is not ours to look at."""
        self._tokens = tokens
        doors = [door for door in inventory.doors if door.role == "filter"]
        self._names = {name for door in doors for name in (door.name, *door.public_names) if name}
        self._addresses = {address for door in doors for address in door.addresses}
        # A mailbox host that filters too (kind "both") marks what goes straight to it: that is not the filter in front.
        self._operators = [provider for provider in providers if provider.kind == FILTER]

    def read(self, message: bytes, where: str) -> Arrival | None:
        """The canary that this message is, None if it is none. where: for people."""
        header = fields(message)
        token = self._token(header)
        if token is None:
            return None
        hops = tuple(reversed(chain(message)))
        marks = tuple(dict.fromkeys([*self._by_hosts(hops), *self._by_headers(header)]))
        return Arrival(token, where, tuple(map(_passed, hops)), marks[:MOST_MARKS])

    def _token(self, header: Sequence[tuple[str, str]]) -> str | None:
        named: dict[str, str] = {}
        for name, value in header:
            named.setdefault(name, value.strip())
        if any(name in named for name in _ANSWERS):
            return None
        for token in self._tokens:
            if named.get(TOKEN_HEADER.lower()) == token:
                return token
            if named.get("message-id", "").startswith(f"<{token}."):
                return token
            if named.get("subject", "").endswith(f"{SUBJECT} {token}"):
                return token
        return None

    def _by_hosts(self, hops: Sequence[Received]) -> Iterator[Mark]:
        for hop in hops:
            for host in (hop.by, hop.name, hop.helo.lower().rstrip(".")):
                if host in self._names:
                    yield Mark(FILTER_HOST, f"passed {host}, a filter of the inventory")
                elif host and (operator := operator_of(host, self._operators)):
                    yield Mark(FILTER_OPERATOR, f"passed {host} of {operator.name}"[:_LONGEST_TEXT])
            if hop.address and hop.address in self._addresses:
                yield Mark(FILTER_HOST, f"passed {hop.address}, a filter of the inventory")

    def _by_headers(self, header: Sequence[tuple[str, str]]) -> Iterator[Mark]:
        for name, value in header:
            if name.startswith(_FILTERS_WRITE):
                yield Mark(FILTER_HEADER, f"{name}: {value}"[:_LONGEST_TEXT])
            elif name == "authentication-results" and (match := _AUTHSERV.match(value)):
                host = match[1].lower()
                if host in self._names or operator_of(host, self._operators):
                    yield Mark(FILTER_HEADER, f"{name}: {value}"[:_LONGEST_TEXT])


def _passed(hop: Received) -> Passed:
    return Passed(hop.by or "(not named)", hop.name or hop.helo, hop.address, hop.protocol, hop.date)
