"""Nobody's own network is probed: an MX at 10.0.0.5, or one that turns to it, is not contacted (DESIGN section 6).

The probe counts every packet that it sends to 10.0.0.5, where a mail server would gladly answer.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from realnet import fickle, smtp
from realnet.auditor import INVENTORY, audit
from realnet.network import Net, wait_until
from realnet.village import Village

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
