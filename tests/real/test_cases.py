"""A rogue exchanger among real servers: found, its owner asked for, written to, shut by a firewall, and then closed.

mx1 is Postfix and listed; old is OpenSMTPD at an address that the inventory knows as part of a block only.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from realnet import smtp
from realnet.auditor import INVENTORY, LEAVE, Run, audit, mxlatch
from realnet.network import Net
from realnet.village import Village
from realnet.world import ADDRESSES, DOMAIN, RECIPIENT

OLD = "203.0.113.9"
KNOWN = (RECIPIENT.partition("@")[0],)
ZONE = ("@ MX 10 mx1", "@ MX 20 old", f"mx1 A {ADDRESSES['mx1'][0]}", f"old A {OLD}")
LISTED = INVENTORY + f'\n[[door]]\nname = "mx1.{DOMAIN}"\naddress = "{ADDRESSES["mx1"][0]}"\n'
RETIRED = LISTED + f'\n[[door]]\nname = "old.{DOMAIN}"\naddress = "{OLD}"\nauthorised = false\n'


@pytest.fixture(scope="module")
def village(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Village]:
    folder = tmp_path_factory.mktemp("cases")
    with Net(folder / "hosts") as net:
        village = Village(net, folder, {DOMAIN: ZONE})
        name = f"mx1.{DOMAIN}"
        smtp.postfix(village.hosts["mx1"], smtp.Exchanger(name, DOMAIN, KNOWN, village.certificate(name)))
        village.hosts["old"] = net.host("old", OLD)
        smtp.opensmtpd(village.hosts["old"], smtp.Exchanger(f"old.{DOMAIN}", DOMAIN))
        yield village


def looked(village: Village, home: Path, inventory: str = LISTED) -> str:
    """The file of an audit."""
    run = audit(village, home, *LEAVE, inventory=inventory)
    path = home / "audit.json"
    path.write_text(run.out)
    return str(path)


def cases(village: Village, home: Path, *arguments: str) -> Run:
    return mxlatch(village.probe, home, "cases", *arguments)


def shown(village: Village, home: Path) -> Any:
    return json.loads(cases(village, home, "show", "1", "--json").out)["case"]


def test_from_the_audit_to_the_firewall(village: Village, tmp_path: Path) -> None:
    opened = cases(village, tmp_path, "open", looked(village, tmp_path))
    assert opened.out == f"case 1 opened: {OLD}:25, rogue: takes the valid recipient (found)\n", opened.err
    lab = ("--rdap", village.rdap_url, "--resolver", village.resolver)
    owner = cases(village, tmp_path, "owner", "1", "--inventory", str(tmp_path / "inventory.toml"), *lab)
    assert owner.code == 0, owner.err
    assert f"zone {DOMAIN}: its SOA names hostmaster@{DOMAIN}" in owner.out
    assert f"domain {DOMAIN}: registered as {DOMAIN}, no holder named" in owner.out
    letter = cases(village, tmp_path, "letter", "1").out
    assert letter.startswith(f"To: hostmaster@{DOMAIN}, postmaster@{DOMAIN}")
    assert f"RCPT TO:<{RECIPIENT}> -> 250" in letter
    assert cases(village, tmp_path, "step", "1", "contacted", "--note", "the letter").code == 0
    refused = cases(village, tmp_path, "step", "1", "closed")
    assert (refused.code, "still answers" in refused.err) == (2, True)
    with village.hosts["old"].walled("tcp dport 25 reject with tcp reset"):
        assert cases(village, tmp_path, "check", looked(village, tmp_path)).code == 0
    assert shown(village, tmp_path)["answering"] == "shut"
    assert cases(village, tmp_path, "step", "1", "closed").code == 0
    # The firewall is gone again: the same door is found again, and its case is opened again.
    assert "(found)" in cases(village, tmp_path, "open", looked(village, tmp_path)).out


def test_a_retired_door_that_still_answers(village: Village, tmp_path: Path) -> None:
    opened = cases(village, tmp_path, "open", looked(village, tmp_path, RETIRED))
    assert opened.out == f"case 1 opened: {OLD}:25, retired: still answers (found)\n"
