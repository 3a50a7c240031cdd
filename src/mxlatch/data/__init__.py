"""Dated facts as files: known operators, root servers, RDAP services, names of mail servers, how senders behave.

Read once, when first asked for. A file of ours that does not parse is a bug and raises; `root_servers` and
`rdap_services` also parse what a user gives (`--root-hints`).
"""

import tomllib
from functools import cache
from importlib.resources import files
from ipaddress import ip_address, ip_network

import msgspec
from msgspec import Struct

from mxlatch.terms.behaviour import Behaviour
from mxlatch.terms.errors import InputError
from mxlatch.terms.names import BadName, domain_name
from mxlatch.terms.operators import Provider

_ADDRESS_TYPES = {"A": 4, "AAAA": 6}
_MOST_HINTS = 256  # 13 servers have 26 addresses; a file of more is not a hints file


class Tables(Struct, frozen=True):
    """Everything in this room.

    providers: by id. words: labels to try below a domain, likeliest first. root_hints: (server name, address).
    rdap_bootstrap: domain suffix to base URL (RFC 9224); a suffix not in it has no RDAP service that we know.
    behaviours: of senders, those of honest people first.
    """

    providers: tuple[Provider, ...]
    words: tuple[str, ...]
    root_hints: tuple[tuple[str, str], ...]
    rdap_bootstrap: dict[str, str]
    behaviours: tuple[Behaviour, ...] = ()


class _Bootstrap(Struct):
    """The file format of RFC 9224 section 4, as far as it is used."""

    version: str
    publication: str
    services: list[tuple[list[str], list[str]]]


@cache
def tables() -> Tables:
    """The tables that are shipped."""
    return Tables(
        providers=_providers(),
        words=_words(_text("words.txt")),
        root_hints=root_servers(_text("root.hints"), "root.hints"),
        rdap_bootstrap=rdap_services(_text("rdap-dns.json"), "rdap-dns.json"),
        behaviours=msgspec.convert(tomllib.loads(_text("behaviours.toml"))["behaviour"], tuple[Behaviour, ...]),
    )


def root_servers(text: str, path: str) -> tuple[tuple[str, str], ...]:
    """The (name, address) pairs of a root hints file (RFC 1035 master file format, one record a line).

    Raises:
        InputError: names path, line and remedy.
    """
    pairs: list[tuple[str, str]] = []
    for number, raw in enumerate(text.splitlines(), 1):
        fields = raw.partition(";")[0].split()
        if fields and fields[0] != "$TTL":
            pairs.extend(_hint(fields, f"{path}:{number}"))
    if not 0 < len(pairs) <= _MOST_HINTS:
        raise InputError(f"{path}: {len(pairs)} addresses of root servers: give 1 to {_MOST_HINTS} A or AAAA records")
    return tuple(dict.fromkeys(pairs))


def rdap_services(text: str, path: str) -> dict[str, str]:
    """Domain suffix to base URL, from a bootstrap file (RFC 9224); https is preferred, "/" ends every URL.

    Raises:
        InputError: the file has not that form.
    """
    try:
        services = msgspec.json.decode(text, type=_Bootstrap).services
        return {domain_name(name): _best(urls) for names, urls in services for name in names if urls}
    except (msgspec.DecodeError, BadName) as error:
        raise InputError(f"{path}: {error}: give a bootstrap file as IANA publishes it (RFC 9224)") from None


def mix_text() -> str:
    """The mix of senders and spam that `mxlatch simulate` takes unless it is given another (TOML)."""
    return _text("mixes/default.toml")


@cache
def address_registries() -> dict[str, str]:
    """Address block (CIDR) to the base URL of the registry's RDAP service (RFC 9224 sections 5.1 and 5.2)."""
    services = msgspec.json.decode(_text("rdap-ip.json"), type=_Bootstrap).services
    return {str(ip_network(block)): _best(urls) for blocks, urls in services for block in blocks}


def _best(urls: list[str]) -> str:
    url = min(urls, key=lambda u: not u.startswith("https://"))
    return url if url.endswith("/") else url + "/"


def _hint(fields: list[str], where: str) -> list[tuple[str, str]]:
    """The address of one record, nothing for another type. Owner, then TTL and class in any order, then type, value."""
    rest = [f for f in fields[1:] if not f.isdigit() and f.upper() != "IN"]
    if len(rest) != 2:
        raise InputError(f"{where}: {' '.join(fields)[:60]!r}: write NAME TTL TYPE VALUE on one line")
    rrtype, value = rest[0].upper(), rest[1]
    if rrtype not in _ADDRESS_TYPES:
        return []
    try:
        address = ip_address(value)
        if address.version != _ADDRESS_TYPES[rrtype]:
            raise ValueError
        return [(domain_name(fields[0]), str(address))]
    except ValueError:
        raise InputError(f"{where}: {value[:60]!r} is no value of type {rrtype}: write an address") from None
    except BadName as error:
        raise InputError(f"{where}: {error}") from None


def _providers() -> tuple[Provider, ...]:
    folder = files(__name__) / "providers"
    found = [
        msgspec.convert(tomllib.loads(entry.read_text("utf-8")), Provider)
        for entry in folder.iterdir()
        if entry.name.endswith(".toml")
    ]
    return tuple(sorted(found, key=lambda provider: provider.id))


def _words(text: str) -> tuple[str, ...]:
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return tuple(line for line in lines if line)


def _text(name: str) -> str:
    return (files(__name__) / name).read_text("utf-8")
