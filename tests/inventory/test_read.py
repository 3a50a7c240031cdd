"""Inventories as an owner writes them, and what is said of those that cannot be used."""

import re
from datetime import date
from pathlib import Path

import pytest

from mxlatch.inventory.model import Block, Domain, Door, Firewall, Inventory, Operator, Rule, Vantage
from mxlatch.inventory.read import parse
from mxlatch.terms.errors import InputError
from mxlatch.terms.latch import Latch

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "inventory.md"
WHOLE = """\
[operator]
name = "Example Ltd"
ehlo = "probe.example.net"
contact = "postmaster@example.net"
sender = "probe@example.net"

[[domain]]
name = "Example.COM."
recipient = "alice@example.com"
sender = "probe@example.net"
subdomains = ["lists.example.com"]
baseline = ["recipient", "dnsbl"]

[[domain]]
name = "parked.example"
mail = false

[[block]]
cidr = "198.51.100.0/24"
authorised = "ticket 7"
until = 2026-12-31

[[door]]
name = "mx1.example.com"
addresses = ["198.51.100.7", "2001:DB8:0::7"]
role = "filter"
next_hop = "198.51.100.9:25"
hands_on_client = true
waives = ["content"]
latches = { dnsbl = "zen", order = false }
public_names = ["mx.example.com"]

[[door]]
address = "198.51.100.9"
port = 2525
authorised = false

[[vantage]]
name = "inside"
what = "inside"
networks = ["10.0.0.0/8"]

[[firewall]]
name = "edge"
[[firewall.rule]]
to = "198.51.100.9"
port = "any"
allow = ["198.51.100.7", "inside"]
"""


def test_a_whole_inventory() -> None:
    assert parse(WHOLE, "mxlatch.toml") == Inventory(
        domains=(
            Domain(
                "example.com",
                recipient="alice@example.com",
                sender="probe@example.net",
                subdomains=("lists.example.com",),
                baseline=(Latch.RECIPIENT, Latch.DNSBL),
                line=7,
            ),
            Domain("parked.example", mail=False, line=14),
        ),
        blocks=(Block("198.51.100.0/24", "ticket 7", line=18, until=date(2026, 12, 31)),),
        doors=(
            Door(
                "mx1.example.com",
                ("198.51.100.7", "2001:db8::7"),
                role="filter",
                next_hop="198.51.100.9:25",
                hands_on_client=True,
                waives=(Latch.CONTENT,),
                latches={Latch.DNSBL: "zen", Latch.ORDER: False},
                public_names=("mx.example.com",),
                line=23,
            ),
            Door("", ("198.51.100.9",), port=2525, authorised=False, line=33),
        ),
        vantages=(Vantage("inside", "inside", ("10.0.0.0/8",), line=38),),
        firewalls=(Firewall("edge", (Rule("198.51.100.9/32", None, ("198.51.100.7", "inside"), line=45),), line=43),),
        operator=Operator("Example Ltd", "probe.example.net", "postmaster@example.net", "probe@example.net"),
        path="mxlatch.toml",
    )


def test_the_documented_example_is_one() -> None:
    example = re.search(r"```toml\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert example is not None
    inventory = parse(example[1], "example.toml")
    assert (len(inventory.domains), len(inventory.doors), len(inventory.firewalls[0].rules)) == (3, 3, 1)
    assert (len(inventory.policies), inventory.doors[2].hop) == (1, "mx")


def test_the_last_day_may_stand_in_quotes() -> None:
    (block,) = parse('[[block]]\ncidr = "10.0.0.0/8"\nauthorised = "x"\nuntil = "2026-12-31"', "i.toml").blocks
    assert block.until == date(2026, 12, 31)


def test_nothing_is_an_inventory_too() -> None:
    assert parse("", "empty.toml") == Inventory(path="empty.toml")


# (what was written, what is said of it)
FAULTS = [
    (
        '[[domain]]\nname = "exämple.com"',
        "i.toml:2: name: 'exämple.com' is not ASCII: write it in its A-label form (xn--…)",
    ),
    ("[[domain]]\nmail = true", 'i.toml:1: name is missing: add name = "example.com"'),
    (
        '[[domain]]\nname = "a.example"\n\nrecipent = "x@a.example"',
        "i.toml:4: unknown key 'recipent', did you mean 'recipient'?",
    ),
    (
        '[[domain]]\nname = "a.example"\nrecipient = "x@b.example"',
        "i.toml:3: recipient: x@b.example is not at a.example: name a valid recipient there",
    ),
    (
        '[[domain]]\nname = "a.example"\nrecipient = "x"',
        "i.toml:3: recipient: 'x' is no mail address: write one like probe@example.com",
    ),
    (
        '[[domain]]\nname = "a.example"\nrecipient = "Postmaster@a.example"',
        "i.toml:3: recipient: postmaster is often exempt",
    ),
    ('[[domain]]\nname = "a.example"\nsender = "x>\\r\\nDATA@b.example"', "i.toml:3: sender: "),
    ('[[domain]]\nname = "a.example"\n[[domain]]\nname = "A.example"', "i.toml:4: domain a.example stands twice"),
    ('[[domain]]\nname = "a.example"\nmail = "no"', "i.toml:3: mail: 'no': write true or false"),
    (
        '[[domain]]\nname = "a.example"\nbaseline = ["spam"]',
        "i.toml:3: baseline: 'spam' is no latch: one of recipient, relay",
    ),
    ('[[block]]\ncidr = "198.51.100.7/24"', "i.toml:2: cidr: 198.51.100.7/24 has host bits set: write 198.51.100.0/24"),
    ('[[block]]\ncidr = "10.0.0.0/8"\nauthorised = ""', "i.toml:3: authorised: '' says nothing"),
    (
        '[[door]]\naddresses = ["192.0.2.1", "192.0.2.2"]\ndear = ["192.0.2.9"]',
        "i.toml:3: dear: name some of the door's own addresses, not all of them",
    ),
    (
        '[[door]]\naddress = "192.0.2.1"\ndear = ["192.0.2.1"]',
        "i.toml:3: dear: name some of the door's own addresses, not all of them",
    ),
    (
        '[[block]]\ncidr = "10.0.0.0/8"\nuntil = 2026-12-31',
        "i.toml:3: until: there is no reference that could end: add",
    ),
    *(
        (
            f'[[block]]\ncidr = "10.0.0.0/8"\nauthorised = "x"\nuntil = {wrong}',
            f"i.toml:4: until: {shown} is no day: write one like 2026-12-31",
        )
        for wrong, shown in (
            ('"2026-02-30"', "'2026-02-30'"),
            ('"20261231"', "'20261231'"),
            ("2026-12-31T10:00:00Z", "'2026-12-31 10:00:00+00:00'"),
            ("20261231", "20261231"),
        )
    ),
    ('[[block]]\ncidr = "everything"', "i.toml:2: cidr: 'everything' is no CIDR: write one like 198.51.100.0/24"),
    (
        '[[door]]\nname = "mx"\nnext_hop = "lmtp:unix:private/lmtp"',
        "i.toml:3: next_hop: 'lmtp:unix:private/lmtp' has a character that no mail domain has: letters, digits, '-' "
        "and '_' only; write a host name or ADDRESS:PORT, \"mx\" to go by the MX, or leave it out",
    ),
    (
        '[[door]]\nname = "mx"\nforwards = ["hub.example.com:70000"]',
        "i.toml:3: forwards: 'hub.example.com:70000': 70000 is no port",
    ),
    ("[[door]]\nport = 25", "i.toml:1: a door needs a name or an address: add name"),
    ('[[door]]\nname = "mx"\nport = 70000', "i.toml:3: port: 70000 is no port: write a number from 1 to 65535"),
    (
        '[[door]]\nname = "mx"\nrole = "bakup"',
        "i.toml:3: role: 'bakup' is no role, did you mean 'backup'?: one of filter",
    ),
    (
        '[[door]]\nname = "mx"\n[door.latches]\ntsl = true',
        "i.toml:4: latches.tsl: 'tsl' is no latch, did you mean 'tls'?",
    ),
    (
        '[[door]]\nname = "mx"\n[door.latches]\ntls = 1',
        "i.toml:4: latches.tls: 1: write true, false, or how it is done",
    ),
    (
        '[[door]]\nname = "mx"\naddresses = "198.51.100.7"',
        "i.toml:3: addresses: '198.51.100.7' is no list: write it in brackets",
    ),
    ('[[door]]\nname = "mx"\naddress = "mx"', "i.toml:3: address: 'mx' is no IP address: write one like"),
    ('[[firewall]]\nhook = "output"', "i.toml:2: hook: 'output' is no hook of a filter: write one of input, forward"),
    ('[[vantage]]\nname = "v"\ncontrols = ["mx.example"]', "i.toml:3: controls: 'mx.example' is no IP address"),
    ('[[firewall]]\n[[firewall.rule]]\nto = "198.51.100.7"', "i.toml:2: allow is missing: add allow = "),
    (
        '[[firewall]]\n[[firewall.rule]]\nto = "198.51.100.7"\nallow = ["insde"]\n' + '[[vantage]]\nname = "inside"',
        "i.toml:4: allow: 'insde' is no address, CIDR or vantage, did you mean 'inside'?",
    ),
    ('# doors\n[[doors]]\nname = "mx"', "i.toml:2: unknown key 'doors', did you mean 'door'?"),
    ('domain = "a.example"', "i.toml:1: domain: this is no table: begin each entry with its header in double brackets"),
    ('[operator]\nehlo = "probe example"', "i.toml:2: ehlo: 'probe example' has a character that no mail domain has"),
    ("[[domain]\n", "i.toml: not TOML: "),
]


@pytest.mark.parametrize(("text", "said"), FAULTS, ids=[said[:50] for _, said in FAULTS])
def test_a_fault_names_path_line_and_remedy(text: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(text, "i.toml")
    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)


def test_all_faults_at_once_in_the_order_of_their_lines() -> None:
    text = '[[door]]\nrole = "x"\n\n[[domain]]\nname = ""\n\n[[block]]\ncidr = ""\nsize = 3\n'
    with pytest.raises(InputError) as caught:
        parse(text, "i.toml")
    assert [line.split(":")[1] for line in str(caught.value).split("\n")] == ["1", "2", "5", "8", "9"]


@pytest.mark.parametrize(
    ("line", "dear"), [("", None), ("dear = []", ()), ('dear = ["2001:DB8::2"]', ("2001:db8::2",))]
)
def test_that_all_lines_share_is_not_the_same_as_that_nobody_says(line: str, dear: tuple[str, ...] | None) -> None:
    (door,) = parse(f'[[door]]\naddresses = ["192.0.2.1", "2001:db8::2"]\n{line}', "i.toml").doors
    assert door.dear == dear


def test_a_next_hop_is_kept_as_names_and_addresses_are() -> None:
    text = '[[door]]\nname = "mx"\nnext_hop = "[2001:DB8:0::7]:25"\nforwards = ["Lists.Example.net.", "10.0.0.5:2525"]'
    (door,) = parse(text, "i.toml").doors
    assert (door.next_hop, door.forwards) == ("[2001:db8::7]:25", ("lists.example.net", "10.0.0.5:2525"))


LINES = WHOLE.splitlines()


def faults(text: str) -> list[str]:
    """What is said of an inventory, nothing if it can be used."""
    try:
        parse(text, "i.toml")
    except InputError as error:
        return str(error).split("\n")
    return []


@pytest.mark.parametrize("number", [n for n, line in enumerate(LINES) if "=" in line])
@pytest.mark.parametrize("wrong", ["3.5", '""', "[[1]]", "{ a = 1 }", "true", "2026-01-01", "[{ a = 1 }]", '"\\u0000"'])
def test_any_value_that_is_not_the_right_one_is_told_on_its_line_or_taken(number: int, wrong: str) -> None:
    text = [*LINES]
    text[number] = f"{text[number].partition('=')[0]}= {wrong}"
    told = faults("\n".join(text))
    # What is gone may be missed elsewhere, too; but the value's own line is always named.
    assert not told or any(line.startswith(f"i.toml:{number + 1}: ") for line in told)
