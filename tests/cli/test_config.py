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


def test_leave_ends_by_itself(mxlatch):
    record = mxlatch("config", "key", "example.org").out
    until = datetime.strptime(record.rpartition("until=")[2].strip('"\n'), "%Y-%m-%d").replace(tzinfo=UTC)
    assert timedelta(days=88) < until - datetime.now(UTC) < timedelta(days=92)


def test_without_domain_only_the_key(mxlatch):
    assert mxlatch("config", "key").out == f"{key.path()}\n"


@pytest.mark.parametrize(("arguments", "code"), [(("exämple.org",), 65), (("example.org", "--until", "soon"), 2)])
def test_what_is_no_record(mxlatch, arguments, code):
    assert mxlatch("config", "key", *arguments).code == code
