import random
import re
from pathlib import Path
from typing import get_args

import pytest
from msgspec import Struct

from mxlatch.lab import story
from mxlatch.lab.topology import (
    Action,
    DnsBehaviour,
    Internet,
    MailHost,
    NameServer,
    Override,
    Remedy,
    Rewrite,
    Rule,
    SmtpBehaviour,
    Software,
    TlsKind,
    Topology,
    Zone,
    ZoneChange,
    covers,
    parse,
    place,
    serving,
)
from mxlatch.terms.errors import InputError

SMALL = """\
domains = ["example.com"]

[[nameserver]]
name = "ns1.example.com"
addresses = ["192.0.2.53"]

[[zone]]
name = "example.com"
text = \"\"\"
@    SOA  ns1 hostmaster 1 7200 900 1209600 300
@    NS   ns1
@    MX   10 mx1
ns1  A    192.0.2.53
mx1  A    192.0.2.11
\"\"\"

[[mailhost]]
name = "mx1.example.com"
domains = ["example.com"]
addresses = ["192.0.2.11"]

[[remedy]]
name = "close"

[[remedy.zone]]
name = "example.com"
records = "@ MX 0 ."
"""
TOPOLOGIES = sorted((Path(__file__).parent / "topologies").glob("*.toml"))


def small(*changes: tuple[str, str]) -> Topology:
    text = SMALL
    for old, new in changes:
        assert text.count(old) == 1
        text = text.replace(old, new)
    return parse(text, "small.toml")


@pytest.mark.parametrize("name", story.shipped())
def test_what_ships_is_sound_and_so_is_each_remedy(name: str) -> None:
    topology = story.topology(name)
    for remedy in topology.remedies:
        topology.remedied(remedy.name)


@pytest.mark.parametrize("path", TOPOLOGIES, ids=lambda p: p.stem)
def test_the_small_ones_are_sound(path: Path) -> None:
    assert parse(path.read_text(), path.name).domains == ("example.com",)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('["example.com"]\n\n[[name', '"example.com"\n\n[[name', "small.toml:1: domains: Expected `array`, got `str`"),
        ('domains = ["example.com"]\n\n', "domains = []\n\n", "small.toml:1: no domain to audit"),
        ('domains = ["example.com"]\n\n', 'domains = ["Example.com"]\n\n', "small.toml:1: 'Example.com'"),
        (
            'domains = ["example.com"]\n\n',
            'domain = ["example.com"]\n\n',
            "small.toml:1: domain: Object contains unknown",
        ),
        ("[[nameserver]]", "[nameserver]", "small.toml:3: nameserver: write each as [[nameserver]]"),
        ('"192.0.2.53"]', '"192.0.2.553"]', "small.toml:5: '192.0.2.553' is no address"),
        ('"192.0.2.53"]', '"203.0.113.2"]', "small.toml:5: 203.0.113.2 is the root server already"),
        (
            '"192.0.2.53"]',
            '"192.0.2.53"]\nbehavior = "silent"',
            "small.toml:6: [[nameserver]] behavior: Object contains",
        ),
        (
            '"192.0.2.53"]',
            '"192.0.2.53"]\nbehaviour = "asleep"',
            "small.toml:6: [[nameserver]] behaviour: Invalid enum",
        ),
        ("@    MX   10 mx1", "@    MX   ten mx1", "small.toml:12: zone example.com"),
        ("@    NS   ns1\n", "", "small.toml:9: zone example.com: zone example.com has no NS"),
        ("@    NS   ns1\n", "@    NS   ns9\n", "small.toml:7: zone example.com: no server serves it"),
        ('name = "mx1.example.com"', 'name = "mx1 example.com"', "small.toml:18: 'mx1 example.com' has a character"),
        ('"192.0.2.11"]', '"192.0.2.11"]\nports = [0]', "small.toml:21: 0 is no port"),
        (
            '"192.0.2.11"]',
            '"192.0.2.11"]\nports = ["25"]',
            "small.toml:21: [[mailhost]] ports: Expected `int`, got `str`",
        ),
        ('"192.0.2.11"]', '"192.0.2.11"]\nnext_hop = "mx9"', "small.toml:21: next_hop: no mail host 'mx9'"),
        ('"192.0.2.11"]', '"192.0.2.11"]\nafter = ["mx9"]', "small.toml:21: after: no mail host 'mx9'"),
        (
            '"192.0.2.11"]',
            '"192.0.2.11"]\nxclient = ["10.0.0.1/8"]',
            "small.toml:21: '10.0.0.1/8': write an address or",
        ),
        ('"192.0.2.11"]', '"192.0.2.11"]\nnames = ["Mx9"]', "small.toml:21: 'Mx9'"),
        ('"192.0.2.11"]', '"192.0.2.11"]\nspf = { "b.example" = ["x"] }', "small.toml:21: 'x': write an address or"),
        ('"192.0.2.11"]', '"192.0.2.11"]\nspf = { "b_example." = [] }', "small.toml:21: 'b_example.'"),
        ('"192.0.2.11"]', '"192.0.2.11"]\nown_relays = ["mx9"]', "small.toml:21: 'mx9': write an address or"),
        (
            '"192.0.2.11"]',
            '"192.0.2.11", "192.0.2.11"]',
            "small.toml:17: 192.0.2.11 port 25 is mx1.example.com's already",
        ),
        (
            '"192.0.2.11"]',
            '"192.0.2.11"]\nbanner = "a\\r\\nb"',
            "small.toml:17: 'a\\r\\nb': write printable ASCII only",
        ),
        (
            "[[remedy]]",
            '[[firewall]]\nto = "192.0.2.11"\naction = "eat"\n\n[[remedy]]',
            "small.toml:24: [[firewall]] action",
        ),
        (
            "[[remedy]]",
            '[[firewall]]\nto = "all"\naction = "drop"\n\n[[remedy]]',
            "small.toml:23: 'all': write an address",
        ),
        ('records = "@ MX 0 ."', 'records = "@ MX"', "small.toml:22: remedy close: zone example.com: "),
        ('records = "@ MX 0 ."', 'remove = ["mail A"]', "small.toml:22: remedy close: zone example.com: remove"),
        ('name = "close"', 'name = "close"\ninventory = "[[dor]]"', "small.toml:22: remedy close: "),
        (
            'domains = ["example.com"]\n\n',
            'domains = ["example.com"]\npath = "x"\n',
            "small.toml:2: unknown key 'path'",
        ),
        (
            'domains = ["example.com"]\n\n',
            'domains = ["example.com"]\ninventory = "[[dor]]"\n',
            "small.toml:2: inventory:1",
        ),
        ("[[remedy]]", "[[remedy", "small.toml: not TOML: "),
    ],
)
def test_a_fault_is_said_with_its_line(old: str, new: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        small((old, new))
    assert str(caught.value).startswith(said), str(caught.value)


def test_an_override_s_fault_is_said_with_its_line() -> None:
    override = (
        '[[zone.override]]\nserver = "ns1.example.com"\nrecords = """\n@  MX  10 mx1\n@  MX  x\n"""\n\n[[mailhost]]'
    )
    with pytest.raises(InputError, match=r"^small.toml:21: "):
        small(("[[mailhost]]", override))
    with pytest.raises(InputError, match=r"^small.toml:18: no name server 'ns2'"):
        small(("[[mailhost]]", override.replace("ns1.example.com", "ns2")))


def test_any_damage_is_an_input_error_that_names_the_file() -> None:
    chance = random.Random(2026)
    said = []
    for _ in range(400):
        text = list(SMALL)
        for _ in range(chance.randrange(1, 4)):
            at = chance.randrange(len(text))
            text[at : at + chance.randrange(6)] = chance.choice(["", '"', "[", "\n", "é", "0", "= ", "\\", "x", "[["])
        try:
            parse("".join(text), "small.toml")
        except InputError as error:
            said.append(str(error))
    assert len(said) > 200
    assert [text for text in said if not re.match(r"small\.toml:(\d+:| not TOML: .* line \d+| not TOML)", text)] == []


def test_a_remedy_changes_zones_hosts_firewall_and_inventory() -> None:
    after = small(
        (
            'records = "@ MX 0 ."\n',
            'records = "@ MX 0 ."\n'
            '[[remedy.mailhost]]\nname = "mx1.example.com"\nrecipient_check = true\n'
            '[[remedy.firewall]]\nto = "192.0.2.11"\naction = "drop"\n'
            '[[remedy.rewrite]]\nold = "# before"\nnew = "# after"\n',
        ),
        ('domains = ["example.com"]\n\n', 'domains = ["example.com"]\ninventory = "# before"\n\n'),
        ('name = "close"', 'name = "close"\ninventory = "# more"'),
    ).remedied("close")
    assert "MX 0 ." in after.zone("example.com").text
    assert after.mailhost("mx1.example.com").recipient_check
    assert after.blocked("203.0.113.99", "192.0.2.11", 25) == "drop"
    assert after.inventory == "# after\n# more"


def test_a_remedy_that_does_not_exist_is_said_with_those_that_do() -> None:
    with pytest.raises(InputError, match="no remedy 'open': it has close"):
        small().remedied("open")


def test_every_server_that_anybody_names_serves_unless_servers_says_otherwise() -> None:
    story2 = story.topology("story2")
    names = [s.name for s in serving(story2, story2.zone("example.org"))]
    assert names == ["ns1.example.org", "ns2.example.org", "ns.oldhost.example", "ns.chem.example.org"]
    after = story2.remedied("close")
    assert [s.name for s in serving(after, after.zone("example.org"))] == names[:2]


@pytest.mark.parametrize(
    ("source", "address", "port", "action"),
    [
        ("203.0.113.99", "192.0.2.25", 25, "drop"),
        ("198.51.100.25", "192.0.2.25", 25, None),
        ("203.0.113.99", "192.0.2.25", 587, None),
        ("203.0.113.99", "198.51.100.25", 25, None),
    ],
)
def test_the_first_rule_that_covers_the_place_decides(source: str, address: str, port: int, action: str | None) -> None:
    assert story.topology("story1").remedied("close").blocked(source, address, port) == action


REFERENCE = (Path(__file__).parents[2] / "docs" / "reference" / "topology.md").read_text()


def test_the_reference_page_s_example_is_sound() -> None:
    example = re.search(r"```toml\n(.*?)```", REFERENCE, re.DOTALL)
    assert example is not None
    assert parse(example[1], "topology.md").mailhost("mx1.example.com").recipient_check


@pytest.mark.parametrize(
    "kind", [Topology, Internet, NameServer, Override, Zone, MailHost, Rule, ZoneChange, Remedy, Rewrite]
)
def test_the_reference_page_names_every_key(kind: type[Struct]) -> None:
    words = set(re.findall(r"[\w-]+", REFERENCE))
    assert [key for key in kind.__struct_encode_fields__ if key not in words] == []


def test_the_reference_page_names_every_behaviour() -> None:
    words = set(re.findall(r"[\w-]+", REFERENCE))
    for choices in (DnsBehaviour, SmtpBehaviour, TlsKind, Software, Action):
        assert [word for word in get_args(choices) if word not in words] == []


def test_places_and_networks() -> None:
    assert place("192.0.2.1:25") == ("192.0.2.1", 25)
    assert place("[2001:db8::1]:2525") == ("2001:db8::1", 2525)
    assert place("mx.example.com") is None
    assert covers("192.0.2.0/24", "192.0.2.77")
    assert not covers("192.0.2.0/24", "2001:db8::1")
