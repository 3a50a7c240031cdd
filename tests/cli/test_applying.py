"""What `apply` is given: keys and who may read them, places, zones, and one run at a time."""

import asyncio
import os
from pathlib import Path

import pytest

from mxlatch.cli import applying
from mxlatch.cli.applying import Ways
from mxlatch.cli.exits import CannotRead, WrongUsage
from mxlatch.plan import journal
from mxlatch.plan.provider import Key
from mxlatch.terms.errors import InputError
from tests.plan.providers.hand import mx, plan

SECRET = "c2VjcmV0IHNlY3JldCBzZWNyZXQ="
KEY = Key("owner", "hmac-sha256", SECRET)


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "owner.key"
    path.write_text(f'key "owner" {{ algorithm hmac-sha256; secret "{SECRET}"; }};')
    path.chmod(0o600)
    return path


def test_a_key_from_its_file(key_file):
    told = []
    assert applying.key(Ways(tsig_file=str(key_file)), told.append) == KEY
    assert told == []
    assert applying.key(Ways(), told.append) is None


@pytest.mark.parametrize(("mode", "warned"), [(0o600, False), (0o640, False), (0o644, True), (0o602, True)])
def test_a_key_that_everybody_can_read_is_told(key_file, mode, warned):
    key_file.chmod(mode)
    told = []
    applying.key(Ways(tsig_file=str(key_file)), told.append)
    assert [f"chmod 600 {key_file}" in line for line in told] == [True] * warned


def test_the_secret_in_a_file_of_its_own(tmp_path):
    (tmp_path / "secret").write_text(f"{SECRET[:10]}\n{SECRET[10:]}\n")
    told = []
    assert applying.key(Ways(tsig=f"owner:hmac-sha256:{tmp_path / 'secret'}"), told.append) == KEY


def test_a_secret_on_the_command_line_is_refused_and_not_repeated():
    with pytest.raises(WrongUsage, match="never here") as raised:
        applying.key(Ways(tsig=f"owner:hmac-sha256:{SECRET}"), print)
    assert SECRET not in str(raised.value)


def test_two_keys_are_one_too_many(key_file):
    with pytest.raises(WrongUsage, match="one of them"):
        applying.key(Ways(tsig="a:b:c", tsig_file=str(key_file)), print)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("192.0.2.1", ("192.0.2.1", 53)),
        ("192.0.2.1:5353", ("192.0.2.1", 5353)),
        ("2001:db8::1", ("2001:db8::1", 53)),
        ("[2001:db8::1]", ("2001:db8::1", 53)),
        ("[2001:db8::1]:5353", ("2001:db8::1", 5353)),
    ],
)
def test_a_server_is_an_address(text, place):
    assert applying.place("--server", text) == place


@pytest.mark.parametrize("text", ["ns1.example.com", "192.0.2.1:0", "192.0.2.1:99999", "192.0.2.1:x", ":53", ""])
def test_what_is_no_address_is_refused(text):
    with pytest.raises(WrongUsage, match=r"--server .*: write ADDRESS"):
        applying.place("--server", text)


TWO = ("example.com", "example.net")


@pytest.mark.parametrize(
    ("option", "words", "zones", "found"),
    [
        ("--server", ("192.0.2.1",), TWO, {"example.com": "192.0.2.1", "example.net": "192.0.2.1"}),
        (
            "--server",
            ("192.0.2.1", "Example.NET=192.0.2.2"),
            TWO,
            {"example.com": "192.0.2.1", "example.net": "192.0.2.2"},
        ),
        (
            "--server",
            ("example.net=192.0.2.2", "192.0.2.1"),
            TWO,
            {"example.com": "192.0.2.1", "example.net": "192.0.2.2"},
        ),
        ("--zone-file", ("db",), TWO[:1], {"example.com": "db"}),
        ("--zone-file", ("/a=b/db",), TWO[:1], {"example.com": "/a=b/db"}),
        ("--zone-file", ("example.net=db",), TWO, {"example.net": "db"}),
    ],
)
def test_what_is_given_for_a_zone(option, words, zones, found):
    assert applying._by_zone(option, words, zones) == found


def test_a_zone_that_the_plan_does_not_change_is_told():
    with pytest.raises(WrongUsage, match=r"changes nothing in example\.org, only in example\.com and example\.net"):
        applying._by_zone("--server", ("example.org=192.0.2.1",), TWO)
    with pytest.raises(WrongUsage, match="write ZONE=FILE for each"):
        applying._by_zone("--zone-file", ("db",), TWO)


def test_one_run_at_a_time(tmp_path):
    path = str(tmp_path / "plan.json")
    Path(path).write_text("{}")
    with (
        applying.alone(path),
        pytest.raises(WrongUsage, match="another mxlatch carries this plan out"),
        applying.alone(path),
    ):
        raise AssertionError("two at once")
    with applying.alone(path):
        pass
    with pytest.raises(CannotRead), applying.alone(str(tmp_path / "none")):
        pass
    with pytest.raises(WrongUsage), applying.alone("-"):
        pass


def test_the_journal_is_read_again(tmp_path):
    made, path = plan([mx()]), str(tmp_path / "j")
    assert applying.opened(path, made) == journal.begin(made)
    story = journal.begin(made).with_mark(journal.Mark(1, 5.0))
    applying.desk(path).keep(story)
    assert applying.opened(path, made) == story
    os.unlink(path)
    applying.desk("").keep(story)
    assert os.listdir(tmp_path) == []
    Path(path).write_text("gone")
    with pytest.raises(InputError, match="no journal"):
        applying.opened(path, made)
    assert asyncio.run(applying.desk(path).sleep(0)) is None
