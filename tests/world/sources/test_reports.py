"""Hosts that take a domain's reports."""

import pytest

from mxlatch.world.candidate import Known
from mxlatch.world.sources.reports import find
from tests.fakes.example import internet, scope


def candidates(*records):
    net = internet(resolver="\n".join(records))
    return net.conclude(find(Known("example.com", (), ()), scope())).candidates


@pytest.mark.parametrize(
    ("record", "hosts"),
    [
        ("_dmarc.example.com TXT v=DMARC1; p=none; rua=mailto:d@old.example.com", ["old.example.com"]),
        ("_dmarc.example.com TXT v=DMARC1; ruf=mailto:f@old.example.com!10m", ["old.example.com"]),
        ("_smtp._tls.example.com TXT v=TLSRPTv1; rua=mailto:t@old.example.com", ["old.example.com"]),
        ("_dmarc.example.com TXT v=DMARC1; rua=mailto:d@example.com,mailto:x@reports.example", []),
        ("_dmarc.example.com TXT v=DMARC1; rua=mailto:d@notexample.com", []),
        ("_smtp._tls.example.com TXT v=TLSRPTv1; rua=https://old.example.com/tls", []),
        ("_dmarc.example.com TXT rua=mailto:d@old.example.com; v=DMARC1", []),
    ],
)
def test_report_hosts_below_the_domain(record, hosts):
    assert [c.name for c in candidates(record)] == hosts


def test_the_exchanges_of_a_report_domain_are_candidates_too():
    found = candidates(
        "_dmarc.example.com TXT v=DMARC1; rua=mailto:d@reports.example.com",
        "reports.example.com MX 10 hub.example.com",
        "reports.example.com MX 20 .",
    )
    assert [c.name for c in found] == ["reports.example.com", "hub.example.com"]
    assert [e.text for e in found[1].evidence] == [
        "reports to reports.example.com: rua=mailto:d@reports.example.com",
        "reports.example.com MX hub.example.com",
    ]


def test_a_record_of_a_thousand_addresses_is_bounded():
    uris = ",".join(f"mailto:a@x{n}.example.com" for n in range(1000))
    assert len(candidates(f"_dmarc.example.com TXT v=DMARC1; rua={uris}")) == 16


def test_silence_is_unheard_and_finds_nothing():
    net = internet()
    net.resolver_status = "servfail"
    found = net.conclude(find(Known("example.com", (), ()), scope()))
    assert found.candidates == ()
    assert [o.question.name for o in found.unheard] == ["_dmarc.example.com", "_smtp._tls.example.com"]
