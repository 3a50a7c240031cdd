"""Text for nsupdate: prerequisites first, nothing that is not in the plan, one message a step and zone."""

from mxlatch.plan.provider import Given
from mxlatch.plan.providers import nsupdate
from mxlatch.plan.result import Step
from tests.plan.providers.hand import LOCK, MX, ZONE, mx, plan, records


def text(*changes: object, server: str = "") -> str:
    (written,) = nsupdate.render(plan(changes), Given(server=server))  # type: ignore[arg-type]
    return "\n".join(line for line in written.text.splitlines() if not line.startswith(";"))


def test_an_exchanger_less() -> None:
    assert (
        text(mx(), server="192.0.2.1:53")
        == """server 192.0.2.1 53
zone example.com.
prereq yxrrset example.com. MX 10 mx1.example.com.
prereq yxrrset example.com. MX 20 mx2.example.com.
update delete example.com. MX
update add example.com. 300 MX 10 mx1.example.com.
send"""
    )


def test_a_new_host() -> None:
    assert (
        text(records("mx9.example.com", "AAAA", (), ("2001:db8::9",)), server="[2001:db8::1]:5353")
        == """\
server 2001:db8::1 5353
zone example.com.
prereq nxrrset mx9.example.com. AAAA
update add mx9.example.com. 300 AAAA 2001:db8::9
send"""
    )


def test_name_servers_one_by_one_and_never_none() -> None:
    change = records(ZONE, "NS", ("ns1.example.com.", "NS3.example.com."), ("ns3.example.com.", "ns5.example.com."))
    assert text(change).splitlines()[3:] == [
        "update add example.com. 300 NS ns3.example.com.",
        "update add example.com. 300 NS ns5.example.com.",
        "update delete example.com. NS ns1.example.com.",
        "send",
    ]


def test_what_is_left_out_and_what_to_wait_for_is_said() -> None:
    step = Step("shorter TTL", (mx(MX, ttl=60), LOCK), wait=300, why="caches")
    first, second = nsupdate.render(plan(step, [mx()]), Given())
    assert (first.name, second.name) == ("step-1.example.com.nsupdate", "step-2.example.com.nsupdate")
    assert "; after it wait 300 s: caches" in first.text.splitlines()
    assert any(line.startswith("; not in this file: lock of mx1") for line in first.text.splitlines())


def test_nothing_in_a_record_can_begin_a_line() -> None:
    nasty = records(ZONE, "TXT", (), ('"x\\010update delete example.com MX"',))
    assert [line.split()[0] for line in text(nasty).splitlines()] == ["zone", "prereq", "update", "send"]


def test_without_records_there_is_no_text() -> None:
    assert nsupdate.render(plan([LOCK]), Given()) == ()
