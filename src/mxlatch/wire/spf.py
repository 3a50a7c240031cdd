"""An SPF record taken apart (RFC 7208): who may send for a domain, and so which hosts it owns or rents.

Every term stands in the record's order. Errors are told in `faults` and the rest is read all the same: whoever looks
for forgotten hosts wants what a verifier would drop. Macros (section 7) are kept as they stand and not expanded.
"""

import ipaddress
import re

from msgspec import Struct

from mxlatch.terms.names import BadName, domain_name

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

LONGEST = 8192  # characters that are read; section 3.4 asks for records under 450 octets
MOST_TERMS = 512  # what fits into LONGEST with the shortest address
MECHANISMS = frozenset({"all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists"})
MODIFIERS = frozenset({"redirect", "exp"})

_VERSION = re.compile(r"v=spf1(?= |$)", re.ASCII | re.IGNORECASE)
_MECHANISM = re.compile(
    r"([-+?~]?)([a-z][a-z0-9]*)(?::([^/]*))?((?:/\d{1,3})?(?://\d{1,3})?)", re.ASCII | re.IGNORECASE
)
_ADDRESS = re.compile(r"([-+?~]?)(ip[46]):(\S+)", re.ASCII | re.IGNORECASE)
_MODIFIER = re.compile(r"([a-z][a-z0-9_.-]*)=(\S*)", re.ASCII | re.IGNORECASE)
_NEEDS_NAME = frozenset({"include", "exists", "redirect"})
_SHOWN = 60  # characters of a bad term that a message repeats


class Term(Struct, frozen=True):
    """One mechanism or modifier that is right.

    name: of the mechanism ("ip4") or modifier ("redirect"). domain: its domain, "" where it means the record's own.
    macro: the domain holds macros and stands as written. network: of ip4 and ip6. lengths: the prefix lengths behind
    a and mx, as written ("/24"), "" for none.
    """

    name: str
    text: str
    qualifier: str = "+"
    domain: str = ""
    macro: bool = False
    network: Network | None = None
    lengths: str = ""


class Spf(Struct, frozen=True):
    """A record. faults: what breaks the rules, each a sentence."""

    terms: tuple[Term, ...] = ()
    faults: tuple[str, ...] = ()

    @property
    def has_all(self) -> bool:
        """True if "all" ends it: a redirect is ignored then (section 6.1)."""
        return any(term.name == "all" for term in self.terms)


class _Bad(Exception):
    """One term breaks the rules."""


def is_spf(text: str) -> bool:
    """True if the record is one of SPF version 1 (section 4.5)."""
    return _VERSION.match(text) is not None


def parse(text: str) -> Spf:
    """Take a record apart: the strings of a TXT record, nothing between them (section 3.3)."""
    terms, faults = [], []
    if not is_spf(text):
        return Spf((), ("it does not begin with v=spf1",))
    if len(text) > LONGEST:
        faults.append(f"{len(text)} characters: only the first {LONGEST} are read")
    words = text[:LONGEST].split(" ")[1:]
    for word in list(filter(None, words))[:MOST_TERMS]:
        try:
            terms.append(_term(word))
        except _Bad as bad:
            faults.append(f"{word[:_SHOWN]!r}: {bad}")
    faults += [f"{name} stands more than once" for name in sorted(MODIFIERS) if _count(terms, name) > 1]
    return Spf(tuple(term for term in terms if term.name), tuple(faults))


def _count(terms: list[Term], name: str) -> int:
    return sum(term.name == name for term in terms)


def _term(word: str) -> Term:
    modifier = _MODIFIER.fullmatch(word)
    if modifier:
        return _modifier(word, modifier[1].lower(), modifier[2])
    address = _ADDRESS.fullmatch(word)
    if address:
        return Term(address[2].lower(), word, address[1] or "+", network=_network(address[2].lower(), address[3]))
    mechanism = _MECHANISM.fullmatch(word)
    if mechanism is None:
        raise _Bad("neither a mechanism nor a modifier")
    return _mechanism(word, mechanism)


def _mechanism(word: str, match: re.Match[str]) -> Term:
    qualifier, name, given, lengths = match[1] or "+", match[2].lower(), match[3], match[4]
    if name not in MECHANISMS:
        raise _Bad("no such mechanism")
    if name in ("ip4", "ip6"):
        raise _Bad("an address is missing")
    if lengths and name not in ("a", "mx"):
        raise _Bad(f"{name} takes no prefix length")
    if given == "" or (given is not None and name == "all") or (given is None and name in _NEEDS_NAME):
        raise _Bad("a domain is missing" if name != "all" else "all takes no domain")
    domain, macro = _domain(given or "")
    return Term(name, word, qualifier, domain, macro, lengths=lengths)


def _modifier(word: str, name: str, value: str) -> Term:
    """A modifier that nobody knows is to be ignored (section 6): a term without a name, which is left out."""
    if name not in MODIFIERS:
        return Term("", word)
    if not value:
        raise _Bad("a domain is missing")
    domain, macro = _domain(value)
    return Term(name, word, "", domain, macro)


def _domain(given: str) -> tuple[str, bool]:
    if "%" in given:
        return given, True
    try:
        return (domain_name(given) if given else ""), False
    except BadName as bad:
        raise _Bad(str(bad)) from None


def _network(name: str, given: str) -> Network:
    kind = ipaddress.IPv4Network if name == "ip4" else ipaddress.IPv6Network
    try:
        if "%" in given or ("/" in given and not given.rpartition("/")[2].isdigit()):
            raise ValueError  # a scoped address, or a netmask: neither is SPF
        return kind(given, strict=False)
    except ValueError:
        raise _Bad(f"no {name} address or network") from None
