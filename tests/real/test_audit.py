"""What the audit says of the world, against values written by hand from realnet/world.py; and with each server down.

Nothing here is computed from the world's own tables: a mistake there shall not excuse one in mxlatch.
"""

import json
import re
from typing import Any

import pytest
from realnet.runs import Seen

NO_ANSWER = "no answer to 3 tries by UDP and 1 by TCP"
MUTE = "no answer to 1 try by UDP, as to all that it was asked before"
NEW, OLD = 2026010105, 2025120101

# Name server, who names it, and of each of its addresses how it answers for the zone and with what serial.
PARENT = {"parent 192.0.2.2", "parent 2001:db8:1::2"}
ZONES = {
    "zone at 198.51.100.1",
    "zone at 198.51.100.2",
    "zone at 198.51.100.3",
    "zone at 198.51.100.5",
    "zone at 2001:db8:2::1",
    "zone at 2001:db8:2::2",
    "zone at 2001:db8:2::3",
    "zone at 2001:db8:2::5",
}
THE_TWO = {"zone at 198.51.100.3", "zone at 198.51.100.5", "zone at 2001:db8:2::3", "zone at 2001:db8:2::5"}
DELEGATED = PARENT | ZONES | {"registry"}
SERVERS = {
    "ns1.example.com": (DELEGATED, {"198.51.100.1": ("answer", NEW), "2001:db8:2::1": ("answer", NEW)}),
    "ns2.example.com": (DELEGATED, {"198.51.100.2": ("answer", OLD), "2001:db8:2::2": ("answer", OLD)}),
    "ns3.example.com": (DELEGATED, {"198.51.100.3": ("answer", NEW), "2001:db8:2::3": ("answer", NEW)}),
    "ns4.example.com": (DELEGATED, {"198.51.100.4": ("no-response", None), "2001:db8:2::4": ("no-response", None)}),
    "ns5.example.com": (THE_TWO, {"198.51.100.5": ("answer", NEW), "2001:db8:2::5": ("answer", NEW)}),
    "ns6.example.com": ({"registry"}, {"198.51.100.6": ("refused", None), "2001:db8:2::6": ("refused", None)}),
}

# What each server address says of example.com's MX.
AGREED = ("10 mx1.example.com", "20 mx2.example.com")
MX = {
    "198.51.100.1": ("answer", AGREED),
    "198.51.100.2": ("answer", (*AGREED, "30 mx0.example.com")),
    "198.51.100.3": ("answer", AGREED),
    "198.51.100.4": ("no-response", ()),
    "198.51.100.5": ("answer", (*AGREED, "30 mx3.example.com")),
    "198.51.100.6": ("refused", ()),
    "2001:db8:2::1": ("answer", AGREED),
    "2001:db8:2::2": ("answer", (*AGREED, "30 mx0.example.com")),
    "2001:db8:2::3": ("answer", AGREED),
    "2001:db8:2::4": ("no-response", ()),
    "2001:db8:2::5": ("answer", (*AGREED, "30 mx3.example.com")),
    "2001:db8:2::6": ("refused", ()),
}

# Door: state, software, verdict, latches; and the MX that leads to it, with the servers that say so.
ALL_EIGHT = {
    "198.51.100.1:53/udp",
    "198.51.100.2:53/udp",
    "198.51.100.3:53/udp",
    "198.51.100.5:53/udp",
    "[2001:db8:2::1]:53/udp",
    "[2001:db8:2::2]:53/udp",
    "[2001:db8:2::3]:53/udp",
    "[2001:db8:2::5]:53/udp",
}
ONLY_NS2 = {"198.51.100.2:53/udp", "[2001:db8:2::2]:53/udp"}
ONLY_NS5 = {"198.51.100.5:53/udp", "[2001:db8:2::5]:53/udp"}
FULL = {"recipient": "found", "relay": "found", "tls": "found"}
NO_CHECK = {"recipient": "absent", "relay": "found", "tls": "found"}
NO_TLS = {"recipient": "found", "relay": "found", "tls": "absent"}
DOORS = {
    "203.0.113.1:25": ("open", "Postfix", "closed", FULL, ("10 mx1.example.com", ALL_EIGHT)),
    "[2001:db8:3::1]:25": ("open", "Postfix", "closed", FULL, ("10 mx1.example.com", ALL_EIGHT)),
    "203.0.113.2:25": ("open", "Exim", "open", NO_CHECK, ("20 mx2.example.com", ALL_EIGHT)),
    "[2001:db8:3::2]:25": ("open", "Exim", "open", NO_CHECK, ("20 mx2.example.com", ALL_EIGHT)),
    "203.0.113.3:25": ("open", "OpenSMTPD", "open", NO_TLS, ("30 mx3.example.com", ONLY_NS5)),
    "[2001:db8:3::3]:25": ("open", "OpenSMTPD", "open", NO_TLS, ("30 mx3.example.com", ONLY_NS5)),
    "203.0.113.4:25": ("closed", "", "closed", {}, ("30 mx0.example.com", ONLY_NS2)),
    "[2001:db8:3::4]:25": ("closed", "", "closed", {}, ("30 mx0.example.com", ONLY_NS2)),
}

# What a stranger can do: door, latches that are missing there, and how surely.
WAYS_ROUND = {
    "203.0.113.2:25": (["recipient"], "likely"),
    "[2001:db8:3::2]:25": (["recipient"], "likely"),
    "203.0.113.3:25": (["tls"], "likely"),
    "[2001:db8:3::3]:25": (["tls"], "likely"),
}

MX0, MX1, MX2, MX3 = (
    {"203.0.113.4:25", "[2001:db8:3::4]:25"},
    {"203.0.113.1:25", "[2001:db8:3::1]:25"},
    {"203.0.113.2:25", "[2001:db8:3::2]:25"},
    {"203.0.113.3:25", "[2001:db8:3::3]:25"},
)
NS1, NS2, NS3, NS5, NS6 = (
    {"198.51.100.1", "2001:db8:2::1"},
    {"198.51.100.2", "2001:db8:2::2"},
    {"198.51.100.3", "2001:db8:2::3"},
    {"198.51.100.5", "2001:db8:2::5"},
    {"198.51.100.6", "2001:db8:2::6"},
)


def each(rule: str, subjects: set[str]) -> set[tuple[str, str]]:
    """A finding of one rule for each subject."""
    return {(rule, subject) for subject in subjects}


SPLIT, PROPAGATION = ("NS001", "example.com"), ("NS002", "example.com")
UNLIKE, EHLO = ("NS005", "example.com"), ("EHLO001", "example.com")
FINDINGS = {
    SPLIT,
    PROPAGATION,
    UNLIKE,
    EHLO,
    *each("LATCH001", MX2 | MX3),
    *each("TLS001", MX3),
    *each("DOOR001", MX0),
    *each("NS003", NS6),
    *each("NS004", NS2),
}
NOT_JUDGED = {
    ("ns4.example.com 198.51.100.4", NO_ANSWER),
    ("ns4.example.com 2001:db8:2::4", NO_ANSWER),
}


# All of it up


@pytest.fixture(scope="session")
def found(audits: dict[str, Seen]) -> Any:
    """The audit with leave, and with every server up that shall be."""
    return audits["all"].run.json


def test_every_name_server_is_found_with_who_named_it(found: Any) -> None:
    zone = found["dns"]["zones"][0]
    assert {
        server["name"]: (
            set(server["named_by"]),
            {a["address"]: (a["status"], a["serial"]) for a in server["addresses"]},
        )
        for server in zone["servers"]
    } == SERVERS
    assert zone["registry"] == [f"ns{n}.example.com" for n in (1, 2, 3, 4, 6)]


def test_every_mx_is_found_with_who_said_it(found: Any) -> None:
    apex = next(name for name in found["dns"]["names"] if name["name"] == "example.com")
    assert {a["server"]: (a["status"], tuple(a["mx"])) for a in apex["answers"]} == MX


# Host names are the same at each server and by public resolution.
BY_ALL = {server.removeprefix("zone at ") for server in ZONES} | {"public resolution"}
EXCHANGES = {
    "mx0.example.com": {"203.0.113.4": BY_ALL, "2001:db8:3::4": BY_ALL},
    "mx1.example.com": {"203.0.113.1": BY_ALL, "2001:db8:3::1": BY_ALL},
    "mx2.example.com": {"203.0.113.2": BY_ALL, "2001:db8:3::2": BY_ALL},
    "mx3.example.com": {"203.0.113.3": BY_ALL, "2001:db8:3::3": BY_ALL},
}


def test_every_exchanger_has_its_addresses_from_everybody(found: Any) -> None:
    assert {
        exchange["name"]: {address["address"]: set(address["seen_by"]) for address in exchange["addresses"]}
        for exchange in found["dns"]["exchanges"]
    } == EXCHANGES


def test_every_door_is_found_and_judged(found: Any) -> None:
    assert {door["id"]: described(door) for door in found["doors"]} == DOORS


def described(door: Any) -> tuple[Any, ...]:
    """A door as `DOORS` has it."""
    (way,) = door["ways_in"]
    said_by = {evidence["source"] for evidence in way["evidence"]}
    latches = {latch: state["state"] for latch, state in door["latches"].items()}
    says = (f"{way['preference']} {way['exchange']}", said_by)
    return door["state"], door["software"], door["verdict"], latches, says


def test_every_way_round_is_a_path(found: Any) -> None:
    round_it = [path for path in found["paths"] if path["certainty"] != "closed"]
    assert {path["doors"][-1]: (path["missing"], path["certainty"]) for path in round_it} == WAYS_ROUND


def test_the_missing_latch_has_its_transcript(found: Any) -> None:
    secondary = next(door for door in found["doors"] if door["id"] == "203.0.113.2:25")
    primary = next(door for door in found["doors"] if door["id"] == "203.0.113.1:25")
    took = [evidence["text"] for evidence in secondary["latches"]["recipient"]["evidence"]]
    refused = [evidence["text"] for evidence in primary["latches"]["recipient"]["evidence"]]
    assert re.fullmatch(r"RCPT TO:<mxlatch-[0-9a-f]+@example\.com> -> 250 Accepted", took[-1])
    assert refused[0] == "RCPT TO:<info@example.com> -> 250 2.1.5 Ok"
    assert re.match(r"RCPT TO:<mxlatch-[0-9a-f]+@example\.com> -> 550 5\.1\.1 <", refused[1])


def test_the_findings_are_these(found: Any) -> None:
    assert {(finding["id"], finding["subject"]) for finding in found["findings"]} == FINDINGS
    worst = {finding["id"] for finding in found["findings"] if finding["severity"] in ("critical", "high")}
    assert worst == {"NS001", "LATCH001"}


def test_what_could_not_be_judged_is_said(found: Any) -> None:
    assert {(entry["subject"], entry["reason"]) for entry in found["not_judged"]} == NOT_JUDGED
    assert found["complete"] is False


def test_the_verdict_counts_the_doors(audits: dict[str, Seen], found: Any) -> None:
    assert found["verdict"] == "open"
    assert found["sentence"].startswith("4 of 8 doors ")
    assert audits["all"].run.code == 1


def test_the_same_world_gives_the_same_audit(audits: dict[str, Seen], found: Any) -> None:
    assert apart_from(set(), audits["again"].run.json) == apart_from(set(), found)


# An exchanger that only a name server told of which does not answer today


def test_the_search_finds_it_by_the_name_of_its_neighbours(audits: dict[str, Seen]) -> None:
    doors = {door["id"]: door for door in audits["searched"].run.json["doors"] if door["id"] in MX3}
    assert doors.keys() == MX3
    for door in doors.values():
        assert [(way["kind"], way["exchange"]) for way in door["ways_in"]] == [("host-name", "mx3.example.com")]
        assert door["verdict"] == "open"
    assert not MX3 & {door["id"] for door in audits["ns5"].run.json["doors"]}


# Without leave


def test_without_leave_no_recipient_is_tried(audits: dict[str, Seen]) -> None:
    logs = audits["no leave"].logs
    assert "STARTTLS" in logs["mx3"] or "EHLO" in logs["mx3"]  # somebody was there
    assert not re.search(r"rcpt=[1-9/]|RCPT|\bmail=", logs["mx1"])
    assert "RCPT" not in logs["mx2"]
    assert "RCPT" not in logs["mx3"]
    assert "MAIL FROM" not in logs["mx3"]


def test_with_leave_the_same_logs_show_recipients(audits: dict[str, Seen]) -> None:
    logs = audits["all"].logs
    assert re.search(r"RCPT from \S+: 550", logs["mx1"])
    assert "RCPT TO:<info@example.com>" in logs["mx2"]
    assert "<<< RCPT TO:<info@example.com>" in logs["mx3"]


def test_without_leave_recipients_are_not_asked_rather_than_unknown(audits: dict[str, Seen]) -> None:
    report = audits["no leave"].run.json
    for door in report["doors"]:
        if door["state"] == "open":
            assert door["latches"]["recipient"]["state"] == "not-asked", door["id"]
    assert report["not_asked"]
    assert {(entry["subject"], entry["reason"]) for entry in report["not_judged"]} == NOT_JUDGED


# Each server down in turn

# server: addresses and doors whose facts are gone with it, names that nobody tells of any more; findings that go,
# come, or are worded anew since they quote it; what is not judged besides.
SILENT = "no-response"
DOWN: dict[str, dict[str, Any]] = {
    "ns1": {
        "addresses": NS1,
        "reworded": {SPLIT, PROPAGATION, *each("NS004", NS2)},
        "not_judged": {(f"ns1.example.com {a}", NO_ANSWER) for a in NS1},
    },
    "ns2": {
        "addresses": NS2,
        "doors": MX0,
        "servers": {"mx0.example.com"},
        "gone": {PROPAGATION, *each("DOOR001", MX0), *each("NS004", NS2)},
        "not_judged": {(f"ns2.example.com {a}", NO_ANSWER) for a in NS2},
    },
    "ns3": {  # nobody else names ns5, and nobody but ns5 names mx3
        "addresses": NS3 | NS5,
        "servers": {"ns5.example.com", "mx3.example.com"},
        "doors": MX3,
        "gone": {SPLIT, *each("LATCH001", MX3), *each("TLS001", MX3)},
        "reworded": {PROPAGATION, UNLIKE, EHLO, *each("NS004", NS2)},
        "not_judged": {(f"ns3.example.com {a}", NO_ANSWER) for a in NS3},
    },
    "ns5": {
        "addresses": NS5,
        "servers": {"mx3.example.com"},
        "doors": MX3,
        "gone": {SPLIT, *each("LATCH001", MX3), *each("TLS001", MX3)},
        "reworded": {PROPAGATION, UNLIKE, EHLO, *each("NS004", NS2)},
        "not_judged": {(f"ns5.example.com {a}", NO_ANSWER) for a in NS5},
    },
    "ns6": {
        "addresses": NS6,
        "gone": each("NS003", NS6),
        "not_judged": {(f"ns6.example.com {a}", NO_ANSWER) for a in NS6},
    },
    "rdap": {  # nobody else names ns6
        "addresses": NS6,
        "servers": {"ns6.example.com"},
        "sources": {"registry"},
        "gone": each("NS003", NS6),
        "reworded": {UNLIKE},
        "not_judged": {("registry", "connection refused")},
    },
    "mx1": {
        "doors": MX1,
        "come": each("DOOR001", MX1),
        "reworded": {EHLO, *each("TLS001", MX3)},
    },
    "mx2": {
        "doors": MX2,
        "gone": each("LATCH001", MX2),
        "come": each("DOOR001", MX2),
        "reworded": {EHLO, *each("TLS001", MX3)},
    },
    "mx3": {
        "doors": MX3,
        "gone": {*each("LATCH001", MX3), *each("TLS001", MX3)},
        "come": each("DOOR001", MX3),
        "reworded": {EHLO},
    },
}
down = pytest.mark.parametrize("server", DOWN)


@down
def test_with_a_server_down_all_else_is_as_before(audits: dict[str, Seen], found: Any, server: str) -> None:
    case = DOWN[server]
    own = case.get("addresses", set()) | case.get("doors", set())
    own |= case.get("servers", set()) | case.get("sources", set())
    assert apart_from(own, audits[server].run.json) == apart_from(own, found)


@down
def test_with_a_server_down_its_own_facts_are_unknown(audits: dict[str, Seen], server: str) -> None:
    case, report = DOWN[server], audits[server].run.json
    for zone in report["dns"]["zones"]:
        for one in (address for named in zone["servers"] for address in named["addresses"]):
            if one["address"] in case.get("addresses", set()):
                assert (one["status"], one["serial"]) == (SILENT, None)
    for name in report["dns"]["names"]:
        for answer in name["answers"]:
            if answer["server"] in case.get("addresses", set()):
                assert (answer["status"], answer["mx"]) == (SILENT, [])
    for door in report["doors"]:
        if door["id"] in case.get("doors", set()):
            assert (door["state"], door["software"], door["latches"]) == ("closed", "", {})


@down
def test_with_a_server_down_only_its_own_findings_change(audits: dict[str, Seen], found: Any, server: str) -> None:
    case, report = DOWN[server], audits[server].run.json
    before, after = messages(found), messages(report)
    assert before.keys() - after.keys() == case.get("gone", set())
    assert after.keys() - before.keys() == case.get("come", set())
    both = before.keys() & after.keys()
    assert {key for key in both if before[key] != after[key]} == case.get("reworded", set())


@down
def test_with_a_server_down_it_is_said_what_could_not_be_judged(audits: dict[str, Seen], server: str) -> None:
    entries = {(entry["subject"], entry["reason"]) for entry in audits[server].run.json["not_judged"]}
    assert entries == NOT_JUDGED | DOWN[server].get("not_judged", set())


@pytest.mark.parametrize("server", ["com", "root"])
def test_without_a_delegation_nothing_is_claimed(audits: dict[str, Seen], server: str) -> None:
    report = audits[server].run.json
    assert (report["verdict"], report["complete"], audits[server].run.code) == ("unknown", False, 3)
    assert report["doors"] == []
    assert "example.com" in {entry["subject"] for entry in report["not_judged"]}


def test_without_the_public_resolver_every_server_and_door_is_still_found(audits: dict[str, Seen], found: Any) -> None:
    report = audits["resolver"].run.json
    own = {"public resolution", "resolver"}
    assert apart_from(own, report) == apart_from(own, found)
    servers = {f"ns{n}.example.com" for n in (1, 2, 3, 4, 6)}
    exchangers = {f"mx{n}.example.com" for n in range(4)}
    assert {(entry["subject"], entry["reason"]) for entry in report["not_judged"]} == {
        *NOT_JUDGED,
        *((name, NO_ANSWER) for name in servers),
        # In later rounds a resolver that said nothing in the first is asked once.
        ("ns5.example.com", MUTE),
        *((name, f"public resolution: {MUTE}") for name in exchangers),
    }


def messages(report: Any) -> dict[tuple[str, str], str]:
    """What the findings say, by rule and subject."""
    return {(f["id"], f["subject"]): f"{f['severity']}: {f['message']}" for f in report["findings"]}


# What differs from run to run although nothing changed: labels of random recipients, Exim's clock.
VARIES = (
    (r"mxlatch-[0-9a-f]{8,}@", "mxlatch-RANDOM@"),
    (r"Exim 4\.\S+ .*", "Exim"),
    (r"as \d+ servers? says?", "as said"),
)
# Compared by hand above, since they speak of several servers at once.
SPOKEN = ("findings", "not_judged", "sentence")


def apart_from(own: set[str], report: Any) -> Any:
    """The report without times, without properties, and without anything that those servers and doors said or were."""
    rest = {key: value for key, value in report.items() if key not in (*SPOKEN, "time", "properties")}
    return json.loads(json.dumps(_pruned(rest, own)))


def _pruned(value: Any, own: set[str]) -> Any:
    if isinstance(value, dict):
        left_out = {"time", *(("registry", "registry_reason") if "registry" in own else ())}
        if value.get("kind") == "way-in":
            left_out.add("evidence")  # one server of those that say so, as a sample: with it down, it is another
        if value.get("kind") == "sender":
            left_out.add("text")
        left_out |= {"sender", "behaviours"}  # who comes by a record hangs on the doors before it
        return {key: _pruned(item, own) for key, item in value.items() if key not in left_out}
    if isinstance(value, list):
        return [_pruned(item, own) for item in value if not _is_own(item, own)]
    if isinstance(value, str):
        for pattern, plain in VARIES:
            value = re.sub(pattern, plain, value)
    return value


def _is_own(item: Any, own: set[str]) -> bool:
    """True for an entry that is, or comes from, one of those."""
    if isinstance(item, str):
        return item in own or item.removeprefix("zone at ") in own
    if not isinstance(item, dict):
        return False
    names = {item.get(key) for key in ("id", "address", "server", "name")}
    return bool(names & own) or _host(item.get("source", "")) in own or bool(own & set(item.get("doors", ())))


def _host(source: str) -> str:
    """The address of an evidence's source: "198.51.100.1:53/udp", "[2001:db8:2::1]:53/udp"."""
    return source.rpartition(":")[0].strip("[]")
