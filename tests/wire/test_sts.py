"""MTA-STS policies, as servers and as strangers write them (RFC 8461 section 3.2)."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mxlatch.terms.errors import ProtocolError
from mxlatch.wire.sts import LARGEST, MOST_MX, Policy, allows, parse

WHOLE = (
    b"version: STSv1\r\nmode: enforce\r\nmx: MX1.example.com\r\nmx: *.mail.example.com\r\n"
    b"mx: mx1.example.com\r\nmax_age: 604800\r\n"
)


def test_a_policy():
    assert parse(WHOLE) == Policy("enforce", 604800, ("mx1.example.com",), ("*.mail.example.com",))


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (b"version: STSv1\nmode: testing\nmx: a b\nmax_age: 1\n", "mx: 'a b' has a character"),
        (b"version: STSv1\nmode: testing\nmx: a.*.example\nmax_age: 1\n", "mx: 'a.*.example' has a character"),
        (b"version: STSv1\nmode: testing\nmax_age: 1\n", "no mx pattern"),
        (b"version: STSv1\nmode: testing\nmx: a.example\n", "no max_age"),
        (b"version: STSv1\nmode: testing\nmx: a.example\nmax_age: 99999999999\n", "no max_age"),
        (b"version: STSv1\nmode: testing\nmax_age: 1\n" + b"mx: a.example\n" * (MOST_MX + 1), "only 512 are read"),
    ],
)
def test_a_faulty_policy_is_read_and_told(body, fault):
    policy = parse(body)
    assert policy.mode == "testing"
    assert fault in policy.faults[0]


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("mx1.example.com", True),
        ("a.in.example.com", True),
        ("in.example.com", False),  # a wildcard stands for exactly one label (RFC 8461 section 4.1)
        ("a.b.in.example.com", False),
        ("mx2.example.com", False),
        ("192.0.2.1", False),
    ],
)
def test_which_exchangers_a_policy_allows(host, allowed):
    policy = Policy("enforce", 86400, ("mx1.example.com",), ("*.in.example.com",))
    assert allows(policy, host) is allowed


def test_a_policy_of_nothing_needs_no_mx():
    assert parse(b"version: STSv1\nmode: none\nmax_age: 86400\n") == Policy("none", 86400)


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (b"<html>not found</html>", "not an MTA-STS policy"),
        (b"version: STSv2\nmode: enforce\n", "not an MTA-STS policy"),
        (b"version: STSv1\nmode: harder\n", "without a mode"),
        (b"version: STSv1\nmode: none\nmx: \xc3\xa4\n", "not ASCII"),
        (b"version: STSv1\n" + b"#" * LARGEST, "over"),
        (b"", "not an MTA-STS policy"),
    ],
)
def test_what_is_no_policy_says_why(body, complaint):
    with pytest.raises(ProtocolError, match=complaint):
        parse(body)


@given(st.binary(max_size=200))
def test_garbage_raises_only_protocol_errors(body):
    with contextlib.suppress(ProtocolError):
        parse(body)
    with contextlib.suppress(ProtocolError):
        parse(b"version: STSv1\nmode: none\n" + body)
