"""An MTA-STS policy: which exchangers a domain says may take its mail (RFC 8461 section 3.2)."""

from msgspec import Struct

from mxlatch.terms.errors import ProtocolError
from mxlatch.terms.names import BadName, domain_name

VERSION = "STSv1"
MODES = frozenset({"enforce", "testing", "none"})
LARGEST = 64 * 1024  # octets; the section's own suggestion for a bound
MOST_MX = 512  # patterns; the domain with most exchangers is known to have 398
_LONGEST_AGE = 10  # digits, the same section
_WILDCARD = "*."


class Policy(Struct, frozen=True):
    """A policy. mode: "enforce", "testing" or "none". max_age: seconds, None if it is missing or no number.

    names: exchangers named in full; patterns: those with a wildcard, as they stand. faults: what breaks the rules.
    """

    mode: str
    max_age: int | None = None
    names: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()


def parse(body: bytes) -> Policy:
    """Read a policy.

    Raises:
        ProtocolError: it is none: too large, not ASCII, another version, or without a mode.
    """
    if len(body) > LARGEST:
        raise ProtocolError(f"an MTA-STS policy of {len(body)} octets, over {LARGEST}")
    if not body.isascii():
        raise ProtocolError("an MTA-STS policy that is not ASCII")
    fields = [_field(line) for line in body.decode("ascii").splitlines() if line.strip()]
    first = dict(reversed(fields))  # of a field that stands twice the first counts, but for mx
    if first.get("version") != VERSION:
        raise ProtocolError(f"not an MTA-STS policy of version {VERSION}")
    if first.get("mode") not in MODES:
        raise ProtocolError("an MTA-STS policy without a mode")
    return _policy(first, [value for key, value in fields if key == "mx"])


def allows(policy: Policy, host: str) -> bool:
    """True if an exchanger of this name matches a pattern; "*" stands for exactly one label, the left-most (4.1)."""
    return host in policy.names or f"{_WILDCARD}{host.partition('.')[2]}" in policy.patterns


def _field(line: str) -> tuple[str, str]:
    key, _, value = line.partition(":")
    return key.strip(), value.strip()


def _policy(first: dict[str, str], mx: list[str]) -> Policy:
    found: dict[str, None] = {}
    faults: list[str] = []
    for value in mx[:MOST_MX]:
        wildcard = _WILDCARD if value.startswith(_WILDCARD) else ""
        try:
            found[wildcard + domain_name(value.removeprefix(wildcard))] = None
        except BadName as bad:
            faults.append(f"mx: {bad}")
    if len(mx) > MOST_MX:
        faults.append(f"{len(mx)} mx patterns: only {MOST_MX} are read")
    if not mx and first["mode"] != "none":
        faults.append("no mx pattern")
    seconds = _seconds(first.get("max_age", ""))
    if seconds is None:
        faults.append("no max_age")
    names = tuple(each for each in found if not each.startswith(_WILDCARD))
    patterns = tuple(each for each in found if each.startswith(_WILDCARD))
    return Policy(first["mode"], seconds, names, patterns, tuple(faults))


def _seconds(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) <= _LONGEST_AGE else None
