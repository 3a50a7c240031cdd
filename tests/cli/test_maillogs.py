"""`plan --mail-log`: which server a log is of, packed or not, and what the plan then says."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from mxlatch.cli import maillogs
from mxlatch.cli.exits import CannotRead, WrongUsage
from mxlatch.cli.maillogs import check, read
from mxlatch.report.plan_json import as_json
from mxlatch.terms.errors import InputError
from tests.report.plans import CLOSED

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
HUB = ("hub.example.com",)


def lines(*clients: str, days: int = 9, end: datetime = NOW) -> bytes:
    """Every day of the log each of these clients delivers once."""
    head = "%b %d %H:%M:%S hub postfix/smtpd[7]: 4A5B6C7D8E: client="
    moments = (end - timedelta(days=day) for day in range(days))
    return "".join(f"{when.strftime(head)}out[{each}]\n" for when in moments for each in clients).encode()


@pytest.fixture
def written(tmp_path: Path):
    def write(octets: bytes, name: str = "mail.log") -> str:
        (tmp_path / name).write_bytes(octets)
        return str(tmp_path / name)

    return write


def counted(logs, host: str = "hub.example.com") -> dict[str, int]:
    return {address: came.messages for address, came in logs[host].by_address.items()}


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_a_log_is_of_the_one_server_that_is_locked(written, pack):
    assert counted(read([written(pack(lines("203.0.113.5")))], HUB, NOW.timestamp())) == {"203.0.113.5": 9}


def test_several_files_of_a_server_are_one_log(written):
    words = [written(lines("203.0.113.5"), "a"), written(lines("203.0.113.5", "203.0.113.6"), "b")]
    assert counted(read(words, HUB, NOW.timestamp())) == {"203.0.113.5": 18, "203.0.113.6": 9}


def test_of_several_servers_each_has_its_own(written):
    words = [
        f"{host}={written(lines(address), address)}" for host, address in (("A.x", "192.0.2.1"), ("b.x", "192.0.2.2"))
    ]
    logs = read(words, ("a.x", "b.x"), NOW.timestamp())
    assert (counted(logs, "a.x"), counted(logs, "b.x")) == ({"192.0.2.1": 9}, {"192.0.2.2": 9})


def test_of_several_servers_one_has_to_be_named(written):
    with pytest.raises(WrongUsage, match=r"Write HOST=.*a\.x and b\.x"):
        read([written(lines("192.0.2.1"))], ("a.x", "b.x"), 0)


def test_a_name_with_an_equals_sign_is_a_file(written):
    path = written(lines("203.0.113.5"), "a=b")
    check([path])
    assert counted(read([path], HUB, NOW.timestamp())) == {"203.0.113.5": 9}


@pytest.mark.parametrize(("hosts", "told"), [((), "locks no server"), (HUB, "locks only hub.example.com")])
def test_a_log_of_a_server_that_is_not_locked_is_not_read(written, capsys, hosts, told):
    assert read([f"other.example.com={written(lines('203.0.113.5'))}"], hosts, NOW.timestamp()) == {}
    assert told in capsys.readouterr().err


@pytest.mark.parametrize("word", ["gone.log", "hub.example.com=gone.log"])
def test_what_is_not_there_is_told_before_anything_is_asked(word):
    with pytest.raises(CannotRead, match="no such file"):
        check([word])


@pytest.mark.parametrize(
    ("octets", "told"),
    [
        (b"", "is empty"),
        (b"\x00\xff" * 999, "no line of Postfix, Exim or Exchange"),
        (gzip.compress(lines("203.0.113.5"))[:-20], "broken gzip"),
        (gzip.compress(lines("203.0.113.5")) + b"\x1f\x8bx", "broken gzip"),
        (b"\x1f\x8b" + b"x" * 99, "broken gzip"),
    ],
)
def test_what_is_no_log_is_refused(written, octets, told):
    with pytest.raises(InputError, match=told):
        read([written(octets)], HUB, NOW.timestamp())


def test_lines_that_are_not_understood_are_counted_and_said(written, capsys):
    logs = read([written(lines("203.0.113.5") + b"what is this\n" * 3)], HUB, NOW.timestamp())
    assert "3 of 12 lines are of other programs, or not understood" in capsys.readouterr().err
    assert (logs["hub.example.com"].lines, logs["hub.example.com"].unknown) == (12, 3)


def test_a_line_without_end_is_one_line_and_costs_no_memory(written):
    path = written(lines("203.0.113.5", days=1).rstrip(b"\n") + b"x" * 3_000_000 + b"\n" + lines("203.0.113.6", days=1))
    assert counted(read([path], HUB, NOW.timestamp())) == {"203.0.113.5": 1, "203.0.113.6": 1}


def test_a_bomb_ends_at_the_bound(written, monkeypatch):
    monkeypatch.setattr(maillogs, "LARGEST_LOG", 1_000_000)
    with pytest.raises(InputError, match="give the last week of it"):
        read([written(gzip.compress(lines("203.0.113.5") + b"x" * 50_000_000))], HUB, NOW.timestamp())


def test_standard_input_is_a_log(monkeypatch):
    with CliRunner().isolation(input=lines("203.0.113.5")):
        assert counted(read(["-"], HUB, NOW.timestamp())) == {"203.0.113.5": 9}


@pytest.mark.parametrize(
    ("clients", "days", "hazard", "said"),
    [
        (
            ("192.0.2.10", "203.0.113.9"),
            9,
            True,
            "of 8 days of its log: 1 other delivered directly: 203.0.113.9 (9 mess",
        ),
        (("192.0.2.10",), 9, False, "of 8 days of its log: nobody else delivered directly"),
        (("192.0.2.10",), 3, True, "of 2 days of its log: nobody else delivered directly, but a week"),
        (("203.0.113.9",), 9, True, "1 other delivered directly"),
    ],
)
def test_the_plan_says_who_is_cut_off(lab, mxlatch, tmp_path, written, clients, days, hazard, said):
    seen = tmp_path / "seen.bundle"
    mxlatch("plan", *lab.options, "--authorised", "the owner", "--save", str(seen), lab.domain)
    plain = json.loads(mxlatch("plan", str(seen), "--json").out)
    (filter_,) = next(each for step in plain["steps"] for each in step["changes"] if each["type"] == "lock")["allow"]
    path = written(lines(*(c.replace("192.0.2.10", filter_) for c in clients), days=days, end=datetime.now(UTC)))
    told = mxlatch("plan", str(seen), "--mail-log", path, "--json")
    made = json.loads(told.out)
    (log,) = {each["log"] for step in made["steps"] for each in step["changes"] if each["type"] == "lock"}
    assert said in log
    assert [each["name"] for each in made["hazards"]] == (["cut-off:mail.example.com"] if hazard else [])
    assert all(log in each["text"] for each in made["hazards"])
    assert [step["title"] for step in made["steps"]] == [step["title"] for step in plain["steps"]]
    for form in ("text", "markdown", "html"):
        assert said[:40] in " ".join(mxlatch("plan", str(seen), "--mail-log", path, "--format", form).out.split())


def test_a_plan_that_was_made_takes_no_log(mxlatch, written, tmp_path):
    (tmp_path / "plan.json").write_text(as_json([CLOSED]))
    said = mxlatch("plan", str(tmp_path / "plan.json"), "--mail-log", written(lines("203.0.113.5")))
    assert (said.code, "is a plan already" in said.err) == (2, True)
