"""The doors that no record names, on real servers: the hub that senders remember, and what a scan of the block finds.

mx1    203.0.113.1   Postfix    the filter, in the MX; refuses unknown recipients
mail   203.0.113.25  Postfix    the hub behind it, by its old name (k7 in one test); takes any recipient
guest  10.9.0.5                 looks from the guest network
dept   203.0.113.18  Exim       a department's, at an address of the block that the inventory does not list
odd    203.0.113.19  OpenSMTPD  at port 2526, not listed
late   203.0.113.20  OpenSMTPD  listed; its firewall drops the first packet
mute   203.0.113.21             drops whatever comes
idle   all others of 203.0.113.16/28: no server, so port 25 refuses
"""

import contextlib
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from realnet import smtp
from realnet.auditor import INVENTORY, LAB_PACE, LEAVE, Run, audit, mxlatch
from realnet.network import Net
from realnet.village import Village
from realnet.world import DOMAIN, RECIPIENT

FILTER, HUB = "203.0.113.1", "203.0.113.25"
KNOWN = (RECIPIENT.partition("@")[0],)
ZONE = ("@ MX 10 mx1", f"mx1 A {FILTER}", f"mail A {HUB}")
LISTED_FILTER = f"""
[[door]]
name = "mx1.{DOMAIN}"
address = "{FILTER}"
role = "filter"
"""
DOORS = f"""{LISTED_FILTER}next_hop = "mail.{DOMAIN}"

[[door]]
name = "mail.{DOMAIN}"
address = "{HUB}"
role = "mailbox"
waives = ["recipient"]
"""
FIREWALL = f"""
[[firewall]]
name = "edge"

[[firewall.rule]]
to = "{HUB}"
port = 25
allow = ["{FILTER}"]
"""
GUEST = "10.9.0.5"
GUESTS = """
[[vantage]]
name = "guest-wifi"
what = "guest Wi-Fi"
networks = ["10.9.0.0/16"]
"""
# Nobody guesses k7, but it was an exchanger once.
NOW = ("@ MX 10 mx1", f"mx1 A {FILTER}", f"k7 A {HUB}")
THEN = (*NOW, "@ MX 20 k7")
ONLY_THE_FILTER = (f"ip saddr {FILTER} accept", "tcp dport 25 drop")


# --- the scan -----------------------------------------------------------------------------------------------------

BLOCK = "203.0.113.16/28"
DEPT, ODD, LATE, MUTE = (f"203.0.113.{n}" for n in (18, 19, 20, 21))
IDLE = tuple(f"203.0.113.{n}" for n in range(16, 32) if n not in (18, 19, 20, 21))
# One packet is dropped, whether of 40 octets or 60; those after it pass.
FIRST_IS_DROPPED = "tcp dport 25 tcp flags & (syn | ack) == syn quota until 70 bytes drop"
LISTED = f"""
[[block]]
cidr = "{BLOCK}"
authorised = "ticket 4711"

[[door]]
name = "late.{DOMAIN}"
address = "{LATE}"
role = "backup"
"""


@pytest.fixture(scope="module")
def block(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Net]:
    """The block and a probe; a scan needs no name servers."""
    with Net(tmp_path_factory.mktemp("block") / "hosts") as net:
        net.host("probe", "192.0.2.10")
        smtp.exim(net.host("dept", DEPT), smtp.Exchanger(f"dept.{DOMAIN}", DOMAIN))
        smtp.opensmtpd(net.host("odd", ODD), smtp.Exchanger(f"odd.{DOMAIN}", DOMAIN, port=2526))
        smtp.opensmtpd(net.host("late", LATE), smtp.Exchanger(f"late.{DOMAIN}", DOMAIN))
        net.host("mute", MUTE).firewall("drop")
        net.host("idle", *IDLE)
        yield net


def scan(net: Net, home: Path, *options: str) -> Run:
    home.mkdir(exist_ok=True)
    (home / "inventory.toml").write_text(INVENTORY + LISTED)
    listed = ("--inventory", str(home / "inventory.toml"))
    with net.hosts["late"].walled("iif lo accept", FIRST_IS_DROPPED):
        return mxlatch(net.hosts["probe"], home, "scan", *listed, "--json", *options)


@pytest.mark.parametrize("how", ["connect", "syn"])
def test_what_listens_in_the_block(block: Net, tmp_path: Path, how: str) -> None:
    run = scan(block, tmp_path / "home", "--ports", "25,2526", "--how", how)
    assert run.code == 1, run.err
    (seen,) = run.json["blocks"]
    assert (seen["block"], seen["how"], seen["granted"]) == (BLOCK, how, f"block {BLOCK}: ticket 4711")
    found = {(o["address"], o["port"]): (o["software"].split()[0], o["authorised"], o["role"]) for o in seen["open"]}
    assert found == {
        (DEPT, 25): ("Exim", None, ""),
        (ODD, 2526): ("OpenSMTPD", None, ""),
        (LATE, 25): ("OpenSMTPD", True, "backup"),
    }
    assert {o["speaks"] for o in seen["open"]} == {"smtp"}
    # 16 addresses x 2 ports: 3 open, 2 dropped at mute; the other 27 refuse, and each port has a control.
    assert {key: seen[key] for key in ("closed", "filtered", "unknown")} == {"closed": 27, "filtered": 2, "unknown": 0}
    assert run.json["sentence"].startswith("3 doors found, 2 of them not authorised by the inventory; ")


@pytest.mark.parametrize("how", ["connect", "syn"])
def test_without_a_control_neither_silence_nor_refusal_is_called_closed(block: Net, tmp_path: Path, how: str) -> None:
    run = scan(block, tmp_path / "home", "--ports", "2527", "--how", how)
    assert run.code == 3, run.err
    (seen,) = run.json["blocks"]
    assert (seen["refused"], seen["silent"]) == (15, 1)
    assert {key: seen[key] for key in ("closed", "filtered", "unknown")} == {"closed": 0, "filtered": 0, "unknown": 16}


def test_a_block_without_proof_is_not_scanned(block: Net, tmp_path: Path) -> None:
    probe = block.hosts["probe"]
    probe.count(DEPT)
    run = scan(block, tmp_path / "home", "203.0.113.0/27")
    assert (run.code, run.out) == (2, "")
    assert run.err.startswith("mxlatch: nothing was scanned:"), run.err
    assert probe.counted(DEPT) == 0


# --- the remembered host ------------------------------------------------------------------------------------------


@contextlib.contextmanager
def village(folder: Path, zone: tuple[str, ...] = ZONE) -> Iterator[Village]:
    """The filter in the MX, and the hub behind it."""
    folder.mkdir(parents=True)
    with Net(folder / "hosts") as net:
        made = Village(net, folder, {DOMAIN: zone})
        front, inside = f"mx1.{DOMAIN}", f"mail.{DOMAIN}"
        filters = smtp.Exchanger(front, DOMAIN, KNOWN, made.certificate(front), filters_for=HUB)
        made.servers["filter"] = smtp.postfix(made.hosts["mx1"], filters)
        hub = smtp.Exchanger(inside, DOMAIN, None, made.certificate(inside))
        made.servers["hub"] = smtp.postfix(net.host("hub", HUB), hub)
        yield made


def look(seen: Village, name: str, inventory: str, *options: str) -> Any:
    """The audit's JSON."""
    return audit(seen, seen.folder / name, *LEAVE, *options, inventory=INVENTORY + inventory).json


def locked(folder: Path) -> dict[str, Any]:
    """The audits before the firewall; with it, declared; with it, not declared."""
    with village(folder) as seen:
        hub, before = seen.net.hosts["hub"], look(seen, "before", DOORS)
        with hub.walled(*ONLY_THE_FILTER), ThreadPoolExecutor(2) as pool:
            with seen.hosts["mx1"].connect(HUB, 25) as connection:
                assert connection.recv(512).startswith(b"220"), "the filter is let in"
            declared = pool.submit(look, seen, "declared", DOORS + FIREWALL)
            undeclared = pool.submit(look, seen, "undeclared", DOORS)
            return {"before": before, "declared": declared.result(), "undeclared": undeclared.result()}


def remembered(folder: Path) -> dict[str, Any]:
    """The audits after the hub was taken from the MX: by itself, and with an audit that was kept from before."""
    bundle = str(folder / "earlier")
    with village(folder / "then", THEN) as seen:
        look(seen, "then", LISTED_FILTER, "--save", bundle)
    with village(folder / "now", NOW) as seen:
        forgotten = look(seen, "forgotten", LISTED_FILTER)
        return {"forgotten": forgotten, "remembered": look(seen, "remembered", LISTED_FILTER, "--names-from", bundle)}


def seen_by_guests(folder: Path) -> dict[str, Any]:
    """The audit from the internet, joined with a look from the guest network, which the firewall forgot."""
    with village(folder) as seen:
        guest, facts = seen.net.host("guest", GUEST), str(folder / "facts.json")
        inventory = folder / "guest.toml"
        inventory.write_text(INVENTORY + DOORS + FIREWALL + GUESTS)
        lab = ("--root-hints", str(seen.hints_file), "--rdap", seen.rdap_url, "--resolver", seen.resolver)
        lab += ("--ca", str(seen.ca_file), "--rate", LAB_PACE, "--inventory", str(inventory))
        with seen.net.hosts["hub"].walled(f"ip saddr {{ {FILTER}, {GUEST} }} accept", "tcp dport 25 drop"):
            run = mxlatch(guest, folder / "guest", "vantage", "run", "--name", "guest-wifi", "-o", facts, *lab)
            assert run.code == 0, run.err
            seen.until_logged("filter", f"disconnect from unknown[{GUEST}]")
            assert "rcpt=" not in seen.servers["filter"].log(), "from there no recipient is tried"
            joined = look(seen, "joined", DOORS + FIREWALL + GUESTS, "--with", facts)
        seen.until_logged("filter", "rcpt=")
        return {"audit": joined, "look": run}


@pytest.fixture(scope="module", autouse=True)
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[Any]]]:
    """Begun before the first test, since each waits a minute for a silent door; the scans pass meanwhile."""
    folder = tmp_path_factory.mktemp("hidden")
    scenes = (locked, seen_by_guests, remembered)
    with ThreadPoolExecutor(len(scenes)) as pool:
        yield {scene.__name__: pool.submit(scene, folder / scene.__name__) for scene in scenes}


@pytest.fixture
def audits(runs: dict[str, Future[Any]]) -> Any:
    return runs["locked"].result()


@pytest.mark.parametrize(
    ("when", "state", "verdict"),
    [
        ("before", "open", "open"),
        ("declared", "filtered", "closed"),
        ("undeclared", "filtered", "likely-closed"),
    ],
)
def test_the_remembered_hub(audits: dict[str, Any], when: str, state: str, verdict: str) -> None:
    doors = {door["id"]: (door["state"], door["verdict"]) for door in audits[when]["doors"]}
    assert doors[f"{HUB}:25"] == (state, verdict)
    assert doors[f"{FILTER}:25"] == ("open", "closed")


@pytest.mark.parametrize(
    ("when", "verdict", "complete"),
    [("before", "open", True), ("declared", "closed", True), ("undeclared", "unknown", False)],
)
def test_what_is_said_of_the_domain(audits: dict[str, Any], when: str, verdict: str, complete: bool) -> None:
    assert (audits[when]["verdict"], audits[when]["complete"]) == (verdict, complete)


def test_a_hub_that_was_an_exchanger_once(runs: dict[str, Future[Any]]) -> None:
    audits = runs["remembered"].result()
    doors = {
        when: {door["id"]: ({way["kind"] for way in door["ways_in"]}, door["verdict"]) for door in report["doors"]}
        for when, report in audits.items()
    }
    front = {f"{FILTER}:25": ({"mx"}, "closed")}
    assert doors == {"forgotten": front, "remembered": front | {f"{HUB}:25": ({"remembered"}, "open")}}
    assert audits["remembered"]["verdict"] == "open"


# --- from the guest network ---------------------------------------------------------------------------------------


def test_a_door_that_guests_reach_and_the_internet_does_not(runs: dict[str, Future[Any]]) -> None:
    joined = runs["seen_by_guests"].result()
    assert joined["look"].out.startswith("guest-wifi: 2 doors: 2 open\n")
    report = joined["audit"]
    seen = {view["vantage"]: {door["id"]: door["state"] for door in view["doors"]} for view in report["vantages"]}
    assert seen == {
        "internet": {f"{FILTER}:25": "open", f"{HUB}:25": "filtered"},
        "guest-wifi": {f"{FILTER}:25": "open", f"{HUB}:25": "open"},
    }
    # The hub lets in whom its declaration keeps out.
    found = {(f["id"], f["severity"], f["subject"]) for f in report["findings"]}
    assert found >= {("VANT001", "medium", f"{HUB}:25"), ("FW001", "high", f"{HUB}:25")}
