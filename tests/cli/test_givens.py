import platform
from pathlib import Path

import pytest
from msgspec import structs

from mxlatch.cli import givens, key
from mxlatch.cli.exits import CannotRead, ConfigError, WrongUsage
from mxlatch.cli.options import Looking
from mxlatch.data import tables
from mxlatch.inventory.leave import Level, key_hash
from mxlatch.inventory.model import Inventory, Operator
from mxlatch.net.gate import Refused

NONE = Looking(
    inventory=None, authorised=None, vantage="internet", opt_out=None, root_hints=None, rdap=None,
    resolver=("192.168.1.1",), ca=None, rate=None, net=None,
)  # fmt: skip


def looking(**changed: object) -> Looking:
    return structs.replace(NONE, **changed)


@pytest.mark.parametrize(
    ("given", "places"),
    [
        (("192.0.2.1",), (("192.0.2.1", 53),)),
        (("192.0.2.1:5353", "192.0.2.2"), (("192.0.2.1", 5353), ("192.0.2.2", 53))),
        (("2001:db8::1",), (("2001:db8::1", 53),)),
        (("[2001:db8::1]:5353",), (("2001:db8::1", 5353),)),
    ],
)
def test_resolvers(given, places):
    assert givens.resolvers(looking(resolver=given)) == places


@pytest.mark.parametrize("text", ["", "ns.example", "192.0.2.1:", "192.0.2.1:0", "192.0.2.1:65536", "192.0.2.1:x"])
def test_what_is_no_resolver(text):
    with pytest.raises(WrongUsage, match="write ADDRESS"):
        givens.resolvers(looking(resolver=(text,)))


def test_resolvers_of_this_machine(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(givens, "RESOLV_CONF", str(tmp_path / "resolv.conf"))
    assert givens.resolvers(looking(resolver=())) == ()
    lines = ["# x", "nameserver 192.0.2.1", "nameserver fe80::1%eth0", "search a", "nameserver 192.0.2.2"]
    (tmp_path / "resolv.conf").write_text("\n".join(lines))
    assert givens.resolvers(looking(resolver=())) == (("192.0.2.1", 53), ("192.0.2.2", 53))


def test_a_run_is_given_the_shipped_tables():
    scope = givens.scope(("example.org",), NONE)
    assert (scope.root_hints, scope.words, scope.providers) == (
        tables().root_hints,
        tables().words,
        tables().providers,
    )
    assert (scope.key_hashes, scope.authorised) == ({}, "")
    assert scope.nonce != givens.scope(("example.org",), NONE).nonce


def test_the_key_is_hashed_for_each_domain():
    secret = key.make(key.path())
    scope = givens.scope(("example.org", "example.net"), NONE)
    assert scope.key_hashes == {name: key_hash(secret, name) for name in ("example.org", "example.net")}


def test_the_key_is_hashed_for_the_reverse_zones_of_blocks_without_a_reference_that_holds(tmp_path: Path):
    secret = key.make(key.path())
    (tmp_path / "i.toml").write_text(
        '[[block]]\ncidr = "198.51.100.0/24"\n'
        '[[block]]\ncidr = "203.0.113.0/24"\nauthorised = "ticket 7"\n'
        '[[block]]\ncidr = "192.0.2.0/24"\nauthorised = "ticket 7"\nuntil = 2020-12-31\n'
    )
    scope = givens.scope(("example.org",), looking(inventory=str(tmp_path / "i.toml")))
    names = ("example.org", "100.51.198.in-addr.arpa", "2.0.192.in-addr.arpa")
    assert scope.key_hashes == {name: key_hash(secret, name) for name in names}


@pytest.mark.parametrize(
    ("ehlo", "host", "name"),
    [
        ("probe.example.net", "box.example.org", "probe.example.net"),
        ("", "Box.Example.ORG", "box.example.org"),
        ("", "box", "mxlatch.invalid"),
        ("", "bö.x", "mxlatch.invalid"),
    ],
)
def test_name_in_ehlo(monkeypatch, ehlo, host, name):
    monkeypatch.setattr(platform, "node", lambda: host)
    assert givens.ehlo_name(Inventory(operator=Operator(ehlo=ehlo))) == name


@pytest.mark.parametrize(
    ("changed", "allowed"),
    [
        ({}, True),
        ({"rate": 0.5}, True),
        ({"rate": 2.0}, False),
        ({"rate": 2.0, "authorised": "ticket"}, True),
    ],
)
def test_quicker_than_polite_only_where_it_is_ours(changed, allowed):
    asking = looking(**changed)
    scope = givens.scope(("example.org",), asking)
    if allowed:
        givens.net(scope, asking)
    else:
        with pytest.raises(WrongUsage, match="over 1 only"):
            givens.net(scope, asking)


def test_the_gate_knows_what_the_operator_gave(tmp_path: Path):
    hints = tmp_path / "hints"
    hints.write_text(". NS a.\na. A 127.0.0.2\n")
    optout = tmp_path / "optout"
    optout.write_text("198.51.99.0/24\n")
    asking = looking(root_hints=str(hints), rdap="http://127.0.0.3:8080/", authorised="t", opt_out=str(optout))
    gate = givens.gate(givens.scope(("example.org",), asking), asking)
    assert gate.dns("127.0.0.2") == ("127.0.0.2", 53)
    assert gate.dns("192.168.1.1") == ("192.168.1.1", 53)
    assert gate.http("127.0.0.3", "127.0.0.3", 8080) == ("127.0.0.3", 8080)
    assert gate.leaves["example.org"].level is Level.RCPT
    for stranger in ("127.0.0.9", "198.51.99.1"):
        with pytest.raises(Refused):
            gate.dns(stranger)


def test_a_lab_is_not_remembered(tmp_path: Path):
    assert givens.memory(looking(net=str(tmp_path / "net"))) is None
    memory = givens.memory(NONE)
    assert memory is not None
    assert memory.path == tmp_path / "state" / "mxlatch" / "remembered.json"


WALL = '[[firewall]]\nname = "edge"\nnftables = "edge.json"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [('{"nftables": []}', None), ("table inet filter {}", "edge.json: no ruleset: make it with `nft -j list ruleset`")],
)
def test_a_ruleset_is_read_from_beside_the_inventory(tmp_path: Path, text: str, said: str | None):
    (tmp_path / "i.toml").write_text(WALL)
    (tmp_path / "edge.json").write_text(text)
    given = looking(inventory=str(tmp_path / "i.toml"))
    if said is None:
        assert givens.inventory(given).firewalls[0].ruleset == text
    else:
        with pytest.raises(ConfigError, match=said):
            givens.inventory(given)


def test_a_ruleset_that_is_not_there_is_said(tmp_path: Path):
    (tmp_path / "i.toml").write_text(WALL)
    with pytest.raises(CannotRead, match=r"ruleset .*edge\.json"):
        givens.inventory(looking(inventory=str(tmp_path / "i.toml")))
