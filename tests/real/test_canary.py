"""Canaries through real Postfix: a filter in the MX, and the mailbox server behind it that takes mail from anybody."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from realnet import smtp
from realnet.auditor import INVENTORY, LAB_PACE, LEAVE, Run, finish, start
from realnet.network import Net
from realnet.village import Village
from realnet.world import ADDRESSES, DOMAIN, RECIPIENT

ZONE = (
    "@ MX 10 mx1",
    "@ MX 20 mx2",
    *(f"{name} {'AAAA' if ':' in a else 'A'} {a}" for name in ("mx1", "mx2") for a in ADDRESSES[name]),
)
FILTER, MAILBOX = {"203.0.113.1:25", "[2001:db8:3::1]:25"}, {"203.0.113.2:25", "[2001:db8:3::2]:25"}
DOORS = "".join(
    f'\n[[door]]\nname = "{name}.{DOMAIN}"\naddresses = {json.dumps(ADDRESSES[name])}\nrole = "{role}"\n'
    for name, role in (("mx1", "filter"), ("mx2", "mailbox"))
)
KNOWN = (RECIPIENT.partition("@")[0],)


class Sent:
    """A run of `mxlatch canary`, its result, and what lies in the mailbox afterwards."""

    def __init__(self, run: Run, result: Path, maildir: Path) -> None:
        self.run = run
        self.canaries: list[dict[str, Any]] = json.loads(result.read_text())["canaries"] if result.exists() else []
        self.mailbox = [file.read_text() for file in (maildir / "new").iterdir()]

    def of(self, kind: str) -> dict[str, dict[str, Any]]:
        return {canary["door"]: canary for canary in self.canaries if canary["kind"] == kind}


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sent]:
    folder = tmp_path_factory.mktemp("canary")
    with Net(folder / "hosts") as net:
        village = Village(net, folder, {DOMAIN: ZONE})
        on, next_hop = village.hosts, ADDRESSES["mx2"][0]
        inside = smtp.Exchanger(f"mx2.{DOMAIN}", DOMAIN, KNOWN, village.certificate(f"mx2.{DOMAIN}"), delivers=True)
        front = smtp.Exchanger(
            f"mx1.{DOMAIN}", DOMAIN, KNOWN, village.certificate(f"mx1.{DOMAIN}"), filters_for=next_hop
        )
        smtp.postfix(on["mx2"], inside)
        smtp.postfix(on["mx1"], front)
        yield canaries(village, folder, smtp.maildir(on["mx2"], KNOWN[0]))


def canaries(village: Village, folder: Path, maildir: Path) -> Sent:
    inventory, result = folder / "inventory.toml", folder / "canary.json"
    inventory.write_text(INVENTORY + DOORS)
    lab = ("--root-hints", str(village.hints_file), "--rdap", village.rdap_url, "--resolver", village.resolver)
    lab += ("--ca", str(village.ca_file), "--rate", LAB_PACE, "--inventory", str(inventory))
    where = ("--to", RECIPIENT, "--maildir", str(maildir), "--gtube", "--wait", "60", "-o", str(result))
    run = finish(start(village.probe, folder / "home", "canary", DOMAIN, *lab, *LEAVE, *where))
    return Sent(run, result, maildir)


def test_the_way_round_is_proven(sent: Sent) -> None:
    assert sent.run.code == 1, sent.run.err
    assert sent.run.out.startswith("Proven: mail that enters at 203.0.113.2:25, [2001:db8:3::2]:25 reaches")


def test_each_canary_was_found_and_shows_the_hosts_that_it_passed(sent: Sent) -> None:
    plain = sent.of("plain")
    assert {door: canary["sent"] for door, canary in plain.items()} == dict.fromkeys(FILTER | MAILBOX, "sent")
    assert all(canary["arrived"] for canary in plain.values())
    for door in FILTER:
        assert [hop["by"] for hop in plain[door]["chain"]] == ["mx1.example.com", "mx2.example.com"]
        assert {mark["kind"] for mark in plain[door]["marks"]} == {"host", "header"}
    for door in MAILBOX:
        assert [(hop["by"], hop["protocol"]) for hop in plain[door]["chain"]] == [("mx2.example.com", "ESMTPS")]
        assert plain[door]["marks"] == []
    addresses = {plain[door]["chain"][0]["address"] for door in plain}
    assert addresses == {*ADDRESSES["probe"]}


def test_the_filter_refuses_its_test_string_and_the_mailbox_server_takes_it(sent: Sent) -> None:
    gtube = sent.of("gtube")
    assert {door: (c["sent"], c["stage"], c["arrived"]) for door, c in gtube.items()} == {
        **dict.fromkeys(FILTER, ("refused", "message", None)),
        **dict.fromkeys(MAILBOX, ("sent", "message", True)),
    }
    assert all("This is spam" in gtube[door]["reply"] for door in FILTER)


def test_nothing_was_doubled(sent: Sent) -> None:
    tokens = [canary["token"] for canary in sent.canaries if canary["arrived"]]
    assert len(sent.mailbox) == len(tokens) == 6
    for token in tokens:
        assert sum(f"X-Mxlatch-Canary: {token}" in message for message in sent.mailbox) == 1
