"""What every scanner's result has: addresses, ports, greetings; each checked once, here."""

import ipaddress

from mxlatch.terms.errors import ProtocolError
from mxlatch.terms.scan import Opening, Speaks

MOST = 1_000_000  # openings of one file
_LARGEST_PORT = 65535
_LONGEST_BANNER = 512  # characters


def opening(address: object, port: object, speaks: Speaks = "not-asked", banner: object = "") -> Opening:
    """An opening of these fields.

    Raises:
        ProtocolError: no address, no port.
    """
    try:
        parsed = ipaddress.ip_address(address if isinstance(address, str) else "")
        if "%" in str(parsed):
            raise ValueError
    except ValueError:
        raise ProtocolError(f"{str(address)[:60]!r} is no address") from None
    number = int(port) if isinstance(port, str) and port.isascii() and port.isdigit() and len(port) < 6 else port
    if isinstance(number, bool) or not isinstance(number, int) or not 0 < number <= _LARGEST_PORT:
        raise ProtocolError(f"{str(port)[:20]!r} is no port")
    text = banner.strip()[:_LONGEST_BANNER] if isinstance(banner, str) else ""
    return Opening(str(parsed), number, speaks, text)


def speaker(banner: str) -> Speaks:
    """Whose greeting it is, by the text alone: RFC 5321 section 4.2 has 220 first, and nearly all say SMTP."""
    if not banner.strip():
        return "not-asked"
    code = banner.lstrip()[:3]
    return "smtp" if code in ("220", "421", "521", "554") and "SMTP" in banner.upper() else "other"


def bounded(openings: list[Opening]) -> None:
    """Raise `ProtocolError` for more than `MOST`."""
    if len(openings) > MOST:
        raise ProtocolError(f"more than {MOST} openings")
