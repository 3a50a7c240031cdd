"""Carrying out, going on, going back: told by hand on servers in memory, and killed at every point."""

import asyncio
import itertools
from collections.abc import Callable, Sequence

import pytest
from msgspec import structs

from mxlatch.plan import journal
from mxlatch.plan.apply import Desk, Report, Run, too_old, why_not
from mxlatch.plan.change import Change, Lock
from mxlatch.plan.journal import Journal, begin
from mxlatch.plan.provider import Done, Elsewhere, Means, NotDone, Outcome
from mxlatch.plan.providers import CARRIERS
from mxlatch.plan.result import Hazard, Plan, Step
from tests.fakes.primary import Primary, held
from tests.plan.providers.hand import LOCK, MX, mx, plan, records
from tests.plan.providers.test_rfc2136 import TEXT, means

HOST = records("mx9.example.com", "A", (), ("203.0.113.9",))
NEW_MX = mx(("10 mx9.example.com.",))
MADE = 1_795_846_800.0  # 2026-11-28T06:00:00Z


class Killed(BaseException):
    """The process is gone."""


class Office:
    """A desk with a clock of its own. killed_at: the how-manieth act of keeping is the last of this process."""

    def __init__(self, primary: Primary, made: Plan) -> None:
        self.primary, self.made = primary, made
        self.now = MADE
        self.kept: list[str] = []
        self.killed_at = -1
        self.waked: Callable[[], None] = lambda: None

    def run(self) -> Run:
        story = journal.from_text(self.kept[-1], "j") if self.kept else begin(self.made)
        return Run(self.made, story, CARRIERS, self.means(), Desk(self.keep, lambda: self.now, self.sleep))

    def means(self) -> Means:
        return means(self.primary)

    def keep(self, story: Journal) -> None:
        self.killed_at -= 1
        if self.killed_at == -1:
            raise Killed
        self.kept.append(journal.to_text(story))

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.waked()

    def forward(self) -> Report:
        return asyncio.run(self.run().forward())

    def back(self, *, at_once: bool = True) -> Report:
        return asyncio.run(self.run().back(at_once=at_once))

    def say_done(self, number: int) -> str:
        return self.run().say_done(number)

    def say_undone(self, number: int) -> str:
        return self.run().say_undone(number)


def office(*steps: Sequence[object] | Step, text: str = TEXT) -> Office:
    return Office(Primary(text), plan(*steps))  # type: ignore[arg-type]


def test_a_plan_is_carried_out_and_brought_back() -> None:
    own = office([HOST], [NEW_MX])
    report = own.forward()
    assert report.finished
    assert [line.partition(" becomes")[0] for line in report.done] == [
        "step 1: mx9.example.com A",
        "step 2: example.com MX",
    ]
    assert own.primary.here["example.com", "MX"] == (300, {"10 mx9.example.com."})
    back = own.back()
    assert back.finished
    assert [line[:6] for line in back.done] == ["step 2", "step 1"]
    assert own.primary.here == held(TEXT)


def test_the_old_state_is_kept_before_anything_is_sent() -> None:
    own = office([mx()])
    own.killed_at = 1
    with pytest.raises(Killed):
        own.forward()
    assert own.primary.taken == []
    (act,) = journal.from_text(own.kept[-1], "j").acts
    assert act.state == "ready"
    assert all(each in act.saved for each in MX)


@pytest.mark.parametrize("killed_at", range(12))
def test_killed_anywhere_it_goes_on_and_back(killed_at: int) -> None:
    own = office([HOST], [NEW_MX])
    own.killed_at = killed_at
    try:
        own.forward()
    except Killed:
        own.killed_at = -1
    assert own.forward().finished
    assert own.primary.here["example.com", "MX"] == (300, {"10 mx9.example.com."})
    own.killed_at = killed_at
    try:
        own.back()
    except Killed:
        own.killed_at = -1
    assert own.back().finished
    assert own.primary.here == held(TEXT)


@pytest.mark.parametrize("trouble", ["no way", "cut", "lost", "dead", "REFUSED", "SERVFAIL"])
def test_after_any_trouble_the_same_again_does_the_rest(trouble: str) -> None:
    own = office([HOST], [NEW_MX])
    own.primary.trouble = trouble
    first = own.forward()
    assert first.finished == (trouble == "lost")
    own.primary.trouble, own.primary.mute = "", False
    assert own.forward().finished
    assert own.back().finished
    assert own.primary.here == held(TEXT)


def test_a_fault_says_what_is_done_and_what_is_left() -> None:
    own = office([HOST], [mx(before=("5 other.example.com.",))], [records("x.example.com", "A", (), ("192.0.2.1",))])
    report = own.forward()
    assert len(report.done) == 1
    assert report.faults[0].what == "step 2: example.com at 192.0.2.1"
    assert report.left == ("step 2: change 2", "step 3: change 3")
    assert not report.finished


def test_nothing_of_a_step_is_done_if_a_part_of_it_differs() -> None:
    own = office([HOST, mx(before=("5 other.example.com.",))])
    report = own.forward()
    assert report.faults[0].kind == "not-done"
    assert own.primary.taken == []


def test_a_step_waits_for_every_server() -> None:
    own = office([HOST], [NEW_MX])
    own.primary.lag = True
    report = own.forward()
    assert report.faults[0].kind == "not-yet"
    assert "192.0.2.2 still serves mx9.example.com A nothing" in report.faults[0].reason
    assert own.now > MADE  # it waited a while before it gave up
    assert ("mx9.example.com", "A") in own.primary.here
    assert len(own.primary.taken) == 1
    own.primary.lag = False
    own.primary.follow()
    assert own.forward().finished


def test_a_secondary_that_follows_in_a_moment_is_waited_for() -> None:
    own = office([HOST], [NEW_MX])
    own.primary.lag = True
    own.waked = own.primary.follow
    assert own.forward().finished


def test_a_wait_counts_from_when_the_last_server_served_it() -> None:
    own = office(Step("TTL", (mx(MX, ttl=60),), wait=300, why="caches"), [mx(ttl=60)])
    own.primary.lag = True
    assert own.forward().faults
    own.now += 10_000
    own.primary.lag = False
    own.primary.follow()
    report = own.forward()
    assert (report.until, report.waits) == (own.now + 300, "caches")
    own.now += 299
    assert not own.forward().finished
    own.now += 1
    assert own.forward().finished


def test_a_step_before_that_was_undone_by_others_holds_the_next_one_up() -> None:
    own = office(Step("host", (HOST,), wait=300), [NEW_MX])
    assert own.forward().until
    del own.primary.here["mx9.example.com", "A"]
    own.primary.follow()
    own.now += 300
    report = own.forward()
    assert report.faults[0].kind == "not-yet"
    assert own.primary.here["example.com", "MX"][1] == set(MX)


def test_what_is_to_be_done_by_hand_is_told_and_waited_for() -> None:
    own = office([HOST], [LOCK], [NEW_MX])
    report = own.forward()
    assert [number for number, _ in report.by_hand] == [2]
    assert own.primary.here["example.com", "MX"][1] == set(MX)
    assert own.say_done(1) == "nothing of that step is to be done by hand, or it was said before"
    assert own.say_done(9) == "the plan has steps 1 to 3"
    assert own.say_done(2) == ""
    assert own.forward().finished
    back = own.back()
    assert ([number for number, _ in back.by_hand], back.finished) == ([2], False)
    assert "mx9.example.com" in back.left[0], "what was before the step by hand stays until that is undone"
    assert own.say_undone(1) == "nothing of that step was said to be done by hand"
    assert own.say_undone(2) == ""
    assert own.back().finished
    assert own.primary.here == held(TEXT)
    assert [number for number, _ in own.forward().by_hand] == [2]  # undone by hand is to be done again


def test_no_record_leads_back_to_a_server_that_somebody_has_not_let_in_again() -> None:
    own = office([NEW_MX], [LOCK])
    own.forward()
    assert own.say_done(2) == ""
    back = own.back()
    assert ([number for number, _ in back.by_hand], len(back.left)) == ([2], 1)
    assert own.primary.here["example.com", "MX"][1] != set(MX)
    assert own.say_undone(2) == ""
    assert own.back().finished
    assert own.primary.here == held(TEXT)


def test_a_step_cannot_be_said_to_be_done_before_its_turn() -> None:
    own = office([HOST], [LOCK])
    assert own.say_done(2) == "step 1 comes first"


def test_a_word_that_comes_before_the_wait_is_over_is_too_early() -> None:
    own = office(Step("TTL", (mx(),), wait=300, why="caches"), [LOCK])
    own.forward()
    assert [own.run().too_early(number) for number in (0, 1, 3)] == ["", "", ""]
    own.now += 100
    assert own.run().too_early(2) == "the wait after step 1 is not over: 3 min 20 s left (caches)"
    own.now += 200
    assert own.run().too_early(2) == ""


def test_a_word_is_too_early_while_a_server_does_not_follow() -> None:
    own = office([mx()], [LOCK])
    own.primary.lag = True
    assert own.forward().faults
    assert own.run().too_early(2) == "step 1 (change 1) was not seen in force everywhere yet"
    assert own.say_done(2) == ""


def test_a_plan_by_hand_alone() -> None:
    own = office([LOCK], Step("watch", (), wait=100, why="see who still comes"), [LOCK])
    assert [number for number, _ in own.forward().by_hand] == [1]
    assert own.say_done(1) == ""
    report = own.forward()
    assert (report.until, report.waits) == (MADE + 100, "see who still comes")
    own.now += 100
    assert [number for number, _ in own.forward().by_hand] == [3]
    assert own.say_done(3) == ""
    assert own.forward().finished


def test_what_others_changed_after_us_is_left_and_so_is_what_it_rests_on() -> None:
    own = office([HOST], [NEW_MX])
    assert own.forward().finished
    own.primary.here["example.com", "MX"][1].add("20 mx9.example.com.")
    report = own.back()
    assert "changed meanwhile" in report.faults[0].reason
    assert len(report.left) == 2
    assert ("mx9.example.com", "A") in own.primary.here


def test_back_waits_for_caches_where_it_would_cost_mail() -> None:
    own = office([HOST], [NEW_MX])
    assert own.forward().finished
    report = own.back(at_once=False)
    assert report.until == own.now + 300
    assert own.primary.here["example.com", "MX"][1] == set(MX)
    assert ("mx9.example.com", "A") in own.primary.here
    own.now += 300
    assert own.back(at_once=False).finished
    assert own.primary.here == held(TEXT)


def test_back_does_not_wait_where_senders_know_another_exchanger() -> None:
    own = office([HOST], [mx((*MX, "10 mx9.example.com."))])
    assert own.forward().finished
    assert own.back(at_once=False).finished


def test_back_at_once_does_not_wait() -> None:
    own = office([HOST], [NEW_MX])
    assert own.forward().finished
    assert own.back(at_once=True).finished


def test_it_is_back_when_every_server_has_it_back() -> None:
    own = office([mx()])
    assert own.forward().finished
    own.primary.lag = True
    report = own.back()
    assert (told(report), report.finished, report.left) == ([("not-yet", "bac")], False, ())
    assert "192.0.2.2 still serves example.com MX 10 mx1.example.com." in report.faults[0].reason
    assert not own.back().finished
    own.primary.follow()
    assert own.back().finished
    assert own.primary.here == held(TEXT)


def test_what_a_record_leads_to_stays_until_no_server_has_the_record() -> None:
    own = office([HOST], [NEW_MX])
    assert own.forward().finished
    own.primary.lag = True
    report = own.back(at_once=False)
    assert (told(report), len(report.left)) == ([("not-yet", "bac")], 1)
    assert ("mx9.example.com", "A") in own.primary.here
    own.now += 10_000
    own.primary.follow()
    assert own.back(at_once=False).until == own.now + 300, "caches count from when the last server had it back"
    own.now += 300
    assert not own.back(at_once=False).finished, "the address stands in the secondary still"
    own.primary.follow()
    assert own.back(at_once=False).finished


def test_back_at_once_waits_for_nothing_and_asks_at_the_end() -> None:
    own = office([mx((*MX, "30 mx3.example.com."))], [mx(before=(*MX, "30 mx3.example.com."))])
    assert own.forward().finished
    own.primary.lag = True
    assert (told(own.back()), own.primary.here) == ([("not-yet", "bac")], held(TEXT))
    own.primary.follow()
    assert own.back().finished


def test_what_is_undone_is_told_the_right_way_round() -> None:
    own = office([mx()])
    assert own.forward().finished
    both, one = ", ".join(MX), MX[0]
    back = f"step 1: back: example.com MX becomes {both} (now {one})"
    assert own.run().preview_back().would == (back,)
    own.primary.trouble = "REFUSED"
    report = own.back()
    assert report.faults[0].what == back
    assert report.left == (f"step 1: example.com MX is {one} (before: {both})",)
    own.primary.trouble = ""
    assert own.back().done[0].startswith(f"{back} (")


def test_back_needs_what_it_was_done_with() -> None:
    own = office([mx()])
    assert own.forward().finished
    run = Run(own.made, journal.from_text(own.kept[-1], "j"), CARRIERS, structs.replace(own.means(), primaries={}),
              Desk(own.keep, lambda: own.now, own.sleep))  # fmt: skip
    report = asyncio.run(run.back())
    assert "give the same options" in report.faults[0].remedy


def test_back_of_nothing_is_nothing() -> None:
    report = office([mx()]).back()
    assert report.finished
    assert report.done == ()


def test_after_going_back_it_can_go_forward_again() -> None:
    own = office([HOST], [NEW_MX])
    for _ in range(2):
        assert own.forward().finished
        assert own.back().finished
    assert own.primary.here == held(TEXT)


def test_a_preview_changes_and_keeps_nothing() -> None:
    own = office([HOST, LOCK], [NEW_MX])
    report = asyncio.run(own.run().preview())
    assert report.would == ("step 1: mx9.example.com A becomes 203.0.113.9 (now nothing) (example.com at 192.0.2.1)",)
    assert [number for number, _ in report.by_hand] == [1]
    assert (own.kept, own.primary.taken) == ([], [])
    own.primary.here["mx9.example.com", "A"] = (300, {"192.0.2.7"})
    assert asyncio.run(own.run().preview()).faults


def test_a_preview_tells_until_when_the_next_step_waits() -> None:
    own = office(Step("host", (HOST,), wait=300, why="negative TTL"), [NEW_MX])
    assert asyncio.run(own.run().preview()).until == 0
    own.forward()
    report = asyncio.run(own.run().preview())
    assert (report.until, report.waits, len(report.would)) == (MADE + 300, "negative TTL", 1)
    own.now += 300
    assert asyncio.run(own.run().preview()).until == 0


# Several machines, each of which does its own part


class Machines:
    """A carrier for locks, of which each host does its own. here: where the run is; loaded: what stands where."""

    NAME, PATIENCE = "machines", 0.0

    def __init__(self) -> None:
        self.here = ""
        self.loaded: set[str] = set()

    def group(self, change: Change, means: Means) -> str | None:
        return change.host if isinstance(change, Lock) and self.here else None

    def _away(self, changes: Sequence[Change]) -> Elsewhere | None:
        (lock,) = changes
        assert isinstance(lock, Lock)
        return None if lock.host == self.here else Elsewhere(f"this is {self.here}", f"go to {lock.host}")

    async def look(self, changes: Sequence[Change], means: Means) -> str | NotDone | Elsewhere:
        return self._away(changes) or repr(self.here in self.loaded)

    async def carry_out(self, changes: Sequence[Change], saved: str, means: Means) -> Outcome:
        away = self._away(changes)
        if away is None:
            self.loaded.add(self.here)
        return away or Done("loaded")

    async def undo(self, changes: Sequence[Change], saved: str, means: Means) -> Outcome:
        away = self._away(changes)
        if away is None:
            self.loaded.remove(self.here)
        return away or Done("as before")

    async def restored(self, changes: Sequence[Change], saved: str, means: Means) -> Outcome:
        return self._away(changes) or Done("as before")

    async def holds(self, changes: Sequence[Change], means: Means) -> Outcome:
        away = self._away(changes)
        return away or (Done("so") if self.here in self.loaded else NotDone("it is not loaded"))


class Fleet(Office):
    """An office whose plan and journal are carried from machine to machine."""

    def __init__(self, *steps: Sequence[str]) -> None:
        super().__init__(Primary(TEXT), plan(*([at(host) for host in step] for step in steps)))
        self.machines = Machines()

    def run(self) -> Run:
        story = journal.from_text(self.kept[-1], "j") if self.kept else begin(self.made)
        desk = Desk(self.keep, lambda: self.now, self.sleep)
        return Run(self.made, story, [self.machines], structs.replace(self.means(), primaries={}), desk)

    def forward_at(self, host: str) -> Report:
        self.machines.here = host
        return self.forward()

    def back_at(self, host: str) -> Report:
        self.machines.here = host
        return self.back()

    @property
    def loaded(self) -> set[str]:
        return self.machines.loaded


def at(host: str) -> Lock:
    return structs.replace(LOCK, host=host)


def told(report: Report) -> list[tuple[str, str]]:
    return [(fault.kind, fault.what.partition(": ")[2][:3]) for fault in report.faults]


def test_each_machine_does_its_part_and_the_step_is_done_when_all_are() -> None:
    own = Fleet(["hub", "fw1", "fw2"])
    report = own.forward_at("fw1")
    assert (own.loaded, told(report)) == ({"fw1"}, [("elsewhere", "hub"), ("elsewhere", "fw2")])
    assert [line[:17] for line in report.done] == ["step 1: lock of f"]
    assert (report.left, report.finished) == (("step 1: change 1",), False)
    assert report.faults[0].remedy == "go to hub"
    again = own.forward_at("fw1")
    assert (again.done, told(again)) == ((), told(report))
    assert told(own.forward_at("hub")) == [("elsewhere", "fw2")]
    assert own.forward_at("fw2").finished
    assert own.forward_at("hub").finished, "what the others saw in force stands in the journal"


def test_where_nothing_of_a_step_is_to_be_done_it_is_refused() -> None:
    own = Fleet(["hub", "fw1"])
    report = own.forward_at("pc")
    assert (told(report), own.loaded, own.kept) == ([("not-done", "hub")], set(), [])


def test_the_next_step_begins_when_every_machine_did_its_part() -> None:
    own = Fleet(["hub", "fw1"], ["fw1"])
    assert told(own.forward_at("fw1")) == [("elsewhere", "hub")]
    assert told(own.forward_at("hub")) == [("not-done", "fw1")]
    assert {act.step for act in journal.from_text(own.kept[-1], "j").acts} == {1}
    assert own.forward_at("fw1").finished


def test_what_is_no_longer_in_force_holds_the_next_step_up_where_that_is_seen() -> None:
    own = Fleet(["hub"], ["fw1"])
    assert told(own.forward_at("hub")) == [("not-done", "fw1")]
    own.loaded.clear()
    assert told(own.forward_at("hub")) == [("not-yet", "in ")]


def test_what_was_begun_elsewhere_is_not_done_here_instead() -> None:
    own = Fleet(["hub", "fw1"])
    own.forward_at("hub")
    story = journal.from_text(own.kept[-1], "j")
    own.kept.append(journal.to_text(story.with_act(structs.replace(story.acts[0], state="begun"))))
    own.loaded.clear()
    report = own.forward_at("fw1")
    assert (own.loaded, told(report)) == ({"fw1"}, [("elsewhere", "hub")])
    assert journal.from_text(own.kept[-1], "j").acts[0].state == "begun"
    assert own.forward_at("hub").finished


def test_a_preview_tells_what_is_another_machines() -> None:
    own = Fleet(["hub", "fw1"])
    own.machines.here = "fw1"
    report = asyncio.run(own.run().preview())
    assert told(report) == [("elsewhere", "hub")]
    assert [line[-6:] for line in report.would] == [" (fw1)"]
    assert (own.kept, own.loaded) == ([], set())


def test_each_machine_undoes_its_part_and_the_step_before_waits_for_all() -> None:
    own = Fleet(["hub"], ["hub", "fw1"])
    assert told(own.forward_at("hub")) == [("elsewhere", "fw1")]
    assert own.forward_at("fw1").finished
    assert told(own.back_at("pc")) == [("not-done", "bac"), ("not-done", "bac")]
    assert own.loaded == {"hub", "fw1"}
    report = own.back_at("fw1")
    assert (own.loaded, told(report)) == ({"hub"}, [("elsewhere", "bac")])
    assert len(report.left) == 2


# Refusals

HAZARDS = (Hazard("no-backup", "one exchanger is left"), Hazard("ns", "a name server goes"))
WHOLE = plan([mx()], hazards=HAZARDS)
ALL = ("no-backup", "ns")


@pytest.mark.parametrize(
    ("digest", "accepted", "told"),
    [
        ("", ALL, []),
        (WHOLE.digest, ALL, []),
        (WHOLE.digest[:12].upper(), ALL, []),
        (WHOLE.digest[:11], ALL, ["--digest"]),
        ("0" * 64, ALL, ["is not the plan that was shown"]),
        ("", ("ns",), ["one exchanger is left: to accept it: --accept no-backup"]),
        ("", (), ["--accept no-backup", "--accept ns"]),
        ("", (*ALL, "all"), ["the plan has no such hazard; it has: no-backup, ns"]),
        ("0" * 64, ("all",), ["--digest", "no such hazard", "--accept no-backup", "--accept ns"]),
    ],
)
def test_a_plan_is_refused_with_every_reason(digest: str, accepted: tuple[str, ...], told: list[str]) -> None:
    reasons = list(why_not(WHOLE, begin(WHOLE), digest, accepted))
    assert len(reasons) == len(told)
    assert all(words in reason for words, reason in zip(told, reasons, strict=True))


def test_what_was_accepted_once_stays_accepted() -> None:
    story = structs.replace(begin(WHOLE), accepted=ALL)
    assert list(why_not(WHOLE, story, "", ())) == []


def test_a_journal_of_another_plan_is_refused() -> None:
    (reason,) = why_not(WHOLE, begin(plan([HOST])), "", ALL)
    assert "the journal is of another plan" in reason


@pytest.mark.parametrize(
    ("made", "days", "told"),
    [
        ("2026-11-28T06:00:00Z", 0.1, ""),
        ("2026-11-28T06:00:00", 1.0, ""),
        ("2026-11-20T06:00:00+00:00", 7.0, "8 days old"),
        ("2026-11-20T06:00:00Z", 9.0, ""),
        ("yesterday", 9.0, "cannot be read"),
        ("", 9.0, "cannot be read"),
    ],
)
def test_an_old_plan_is_not_begun(made: str, days: float, told: str) -> None:
    reason = too_old(structs.replace(WHOLE, made=made), MADE, days)
    assert told in reason
    assert bool(reason) == bool(told)


def test_every_way_through_troubles_ends_where_it_should() -> None:
    """Any three troubles in a row, then none: forward ends at the new state, and back at the old one."""
    for troubles in itertools.product(["", "no way", "cut", "lost", "dead", "REFUSED"], repeat=3):
        own = office([HOST], [NEW_MX])
        for trouble in (*troubles, "", ""):
            own.primary.trouble, own.primary.mute = trouble, False
            report = own.forward()
        assert report.finished, troubles
        for trouble in (*troubles, "", ""):
            own.primary.trouble, own.primary.mute = trouble, False
            report = own.back()
        assert report.finished, troubles
        assert own.primary.here == held(TEXT), troubles
