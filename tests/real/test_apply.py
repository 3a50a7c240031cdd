"""`mxlatch apply` against BIND and Knot, TSIG and all: carried out, rolled back, refused, and gone half-way."""

import contextlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import dns.zone
import pytest
from install import tree
from realnet.auditor import BLOCKS, PATIENCE, PROGRAM, Run
from realnet.dns import KEY
from realnet.estate import DOMAIN, OTHER, Estate, zone
from realnet.network import Net, wait_until

from mxlatch.plan import providers
from mxlatch.plan.change import Change, Lock, Records
from mxlatch.plan.provider import Given, ZoneFile
from mxlatch.plan.result import Hazard, Plan, Step
from mxlatch.report.plan_json import as_json

INVENTORY = "".join(f'[[block]]\ncidr = "{block}"\n' for block in BLOCKS)
OLD = {DOMAIN: (f"10 mx1.{DOMAIN}.", f"20 mx2.{DOMAIN}."), OTHER: (f"10 mx1.{DOMAIN}.", f"99 old.{OTHER}.")}
ONLY = (f"10 mx1.{DOMAIN}.",)


def mx(of: str = DOMAIN, after: Sequence[str] = ONLY, ttl: int = 300, before: Sequence[str] = ()) -> Records:
    return Records(of, of, "MX", tuple(before or OLD[of]), tuple(after), ttl, 300)


def records(name: str, rrtype: str, before: Sequence[str], after: Sequence[str]) -> Records:
    return Records(OTHER if name.endswith(OTHER) else DOMAIN, name, rrtype, tuple(before), tuple(after), 300, 300)


def plan(*steps: Sequence[Change] | Step, hazards: tuple[Hazard, ...] = ()) -> Plan:
    made = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    whole = tuple(s if isinstance(s, Step) else Step(f"change {n}", tuple(s)) for n, s in enumerate(steps, 1))
    return Plan(domain=DOMAIN, made=made, profile="none", sentence="", before="open", after="closed", steps=whole,
                hazards=hazards)  # fmt: skip


class Desk:
    """A folder with a plan, and mxlatch beside it."""

    def __init__(self, estate: Estate, folder: Path, made: Plan) -> None:
        self.estate, self.folder, self.made = estate, folder, made
        self.file = folder / "plan.json"
        self.file.write_text(as_json([made]))
        (folder / "inventory.toml").write_text(INVENTORY)
        self.journal = folder / "plan.json.journal"

    def apply(self, *options: str, key: Path | None = None, before: tuple[str, ...] = ()) -> Run:
        return self.run("--tsig-file", str(key or self.estate.key_file), *options, before=before)

    def run(self, *options: str, before: tuple[str, ...] = ()) -> Run:
        lab = (*self.estate.lab, "--inventory", str(self.folder / "inventory.toml"))
        command = (*before, str(PROGRAM), "apply", str(self.file), *lab, *options)
        done = self.estate.probe.run(*command, check=False, patience=PATIENCE)
        return Run(done.returncode, done.stdout, done.stderr)


class Ground:
    """The estate that tests share, until one spoils it."""

    def __init__(self, folder: Callable[[], Path]) -> None:
        self._folder, self._stack, self._estate = folder, contextlib.ExitStack(), None

    def estate(self) -> Estate:
        if self._estate is None:
            folder = self._folder()
            self._estate = Estate(self._stack.enter_context(Net(folder / "hosts")), folder)
        return self._estate

    def clear(self) -> None:
        self._stack.close()
        self._estate = None


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    made = Ground(lambda: tmp_path_factory.mktemp("estate"))
    yield made
    made.clear()


@pytest.fixture
def estate(ground: Ground) -> Iterator[Estate]:
    """The estate, and after the test it must be as it was: what one leaves changed would be another's surprise."""
    shared = ground.estate()
    yield shared
    try:
        for server, of in (("ns1", DOMAIN), ("ns2", OTHER)):
            assert shared.contents(server, of) == records_of(of)
    except AssertionError:
        ground.clear()
        raise


def records_of(of: str) -> list[str]:
    """Every record of the zone at the beginning, but the SOA."""
    found = dns.zone.from_text(zone(of), of, relativize=False)
    return sorted(
        f"{name} {ttl} IN {rdata.rdtype.name} {rdata}"
        for name, ttl, rdata in found.iterate_rdatas()
        if rdata.rdtype.name != "SOA"
    )


def desk(estate: Estate, folder: Path, made: Plan) -> Desk:
    return Desk(estate, folder, made)


CHANGES = {
    "an exchanger less": [mx()],
    "an exchanger more, and its address": [
        mx(after=("10 mx1.example.com.", "20 mx2.example.com.", "30 mx9.example.com.")),
        records("mx9.example.com", "A", (), ("203.0.113.9",)),
    ],
    "a shorter TTL only": [mx(after=OLD[DOMAIN], ttl=60)],
    "no exchanger": [mx(after=("0 .",))],
    "none at all": [mx(after=())],
    "an address for an alias": [
        records("mx2.example.com", "A", ("203.0.113.2",), ()),
        records("mx2.example.com", "CNAME", (), ("mx1.example.com.",)),
    ],
    "a name server more": [records(DOMAIN, "NS", ("ns1.example.com.", "ns3.example.com."),
                                   ("ns1.example.com.", "ns2.example.com.", "ns3.example.com."))],
    "another name server": [records(DOMAIN, "NS", ("ns1.example.com.", "ns3.example.com."),
                                    ("ns3.example.com.", "ns5.example.com."))],
    "a long text": [records(DOMAIN, "TXT", ('"v=spf1 mx -all"',), ('"v=spf1 mx ip4:192.0.2.0/24; \\"x\\" -all"',))],
    "a policy's id, and the TLSA of a new name": [
        records("_mta-sts.example.com", "TXT", (), ('"v=STSv1; id=20261128n1;"',)),
        records("_25._tcp.mx9.example.com", "TLSA", (), (f"3 1 1 {'AB' * 28} {'AB' * 4}",)),
    ],
    "Knot: an exchanger less": [mx(OTHER)],
    "Knot: and its address": [mx(OTHER), records("old.example.net", "A", ("203.0.113.4",), ())],
    "Knot: another name server": [records(OTHER, "NS", ("ns2.example.com.",), ("ns1.example.com.",))],
    "both servers": [mx(), mx(OTHER)],
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_a_plan_is_carried_out_and_rolled_back(estate: Estate, tmp_path: Path, name: str) -> None:
    own = desk(estate, tmp_path, plan(CHANGES[name]))
    done = own.apply()
    for change in CHANGES[name]:
        wanted = sorted(f"{change.ttl} {text}" for text in change.after)
        for server in ("ns1", "ns3") if change.zone == DOMAIN else ("ns2",):
            assert estate.answers(server, change.name, change.rrtype) == wanted, done
    lame = "name server" in name and change.zone == DOMAIN  # named and does not serve the zone: that is told
    assert done.code == 0 or lame, done
    back = own.apply("--rollback")
    assert (back.code, "everything is back as it was" in back.out) == (0, True) or lame, back


# Nothing is done that was not shown, not accepted, or is not as it was


def ended(done: Run, code: int, *words: str) -> None:
    assert done.code == code, done
    assert [word for word in words if word not in done.out + done.err] == [], done


def untouched(own: Desk, done: Run, code: int, *words: str) -> None:
    ended(done, code, *words)
    assert not own.journal.exists() or '"done"' not in own.journal.read_text()


@pytest.mark.parametrize(("old", "new"), [("10 mx1", "10 evil"), ('"ttl": 300', '"ttl": 301'), ("closed", "shut")])
def test_an_altered_plan_is_refused(estate: Estate, tmp_path: Path, old: str, new: str) -> None:
    own = desk(estate, tmp_path, plan([mx()]))
    own.file.write_text(own.file.read_text().replace(old, new))
    untouched(own, own.apply(), 65, "altered since it was made", "mxlatch plan")


def test_another_plan_than_was_shown_is_refused(estate: Estate, tmp_path: Path) -> None:
    own = desk(estate, tmp_path, plan([mx()]))
    untouched(own, own.apply("--digest", "0" * 64), 2, "not the plan that was shown")


def test_a_hazard_has_to_be_accepted_by_its_name(estate: Estate, tmp_path: Path) -> None:
    own = desk(estate, tmp_path, plan([mx()], hazards=(Hazard("no-backup", "one exchanger is left"),)))
    untouched(own, own.apply(), 2, "one exchanger is left", "--accept no-backup")
    untouched(own, own.apply("--accept", "no-back-up"), 2, "no such hazard", "no-backup")
    assert own.apply("--accept", "no-backup").code == 0
    assert own.apply("--rollback").code == 0


@pytest.mark.parametrize(("server", "of"), [("ns1", DOMAIN), ("ns2", OTHER)])
def test_a_zone_that_was_changed_since_is_left_alone(estate: Estate, tmp_path: Path, server: str, of: str) -> None:
    first = desk(estate, tmp_path, plan([mx(of, after=("10 mx3.example.com.",))]))
    assert first.apply().code == 0
    (tmp_path / "late").mkdir()
    late = desk(estate, tmp_path / "late", plan([mx(of)]))
    untouched(
        late, late.apply(), 1, "not done", "changed since the plan was made", "mx3.example.com.", "make a new plan"
    )
    assert first.apply("--rollback").code == 0


def test_what_somebody_changed_after_us_is_not_rolled_back(estate: Estate, tmp_path: Path) -> None:
    own = desk(estate, tmp_path, plan([mx()]))
    assert own.apply().code == 0
    (tmp_path / "later").mkdir()
    later = desk(estate, tmp_path / "later", plan([mx(before=ONLY, after=("5 mx3.example.com.",))]))
    assert later.apply().code == 0
    back = own.apply("--rollback")
    ended(back, 1, "changed meanwhile", "still there")
    assert estate.answers("ns1", DOMAIN, "MX") == ["300 5 mx3.example.com."]
    assert later.apply("--rollback").code == 0
    assert own.apply("--rollback").code == 0


KEYS = {
    "another secret": (f'key "{KEY}" {{ algorithm hmac-sha256; secret "AAAAAAAAAAAAAAAAAAAAAA=="; }};', "BADSIG"),
    "an unknown key": ('key "nobody" { algorithm hmac-sha256; secret "AAAAAAAAAAAAAAAAAAAAAA=="; };', "BADKEY"),
}


@pytest.mark.parametrize("of", [DOMAIN, OTHER])
@pytest.mark.parametrize("name", KEYS)
def test_a_wrong_key_is_refused_and_told_apart(estate: Estate, tmp_path: Path, name: str, of: str) -> None:
    text, word = KEYS[name]
    file = tmp_path / "wrong.key"
    file.write_text(text)
    file.chmod(0o600)
    own = desk(estate, tmp_path, plan([mx(of)]))
    untouched(own, own.apply(key=file), 1, "not done", word)


@pytest.mark.parametrize("of", [DOMAIN, OTHER])
def test_a_clock_that_is_wrong_is_told(estate: Estate, tmp_path: Path, of: str) -> None:
    own = desk(estate, tmp_path, plan([mx(of)]))
    untouched(own, own.apply(before=("faketime", "-f", "+3h")), 1, "BADTIME", "set the clocks")


@pytest.mark.parametrize("of", [DOMAIN, OTHER])
def test_without_a_key_the_server_refuses(estate: Estate, tmp_path: Path, of: str) -> None:
    own = desk(estate, tmp_path, plan([mx(of)]))
    untouched(own, own.run(), 1, "not done", "--tsig-file")


def test_a_secondary_takes_no_update(estate: Estate, tmp_path: Path) -> None:
    own = desk(estate, tmp_path, plan([mx()]))
    untouched(own, own.apply("--server", estate.hosts["ns3"].v4), 1, "not done")


def test_a_key_that_everybody_can_read_is_told(estate: Estate, tmp_path: Path) -> None:
    file = tmp_path / "open.key"
    shutil.copy(estate.key_file, file)
    file.chmod(0o644)
    own = desk(estate, tmp_path, plan([mx()]))
    done = own.apply("--dry-run", key=file)
    ended(done, 0, "chmod 600", "would do")
    assert estate.secret not in done.out + done.err
    assert not own.journal.exists()


def test_the_secret_alone_in_a_file(estate: Estate, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(estate.secret + "\n")
    file.chmod(0o600)
    own = desk(estate, tmp_path, plan([mx(OTHER)]))
    assert own.run("--tsig", f"{KEY}:hmac-sha256:{file}").code == 0
    assert estate.secret not in own.journal.read_text()
    assert own.apply("--rollback").code == 0


# Half-way


def test_a_server_that_is_gone_leaves_the_steps_before_it_done_and_says_so(estate: Estate, tmp_path: Path) -> None:
    own = desk(estate, tmp_path, plan([mx()], [mx(OTHER)], [records("mx9.example.com", "A", (), ("203.0.113.9",))]))
    with estate.without("ns2"):
        done = own.apply("--server", f"{OTHER}={estate.hosts['ns2'].v4}")
        words = ("done        step 1: example.com MX becomes", "not done    step 2", "left        step 3: change 3")
        ended(done, 1, *words)
        assert estate.answers("ns1", DOMAIN, "MX") == ["300 10 mx1.example.com."]
    assert own.apply().code == 0  # goes on where it stood
    assert estate.answers("ns2", OTHER, "MX") == ["300 10 mx1.example.com."]
    back = own.apply("--rollback")
    ended(back, 0)
    assert back.out.index("step 3") < back.out.index("step 2") < back.out.index("step 1")


def test_both_zones_of_one_step_and_one_server_gone_between_them(estate: Estate, tmp_path: Path) -> None:
    own = desk(estate, tmp_path, plan([mx(), mx(OTHER)]))
    knot = estate.hosts["ns2"]
    with knot.walled("tcp dport 53 reject with tcp reset"):  # it answers questions, and takes no update
        done = own.apply()
        ended(done, 1, "nothing was sent", "done        step 1: example.com MX", "not done    step 1: example.net MX")
    assert own.apply("--rollback").code == 0


def test_an_update_that_was_cut_off_on_its_way(estate: Estate, tmp_path: Path) -> None:
    own = desk(estate, tmp_path, plan([mx(OTHER)]))
    with estate.hosts["ns2"].walled("tcp dport 53 tcp flags & psh == psh reject with tcp reset"):
        done = own.apply()
    untouched(own, done, 1, "not done", "the server serves what it did before")


def test_a_server_that_dies_with_the_answer_on_its_lips(estate: Estate, tmp_path: Path) -> None:
    own = desk(estate, tmp_path, plan([mx(OTHER)]))
    lab = (*estate.lab, "--inventory", str(tmp_path / "inventory.toml"))
    probe = estate.probe
    with probe.walled(f"ip saddr {estate.hosts['ns2'].v4} tcp sport 53 tcp flags & psh == psh drop"):
        options = ("--tsig-file", str(estate.key_file))
        running = probe.spawn(str(PROGRAM), "apply", str(own.file), *lab, *options, output="dying")
        wait_until(lambda: estate.answers("ns2", OTHER, "MX") == ["300 10 mx1.example.com."], "the update")
        with estate.without("ns2"):
            code = running.wait(PATIENCE)
        ended(Run(code, running.text(), ""), 3, "not known   step 1", "whether it was done is not known")
    again = own.apply()  # Knot has it in its journal
    ended(again, 0, "it stands there already")
    assert own.apply("--rollback").code == 0


def test_an_answer_that_is_lost_is_looked_up(estate: Estate, tmp_path: Path) -> None:
    own = desk(estate, tmp_path, plan([mx(OTHER)]))
    with estate.probe.walled(f"ip saddr {estate.hosts['ns2'].v4} tcp sport 53 tcp flags & psh == psh drop"):
        done = own.apply()
    ended(done, 0, "but the server serves it")
    assert own.apply("--rollback").code == 0


# Waits


def test_a_step_begins_when_every_server_has_the_one_before_and_its_wait_is_over(
    estate: Estate, tmp_path: Path
) -> None:
    first = Step("an address", (records("mx9.example.com", "A", (), ("203.0.113.9",)),), wait=5, why="negative TTL")
    own = desk(estate, tmp_path, plan(first, [mx(after=("10 mx9.example.com.",))]))
    with estate.without("ns3"):
        done = own.apply()
        ended(done, 3, estate.hosts["ns3"].v4)
        assert estate.answers("ns1", "mx9.example.com", "A") == ["300 203.0.113.9"]
    wait_until(lambda: estate.answers("ns3", "mx9.example.com", "A") == ["300 203.0.113.9"], "the secondary")
    waits = own.apply()
    ended(waits, 3, "negative TTL")
    assert "example.com MX" not in waits.out
    wait_until(lambda: own.apply().code == 0, "the wait", 30)
    assert estate.answers("ns3", DOMAIN, "MX") == ["300 10 mx9.example.com."]
    # Senders may remember the MX, and mail for it would be returned if its only exchange had no address.
    ended(own.apply("--rollback"), 3, "waits", "senders still have in their caches")
    assert estate.answers("ns1", "mx9.example.com", "A") == ["300 203.0.113.9"]
    assert own.apply("--rollback", "--at-once").code == 0


def test_what_must_be_done_by_hand_is_told_and_waited_for(estate: Estate, tmp_path: Path) -> None:
    lock = Lock("mx1.example.com", ("203.0.113.1",), (25,), ("203.0.113.2",), "the filter")
    own = desk(estate, tmp_path, plan([mx()], [lock], [mx(OTHER)]))
    done = own.apply()
    ended(done, 3, "by hand     step 2: lock of mx1.example.com", "--done 2")
    assert estate.answers("ns2", OTHER, "MX") == ["300 10 mx1.example.com.", "300 99 old.example.net."]
    assert own.apply("--done", "2").code == 0
    back = own.apply("--rollback")
    ended(back, 3, "by hand     step 2", "still there step 1")
    assert own.apply("--rollback", "--done", "2").code == 0


# The texts, by their tools


@pytest.mark.parametrize("tool", ["nsupdate", "knsupdate"])
@pytest.mark.parametrize("name", [name for name in CHANGES if name != "both servers"])
def test_nsupdate_and_knsupdate_take_the_text(estate: Estate, tmp_path: Path, tool: str, name: str) -> None:
    whole = plan(CHANGES[name])
    of = CHANGES[name][0].zone
    at = estate.hosts["ns1" if of == DOMAIN else "ns2"]
    given = Given(server=f"{at.v4}:53", today="20261128")
    (text,) = providers.RENDERERS["nsupdate"].render(whole, given)
    (tmp_path / text.name).write_text(text.text)
    run_tool(estate, tool, tmp_path / text.name)
    for change in CHANGES[name]:
        wanted = sorted(f"{change.ttl} {each}" for each in change.after)
        assert estate.answers(at.name, change.name, change.rrtype) == wanted
    twice = run_tool(estate, tool, tmp_path / text.name, check=False)
    if not all(change.before == change.after for change in CHANGES[name]):
        assert twice != 0, "the prerequisites hold no more"
    back = [Records(c.zone, c.name, c.rrtype, c.after, c.before, c.ttl_before, c.ttl) for c in reversed(CHANGES[name])]
    (text,) = providers.RENDERERS["nsupdate"].render(plan(back), given)
    (tmp_path / text.name).write_text(text.text)
    run_tool(estate, tool, tmp_path / text.name)


def run_tool(estate: Estate, tool: str, file: Path, check: bool = True) -> int:
    path = {"nsupdate": "nsupdate", "knsupdate": str(tree("knot") / "usr/bin/knsupdate")}[tool]
    libraries = tree("knot") / "usr/lib/x86_64-linux-gnu"
    environment = () if tool == "nsupdate" else (f"LD_LIBRARY_PATH={libraries}",)
    key = ("-y", f"hmac-sha256:{KEY}:{estate.secret}")
    done = estate.probe.run("env", *environment, path, *key, str(file), check=False)
    assert done.returncode == 0 or not check, done
    return done.returncode


@pytest.mark.parametrize("name", ["an exchanger more, and its address", "a policy's id, and the TLSA of a new name"])
def test_named_checkzone_takes_the_zone_file_and_patch_undoes_it(name: str, estate: Estate, tmp_path: Path) -> None:
    old = zone(DOMAIN)
    whole = plan(CHANGES[name])
    (text,) = providers.RENDERERS["zone"].render(whole, Given(zones=(ZoneFile(DOMAIN, "db", old),), today="20261128"))
    (tmp_path / "db").write_text(old)
    (tmp_path / "diff").write_text(text.text)
    run = estate.probe.run
    run("patch", "-p1", "-d", str(tmp_path), "-i", "diff")
    environment = f"LD_LIBRARY_PATH={tree('bind') / 'usr/lib/x86_64-linux-gnu'}"
    checked = run("env", environment, str(tree("bind") / "usr/bin/named-checkzone"), DOMAIN, str(tmp_path / "db"))
    assert checked.stdout.split()[-1] == "OK"
    assert "loaded serial 2026112801" in checked.stdout
    run("patch", "-p1", "-R", "-d", str(tmp_path), "-i", "diff")
    assert (tmp_path / "db").read_text() == old


def test_a_zone_file_is_written_loaded_and_brought_back(estate: Estate, tmp_path: Path) -> None:
    own = desk(estate, tmp_path, plan([mx()]))
    file = tmp_path / "db.example.com"
    file.write_bytes(zone(DOMAIN).replace("\n", " ; caf\u00e9\r\n").encode("latin-1"))
    file.chmod(0o640)
    old = file.read_bytes()
    ended(own.apply("--zone-file", str(file)), 3, "written", "still serves")  # nobody has loaded it yet
    new = file.read_bytes()
    assert new.count(b"\r\n") == old.count(b"\r\n") - 1
    assert new.count(b"caf\xe9") == old.count(b"caf\xe9") - 1
    assert file.stat().st_mode & 0o777 == 0o640
    ended(own.apply("--rollback", "--zone-file", str(file)), 0)
    assert file.read_bytes() == old


def test_a_zone_file_that_was_changed_since_is_left_alone(estate: Estate, tmp_path: Path) -> None:
    own = desk(estate, tmp_path, plan([mx()]))
    file = tmp_path / "db.example.com"
    file.write_text(zone(DOMAIN).replace("20 mx2", "25 mx2"))
    old = file.read_bytes()
    done = own.apply("--zone-file", str(file))
    untouched(own, done, 1, f"{file}:6: example.com MX is", "25 mx2")
    assert file.read_bytes() == old
