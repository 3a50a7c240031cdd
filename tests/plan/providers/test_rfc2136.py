"""Updates against servers in memory: carried out, refused, lost on the way, and told apart."""

import asyncio
from collections.abc import Sequence

import dns.message
import dns.name
import dns.rdataclass
import dns.update
import pytest
from msgspec import structs

from mxlatch.plan.change import Records
from mxlatch.plan.provider import Done, Key, Means, NotDone, Outcome, Unsure
from mxlatch.plan.providers import rfc2136, rrsets
from mxlatch.plan.providers.rrsets import RRset
from tests.fakes.primary import KEY, PRIMARY, SECONDARY, Primary, held
from tests.plan.providers.hand import LOCK, MX, ZONE, mx, records

TEXT = """
example.com 300 MX 10 mx1.example.com.
example.com 300 MX 20 mx2.example.com.
example.com 300 NS ns1.example.com.
example.com 300 NS ns3.example.com.
mx2.example.com 300 A 203.0.113.2
"""


def means(primary: Primary, key: Key | None = KEY) -> Means:
    return Means(
        exchange=primary.exchange,
        ask=primary.ask,
        primaries={ZONE: (PRIMARY, 53)},
        servers={ZONE: (PRIMARY, SECONDARY)},
        key=key,
    )


def carry_out(primary: Primary, changes: Sequence[Records], key: Key | None = KEY) -> Outcome:
    return asyncio.run(_both(primary, changes, key))


async def _both(primary: Primary, changes: Sequence[Records], key: Key | None) -> Outcome:
    saved = await rfc2136.look(changes, means(primary, key))
    if isinstance(saved, NotDone):
        return saved
    return await rfc2136.carry_out(changes, saved, means(primary, key))


CHANGES = {
    "an exchanger less": [mx()],
    "an exchanger and its address": [
        mx((*MX, "30 mx9.example.com.")),
        records("mx9.example.com", "A", (), ("203.0.113.9", "203.0.113.10")),
    ],
    "a TTL": [mx(MX, ttl=60)],
    "none at all": [mx(())],
    "an alias for an address": [
        records("mx2.example.com", "A", ("203.0.113.2",), ()),
        records("mx2.example.com", "CNAME", (), ("mx1.example.com.",)),
    ],
    "every name server another": [
        records(ZONE, "NS", ("ns1.example.com.", "ns3.example.com."), ("ns5.example.com.", "ns6.example.com."))
    ],
}


@pytest.mark.parametrize("name", CHANGES)
def test_it_is_carried_out_and_brought_back(name: str) -> None:
    primary, changes = Primary(TEXT), CHANGES[name]
    saved = asyncio.run(rfc2136.look(changes, means(primary)))
    assert isinstance(saved, str)
    assert isinstance(asyncio.run(rfc2136.carry_out(changes, saved, means(primary))), Done)
    for change in changes:
        wanted = (change.ttl, set(change.after)) if change.after else None
        assert primary.here.get((change.name, change.rrtype)) == wanted
    assert isinstance(asyncio.run(rfc2136.holds(changes, means(primary))), Done)
    assert isinstance(asyncio.run(rfc2136.undo(changes, saved, means(primary))), Done)
    assert primary.here == held(TEXT)
    assert len(primary.taken) == 2


def test_what_differs_from_the_plan_is_left_alone() -> None:
    primary = Primary(TEXT.replace("20 mx2", "25 mx2"))
    outcome = carry_out(primary, [mx()])
    assert isinstance(outcome, NotDone)
    assert "changed since the plan was made" in outcome.reason
    assert primary.taken == []


def test_what_changes_between_the_look_and_the_update_is_left_alone() -> None:
    primary = Primary(TEXT)
    saved = asyncio.run(rfc2136.look([mx()], means(primary)))
    assert isinstance(saved, str)
    primary.here["example.com", "MX"][1].add("5 new.example.com.")
    outcome = asyncio.run(rfc2136.carry_out([mx()], saved, means(primary)))
    assert isinstance(outcome, NotDone)
    assert "nothing of it was done" in outcome.reason
    assert len(primary.here["example.com", "MX"][1]) == 3


def test_a_second_try_of_what_got_through_is_done() -> None:
    primary = Primary(TEXT)
    saved = asyncio.run(rfc2136.look([mx()], means(primary)))
    assert isinstance(saved, str)
    for _ in range(2):
        assert isinstance(asyncio.run(rfc2136.carry_out([mx()], saved, means(primary))), Done)


TROUBLES = {
    "no way": (NotDone, "nothing was sent"),
    "cut": (NotDone, "serves what it did before"),
    "lost": (Done, "but the server serves it"),
    "dead": (Unsure, "whether it was done is not known"),
    "REFUSED": (NotDone, "REFUSED"),
    "NOTAUTH": (NotDone, "not authoritative"),
    "NOTZONE": (NotDone, "NOTZONE"),
    "SERVFAIL": (NotDone, "SERVFAIL"),
    "FORMERR": (NotDone, "FORMERR"),
    "NOTIMP": (NotDone, "takes no updates"),
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_troubles_are_told_apart(trouble: str) -> None:
    kind, told = TROUBLES[trouble]
    primary = Primary(TEXT)
    primary.trouble = trouble
    outcome = carry_out(primary, [mx()])
    assert isinstance(outcome, kind)
    assert told in (outcome.told if isinstance(outcome, Done) else outcome.reason)
    if not isinstance(outcome, Done):
        assert outcome.remedy
    assert (primary.here == held(TEXT)) == (kind is NotDone)


@pytest.mark.parametrize(
    ("key", "told"),
    [
        (Key("owner", "hmac-sha256", "b3RoZXIgc2VjcmV0"), "BADSIG"),
        (Key("nobody", "hmac-sha256", "c2VjcmV0IHNlY3JldCBzZWNyZXQ="), "BADKEY"),
    ],
)
def test_a_wrong_key_is_told_and_its_secret_is_not(key: Key, told: str) -> None:
    primary = Primary(TEXT)
    primary.asked_with = key
    outcome = carry_out(primary, [mx()], key)
    assert isinstance(outcome, NotDone)
    assert told in outcome.reason
    assert key.name in outcome.reason
    assert key.secret not in outcome.reason + outcome.remedy
    assert primary.here == held(TEXT)


def test_a_wrong_clock_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    primary = Primary(TEXT)
    real = rfc2136.message

    def late(*arguments: object) -> dns.update.UpdateMessage:
        update = real(*arguments)  # type: ignore[arg-type]
        wire = update.to_wire
        monkeypatch.setattr("time.time", lambda: 1_000_000_000.0)
        update.to_wire = lambda *a, **k: (wire(*a, **k), monkeypatch.undo())[0]  # type: ignore[method-assign]
        return update

    monkeypatch.setattr(rfc2136, "message", late)
    outcome = carry_out(primary, [mx()])
    assert isinstance(outcome, NotDone)
    assert "BADTIME" in outcome.reason


def test_without_a_key_the_remedy_names_the_option() -> None:
    outcome = carry_out(Primary(TEXT), [mx()], None)
    assert isinstance(outcome, NotDone)
    assert "--tsig-file" in outcome.remedy


@pytest.mark.parametrize("garbage", [b"", b"\0" * 11, b"\0" * 12, b"\xff" * 40])
def test_an_answer_that_is_none_is_looked_up(garbage: bytes) -> None:
    primary = Primary(TEXT)

    async def exchange(address: str, port: int, wire: bytes) -> bytes:
        await primary.exchange(address, port, wire)
        return garbage

    async def both() -> Outcome:
        with_garbage = structs.replace(means(primary), exchange=exchange)
        saved = await rfc2136.look([mx()], with_garbage)
        assert isinstance(saved, str)
        return await rfc2136.carry_out([mx()], saved, with_garbage)

    outcome = asyncio.run(both())
    assert isinstance(outcome, Done)
    assert "not to be believed" in outcome.told


def test_a_server_that_says_yes_and_does_nothing_is_seen() -> None:
    primary = Primary(TEXT)
    primary._update = lambda rrsets: None  # type: ignore[method-assign]
    outcome = carry_out(primary, [mx()])
    assert isinstance(outcome, Unsure)
    assert "20 mx2.example.com." in outcome.reason


def test_the_serial_is_the_servers_own() -> None:
    outcome = carry_out(Primary(TEXT), [records(ZONE, "SOA", ("a. b. 1 1 1 1 1",), ("a. b. 2 1 1 1 1",))])
    assert isinstance(outcome, NotDone)


def test_an_rrset_twice_in_one_step_is_refused() -> None:
    primary = Primary(TEXT)
    outcome = carry_out(primary, [mx(MX, ttl=60), mx()])
    assert isinstance(outcome, NotDone)
    assert primary.taken == []


def test_a_mute_primary_is_told_before_anything_is_sent() -> None:
    primary = Primary(TEXT)
    primary.mute = True
    outcome = carry_out(primary, [mx()])
    assert isinstance(outcome, NotDone)
    assert primary.taken == []


def test_only_records_whose_zone_has_a_primary_and_no_file_are_taken() -> None:
    own = means(Primary(TEXT))
    assert rfc2136.group(mx(), own) == "example.com at 192.0.2.1"
    assert rfc2136.group(LOCK, own) is None
    assert rfc2136.group(mx(), structs.replace(own, zone_files={ZONE: "db"})) is None
    assert rfc2136.group(mx(), structs.replace(own, primaries={})) is None
    other = structs.replace(own, primaries={ZONE: ("2001:db8::1", 5300)})
    assert rfc2136.group(mx(), other) == "example.com at [2001:db8::1]:5300"


def test_the_message_says_what_it_needs_and_what_it_does() -> None:
    new = records("mx9.example.com", "A", (), ("203.0.113.9",))
    changes = [mx(), new]
    update = rfc2136.message(ZONE, [rrsets.before(c) for c in changes], [rrsets.after(c) for c in changes], None)
    read = dns.message.from_wire(update.to_wire())
    assert isinstance(read, dns.update.UpdateMessage)
    assert [each.to_text() for each in read.zone] == ["example.com. IN SOA"]
    assert sorted(each.to_text() for each in read.prerequisite) == [
        "example.com. 0 IN MX 10 mx1.example.com.",
        "example.com. 0 IN MX 20 mx2.example.com.",
        "mx9.example.com. NONE A",
    ]
    assert [each.to_text() for each in read.update] == [
        "example.com. ANY MX",
        "mx9.example.com. ANY A",
        "example.com. 300 IN MX 10 mx1.example.com.",
        "mx9.example.com. 300 IN A 203.0.113.9",
    ]


def test_a_zone_is_never_without_name_servers() -> None:
    old = RRset(ZONE, "NS", 300, ("ns1.example.com.", "ns3.example.com."))
    new = RRset(ZONE, "NS", 300, ("ns3.example.com.", "ns5.example.com."))
    update = rfc2136.message(ZONE, [old], [new], None)
    assert [each.to_text() for each in update.update] == [
        "example.com. 300 IN NS ns3.example.com.",
        "example.com. 300 IN NS ns5.example.com.",
        "example.com. 0 NONE NS ns1.example.com.",
    ]
