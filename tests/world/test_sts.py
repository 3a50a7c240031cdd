"""The MTA-STS policy of a domain, from its record to what a sender finds."""

import msgspec
import pytest

from mxlatch.terms.observation import NOT_YET, Observation
from mxlatch.terms.outcome import Absent, Found, Unknown
from mxlatch.terms.question import DnsQuestion, HttpQuestion
from mxlatch.world.build import build
from mxlatch.world.candidate import Known
from mxlatch.world.doors import Reached
from mxlatch.world.sts import StsSeen, ask_sts, policy_of
from tests.fakes.example import ADDRESSES, internet, scope

URL = "https://mta-sts.example.com/.well-known/mta-sts.txt"
TXT = "_mta-sts.example.com TXT v=STSv1; id=20260101;"
POLICY = b"version: STSv1\nmode: enforce\nmx: mx1.example.com\nmx: *.in.example.com\nmax_age: 86400\n"
KNOWN = Known("example.com", (), ())


def web(page=POLICY, records=TXT, status=""):
    net = internet(resolver=records)
    net.rdap_status = status
    if not status:
        net.pages[URL] = page
    return net


def found(net, **given):
    return policy_of(net.conclude(ask_sts(KNOWN, scope(**given))))


def test_a_policy_with_what_it_rests_on():
    policy = found(web()).value
    assert (policy.enforced, policy.policy.max_age, policy.txt.text) == (True, 86400, "v=STSv1; id=20260101;")
    assert (policy.txt.owner, policy.txt.ttl, policy.body) == ("_mta-sts.example.com", 3600, POLICY.decode())
    assert [evidence.command for evidence in policy.evidence] == [
        "dig @198.51.100.53 _mta-sts.example.com TXT",
        f"curl -s {URL}",
    ]


@pytest.mark.parametrize(
    ("exchange", "named"),
    [("mx1.example.com", True), ("mx2.example.com", False), ("a.in.example.com", True), ("in.example.com", False)],
)
def test_which_exchangers_it_names(exchange, named):
    assert found(web()).value.names(exchange) is named


@pytest.mark.parametrize(
    ("page", "enforced"),
    [
        (POLICY, True),
        (POLICY.replace(b"enforce", b"testing"), False),
        (POLICY.replace(b"enforce", b"none"), False),
        (POLICY.replace(b"max_age: 86400\n", b""), False),  # the field is required: no policy to a sender
    ],
)
def test_which_policies_senders_hold_exchangers_to(page, enforced):
    assert found(web(page)).value.enforced is enforced


@pytest.mark.parametrize(
    ("case", "net", "expected"),
    [
        ("no record", web(records="example.com A 192.0.2.9"), Absent("nodata")),
        ("another record", web(records="_mta-sts.example.com TXT hello"), Absent("nodata")),
        ("two records: none counts", web(records=f"{TXT}\n{TXT}2"), Absent("more than one record")),
        ("no page", web(status="not-found"), Absent("not-found")),
        ("a redirect", web(status="moved"), Absent("moved")),
        ("no policy", web(b"<html>"), Absent("not an MTA-STS policy of version STSv1")),
        ("it could not be fetched: not called absent", web(status="failed"), Unknown("failed")),
        ("the gate refused", web(status="not-allowed"), Unknown("not-allowed")),
    ],
)
def test_what_is_no_policy_and_what_is_unknown(case, net, expected):
    assert found(net) == expected


def test_nobody_answers():
    net = web()
    net.resolver_status = "servfail"
    assert found(net) == Unknown("servfail")


def test_it_is_not_fetched_for_a_domain_that_the_inventory_does_not_name():
    net = web()
    assert found(net, leave=False) is None
    assert not any(isinstance(question, HttpQuestion) for question in net.asked)


def test_a_log_from_before_it_was_asked_for():
    question = DnsQuestion("198.51.100.53", "_mta-sts.example.com", "TXT", recursion=True)
    assert policy_of(StsSeen()) is None
    assert policy_of(StsSeen((Observation(question, NOT_YET, None, 0.0, "internet"),))) is None


@pytest.mark.parametrize("search", ["none", "listed"])
def test_the_world_keeps_it_whether_doors_are_searched_for_or_not(search):
    net = internet(resolver=f"{ADDRESSES}\n{TXT}")
    net.pages[URL] = POLICY
    given = scope(search=search)
    world = build("example.com", net.ask, given, Reached())
    assert isinstance(world.sts, Found)
    assert world.sts.value.names("mx1.example.com")
    nobody_named = msgspec.structs.replace(given, inventory=scope(leave=False).inventory)
    assert build("example.com", net.ask, nobody_named, Reached()).sts is None
