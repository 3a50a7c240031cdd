"""The order of the steps, and how long to wait between them."""

import pytest
from msgspec import structs

from mxlatch.plan.change import REFUSE, REJECT, Delegation, Harden, Inward, Listen, Lock, Outward, Records, Retire
from mxlatch.plan.make import BEST, SANDWICH, SINGLE, plan
from mxlatch.plan.proposal import Proposal, Record
from mxlatch.plan.records import ASSUMED_NEGATIVE_TTL, MARGIN
from mxlatch.plan.rollout import SETTLING, steps
from tests.plan.small_worlds import SUB, fallback, host, secondary, small, world_of

PARENT_TTL = 172_800


def kinds(made):
    """The changes of each step, with the stage of a lock."""
    return [[getattr(c, "stage", type(c).__name__.lower()) for c in step.changes] for step in made]


def records(*taken, case):
    return [step for step in steps(world_of(case), taken) if any(isinstance(c, Records) for c in step.changes)]


def remedy(**given):
    return Proposal("test", "a test", 1, (), **given)


def test_records_then_a_week_of_550_then_the_reset():
    made = plan(world_of(secondary()), BEST).steps
    assert kinds(made) == [["records"], [REFUSE], [REJECT]]
    assert [step.wait for step in made] == [300 + MARGIN, SETTLING, 0]
    assert made[0].title == "delete MX 20 mx2.example.com of example.com"
    assert made[0].check == "every name server must serve it: 198.51.100.1 and 198.51.100.2"
    assert "who still comes is told" in made[1].why
    assert all(step.undo and step.check for step in made)


def test_a_latch_before_any_record():
    made = plan(world_of(fallback(lacks=("dnsbl",), hands_on="xclient")), SANDWICH).steps
    assert [type(change) for change in made[0].changes] in ([Harden], [Records])
    assert kinds(made).index(["records"]) == len(made) - 1


def test_what_is_added_is_served_before_anything_is_taken_away():
    move = remedy(
        drop=(Record("example.com", 20, "mx2.example.com"),),
        add=(Record("example.com", 10, "mx3.example.com", "192.0.2.3:25"),),
    )
    first, second = records(move, case=small(host(1), host(2), host(3), mx="10 mx1, 20 mx2"))
    assert first.title == "publish MX 10 mx3.example.com for example.com"
    assert first.changes[0].after == ("10 mx1.example.com.", "10 mx3.example.com.", "20 mx2.example.com.")
    assert second.changes[0].before == first.changes[0].after
    assert second.changes[0].after == ("10 mx1.example.com.", "10 mx3.example.com.")


@pytest.mark.parametrize(("ttls", "longest"), [((300, 300), 300), ((300, 86_400), 86_400), ((86_400, 300), 86_400)])
def test_the_slowest_server_decides(ttls, longest):
    case = small(host(1), host(2), mx="10 mx1, 20 mx2")
    case.ttls = {(server, "example.com"): ttl for server, ttl in zip(case.views, ttls, strict=True)}
    (step,) = records(remedy(drop=(Record("example.com", 20, "mx2.example.com"),)), case=case)
    assert (step.wait, step.changes[0].ttl_before) == (longest + MARGIN, longest)


def test_what_was_not_there_is_remembered_as_missing():
    add = remedy(add=(Record(SUB, 10, "mx1.example.com", "192.0.2.1:25"),))
    (step,) = records(add, case=small(host(1), mx="10 mx1", sub=""))
    assert step.changes[0].before == ()
    assert step.wait == ASSUMED_NEGATIVE_TTL + MARGIN
    assert step.why == (
        "resolvers keep the old answer for 3 h (assumed: no SOA of the zone was seen), and some an hour longer"
    )


@pytest.mark.parametrize(("negative", "longest"), [((300, 300), 300), ((300, None), 300), ((60, 86_400), 86_400)])
def test_the_zones_own_negative_ttl_decides_how_long_the_largest_of_its_servers(negative, longest):
    given = with_negative(world_of(small(host(1), mx="10 mx1", sub="")), negative)
    (step,) = steps(given, [remedy(add=(Record(SUB, 10, "mx1.example.com", "192.0.2.1:25"),))])
    assert (step.wait, step.changes[0].ttl_before) == (longest + MARGIN, longest)
    assert "assumed" not in step.why


def with_negative(given, ttls):
    """The world with these negative TTLs, one a server of its zone."""
    (zone,) = given.zones
    servers = tuple(
        structs.replace(server, addresses=(structs.replace(server.addresses[0], negative_ttl=ttl),))
        for server, ttl in zip(zone.servers, ttls, strict=True)
    )
    return structs.replace(given, zones=(structs.replace(zone, servers=servers),))


def test_a_null_mx_stands_alone_and_comes_at_once():
    null = remedy(drop=(Record(SUB, 5, "mx1.example.com"),), add=(Record(SUB, 0, "."),))
    (step,) = records(null, case=small(host(1), mx="10 mx1", sub="5 mx1"))
    assert step.title == f"publish MX 0 . for {SUB} and delete MX 5 mx1.example.com of {SUB}"
    assert (step.changes[0].before, step.changes[0].after) == (("5 mx1.example.com.",), ("0 .",))


def test_a_server_with_old_data_leaves_first_and_the_parent_decides_how_long():
    case = small(host(1), host(2, "content"), mx="10 mx1", old="10 mx1, 20 mx2", ttl=7200)
    made = plan(world_of(case), BEST).steps
    at = kinds(made).index(["delegation"])
    assert all("records" not in kind for kind in kinds(made)[:at])
    assert made[at].wait == PARENT_TTL + 7200 + MARGIN
    assert "2 days (assumed: the parent's TTL was not seen)" in made[at].why
    assert isinstance(made[at].changes[0], Delegation)


@pytest.mark.parametrize(
    ("parents", "own", "longest", "whose"),
    [
        (3600, None, 3600, "1 h (the parent's TTL)"),
        (604_800, 3600, 604_800, "7 days (the parent's TTL)"),
        (3600, 86_400, 86_400, "1 day (the zone's own TTL)"),
        (None, 300, PARENT_TTL, "2 days (assumed: the parent's TTL was not seen)"),
        (None, 604_800, 604_800, "7 days (the zone's own TTL)"),
    ],
)
def test_the_longest_ttl_of_the_ns_decides_the_parents_or_the_zones(parents, own, longest, whose):
    given = world_of(small(host(1), host(2, "content"), mx="10 mx1", old="10 mx1, 20 mx2", ttl=300))
    zone = structs.replace(given.zones[0], parent_ttl=parents, ns_ttl=own)
    made = plan(structs.replace(given, zones=(zone,)), BEST).steps
    (step,) = (step for step in made if isinstance(step.changes[0], Delegation))
    assert step.wait == longest + 300 + MARGIN
    assert whose in step.why
    assert step.changes[0].ttl_before == (PARENT_TTL if parents is None else parents)


def test_a_server_that_left_need_not_serve_what_comes_after():
    case = small(host(1), host(2), host(3), mx="10 mx1, 30 mx3", old="10 mx1, 20 mx2")
    given = world_of(case)
    gone = Delegation("example.com", ("ns1.example.com", "ns2.example.com"), ("ns1.example.com",), PARENT_TTL)
    agree = remedy(changes=(gone,), undelegated=(Record("example.com", 20, "mx2.example.com"),))
    *_, last = steps(given, [agree, remedy(drop=(Record("example.com", 30, "mx3.example.com"),))])
    assert last.check == "every name server must serve it: 198.51.100.1"


def test_a_server_listens_at_a_new_address_after_it_got_its_latches():
    first = host(1, "dnsbl", spare=("192.0.2.201",))
    made = plan(world_of(small(first, host(2, "content", "dnsbl"), mx="10 mx1, 20 mx2")), SANDWICH).steps
    order = [type(change) for step in made for change in step.changes]
    assert max(n for n, kind in enumerate(order) if kind is Harden) < order.index(Listen)
    address = next(step for step in made if any(isinstance(change, Listen) for change in step.changes))
    assert address.wait == ASSUMED_NEGATIVE_TTL + MARGIN
    assert "3 h (assumed: no SOA of the zone was seen)" in address.why
    made = plan(
        with_negative(world_of(small(first, host(2, "content", "dnsbl"), mx="10 mx1, 20 mx2")), (300, 300)), SANDWICH
    )
    address = next(step for step in made.steps if any(isinstance(change, Listen) for change in step.changes))
    assert (address.wait, address.why) == (
        300 + MARGIN,
        "that the new names were not there is remembered for up to 5 min",
    )


def test_a_server_that_is_retired_is_asked_no_more_before_it_refuses():
    made = plan(world_of(fallback()), SINGLE).steps
    assert [type(change) for step in made for change in step.changes] == [Records, Retire]
    assert made[0].wait == 300 + MARGIN


@pytest.mark.parametrize(
    ("case", "free"),
    [
        (secondary(), [True, True, True]),
        (fallback(), [True, True]),
        (small(host(1), host(2, "content"), mx="10 mx1", old="10 mx1, 20 mx2"), [True, False]),
        (small(host(1), host(2, "content", declared=False), mx="10 mx1, 20 mx2"), [True, False]),
    ],
)
def test_up_to_where_undo_is_free(case, free):
    made = plan(world_of(case), SINGLE).steps
    assert [step.free for step in made] == free
    assert [not step.costs for step in made] == free


def test_what_undoing_costs_is_said_once_a_step():
    rogue = host(2, "content", declared=False, addresses=["192.0.2.2", "2001:db8::2"])
    case = small(host(1), rogue, mx="10 mx1, 20 mx2")
    step = plan(world_of(case), SINGLE).steps[-1]
    assert step.costs == "whoever runs it has to let mx2.example.com take mail again"


def test_nothing_to_do_is_no_step():
    assert steps(world_of(secondary()), ()) == ()


def test_a_lock_of_one_stage_is_one_step():
    lock = Lock("mx2.example.com", ("192.0.2.2",), (25,), ("192.0.2.1",), stage=REJECT)
    (step,) = steps(world_of(secondary()), [remedy(changes=(lock,))])
    assert (step.title, step.wait) == ("reset the connections of strangers to mx2.example.com", 0)
    told = structs.replace(lock, stage=REFUSE)
    (step,) = steps(world_of(secondary()), [remedy(changes=(told,))])
    assert (step.title, step.wait) == ("let mx2.example.com refuse strangers with 550 and a text", SETTLING)


def test_a_default_deny_comes_after_the_records_are_gone():
    deny = Inward("main", ("192.0.2.0/24",), ("192.0.2.1",), (25,))
    gone = remedy(drop=(Record("example.com", 20, "mx2.example.com"),), changes=(deny,))
    out = remedy(changes=(Outward("main", ("192.0.2.0/24",), ("192.0.2.1",)),))
    made = steps(world_of(small(host(1), host(2), mx="10 mx1, 20 mx2")), [out, gone])
    assert kinds(made) == [["records"], ["outward"], ["inward"]]
    assert [step.wait for step in made] == [300 + MARGIN, 0, 0]
    assert made[2].check == "audit again: it must be shut to strangers, over IPv4 and IPv6"
