"""Rulesets as `nft -j list ruleset` (1.0.6) printed them, beside the files they came from, and what they let pass."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mxlatch.inventory.nftables import LARGEST, Flow, Passage, parse, passage
from mxlatch.terms.errors import InputError

FOLDER = Path(__file__).parent / "rulesets"
ALLOWED, REFUSED, UNKNOWN = Passage

# ruleset, hook, from (None: a stranger), to, port: what becomes of it
CASES = [
    ("host", "input", "198.51.100.25/32", "192.0.2.25", 25, ALLOWED),  # an element of the set
    ("host", "input", "203.0.113.8/30", "192.0.2.25", 25, ALLOWED),  # a network inside an element
    ("host", "input", "203.0.113.0/24", "192.0.2.25", 25, UNKNOWN),  # a network that is only partly in the set
    ("host", "input", None, "192.0.2.25", 25, REFUSED),
    ("host", "input", "10.9.1.0/24", "192.0.2.25", 500, ALLOWED),  # a range of ports
    ("host", "input", "10.9.1.0/24", "192.0.2.25", 2525, REFUSED),  # the policy
    ("host", "input", None, "192.0.2.26", 25, ALLOWED),  # anybody but the guests
    ("host", "input", "10.20.7.0/24", "192.0.2.26", 25, UNKNOWN),  # refused, but for eth9
    ("host", "input", "10.0.0.0/8", "192.0.2.26", 25, UNKNOWN),
    ("host", "input", None, "192.0.2.27", 25, UNKNOWN),  # a limit
    ("host", "input", None, "192.0.2.28", 25, UNKNOWN),  # a verdict map
    ("host", "input", None, "2001:db8::1", 26, REFUSED),
    ("host", "input", None, "2001:db8::1", 25, UNKNOWN),  # an interface of which we know nothing
    ("host", "", None, "192.0.2.25", 25, REFUSED),  # no forward chain: nothing to disagree
    ("host", "forward", None, "192.0.2.25", 25, ALLOWED),  # nothing stands in the way there
    ("router", "input", None, "198.51.100.25", 25, REFUSED),
    ("router", "forward", "192.0.2.99/32", "198.51.100.99", 25, REFUSED),  # dropped before
    ("router", "forward", None, "198.51.100.25", 25, REFUSED),  # a second chain refuses, whatever the first does
    ("router", "forward", "203.0.113.7/32", "198.51.100.25", 25, UNKNOWN),  # the first chain's map
    ("router", "", "203.0.113.7/32", "198.51.100.25", 25, UNKNOWN),  # input and forward differ
    ("router", "", None, "198.51.100.25", 25, REFUSED),  # and here they agree
]


@pytest.mark.parametrize(("name", "hook", "source", "to", "port", "expected"), CASES)
def test_passage(name: str, hook: str, source: str | None, to: str, port: int, expected: Passage) -> None:
    ruleset = parse((FOLDER / f"{name}.json").read_text())
    assert passage(ruleset, Flow(source, to, port), hook) is expected


def chain(*rules: object, policy: str = "accept", kind: str = "filter", hook: str = "forward", **more: object) -> str:
    """A ruleset of one base chain and the chains named in `more`, each a list of rules."""
    table = {"family": "inet", "table": "t"}
    listed: list[object] = [{"chain": {**table, "name": "c", "type": kind, "hook": hook, "policy": policy}}]
    listed += [{"rule": {**table, "chain": "c", "expr": rule}} for rule in rules]
    for name, inner in more.items():
        listed += [{"chain": {**table, "name": name}}]
        listed += [{"rule": {**table, "chain": name, "expr": rule}} for rule in inner]
    return json.dumps({"nftables": listed})


def match(left: object, right: object, op: str = "==") -> object:
    return {"match": {"op": op, "left": left, "right": right}}


DPORT = {"payload": {"protocol": "tcp", "field": "dport"}}
FLAGS = {"payload": {"protocol": "tcp", "field": "flags"}}
SOURCE6 = {"payload": {"protocol": "ip6", "field": "saddr"}}
ACCEPT, DROP, JUMP = {"accept": None}, {"drop": None}, {"jump": {"target": "more"}}

WORDS = [
    ("nothing there", chain(), ALLOWED),
    ("a port", chain([match(DPORT, 25), DROP]), REFUSED),
    ("another port", chain([match(DPORT, 26), DROP]), ALLOWED),
    ("not that port", chain([match(DPORT, 25, "!="), ACCEPT], policy="drop"), REFUSED),
    ("an operator that is not known", chain([match(DPORT, 25, "<"), DROP]), UNKNOWN),
    ("a word that is not known", chain([{"magic": None}], policy="drop"), UNKNOWN),
    ("a map to another address", chain([match(DPORT, 25), {"dnat": {}}], kind="nat", hook="prerouting"), UNKNOWN),
    ("another protocol", chain([match({"payload": {"protocol": "udp", "field": "dport"}}, 25, "!="), DROP]), ALLOWED),
    ("another family, negated", chain([match(SOURCE6, "2001:db8::1", "!="), DROP]), ALLOWED),
    ("a state", chain([match({"ct": {"key": "state"}}, ["new", "related"], "in"), DROP]), REFUSED),
    ("a state as a number", chain([match({"ct": {"key": "state"}}, 8, "in"), DROP]), UNKNOWN),
    ("the first packet", chain([match({"&": [FLAGS, ["fin", "syn", "rst", "ack"]]}, "syn"), DROP]), REFUSED),
    ("no first packet", chain([match({"&": [FLAGS, ["syn", "ack"]]}, ["syn", "ack"]), DROP]), ALLOWED),
    ("other flags", chain([match({"&": [FLAGS, ["syn", "ecn"]]}, "syn"), DROP]), UNKNOWN),
    ("flags that are none", chain([match({"&": [FLAGS, [{}, "syn"]]}, "syn"), DROP]), UNKNOWN),
    ("the protocol by number", chain([match({"meta": {"key": "l4proto"}}, 6), DROP]), REFUSED),
    ("a set that is not there", chain([match(DPORT, "@ports"), DROP]), UNKNOWN),
    ("it accepts first", chain([ACCEPT], [DROP]), ALLOWED),
    ("a jump that returns", chain([JUMP], policy="drop", more=[[match(DPORT, 26), ACCEPT]]), REFUSED),
    ("a jump back", chain([JUMP], [ACCEPT], policy="drop", more=[[{"return": None}], [DROP]]), ALLOWED),
    ("a goto does not come back", chain([{"goto": {"target": "more"}}], [ACCEPT], policy="drop", more=[]), REFUSED),
    ("a jump into nowhere", chain([JUMP]), UNKNOWN),
    ("a jump without end", chain([JUMP], more=[[JUMP]]), UNKNOWN),
    ("jumps that multiply", chain([JUMP], more=[[JUMP], [JUMP], [JUMP]]), UNKNOWN),
    ("an unknown match that changes nothing", chain([match({"meta": {"key": "mark"}}, 1), DROP], [DROP]), REFUSED),
    ("no list of statements", chain({"accept": None}, policy="drop"), UNKNOWN),
    ("statements that are none", chain([7, ACCEPT], policy="drop"), UNKNOWN),
    ("a chain of a bridge", chain([DROP]).replace("inet", "arp"), ALLOWED),
]


@pytest.mark.parametrize(("text", "expected"), [c[1:] for c in WORDS], ids=[c[0] for c in WORDS])
def test_a_word(text: str, expected: Passage) -> None:
    assert passage(parse(text), Flow(None, "192.0.2.25", 25), "forward") is expected


@pytest.mark.parametrize("text", ["", "[]", "{}", "nft", '{"nftables": 7}', '{"nftables": [7]}', "[" * 5000])
def test_what_is_no_ruleset_is_said_with_its_file(text: str) -> None:
    with pytest.raises(InputError, match=r"edge\.json: no ruleset: make it with"):
        parse(text, "edge.json")


def test_a_file_beyond_the_bound_is_not_read() -> None:
    with pytest.raises(InputError, match="over 1 MiB"):
        parse(" " * (LARGEST + 1))


KEYS = st.sampled_from(
    ["match", "op", "left", "right", "set", "elem", "prefix", "addr", "len", "range", "payload", "field", "jump"]
)
LEAVES = st.none() | st.booleans() | st.integers(-1, 70000) | st.sampled_from(["@s", "accept", "192.0.2.0/24", "tcp"])
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(st.lists(ANYTHING, max_size=4), ANYTHING)
def test_garbage_is_never_more_than_unknown_and_raises_nothing(rules: list[object], elements: object) -> None:
    table = {"family": "inet", "table": "t"}
    whole = json.loads(chain(*rules, [{"queue": None}]))
    whole["nftables"].append({"set": {**table, "name": "s", "elem": elements}})
    found = passage(parse(json.dumps(whole)), Flow("192.0.2.0/24", "192.0.2.25", 25), "forward")
    assert found in Passage


def test_what_may_go_to_another_address_is_not_refused_at_this_one() -> None:
    before = json.loads(chain([match(DPORT, 25), {"dnat": {}}], kind="nat", hook="prerouting").replace('"t"', '"nat"'))
    whole = json.dumps({"nftables": [*before["nftables"], *json.loads(chain(policy="drop"))["nftables"]]})
    assert passage(parse(whole), Flow(None, "192.0.2.25", 25), "forward") is UNKNOWN
    assert passage(parse(whole), Flow(None, "192.0.2.25", 26), "forward") is REFUSED
