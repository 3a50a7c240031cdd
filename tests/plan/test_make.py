"""Plans: each layout, its word, its conflicts; the same world gives the same plan."""

import pytest
from msgspec import structs

from mxlatch.inventory.model import Policy
from mxlatch.paths.find import find
from mxlatch.plan.change import Harden, Records
from mxlatch.plan.make import BEST, KEEP_BACKUP, PAIR, PROFILES, SANDWICH, SINGLE, layouts, plan, planned
from mxlatch.plan.result import StaysOpen
from mxlatch.terms.finding import NotJudged
from mxlatch.terms.latch import Latch
from mxlatch.terms.verdict import Certainty
from tests.plan.small_worlds import BASE, BRAND, SUB, fallback, host, knows, owned, rogue, secondary, small, world_of

PLAIN = small(host(1))
TWO = small(host(1), host(2), mx="10 mx1, 20 mx2")


@pytest.mark.parametrize(
    ("case", "profile", "world", "remedies", "after"),
    [
        ("nothing to do", BEST, PLAIN, [], "closed"),
        ("the hub as secondary is locked", BEST, secondary(), ["lock"], "closed"),
        ("the stranger's server goes", BEST, rogue(), ["retire"], "closed"),
        ("the backup goes", BEST, fallback(), ["retire"], "closed"),
        ("one exchanger", SINGLE, fallback(), ["retire"], "closed"),
        ("one exchanger, the other is as strong", SINGLE, TWO, ["delete"], "closed"),
        ("the backup stays, as strong", KEEP_BACKUP, fallback(), ["harden", "stop-waiving"], "closed"),
        ("what nobody listed goes all the same", KEEP_BACKUP, rogue(), ["retire"], "closed"),
        ("two that share the load", PAIR, TWO, ["pair"], "closed"),
        (
            "the sandwich closes nothing by itself",
            SANDWICH,
            fallback(),
            ["harden", "sandwich", "stop-waiving"],
            "closed",
        ),
    ],
)
def test_the_layouts(case, profile, world, remedies, after):
    made = plan(world_of(world), profile)
    assert (sorted(each.id for each in made.remedies), made.after) == (remedies, after)
    assert (made.conflicts, made.exact, made.profile) == ((), True, profile)
    assert all(each.after == "closed" and not each.lost for each in made.proofs)


@pytest.mark.parametrize(
    ("profile", "world", "conflict"),
    [
        (PAIR, PLAIN, "a pair needs two servers: example.com has 1"),
        (SANDWICH, PLAIN, "a sandwich needs something in the middle: example.com has 1 server"),
        (
            PAIR,
            small(host(1), host(2, role="backup", next="mx"), mx="10 mx1, 20 mx2"),
            "pair: give mx2.example.com the preference of mx1.example.com, 10: senders choose by chance: "
            "that would lose honest mail, or open a way round",
        ),
        (
            SINGLE,
            small(host(1), host(2), mx="10 mx1, 20 mx2", old="10 mx2", delegated=("ns2.example.com",)),
            "one exchanger only: a record must stay, since a name has no other exchanger",
        ),
    ],
)
def test_what_cannot_both_hold(profile, world, conflict):
    assert plan(world_of(world), profile).conflicts == (conflict,)


def test_the_sentence():
    assert plan(world_of(PLAIN)).sentence == "example.com is closed: nothing needs to be done"
    made = plan(world_of(secondary())).sentence
    assert made == "1 remedy closes every way round the protection of example.com, also while any one server is down"


NO_MAIL_AT_SUB = small(host(1), mx="10 mx1", sub="5 mx1", no_mail=frozenset({SUB}))


@pytest.mark.parametrize(
    ("case", "profile", "world", "sentence"),
    [
        (
            "closed before",
            SANDWICH,
            TWO,
            "1 remedy for example.com: closed before it, closed after it, also while any one server is down",
        ),
        (
            "a null MX closes nothing that was shut",
            BEST,
            NO_MAIL_AT_SUB,
            "1 remedy for example.com: closed before it, closed after it, also while any one server is down",
        ),
        (
            "nothing was known to be open",
            BEST,
            small(
                host(1),
                host(2, "content", state="unknown"),
                mx="10 mx1, 20 mx2, 50 gone.example",
                dangling="gone.example",
            ),
            "1 remedy for example.com: no way round is known before or after it, and not every way in was judged",
        ),
    ],
)
def test_only_what_was_open_is_said_to_be_closed(case, profile, world, sentence):
    assert plan(world_of(world), profile).sentence == sentence


def test_a_lock_on_shared_addresses_is_said_to_make_it_rarer():
    front = host(1, role="filter", next="mx2.example.com", operator="cloud")
    made = plan(world_of(small(front, host(2, "content"), mx="10 mx1, 20 mx2")))
    assert "1 way becomes rarer only" in made.sentence
    assert [each.what for each in made.stays_open] == [
        "mail from other customers of cloud through its shared addresses"
    ]
    assert made.remedies[0].rarer


def test_what_is_not_known_is_not_closed():
    unsure = small(host(1), host(2, state="unknown"), mx="10 mx1, 20 mx2")
    unsure.hosts[1].latches["content"] = "unknown"
    made = plan(world_of(unsure))
    assert (made.before, made.after) == ("unknown", "unknown")
    assert made.stays_open[0].why.startswith("not judged: ")
    world = structs.replace(world_of(secondary()), not_judged=(NotJudged("ns3.example.com", "MX", "no answer"),))
    assert plan(world).after == "unknown"


@pytest.mark.parametrize(
    ("ways", "rarer"),
    [
        (("host-name mail",), "; the end of mail.example.com in the DNS would make it rarer"),
        (("remembered mail", "host-name mx2"), "; the end of mail.example.com and mx2.example.com in the DNS"),
        (("host-name mail", "scan"), ""),
        (("host-name mx1",), ""),  # a record leads to the name
    ],
)
def test_of_a_door_that_stays_open_it_is_said_what_the_end_of_its_names_would_do(ways, rarer):
    old = host(2, *BASE, ways=knows(*ways))
    case = small(host(1), old)
    case.base, old.latches = (), {"tls": "absent"}  # nothing is demanded: there is no latch to give it
    (left,) = [each for each in plan(world_of(case)).stays_open if "no remedy" in each.why]
    assert left.why.startswith(f"no remedy that is known here closes it{rarer}")
    assert rarer or left.why == "no remedy that is known here closes it"


def unsure(number: int, word: str, *lacks: str, **more):
    """A server of whose content filter nothing is known: it was not asked, or did not say."""
    made = host(number, *lacks, **more)
    made.latches["content"] = word
    return made


@pytest.mark.parametrize(
    ("word", "why"),
    [
        ("not-asked", "not judged: nobody gave leave to try whether it has the content filter: to give it, publish the "
         "record of mxlatch config key, or use --authorised; the recipient is the inventory's"),
        ("unknown", "not judged: nobody could tell whether it has the content filter: declare what it has at its "
         "[[door]] in the inventory, latches = { content = true }, or false"),
    ],
)  # fmt: skip
def test_mail_moves_from_an_open_door_to_one_that_nobody_judged_and_that_is_said(word, why):
    stranger = host(3, "content", declared=False)
    made = plan(world_of(small(unsure(1, word), stranger, mx="10 mx1", sub="10 mx3")))
    assert [each.id for each in made.remedies] == ["retire"]
    assert (made.before, made.after) == ("open", "unknown")
    assert "every way round that is known for example.com, but not every way in was judged" in made.sentence
    assert made.stays_open == (StaysOpen("192.0.2.1:25 by mx1.example.com", why, judged=False),)


def test_mail_of_a_name_that_is_closed_is_moved_to_no_door_that_nobody_judged():
    """The filter behind mx3 protects sub; with one exchanger, it would go to mx1."""
    relay = host(3, "content", role="backup", next="mx2.example.com")
    case = small(unsure(1, "not-asked"), host(2), relay, mx="10 mx1, 20 mx3", sub="10 mx3")
    made = plan(world_of(case), SINGLE)
    assert [c.name for c in made.changes if isinstance(c, Records)] == []
    assert made.conflicts == ("one exchanger only: a record must stay, since a name has no other exchanger",)
    case.hosts[2].next = ""  # without it, sub is no more judged than mx1 is
    assert SUB in [c.name for c in plan(world_of(case), SINGLE).changes if isinstance(c, Records)]


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("word", ["not-asked", "unknown"])
def test_what_is_unknown_is_never_told_as_open_or_closed(profile, word):
    for case in (
        small(unsure(1, word), host(2, "content", declared=False), mx="10 mx1, 20 mx2"),
        small(unsure(1, word), unsure(2, word), mx="10 mx1, 20 mx2"),
        small(host(1), unsure(2, word, "dnsbl", role="backup", next="mx1.example.com"), mx="10 mx1, 20 mx2"),
        small(host(1), unsure(2, word), host(3, "content", declared=False), mx="10 mx1, 20 mx2", sub="10 mx3"),
    ):
        made, after = planned(world_of(case), profile)
        open_ = {path.doors[0] for path in find(after).paths if path.certainty >= Certainty.LIKELY}
        told = {each.what.partition(" ")[0].rstrip(",") for each in made.stays_open if each.judged}
        assert told <= open_
        unknown = {path.doors[0] for path in find(after).paths if path.certainty is Certainty.UNKNOWN}
        assert unknown == {each.what.partition(" ")[0] for each in made.stays_open if not each.judged}
        assert (made.after == "closed") is (not unknown and not open_)


@pytest.mark.parametrize("word", ["not-asked", "unknown"])
@pytest.mark.parametrize("more", [(), (host(2),)], ids=["one server", "beside one that has all"])
def test_a_latch_of_which_nothing_is_known_leaves_no_other_undone(word, more):
    case = small(unsure(1, word, "recipient"), *more, mx="10 mx1, 20 mx2" if more else "10 mx1")
    made = plan(world_of(case))
    assert [each.latch for each in made.changes if isinstance(each, Harden)] == ["recipient"]
    assert (made.before, made.after, made.exact) == ("open", "unknown", True)
    assert "every way round that is known for example.com, but not every way in was judged" in made.sentence
    (left,) = made.stays_open
    assert (left.what, left.judged) == ("192.0.2.1:25 by mx1.example.com", False)
    assert "the content filter" in left.why


def test_a_way_that_can_be_closed_is_closed_and_not_left_unknown():
    """To give the backup the recipient check costs no more than to retire it."""
    backup = unsure(2, "unknown", "recipient", role="backup", next="mx3.example.com")
    case = small(host(1), backup, unsure(3, "unknown", "recipient", state="shut"), mx="10 mx1, 20 mx2")
    made = plan(world_of(case))
    assert ([each.id for each in made.remedies], made.after) == (["retire"], "closed")
    kept = plan(world_of(case), KEEP_BACKUP)
    assert ([each.id for each in kept.remedies], kept.after, kept.conflicts) == (["harden"], "unknown", ())


def told(case, *policies, profile=BEST):
    """The plan where nothing but the content filter is demanded of doors, and these policies of paths."""
    case.base = ("content",)
    return plan(owned(case, *policies), profile)


DNSBL = Policy((Latch.DNSBL,), line=7)
IN_WORDS = "inventory:7 (every path from internet passes dnsbl)"


@pytest.mark.parametrize(
    ("case", "world", "remedies", "after", "sentence"),
    [
        ("it holds", PLAIN, [], "yes", "example.com is closed, and 1 policy holds: nothing needs to be done"),
        (
            "a mailbox gets the latch",
            small(host(1, "dnsbl")),
            ["harden"],
            "yes",
            "1 remedy for the policies of example.com: closed as before, also while any one server is down, and 1 "
            "policy holds",
        ),
        (
            "a backup goes",
            small(host(1), host(2, "dnsbl", role="backup", next="mx1.example.com", ways=knows("remembered mx2"))),
            ["retire"],
            "yes",
            "1 remedy for the policies of example.com: closed as before, also while any one server is down, and 1 "
            "policy holds",
        ),
        (
            "both at once",
            small(host(1, "dnsbl", "content")),
            ["harden", "harden"],
            "yes",
            "2 remedies close every way round the protection of example.com, also while any one server is down, and 1 "
            "policy holds",
        ),
        (
            "nothing reaches it",
            small(host(1), host(2, "dnsbl", declared=False, ways=[("other-domain", BRAND, "mx2.example.com")])),
            [],
            "no",
            "example.com is closed, but 1 policy does not hold: no remedy that is known here helps",
        ),
    ],
)
def test_the_owners_policies_are_goals(case, world, remedies, after, sentence):
    made = told(world, DNSBL)
    assert [each.id for each in made.remedies] == remedies
    assert [(each.demand, each.said, each.after) for each in made.policies] == [
        ("every path from internet passes dnsbl", "inventory:7", after)
    ]
    assert made.sentence == sentence
    assert made.after == "closed"
    left = [each for each in made.stays_open if each.judged]
    assert [IN_WORDS in each.what for each in left] == [True] * (after == "no")
    assert all("without the block list" in each.what for each in left)


def test_of_a_policy_that_nobody_could_judge_it_is_said_what_would_settle_it():
    made = told(small(host(1)), Policy((Latch.DMARC, Latch.DNSBL), line=9))
    assert [each.after for each in made.policies] == ["unknown"]
    assert made.sentence == (
        "example.com is closed, but whether 1 policy holds is not known: nothing to change by what was seen"
    )
    (left,) = made.stays_open
    assert (left.judged, "inventory:9" in left.what) == (False, True)
    assert "latches = { dmarc = true }" in left.why


def test_a_policy_that_the_layout_stands_against_is_named():
    gone = host(2, "dnsbl", role="backup", next="mx1.example.com")
    case = small(host(1), gone, mx="10 mx1, 20 mx2")
    kept = told(case, DNSBL, profile=KEEP_BACKUP)
    assert ([each.id for each in kept.remedies], kept.conflicts) == (["harden"], ())
    gone.authorised = False  # it is not to be made stronger, and nothing else would do
    made = told(small(host(1), gone, mx="10 mx1, 20 mx2", sub="10 mx2"), DNSBL, profile=SANDWICH)
    assert [each.after for each in made.policies] == ["yes"]


@pytest.mark.parametrize(
    ("first", "policies", "said"),
    [
        (("content",), (), "no way round at 192.0.2.1:25, and no way round at 192.0.2.2:25"),
        (
            ("dnsbl",),
            (DNSBL,),
            "no way round at 192.0.2.2:25, and every path from internet passes dnsbl at 192.0.2.1:25",
        ),
    ],
)
def test_two_goals_of_which_each_can_be_had_and_not_both_are_named(first, policies, said):
    """Two servers that nobody listed: each may go, and one must stay."""
    servers = host(1, *first, declared=False), host(2, "content", declared=False), host(3, ways=knows("declared mx3"))
    servers[2].state = "closed"
    made = told(small(*servers, mx="10 mx1, 20 mx2"), *policies)
    assert made.conflicts == (f"{said}: each can be had, and not both",)
    assert [each.why for each in made.stays_open if each.judged] == [
        "what would close it cannot be had together with another goal"
    ]


@pytest.mark.parametrize("profile", PROFILES)
def test_the_same_world_gives_the_same_plan(profile):
    for case in (secondary(), fallback(), rogue()):
        first, after = planned(world_of(case), profile)
        assert planned(world_of(case), profile) == (first, after)
        assert plan(world_of(case, order=1), profile).remedies == first.remedies
        assert first.made.endswith("Z")


@pytest.mark.parametrize("lacks", [("dnsbl",), ("content", "dnsbl")])
def test_a_new_address_of_a_server_is_as_strong_as_the_server(lacks):
    first = host(1, *lacks, role="filter", next="mx3.example.com", spare=("192.0.2.201",))
    hub = host(3, "content", "dnsbl", ways=knows("remembered mx3"))
    made, after = planned(world_of(small(first, host(2, "content", "dnsbl"), hub, mx="10 mx1, 20 mx2")), SANDWICH)
    assert made.after == "closed"
    assert {change.door for change in made.changes if isinstance(change, Harden)} <= {
        f"192.0.2.{n}:25" for n in (1, 2, 3)
    }
    assert after.door("192.0.2.201:25").latches == after.door("192.0.2.1:25").latches


def test_the_hazards_are_named_once():
    made = plan(world_of(fallback()), BEST)
    assert [hazard.name for hazard in made.hazards] == ["no-backup:mx2.example.com"]


@pytest.mark.parametrize("latch", ["recipient", "content"])
def test_what_a_backup_has_accepted_and_the_hub_refuses_from_now_on_is_a_hazard_and_in_the_proof(latch):
    backup = host(2, latch, role="backup", next="mx1.example.com")
    made = plan(world_of(small(host(1, latch), backup, mx="10 mx1, 20 mx2")))
    assert [each.id for each in made.remedies] == ["harden"]
    assert "returned:mx2.example.com" in [hazard.name for hazard in made.hazards]
    assert [each[:42] for each in made.proofs[0].worse] == ['"no backscatter" held, and does not after ']


def test_each_layout_that_can_be_had():
    assert set(layouts(world_of(fallback()))) == set(PROFILES) - {BEST, PAIR} | {PAIR}
    assert set(layouts(world_of(PLAIN))) == {SINGLE, KEEP_BACKUP}
