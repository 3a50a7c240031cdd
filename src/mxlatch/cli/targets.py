"""What a command line names: domains, one by one, or in files and on standard input, one a line; and networks."""

import ipaddress
from collections.abc import Sequence

from mxlatch.cli.exits import WrongUsage
from mxlatch.cli.files import STANDARD, read_text
from mxlatch.inventory.model import Network
from mxlatch.terms.errors import InputError
from mxlatch.terms.names import BadName, domain_name

MOST = 100_000  # in one run: all of it is kept in memory; `survey` is for more


def domains(given: Sequence[str]) -> tuple[str, ...]:
    """The names, each once, in the order given. `@FILE` and `-` stand for lists; "#" begins a comment there.

    Raises:
        InputError: names every line that is no domain name.
    """
    names: dict[str, None] = {}
    for word in given:
        if word == STANDARD or word.startswith("@"):
            names.update(dict.fromkeys(_listed(word.removeprefix("@"))))
        else:
            names[_name(word)] = None
    if not names:
        raise InputError("no domain: the list is empty")
    if len(names) > MOST:
        raise InputError(f"{len(names)} domains: an audit takes at most {MOST}; split the list")
    return tuple(names)


def network(text: str) -> Network:
    """A network, as CIDR or one address.

    Raises:
        WrongUsage: it is none.
    """
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        raise WrongUsage(f"{text[:60]!r} is no CIDR: write one like 198.51.100.0/24, without host bits") from None


def _name(word: str) -> str:
    """A domain; what was surely meant as one (an address of a person, a URL) is explained rather than guessed."""
    if "@" in word:
        raise InputError(f"{word!r} is an address, not a domain: write {word.rpartition('@')[2]}")
    if "://" in word:
        raise InputError(f"{word!r} is a URL, not a domain: write the mail domain alone")
    name = domain_name(word)
    if name.rpartition(".")[2].isdigit():
        raise InputError(f"{word!r} is an address, not a domain: mxlatch begins at a mail domain")
    return name


def _listed(path: str) -> list[str]:
    names: list[str] = []
    faults: list[str] = []
    where = "standard input" if path == STANDARD else path
    for number, raw in enumerate(read_text(path, "list of domains").splitlines(), 1):
        entry = raw.partition("#")[0].strip()
        try:
            if entry:
                names.append(_name(entry))
        except (BadName, InputError) as fault:
            faults.append(f"{where}:{number}: {fault}")
    if faults:
        raise InputError("\n".join(faults))
    return names
