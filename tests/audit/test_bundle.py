"""A saved run is read back as it was, and what is wrong with a file is said with its line."""

from datetime import date

import dns.message
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mxlatch.audit.bundle import load, save
from mxlatch.audit.log import Log
from mxlatch.inventory.model import Block, Firewall, Inventory, Vantage
from mxlatch.terms.errors import InputError
from mxlatch.terms.observation import BODY, MOVED, SESSION, Observation
from mxlatch.terms.question import DnsQuestion, HttpQuestion, SmtpQuestion
from mxlatch.wire.dns import read
from mxlatch.world.scope import Remembered, SeenName
from tests.fakes.example import door, scope
from tests.fakes.internet import NOW, seen


def dns_answer(name, rrtype, *values):
    question = DnsQuestion("192.0.2.1", name, rrtype)
    message = dns.message.make_response(dns.message.make_query(name, rrtype))
    message.flags |= dns.flags.AA
    message.answer.append(dns.rrset.from_text(f"{name}.", 300, "IN", rrtype, *values))
    octets = message.to_wire()
    status, reply, reason = read(octets, question)
    return Observation(question, status, reply, NOW, "internet", "192.0.2.1:53/udp", reason, octets)


OBSERVATIONS = (
    dns_answer("example.com", "MX", "10 mx1.example.com.", "20 mx2.example.com."),
    dns_answer("example.com", "TXT", '"\\255\\000 odd octets"'),
    seen(DnsQuestion("192.0.2.2", "example.com", "MX"), "no-response", reason="no answer to 3 tries"),
    Observation(SmtpQuestion("192.0.2.21", 25, "mx1.example.com"), SESSION, door(), NOW, "internet", "192.0.2.21:25"),
    Observation(
        HttpQuestion("https://mta-sts.example/p", redirects="refused"), MOVED, None, NOW, "internet", "x", "302 to y"
    ),
    Observation(HttpQuestion("https://rdap.example/domain/x"), BODY, None, NOW, "internet", "x", "", b'{"a":"\xff"}'),
)


def test_what_was_saved_is_read_back(tmp_path):
    ending = Block("192.0.2.0/24", "ticket 7", until=date(2026, 12, 31))
    log = Log(scope(words=("mail",), inventory=Inventory(blocks=(ending,))), OBSERVATIONS, interrupted=True)
    save(log, tmp_path / "run.mxlatch")
    again = load(tmp_path / "run.mxlatch")
    assert (again.scope, again.interrupted, list(again)) == (log.scope, True, list(log))


def test_saving_again_gives_the_same_octets(tmp_path):
    save(Log(scope(), OBSERVATIONS), tmp_path / "one")
    save(load(tmp_path / "one"), tmp_path / "two")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_a_bundle_that_cannot_be_written_whole_is_not_written(tmp_path):
    (tmp_path / "run").write_text("the old one")

    class Breaks(Log):
        def __iter__(self):
            raise RuntimeError("disk full")

    with pytest.raises(RuntimeError):
        save(Breaks(scope()), tmp_path / "run")
    assert [p.name for p in tmp_path.iterdir()] == ["run"]
    assert (tmp_path / "run").read_text() == "the old one"


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (lambda lines: [b"hello", *lines[1:]], ":1: not an mxlatch bundle"),
        (lambda lines: [], ":1: not an mxlatch bundle"),
        (lambda lines: [lines[0].replace(b"bundle/1", b"bundle/9"), *lines[1:]], ":1: schema 'mxlatch.bundle/9'"),
        (lambda lines: [*lines[:2], lines[2][:40], *lines[3:]], ":3: .*damaged from here on"),
        (lambda lines: [*lines[:2], lines[2].replace(b'"bytes":"', b'"bytes":"AAAA'), *lines[3:]], ":3: .*damaged"),
    ],
)
def test_a_file_that_is_no_bundle_says_which_line(tmp_path, spoil, complaint):
    path = tmp_path / "run.mxlatch"
    save(Log(scope(), OBSERVATIONS), path)
    path.write_bytes(b"\n".join(spoil(path.read_bytes().splitlines())) + b"\n")
    with pytest.raises(InputError, match=complaint):
        load(path)


@pytest.mark.parametrize("left", [1, 40, -2])
def test_a_last_line_that_broke_off_is_left_out_and_the_run_is_an_interrupted_one(tmp_path, left):
    path = tmp_path / "run"
    save(Log(scope(), OBSERVATIONS), path)
    *whole, last = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(whole) + last[:left])
    log = load(path)
    assert list(log) == list(OBSERVATIONS[:-1])
    assert (log.interrupted, log.torn) == (True, len(OBSERVATIONS) + 1)


def test_a_last_line_that_only_lacks_its_end_is_whole(tmp_path):
    path = tmp_path / "run"
    save(Log(scope(), OBSERVATIONS), path)
    path.write_bytes(path.read_bytes().removesuffix(b"\n"))
    log = load(path)
    assert (list(log), log.interrupted, log.torn) == (list(OBSERVATIONS), False, 0)


@given(st.binary(max_size=200))
def test_garbage_behind_a_good_head_raises_only_input_errors(tmp_path_factory, octets):
    path = tmp_path_factory.mktemp("bundle") / "run"
    save(Log(scope()), path)
    with path.open("ab") as file:
        file.write(octets + b"\n")
    with pytest.raises(InputError):
        load(path)


@pytest.mark.parametrize(
    "inventory",
    [
        Inventory(firewalls=(Firewall("edge", ruleset="no JSON"),)),
        Inventory(vantages=(Vantage("guest-wifi", controls=("nowhere",)),)),
    ],
)
def test_an_inventory_that_cannot_be_judged_by_is_damage(tmp_path, inventory):
    path = tmp_path / "run"
    save(Log(scope(inventory=inventory)), path)
    with pytest.raises(InputError, match=r":1: .*the bundle is damaged"):
        load(path)


@pytest.mark.parametrize(
    "names",
    [
        {"seen_names": (SeenName("Hub.example.com", "", "list"),)},
        {"seen_names": (SeenName("hub.example.com", "nowhere", "list"),)},
        {"remembered": (Remembered("example.com", "a b", "", 0.0, "old"),)},
        {"remembered": (Remembered("example.com", "hub.example.com", "203.0.113.9", -1.0, "old"),)},
    ],
)
def test_names_that_cannot_be_asked_for_are_damage(tmp_path, names):
    path = tmp_path / "run"
    save(Log(scope(**names)), path)
    with pytest.raises(InputError, match=r":1: .*the bundle is damaged"):
        load(path)


def test_names_out_of_files_and_earlier_runs_are_kept(tmp_path):
    about = scope(
        seen_names=(SeenName("hub.example.com", "2001:db8::9", "list"),),
        remembered=(Remembered("example.com", "hub.example.com", "", 1.5e9, "old"),),
    )
    save(Log(about), tmp_path / "run")
    assert load(tmp_path / "run").scope == about


@pytest.mark.parametrize(("before", "now"), [("false", "none"), ("true", "all")])
def test_a_bundle_from_when_the_search_was_on_or_off(tmp_path, before, now):
    path = tmp_path / "old.bundle"
    save(Log(scope(), OBSERVATIONS), path)
    text = path.read_bytes()
    assert b'"search":"none"' in text
    path.write_bytes(text.replace(b'"search":"none"', b'"search":' + before.encode()))
    assert load(path).scope.search == now
