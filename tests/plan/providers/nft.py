"""What `nft -j list ruleset` prints of our tables, as nft 1.0.6 has it; as much of it as is read."""

import json
from collections.abc import Sequence
from typing import Any

from mxlatch.inventory.nftables import parse
from mxlatch.plan.providers.quoting import families

Locked = tuple[Sequence[str], Sequence[int]]  # addresses, ports


def printed(tables: dict[str, Sequence[Locked]], *others: dict[str, Any]) -> str:
    """Tables with these locks, by name, which let nobody in; and other entries behind them."""
    entries: list[dict[str, Any]] = []
    for table, locks in tables.items():
        of = {"family": "inet", "table": table}
        entries += [
            {"table": {"family": "inet", "name": table}},
            {"chain": {**of, "name": "mail"}},
            {"chain": {**of, "name": "input", "hook": "input", "policy": "accept"}},
            {"rule": {**of, "chain": "input", "expr": [{"jump": {"target": "mail"}}]}},
        ]
        for number, (addresses, ports) in enumerate(locks, 1):
            entries += [
                {"chain": {**of, "name": f"lock{number}"}},
                {"rule": {**of, "chain": f"lock{number}", "expr": [{"reject": {"type": "tcp reset"}}]}},
            ]
            for version, elements in zip((4, 6), families(addresses), strict=True):
                name = f"lock{number}_doors_v{version}"
                entries += [
                    {"set": {**of, "name": name, "elem": list(map(_element, elements))}},
                    jump(table, f"@{name}", ports, f"lock{number}"),
                ]
    return json.dumps({"nftables": [*entries, *others]})


def jump(table: str, doors: str, ports: Sequence[int], to: str) -> dict[str, Any]:
    """A line of the chain that leads to the locks."""
    daddr = {"payload": {"protocol": "ip6" if doors.endswith("6") else "ip", "field": "daddr"}}
    dport = {"payload": {"protocol": "tcp", "field": "dport"}}
    wanted = {"set": sorted(ports)} if len(ports) > 1 else ports[0]
    matches = [
        {"match": {"op": "==", "left": daddr, "right": doors}},
        {"match": {"op": "==", "left": dport, "right": wanted}},
    ]
    return {"rule": {"family": "inet", "table": table, "chain": "mail", "expr": [*matches, {"jump": {"target": to}}]}}


def _element(text: str) -> object:
    where, _, length = text.partition("/")
    return {"prefix": {"addr": where, "len": int(length)}} if length else where


def read(tables: dict[str, Sequence[Locked]], *others: dict[str, Any]) -> Any:
    """The same, as we read it."""
    return parse(printed(tables, *others))
