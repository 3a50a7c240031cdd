"""Which addresses are globally routable, one row for each special block and for each way to hide one."""

import ipaddress

import pytest

from mxlatch.net.scope import parse_address, why_not_global


@pytest.mark.parametrize(
    ("address", "what"),
    [
        ("0.0.0.0", "this network"),
        ("10.0.0.5", "private"),
        ("100.64.0.1", "carrier-grade NAT"),
        ("100.127.255.255", "carrier-grade NAT"),
        ("127.0.0.1", "loopback"),
        ("127.255.255.254", "loopback"),
        ("169.254.169.254", "link-local"),
        ("172.16.0.1", "private"),
        ("172.31.255.255", "private"),
        ("192.0.0.170", "IETF protocol assignments"),
        ("192.0.2.1", "documentation"),
        ("192.168.1.1", "private"),
        ("198.18.0.1", "benchmarking"),
        ("198.19.255.255", "benchmarking"),
        ("198.51.100.1", "documentation"),
        ("203.0.113.1", "documentation"),
        ("224.0.0.1", "multicast"),
        ("239.1.2.3", "multicast"),
        ("240.0.0.1", "reserved"),
        ("255.255.255.255", "reserved"),
        ("::", "unspecified"),
        ("::1", "loopback"),
        ("::10.0.0.5", "reserved"),  # IPv4-compatible, deprecated
        ("::ffff:10.0.0.5", "IPv4-mapped 10.0.0.5"),
        ("::ffff:8.8.8.8", "IPv4-mapped 8.8.8.8"),  # nobody's AAAA; judged as what it is, not as what it leads to
        ("64:ff9b::a00:5", "private 10.0.0.5 inside IPv6"),  # NAT64
        ("64:ff9b::7f00:1", "loopback 127.0.0.1 inside IPv6"),
        ("64:ff9b:1::1", "local-use translation"),
        ("100::1", "discard-only"),
        ("2001::1", "Teredo"),
        ("2001:10::1", "IETF protocol assignments"),
        ("2001:db8::1", "documentation"),
        ("2002:a00:5::1", "private 10.0.0.5 inside IPv6"),  # 6to4
        ("2002:c0a8:101::1", "private 192.168.1.1 inside IPv6"),
        ("3fff::1", "documentation"),
        ("4000::1", "not global unicast"),
        ("5f00::1", "segment routing"),
        ("fc00::1", "unique local"),
        ("fd12:3456::1", "unique local"),
        ("fe80::1", "link-local"),
        ("fec0::1", "site-local, deprecated"),
        ("ff02::1", "multicast"),
        ("8.8.8.8", None),
        ("100.63.255.255", None),
        ("100.128.0.0", None),
        ("172.15.255.255", None),
        ("172.32.0.0", None),
        ("192.0.1.1", None),
        ("198.17.255.255", None),
        ("198.20.0.0", None),
        ("2001:503:ba3e::2:30", None),
        ("2001:7fd::1", None),
        ("2002:808:808::1", None),
        ("2a00:1450::1", None),
        ("64:ff9b::808:808", None),
    ],
)
def test_why_not_global(address: str, what: str | None) -> None:
    assert why_not_global(ipaddress.ip_address(address)) == what


@pytest.mark.parametrize(
    "text",
    ["", "example.com", "10.0.0.05", "0x7f.1", "127.1", "1.2.3.4.5", "fe80::1%eth0", "[::1]", "::1 ", "1.2.3.4\x00"],
)
def test_what_is_no_address(text: str) -> None:
    assert parse_address(text) is None


@pytest.mark.parametrize("text", ["192.0.2.1", "2001:db8::1"])
def test_what_is_one(text: str) -> None:
    assert parse_address(text) == ipaddress.ip_address(text)
