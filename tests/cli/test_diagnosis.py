import pytest

from mxlatch.cli import diagnosis
from mxlatch.terms.observation import Observation
from mxlatch.terms.question import DnsQuestion, SmtpQuestion
from mxlatch.terms.smtp import Reply, Session, Turn

ROOT = DnsQuestion("198.41.0.4", ".", "SOA")


def dns(status: str) -> Observation:
    return Observation(ROOT, status, None, 0.0, "internet", reason="" if status == "answer" else "why")


def smtp(status: str, banner: str = "", address: str = "198.51.100.25") -> Observation:
    turns = (Turn("", Reply(220, (banner,))),) if banner else ()
    session = Session(turns) if status == "session" else None
    return Observation(SmtpQuestion(address, 25, ""), status, session, 0.0, "internet", reason="why")


@pytest.mark.parametrize(
    ("made_up", "real", "state"),
    [
        ("nxdomain", "answer", "ok"),
        ("answer", "answer", "bad"),
        ("nodata", "answer", "unknown"),
        ("servfail", "answer", "unknown"),
        ("no-response", "no-response", "unknown"),
        ("nxdomain", "no-response", "unknown"),
        ("nxdomain", "refused", "unknown"),
    ],
)
def test_is_the_resolver_honest(made_up, real, state):
    assert diagnosis.honest("192.0.2.1", dns(made_up), dns(real)).state == state


@pytest.mark.parametrize(
    ("family", "roots", "state"),
    [
        ("IPv4", ["answer"], "ok"),
        ("IPv4", ["no-response", "answer"], "ok"),
        ("IPv4", ["not-auth", "not-auth"], "bad"),
        ("IPv4", ["no-response"], "unknown"),
        ("IPv6", ["no-response"], "bad"),
        ("IPv6", ["answer"], "ok"),
    ],
)
def test_do_queries_reach_their_servers(family, roots, state):
    assert diagnosis.direct(family, [dns(status) for status in roots]).state == state


@pytest.mark.parametrize(
    ("nobody", "state"),
    [("session", "bad"), ("reset", "bad"), ("silent", "ok"), ("unreachable", "unknown"), ("not-yet", "unknown")],
)
def test_is_somebody_in_between(nobody, state):
    assert diagnosis.intercepted(smtp(nobody)).state == state


@pytest.mark.parametrize(
    ("controls", "state"),
    [
        ([], "unknown"),
        ([smtp("session", "mx1 ESMTP")], "ok"),
        ([smtp("silent"), smtp("session", "mx1 ESMTP")], "ok"),
        ([smtp("silent")], "bad"),
        ([smtp("reset")], "bad"),
        ([smtp("unreachable")], "bad"),
        ([smtp("not-yet")], "unknown"),
        ([smtp("session", "proxy", "198.51.100.1"), smtp("session", "proxy", "198.51.100.2")], "unknown"),
        ([smtp("session", "a", "198.51.100.1"), smtp("session", "b", "198.51.100.2")], "ok"),
    ],
)
def test_does_port_25_go_out(controls, state):
    assert diagnosis.reaches(controls).state == state


@pytest.mark.parametrize(
    ("kept", "now", "state"),
    [(True, 20.0, "ok"), (False, 20.0, "unknown"), (None, 20.0, "unknown"), (True, 9.0, "bad")],
)
def test_the_clock(kept, now, state):
    assert diagnosis.clock(kept, now, 10.0).state == state


@pytest.mark.parametrize(
    ("name", "declared", "state"),
    [("probe.example", True, "ok"), ("box.example", False, "unknown"), ("mxlatch.invalid", False, "bad")],
)
def test_the_name_in_ehlo(name, declared, state):
    assert diagnosis.ehlo(name, declared).state == state


def test_whatever_is_not_ok_says_what_to_do():
    checks = [diagnosis.honest("192.0.2.1", dns(s), dns("answer")) for s in ("answer", "nxdomain", "servfail")]
    checks += [diagnosis.reaches(c) for c in ([], [smtp("silent")], [smtp("session", "mx")])]
    checks += [diagnosis.intercepted(smtp(s)) for s in ("session", "reset", "silent", "unreachable")]
    assert all(bool(check.remedy) is (check.state != "ok") for check in checks)
