"""Tables that people load from a text: one for each door, and for each way of a firewall, held for one domain.

nftables joins base chains by "who refuses, refuses": of two tables for one door each would reset whom the other lets
in. So a door has one table. A later text of the same domain replaces that table and no other; the text of another
domain is refused while it stands. The mark that says whose it is is an element of a map: to add it again with another
value is an error of nft(8), which then does nothing of the whole file, and shows the line with its remark.

Limits: of another domain's table it is not seen whether it lets in the same; and not what `mxlatch apply` loaded.
"""

import hashlib
from collections.abc import Iterable, Iterator

import msgspec

from mxlatch.plan.change import Inward, Lock, Outward
from mxlatch.plan.providers.quoting import families, file_name, port, remark
from mxlatch.plan.providers.ruleset import FAMILY, TABLE, Rule, ruleset

_REFUSED = "refused? Another domain's plan holds this: see the head of this file"


def apart(rules: Iterable[Rule]) -> Iterator[tuple[str, Rule]]:
    """Each door that is locked, each way of a firewall that is denied, by the name of its table."""
    for rule in rules:
        match rule:
            case Lock():
                for number in sorted(set(rule.ports)):
                    for address in (each for family in families(rule.addresses) for each in family):
                        one = msgspec.structs.replace(rule, addresses=(address,), ports=(number,))
                        yield f"{TABLE}_{address.replace(':', '-').replace('/', '_')}_{port(number)}", one
            case Inward():
                yield f"{TABLE}_inward_{_short(rule.firewall)}", rule
            case Outward():
                yield f"{TABLE}_outward_{_short(rule.firewall)}", rule


def lacking(rule: Rule) -> Iterator[str]:
    """What its owner has to add, where a family of addresses of a locked host is not known."""
    for version, known in zip((4, 6), families(rule.addresses if isinstance(rule, Lock) else ()), strict=True):
        if isinstance(rule, Lock) and not known:
            of = f"lock1_doors_v{version} of a table below"
            yield f"No IPv{version} address of {remark(rule.host)} is known: if it has one, add it to {of}."


def load(table: str, rule: Rule, domain: str) -> str:
    """What puts it there, in place of what this domain's plan had there before; refused where another domain's has."""
    return f"{_mine(table, domain)} # {_REFUSED}\n{ruleset((rule,), table)}{_mine(table, domain)}\n"


def unload(table: str, domain: str) -> str:
    """What takes it away; harmless where it is not, and refused where it is another domain's."""
    return f"{_mine(table, domain)} # {_REFUSED}\ndelete table {FAMILY} {table}\n"


def _mine(table: str, domain: str) -> str:
    mark = f'0 comment "for {file_name(domain)}" : 0x{_short(domain)}'
    return (
        f"add table {FAMILY} {table}\nadd map {FAMILY} {table} held {{ type mark : mark; }}\n"
        f"add element {FAMILY} {table} held {{ {mark} }}"
    )


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
