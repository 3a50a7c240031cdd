import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mxlatch.cli import key
from mxlatch.cli.settings import NAMES
from mxlatch.inventory.leave import key_hash


def test_every_setting_is_shown(mxlatch, tmp_path: Path):
    said = mxlatch("config")
    assert said.code == 0
    assert {line.split()[0] for line in said.out.partition("\n\n")[0].splitlines()} == NAMES
    assert f"configuration: {tmp_path}/config/mxlatch/config.toml (not there)" in said.out


def test_as_json(mxlatch, monkeypatch):
    monkeypatch.setenv("MXLATCH_RESOLVER", "192.0.2.1 192.0.2.2")
    told = json.loads(mxlatch("config", "--json").out)
    shown = {setting["name"]: setting for setting in told["settings"]}
    assert shown["resolver"] == {
        "name": "resolver",
        "value": ["192.0.2.1", "192.0.2.2"],
        "origin": "environment, MXLATCH_RESOLVER",
    }
    assert shown["rate"]["value"] is None


def test_the_record_to_publish(mxlatch):
    first = mxlatch("config", "key", "Example.ORG", "example.net", "--until", "2026-12-31")
    secret = key.read(key.path())
    assert secret is not None
    assert first.code == 0
    assert first.out.splitlines() == [
        f'_mxlatch.{name}. IN TXT "v=mxlatch1; key={key_hash(secret, name)}; until=2026-12-31"'
        for name in ("example.org", "example.net")
    ]
    assert first.err == f"mxlatch: made a new key: {key.path()}\n"
    again = mxlatch("config", "key", "example.org", "example.net", "--until", "2026-12-31")
    assert (again.out, again.err) == (first.out, "")


@pytest.mark.parametrize(
    ("block", "zones", "said"),
    [
        ("198.51.100.0/24", ["100.51.198.in-addr.arpa"], ""),
        ("198.51.100.7", ["100.51.198.in-addr.arpa"], "stands in the reverse zone of 198.51.100.0/24"),
        ("2001:db8::/32", ["8.b.d.0.1.0.0.2.ip6.arpa"], ""),
        (
            "10.7.16.0/20",
            [f"{n}.7.10.in-addr.arpa" for n in range(16, 32)],
            "10.7.16.0/20 needs all 16 records; or, from whoever holds 10.7.0.0/16: mxlatch config key 10.7.0.0/16",
        ),
        (
            "10.7.128.0/17",
            ["7.10.in-addr.arpa"],
            "the record for 10.7.128.0/17 stands in the reverse zone of 10.7.0.0/16",
        ),
    ],
)
def test_the_record_for_a_block(mxlatch, block, zones, said):
    secret = key.make(key.path())
    told = mxlatch("config", "key", block, "--until", "2026-12-31")
    assert told.code == 0
    assert told.out.splitlines() == [
        f'_mxlatch.{zone}. IN TXT "v=mxlatch1; key={key_hash(secret, zone)}; until=2026-12-31"' for zone in zones
    ]
    assert said in told.err
    assert bool(told.err) is bool(said)


def test_leave_ends_by_itself(mxlatch):
    record = mxlatch("config", "key", "example.org").out
    until = datetime.strptime(record.rpartition("until=")[2].strip('"\n'), "%Y-%m-%d").replace(tzinfo=UTC)
    assert timedelta(days=88) < until - datetime.now(UTC) < timedelta(days=92)


def test_without_domain_only_the_key(mxlatch):
    assert mxlatch("config", "key").out == f"{key.path()}\n"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(("exämple.org",), 65), (("198.51.100.7/24",), 2), (("0.0.0.0/0",), 2), (("example.org", "--until", "soon"), 2)],
)
def test_what_is_no_record(mxlatch, arguments, code):
    assert mxlatch("config", "key", *arguments).code == code
