"""What nobody allowed is not sent, in packets (DESIGN section 6): at each place a mail server would gladly answer.

Nobody's own network is probed: an MX at 10.0.0.5, or one that turns to it, is not contacted. Then try by try, with real
leave beside: to add one, say what it is, what is typed, where it would go, and what is told.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from realnet import fickle, smtp
from realnet.auditor import INVENTORY, LAB_PACE, Run, audit, mxlatch
from realnet.network import Net, wait_until
from realnet.village import Village

from mxlatch.inventory.leave import key_hash

PRIVATE = "10.0.0.5"
SIX, PUBLIC = "198.51.100.6", "203.0.113.9"
ZONES = {
    "example.com": ("@ MX 10 mx1", "mx1 A 203.0.113.1"),
    "inside.com": ("@ MX 10 mx.inside.com.", f"mx A {PRIVATE}"),
}
DELEGATIONS = (
    "inside.com. NS ns1.example.com.",
    "rebind.com. NS ns.rebind.com.",
    f"ns.rebind.com. A {SIX}",
)
LISTED = INVENTORY + f'\n[[door]]\nname = "mx.inside.com"\naddress = "{PRIVATE}"\n'


@pytest.fixture(scope="module")
def village(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Village]:
    """inside.com's exchanger is at 10.0.0.5; rebind.com's is at a public address when first asked for."""
    folder = tmp_path_factory.mktemp("village")
    with Net(folder / "hosts") as net:
        village = Village(net, folder, ZONES, DELEGATIONS)
        for name, address, domain in (("inside", PRIVATE, "inside.com"), ("turned", PUBLIC, "rebind.com")):
            server = smtp.opensmtpd(net.host(name, address), smtp.Exchanger(f"mx.{domain}", domain))
            village.servers[name] = server
        program = (sys.executable, "-I", fickle.__file__, SIX, "rebind.com", "mx.rebind.com", PUBLIC, PRIVATE)
        turning = village.hosts["ns6"].spawn(*program)
        wait_until(lambda: "ready" in turning.text(), "the fickle name server")
        village.probe.count(PRIVATE)
        yield village


def sessions(village: Village, server: str) -> int:
    """How many sessions a mail server had with the probe."""
    return village.servers[server].log().count(f"smtp connected address={village.probe.v4} ")


def states(report: Any) -> dict[str, str]:
    """Door and state."""
    return {door["id"]: door["state"] for door in report["doors"]}


def test_an_mx_at_a_private_address_is_not_contacted(village: Village, tmp_path: Path) -> None:
    before = village.probe.counted(PRIVATE)
    report = audit(village, tmp_path / "home", domain="inside.com").json
    assert village.probe.counted(PRIVATE) == before
    assert sessions(village, "inside") == 0
    assert states(report).get(f"{PRIVATE}:25", "unknown") == "unknown"
    assert any(PRIVATE in str(finding) for finding in report["findings"])


def test_an_mx_that_turns_to_a_private_address_is_not_contacted_there(village: Village, tmp_path: Path) -> None:
    before = village.probe.counted(PRIVATE)
    report = audit(village, tmp_path / "home", domain="rebind.com").json
    assert village.probe.counted(PRIVATE) == before
    assert sessions(village, "inside") == 0
    assert states(report).get(f"{PRIVATE}:25", "unknown") == "unknown"
    assert states(report).get(f"{PUBLIC}:25") == "open"
    assert sessions(village, "turned") > 0


def test_what_the_owner_lists_is_contacted(village: Village, tmp_path: Path) -> None:
    # The counter counts, and the server is there: what kept the others away was the gate.
    before = village.probe.counted(PRIVATE)
    report = audit(village, tmp_path / "home", domain="inside.com", inventory=LISTED).json
    assert village.probe.counted(PRIVATE) > before
    assert sessions(village, "inside") > 0
    assert states(report)[f"{PRIVATE}:25"] == "open"


# --- try by try -------------------------------------------------------------------------------------------------------

SECRET = bytes(range(32))
TODAY = datetime.now(UTC).date()
YESTERDAY, NEXT_YEAR = TODAY - timedelta(days=1), TODAY + timedelta(days=365)
MX, THIRD, GUESSED = "203.0.113.1", "5.45.107.25", "5.45.107.130"
BARE, WILD, PROVED, ENDED = "10.8.1.25", "10.8.2.25", "10.8.3.25", "10.8.4.25"


def txt(name: str, label: str = "_mxlatch", until: object = NEXT_YEAR, secret: bytes = SECRET) -> str:
    """The record that grants leave for a name."""
    return f'{label} TXT "v=mxlatch1; key={key_hash(secret, name)}; until={until}"'


MAIL = ("@ MX 10 mx", f"mx A {MX}")
OF_DOMAINS = {
    "good.com": (*MAIL, txt("good.com")),
    "bare.com": MAIL,
    "ended.com": (*MAIL, txt("ended.com", until=YESTERDAY)),
    "copied.com": (*MAIL, txt("good.com")),
    "strange.com": (*MAIL, txt("strange.com", secret=b"somebody else's")),
    "wild.com": (*MAIL, txt("wild.com", label="*")),
    "third.com": (*MAIL, txt("third.com"), "@ MX 20 mx2", f"mx2 A {THIRD}", f"mail A {GUESSED}"),
    "block.com": ("@ MX 10 mx", f"mx A {BARE}", txt("block.com")),
    "proved.com": ("@ MX 10 mx", f"mx A {PROVED}", txt("proved.com")),
}
OF_BLOCKS = {
    "1.8.10.in-addr.arpa": (),
    "2.8.10.in-addr.arpa": (txt("2.8.10.in-addr.arpa", label="*"),),
    "3.8.10.in-addr.arpa": (txt("3.8.10.in-addr.arpa"),),
}
TRYING = (
    INVENTORY
    + f'\n[[door]]\nname = "mx"\naddress = "{MX}"\n'
    + "".join(f'\n[[domain]]\nname = "{name}"\nrecipient = "info@{name}"\n' for name in OF_DOMAINS)
    + "".join(f'\n[[block]]\ncidr = "10.8.{n}.0/24"\n' for n in (1, 2, 3))
    + f'\n[[block]]\ncidr = "10.8.4.0/24"\nauthorised = "ticket 7"\nuntil = {YESTERDAY}\n'
)
REFERENCE = ("--authorised", "ticket 7")
SCAN = ("scan", "--how", "connect")


@dataclass(frozen=True)
class Try:
    """One try. at: where it would go; polite: a session without recipients may be held there all the same."""

    what: str
    command: tuple[str, ...]
    at: str
    why: str
    polite: bool = False


TRIES = (
    Try("a scan of a block that nobody listed", (*SCAN, "5.45.107.24/30", *REFERENCE), THIRD, "is not in a block"),
    Try("a scan of a block without proof", (*SCAN, "10.8.1.24/30"), BARE, "has no TXT that begins with v=mxlatch1"),
    Try("a scan by a wildcard", (*SCAN, "10.8.2.24/30"), WILD, "a wildcard answers for every name"),
    Try("a scan by SYN packets by a wildcard", ("scan", "10.8.2.24/30"), WILD, "a wildcard answers for every name"),
    Try(
        "a scan by a reference that ended",
        (*SCAN, "10.8.4.24/30"),
        ENDED,
        f"the leave for block 10.8.4.0/24 (ticket 7) ended on {YESTERDAY}",
    ),
    Try("a session with a third party", ("audit", "third.com", "--search"), GUESSED, "the inventory does not list it"),
    Try("recipients at a third party's", ("audit", "third.com"), THIRD, f"does not list {THIRD}", polite=True),
    Try("recipients without leave", ("audit", "bare.com"), MX, "_mxlatch.bare.com has no TXT", polite=True),
    Try("leave of yesterday", ("audit", "ended.com"), MX, f"ended on {YESTERDAY}", polite=True),
    Try("leave for another domain", ("audit", "copied.com"), MX, "to another operator's key", polite=True),
    Try("leave for another operator", ("audit", "strange.com"), MX, "to another operator's key", polite=True),
    Try("leave by a wildcard", ("audit", "wild.com"), MX, "a wildcard answers for every name", polite=True),
    Try("recipients in a block without proof", ("audit", "block.com"), BARE, "has no proof of control", polite=True),
    Try(
        "a canary to a third party's door",
        ("canary", "third.com", "--to", "info@third.com", "--mbox", "MBOX", "--wait", "0"),
        THIRD,
        f"not allowed: the inventory does not list {THIRD}",
        polite=True,
    ),
    Try("who asked to be left alone", ("audit", "good.com", "--opt-out", "OPT-OUT"), MX, "is on the opt-out list"),
)
ALLOWED = (
    Try("recipients by the record", ("audit", "good.com"), MX, ""),
    Try("recipients in a block that its reverse zone proves", ("audit", "proved.com"), PROVED, ""),
)


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Village]:
    """All the domains and blocks above, and mail servers that would gladly answer."""
    folder = tmp_path_factory.mktemp("tried")
    with Net(folder / "hosts") as net:
        com = tuple(f"{name}. NS ns1.example.com." for name in OF_DOMAINS)
        arpa = tuple(f"{name}. NS ns1.example.com." for name in OF_BLOCKS)
        village = Village(net, folder, {"example.com": (), **OF_DOMAINS, **OF_BLOCKS}, com, arpa)
        owner = net.host("owner", MX, BARE, WILD, PROVED, ENDED)
        village.servers[MX] = smtp.exim(owner, smtp.Exchanger("mx.good.com", "good.com"))
        for name, address in (("third", THIRD), ("guessed", GUESSED)):
            village.servers[address] = smtp.exim(net.host(name, address), smtp.Exchanger(f"{name}.org", "third.com"))
        for address in (MX, BARE, WILD, PROVED, ENDED, THIRD, GUESSED):
            village.probe.count(address)
        yield village


def run(village: Village, home: Path, command: tuple[str, ...]) -> Run:
    """Run mxlatch as the operator of that key."""
    (home / ".config" / "mxlatch").mkdir(parents=True)
    (home / ".config" / "mxlatch" / "key").write_text(SECRET.hex())
    files = {"OPT-OUT": home / "opt-out", "MBOX": home / "mbox"}
    files["OPT-OUT"].write_text(MX)
    (home / "inventory.toml").write_text(TRYING)
    lab = ("--root-hints", str(village.hints_file), "--rdap", village.rdap_url, "--resolver", village.resolver)
    lab += ("--ca", str(village.ca_file), "--rate", LAB_PACE, "--inventory", str(home / "inventory.toml"))
    return mxlatch(village.probe, home, *(str(files.get(word, word)) for word in command), *lab)


def _asked(village: Village, at: str) -> int:
    """How many recipients the server at this address was asked for."""
    return village.servers.get(at, village.servers[MX]).log().count("RCPT TO:<")


@pytest.mark.parametrize("one", TRIES, ids=lambda one: one.what)
def test_what_nobody_allowed(tried: Village, tmp_path: Path, one: Try) -> None:
    packets, asked = tried.probe.counted(one.at), _asked(tried, one.at)
    told = run(tried, tmp_path / "home", one.command)
    assert one.why in " ".join(f"{told.out} {told.err}".split())
    assert _asked(tried, one.at) == asked
    assert (tried.probe.counted(one.at) > packets) is one.polite


@pytest.mark.parametrize("one", ALLOWED, ids=lambda one: one.what)
def test_what_the_owner_allowed(tried: Village, tmp_path: Path, one: Try) -> None:
    packets, asked = tried.probe.counted(one.at), _asked(tried, one.at)
    run(tried, tmp_path / "home", one.command)
    assert tried.probe.counted(one.at) > packets
    assert _asked(tried, one.at) > asked


@pytest.mark.parametrize("how", ["connect", "syn"])
def test_a_scan_by_the_record_in_the_reverse_zone(tried: Village, tmp_path: Path, how: str) -> None:
    packets = tried.probe.counted(PROVED)
    told = run(tried, tmp_path / "home", ("scan", "--how", how, f"{PROVED}/32", "--json"))
    assert told.json["blocks"][0]["granted"] == (
        f"block 10.8.3.0/24: txt at _mxlatch.3.8.10.in-addr.arpa until {NEXT_YEAR}"
    )
    assert tried.probe.counted(PROVED) > packets
