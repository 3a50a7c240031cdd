# ruff: noqa: E501  (the sentences stand here as a user reads them)
"""FW001: cases, each with what is told of it."""

import pytest
from worlds import Described, domain, told, two_exchangers

from mxlatch.audit.checks.fw001 import check
from mxlatch.inventory.model import Door, Firewall, Rule, Vantage


def ruleset(*statements: str, policy: str = "drop") -> str:
    """A ruleset of one rule on what is passed on."""
    where = '"family": "ip", "table": "t"'
    base = f'{{"chain": {{{where}, "name": "c", "type": "filter", "hook": "forward", "policy": "{policy}"}}}}'
    rule = f'{{"rule": {{{where}, "chain": "c", "expr": [{", ".join(statements)}]}}}}'
    return f'{{"nftables": [{base}, {rule}]}}'


FROM_FILTER = '{"match": {"op": "==", "left": {"payload": {"protocol": "ip", "field": "saddr"}}, "right": "192.0.2.9"}}'
ACCEPT, LIMIT = '{"accept": null}', '{"limit": {"rate": 3}}'
BACK = Door(addresses=("192.0.2.30",))
GUESTS = Vantage("guest-wifi", "guest Wi-Fi", ("10.20.0.0/16",))


def wall(*statements: str, allow: tuple[str, ...] = ("192.0.2.9",), policy: str = "drop") -> Described:
    """A door behind a firewall with a ruleset."""
    text = ruleset(*statements, policy=policy)
    edge = Firewall("edge", (Rule("192.0.2.0/24", 25, allow, line=4),), ruleset=text)
    return domain().declares(doors=(BACK,), firewalls=(edge,), vantages=(GUESTS,))


CASES = [
    (
        "a door answers whom a rule keeps out",
        two_exchangers().shuts("192.0.2.2").door("192.0.2.2"),
        ["high 192.0.2.2:25: mx2.example.com (192.0.2.2:25) answers internet, which a declared rule keeps out"],
    ),
    (
        "it answers another vantage too",
        domain().shuts("192.0.2.2").door("192.0.2.2").from_elsewhere("guest-wifi", "guest", d2="open"),
        ["high 192.0.2.2:25: 192.0.2.2:25 answers internet and guest-wifi, which a declared rule keeps out"],
    ),
    ("it is shut, as declared", two_exchangers().shuts("192.0.2.2").door("192.0.2.2", "closed"), []),
    ("nobody knows", two_exchangers().shuts("192.0.2.2").door("192.0.2.2", "unknown"), []),
    ("no rule speaks of it", two_exchangers().shuts("192.0.2.9").door("192.0.2.2"), []),
    ("the ruleset does what is declared", wall(FROM_FILTER, ACCEPT), []),
    (
        "it lets everybody in",
        wall(ACCEPT),
        [
            "high 192.0.2.30:25: the ruleset of firewall edge lets in internet and guest-wifi at 192.0.2.30:25, against its declared rule"
        ],
    ),
    (
        "it keeps the filter out",
        wall('{"drop": null}'),
        [
            "low 192.0.2.30:25: the ruleset of firewall edge keeps out 192.0.2.9 at 192.0.2.30:25, against its declared rule"
        ],
    ),
    (
        "a vantage is declared to get in",
        wall(FROM_FILTER, ACCEPT, allow=("192.0.2.9", "guest-wifi")),
        [
            "low 192.0.2.30:25: the ruleset of firewall edge keeps out guest-wifi at 192.0.2.30:25, against its declared rule"
        ],
    ),
    ("what it does cannot be told", wall(LIMIT, ACCEPT), []),
    ("a network of everybody is a stranger", wall(ACCEPT, allow=("0.0.0.0/0",)), []),
]


@pytest.mark.parametrize(("case", "lines"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_fw001(case: Described, lines: list[str]) -> None:
    assert told(check, case) == lines
