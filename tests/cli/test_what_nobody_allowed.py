"""What nobody allowed, try by try: each is refused with its reason, and nothing is sent that the reason denies.

To add a try: say what it is, what is typed, which door must be left alone and what is told; then what stands in the
zones and at the block. The lab is `topologies/leave.toml`. tests/real/test_gate.py counts real packets.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mxlatch.cli import key
from mxlatch.inventory.leave import key_hash
from mxlatch.lab.doors import Doors
from mxlatch.lab.topology import MailHost, parse
from tests.cli.conftest import TOPOLOGIES, Lab, serving

ZONE = "100.51.198.in-addr.arpa"
TODAY = datetime.now(UTC).date()
YESTERDAY, NEXT_YEAR = TODAY - timedelta(days=1), TODAY + timedelta(days=365)

# The owner's records, rightly made; {…} is filled in with the operator's key for that name.
OF_DOMAIN = '_mxlatch TXT "v=mxlatch1; key={domain}; until=' + f'{NEXT_YEAR}"'
OF_BLOCK = '_mxlatch TXT "v=mxlatch1; key={block}; until=' + f'{NEXT_YEAR}"'
OVER = str(NEXT_YEAR), str(YESTERDAY)

AUDIT, SEARCH = ("audit", "example.com", "--json"), ("audit", "example.com", "--json", "--search")
CANARY = ("canary", "example.com", "--to", "anna@example.com", "--mbox", "MBOX", "--wait", "0")
SCAN = ("scan", "--how", "connect")
REFERENCE = ("--authorised", "ticket 7")
MX1, MX2, THIRD, INSIDE = "mx1.example.com", "mx2.example.com", "third.example.org", "inside.example.org"
PROVED = 'authorised = "ticket 7"'
# What a session asks beyond good manners.
ASKS = ("MAIL FROM", "RCPT TO", "DATA")


@dataclass(frozen=True)
class Try:
    """One try. at: the door to be left alone; sessions: how many polite ones it may see all the same."""

    what: str
    command: tuple[str, ...]
    at: str
    why: str
    sessions: int = 0
    domain: str = OF_DOMAIN
    reverse: str = ""
    block: str = ""
    ns2: str = ""
    opt_out: str = ""


TRIES = (
    # --- strangers ------------------------------------------------------------------------------------------------
    Try(
        "recipients at a third party's address behind an MX name inside the domain",
        AUDIT,
        THIRD,
        "the inventory does not list 5.45.107.25 (as a door's address or in a block)",
        sessions=1,
        domain=f"{OF_DOMAIN}\n@ MX 30 mx3\nmx3 A 5.45.107.25",
    ),
    Try(
        "a session with a third party to which a guessed name leads",
        SEARCH,
        THIRD,
        "found by a guess; the inventory does not list it",
        domain=f"{OF_DOMAIN}\nmail A 5.45.107.25",
    ),
    Try(
        "a session with a third party that the SPF record names",
        SEARCH,
        THIRD,
        "found by spf; the inventory does not list it",
        domain=f'{OF_DOMAIN}\n@ TXT "v=spf1 ip4:5.45.107.25 -all"',
    ),
    Try(
        "a canary to a third party's door",
        CANARY,
        THIRD,
        "not allowed: the inventory does not list 5.45.107.25",
        sessions=1,  # the audit's
        domain=f"{OF_DOMAIN}\n@ MX 30 mx3\nmx3 A 5.45.107.25",
    ),
    Try(
        "a session in the asker's own network, to which a name leads at one of its servers",
        AUDIT,
        INSIDE,
        "10.0.0.5 is not globally routable (private), and the inventory does not list it",
        domain=f"{OF_DOMAIN}\n@ MX 30 mx3\nmx3 A 5.45.107.25",
        ns2="mx3 A 10.0.0.5",
    ),
    Try(
        "recipients where the name of a listed door was turned to",
        AUDIT,
        THIRD,
        "the inventory does not list 5.45.107.25 (as a door's address or in a block)",
        sessions=1,
        domain=f"{OF_DOMAIN}\n@ MX 30 mx3\nmx3 A 192.0.2.26",
        ns2="mx3 A 5.45.107.25",
    ),
    # --- blocks ---------------------------------------------------------------------------------------------------
    Try(
        "a scan of a block that the inventory does not list",
        (*SCAN, "5.45.107.24/30", *REFERENCE),
        THIRD,
        "5.45.107.24/30 is not in a block of the inventory",
    ),
    Try(
        "a scan of a block without proof",
        (*SCAN, "198.51.100.24/30"),
        MX1,
        "because _mxlatch.100.51.198.in-addr.arpa has no TXT that begins with v=mxlatch1: publish the record that "
        '`mxlatch config key 198.51.100.0/24` prints, or give the block authorised = "…"',
    ),
    Try(
        "a scan of a block whose reference ended",
        (*SCAN, "198.51.100.24/30"),
        MX1,
        f"the leave for block 198.51.100.0/24 (ticket 7) ended on {YESTERDAY}",
        block=f"{PROVED}\nuntil = {YESTERDAY}",
    ),
    Try(
        "a scan by a record of yesterday",
        (*SCAN, "198.51.100.24/30"),
        MX1,
        f"the leave at _mxlatch.{ZONE} ended on {YESTERDAY}",
        reverse=OF_BLOCK.replace(*OVER),
    ),
    Try(
        "a scan by a wildcard",
        (*SCAN, "198.51.100.24/30"),
        MX1,
        f"a wildcard answers for every name under {ZONE}: its TXT proves nothing",
        reverse=OF_BLOCK.replace("_mxlatch", "*"),
    ),
    Try(
        "a scan by the leave for the domain, copied to the reverse zone",
        (*SCAN, "198.51.100.24/30"),
        MX1,
        f"_mxlatch.{ZONE} grants leave to another operator's key",
        reverse=OF_DOMAIN,
    ),
    Try(
        "recipients at a door that is listed only by a block without proof",
        AUDIT,
        MX1,
        "198.51.100.25 is listed only by its block: block 198.51.100.0/24 has no proof of control",
        sessions=1,
    ),
    Try(
        "recipients at a door of a block whose reference ended",
        AUDIT,
        MX1,
        f"the leave for block 198.51.100.0/24 (ticket 7) ended on {YESTERDAY}",
        sessions=1,
        block=f"{PROVED}\nuntil = {YESTERDAY}",
    ),
    Try(
        "a canary to a door of a block without proof",
        CANARY,
        MX1,
        "not allowed: 198.51.100.25 is listed only by its block: block 198.51.100.0/24 has no proof of control",
        sessions=1,
    ),
    # --- the leave for the domain ---------------------------------------------------------------------------------
    Try(
        "recipients without leave",
        AUDIT,
        MX2,
        "_mxlatch.example.com has no TXT that begins with v=mxlatch1",
        sessions=1,
        domain="",
    ),
    Try(
        "recipients by leave that ended yesterday",
        AUDIT,
        MX2,
        f"the leave at _mxlatch.example.com ended on {YESTERDAY}",
        sessions=1,
        domain=OF_DOMAIN.replace(*OVER),
    ),
    Try(
        "recipients by leave for another domain",
        AUDIT,
        MX2,
        "_mxlatch.example.com grants leave to another operator's key",
        sessions=1,
        domain=OF_DOMAIN.replace("{domain}", "{other_domain}"),
    ),
    Try(
        "recipients by leave for another operator",
        AUDIT,
        MX2,
        "_mxlatch.example.com grants leave to another operator's key",
        sessions=1,
        domain=OF_DOMAIN.replace("{domain}", "{other_operator}"),
    ),
    Try(
        "recipients by a wildcard",
        AUDIT,
        MX2,
        "a wildcard answers for every name under example.com: its TXT proves nothing",
        sessions=1,
        domain=OF_DOMAIN.replace("_mxlatch", "*"),
    ),
    Try(
        "recipients by leave that one of two name servers gives",
        AUDIT,
        MX2,
        "the name servers do not agree about _mxlatch.example.com TXT",
        sessions=1,
        ns2=OF_DOMAIN.replace(*OVER),
    ),
    Try(
        "a canary by leave that ended yesterday",
        CANARY,
        MX2,
        "not allowed: no leave to send a canary to example.com",
        sessions=1,
        domain=OF_DOMAIN.replace(*OVER),
    ),
    Try(
        "a canary to somebody at another domain",
        (*CANARY, *REFERENCE, "--to", "bert@example.org"),
        MX2,
        "the recipient must be at example.com",
    ),
    # --- who asked to be left alone -------------------------------------------------------------------------------
    Try(
        "a session with who is on the opt-out list, all leave given",
        (*AUDIT, *REFERENCE, "--opt-out", "OPT-OUT"),
        MX2,
        "192.0.2.26 is on the opt-out list (192.0.2.26/32)",
        opt_out="192.0.2.26",
    ),
    Try(
        "a session with any host of a domain on the opt-out list, all leave given",
        (*AUDIT, *REFERENCE, "--opt-out", "OPT-OUT"),
        MX2,
        "mx2.example.com is on the opt-out list (example.com)",
        opt_out="example.com",
    ),
    Try(
        "a scan of a block on the opt-out list, all leave given",
        (*SCAN, "198.51.100.24/30", *REFERENCE, "--opt-out", "OPT-OUT"),
        MX1,
        "198.51.100.0/24 is on the opt-out list",
        block=PROVED,
        opt_out="198.51.100.0/24",
    ),
    Try(
        "a canary to a door on the opt-out list, all leave given",
        (*CANARY, *REFERENCE, "--opt-out", "OPT-OUT"),
        MX2,
        "192.0.2.26 is on the opt-out list (192.0.2.26/32)",
        opt_out="192.0.2.26",
    ),
)


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """By door of the lab, how many connections it took."""
    taken: Counter[str] = Counter()
    real = Doors._receive

    async def counting(self: Doors, host: MailHost, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        taken[host.name] += 1
        await real(self, host, reader, writer)

    monkeypatch.setattr(Doors, "_receive", counting)
    return taken


@contextlib.contextmanager
def lab_of(tried: Try, folder: Path) -> Iterator[tuple[Lab, list[str]]]:
    """The lab as the try wants it, and its command line."""
    path = TOPOLOGIES / "leave.toml"
    secret = key.make(key.path())
    keys = {
        "domain": key_hash(secret, "example.com"),
        "other_domain": key_hash(secret, "example.org"),
        "other_operator": key_hash(b"somebody else's secret", "example.com"),
        "block": key_hash(secret, ZONE),
    }
    filled = {"DOMAIN": tried.domain, "REVERSE": tried.reverse, "BLOCK": tried.block, "NS2": tried.ns2}
    text = path.read_text()
    for word, lines in filled.items():
        text = text.replace(f"\n{word}", "\n" + lines.format(**keys))
    files = {"OPT-OUT": folder / "opt-out", "MBOX": folder / "mbox"}
    files["OPT-OUT"].write_text(tried.opt_out)
    typed = [str(files.get(word, word)) for word in tried.command]
    with serving(parse(text, str(path)), folder / "lab") as lab:
        yield lab, [*typed, *lab.options]


def asked(lab: Lab, door: str) -> list[str]:
    """What a door was told beyond a polite session."""
    return [line for host, _, line in lab.running.post.transcript if host == door and line.upper().startswith(ASKS)]


@pytest.mark.parametrize("tried", TRIES, ids=lambda tried: tried.what)
def test_what_nobody_allowed(
    tried: Try, mxlatch: Callable[..., Any], connections: Counter[str], tmp_path: Path
) -> None:
    with lab_of(tried, tmp_path) as (lab, typed):
        said = mxlatch(*typed)
        assert tried.why in " ".join(f"{said.out} {said.err}".replace("\\u2026", "…").split())
        assert connections[tried.at] == tried.sessions
        assert asked(lab, tried.at) == []


# The same lab with leave: what kept the others away was the leave, and the counters count.
ALLOWED = (
    Try("recipients at a door of the inventory, by the record", AUDIT, MX2, "", 1),
    Try("recipients at a door of a block, by its reference", AUDIT, MX1, "", 1, block=PROVED),
    Try("recipients at a door of a block, by its reverse zone", AUDIT, MX1, "", 1, reverse=OF_BLOCK),
    Try("a canary to a door of a block, by its reverse zone", CANARY, MX1, "", 2, reverse=OF_BLOCK),
)


@pytest.mark.parametrize("tried", ALLOWED, ids=lambda tried: tried.what)
def test_what_the_owner_allowed(
    tried: Try, mxlatch: Callable[..., Any], connections: Counter[str], tmp_path: Path
) -> None:
    with lab_of(tried, tmp_path) as (lab, typed):
        said = mxlatch(*typed)
        assert connections[tried.at] == tried.sessions, said.err
        assert asked(lab, tried.at)


def test_a_scan_by_the_reverse_zone(mxlatch: Callable[..., Any], connections: Counter[str], tmp_path: Path) -> None:
    with lab_of(Try("", (*SCAN, "198.51.100.25/32", "--json"), MX1, "", reverse=OF_BLOCK), tmp_path) as (_, typed):
        said = mxlatch(*typed)
        assert f'"block 198.51.100.0/24: txt at _mxlatch.{ZONE} until {NEXT_YEAR}"' in said.out, said.err
        assert connections[MX1] > 0


def test_a_replay_concludes_the_same_of_a_block(mxlatch: Callable[..., Any], tmp_path: Path) -> None:
    saved = str(tmp_path / "bundle")
    with lab_of(Try("", (*AUDIT, "--save", saved), MX1, "", reverse=OF_BLOCK), tmp_path) as (_, typed):
        said = mxlatch(*typed)
    again = mxlatch("replay", saved, "--json")
    assert again.out == said.out
    told = f"txt until {NEXT_YEAR}; block 198.51.100.0/24: txt at _mxlatch.{ZONE} until {NEXT_YEAR}"
    assert f'"leave": "{told}"' in again.out
    assert f"by leave of {told}" in " ".join(mxlatch("replay", saved).out.split())
