"""nmap's XML (-oX): hosts and their open TCP ports; `-sV` names the service, and its banner script the greeting.

Read by expat as a stream, without a tree. A document type with declarations of its own is refused before anything of it
is used: entities are how a small file becomes a large one, or another file (CWE-776, CWE-611).
"""

from xml.parsers import expat

from mxlatch.terms.errors import ProtocolError
from mxlatch.terms.scan import Opening, Speaks
from mxlatch.wire.scans import fields

_DEEPEST = 32  # nmap's own goes to 9
_SERVICES: dict[str, Speaks] = {"smtp": "smtp", "smtps": "smtp", "submission": "smtp"}


def parse(text: str) -> list[Opening]:
    """The open ports.

    Raises:
        ProtocolError: no XML, not nmap's, with entities, too deep, or cut off.
    """
    reader = _Reader()
    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.EntityDeclHandler = reader.refuse
    parser.ExternalEntityRefHandler = reader.refuse
    try:
        parser.Parse(text.encode("utf-8", "replace"), True)
    except expat.ExpatError as broken:
        raise ProtocolError(f"line {broken.lineno}: {expat.ErrorString(broken.code)}") from None
    if not reader.is_nmap:
        raise ProtocolError("XML, but not nmap's: there is no <nmaprun>")
    return reader.openings


class _Reader:
    """Follows the elements."""

    def __init__(self) -> None:
        self.openings: list[Opening] = []
        self.is_nmap = False
        self._depth = 0
        self._address = ""
        self._port: str | None = None
        self._open = False
        self._banner = ""
        self._speaks: Speaks = "not-asked"

    def refuse(self, *_: object) -> int:
        raise ProtocolError("entities in the document type: not nmap's")

    def start(self, name: str, told: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise ProtocolError(f"more than {_DEEPEST} elements within one another")
        match name:
            case "nmaprun":
                self.is_nmap = self._depth == 1
            case "host":
                self._address = ""
            case "address" if told.get("addrtype") in ("ipv4", "ipv6"):
                self._address = told.get("addr", "")
            case "port":
                self._port = told.get("portid", "") if told.get("protocol") == "tcp" else None
                self._open, self._banner, self._speaks = False, "", "not-asked"
            case "state":
                self._open = told.get("state") == "open"
            case "service" if told.get("method") == "probed":
                self._speaks = _SERVICES.get(told.get("name", ""), "other")
            case "script" if told.get("id") == "banner":
                self._banner = told.get("output", "")

    def end(self, name: str) -> None:
        self._depth -= 1
        if name == "port" and self._open and self._port is not None:
            speaks = self._speaks if self._speaks != "not-asked" else fields.speaker(self._banner)
            self.openings.append(fields.opening(self._address, self._port, speaks, self._banner))
            fields.bounded(self.openings)
