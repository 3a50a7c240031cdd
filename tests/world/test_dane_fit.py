"""Certificates against TLSA records, case by case as RFC 7671 and RFC 7672 have it."""

from hashlib import sha256

import pytest

from mxlatch.terms.smtp import Certificate, Tls
from mxlatch.wire.tlsa import Tlsa
from mxlatch.world.dane_fit import fits

NOW = 1_000.0
HOSTS = ("mx1.example.com", "example.com")
WHOLE = b"the whole certificate in DER"


def certificate(letter, *names, ends=NOW + 1):
    return Certificate(
        "CN=x", "CN=y", names, 0.0, ends, f"{letter}1", "RSA 2048", f"{letter}2", (f"{letter}3", f"{letter}4")
    )


LEAF, ABOVE = certificate("a", "mx1.example.com"), certificate("b")
SHOWN = Tls("ok", chain=(LEAF, ABOVE))
OLD, ELSEWHERE = certificate("a", "mx1.example.com", ends=NOW - 1), certificate("a", "other.example.com")
OF_DOMAIN = certificate("a", "example.com")
HASHED_WHOLE = Certificate("", "", (), 0.0, 0.0, sha256(WHOLE).hexdigest(), "")


def behind(leaf):
    return Tls("ok", chain=(leaf, ABOVE))


@pytest.mark.parametrize(
    ("records", "tls", "expected"),
    [
        ([Tlsa(3, 0, 1, "a1")], SHOWN, True),
        ([Tlsa(3, 0, 2, "a2")], SHOWN, True),
        ([Tlsa(3, 1, 1, "a3")], SHOWN, True),
        ([Tlsa(3, 1, 2, "a4")], SHOWN, True),
        ([Tlsa(3, 1, 1, "a1")], SHOWN, False),
        ([Tlsa(3, 1, 1, "b3")], SHOWN, False),  # the authority's key is not the server's
        ([Tlsa(3, 1, 1, "00"), Tlsa(3, 1, 1, "a3")], SHOWN, True),  # while keys are changed both stand there
        ([Tlsa(3, 0, 0, WHOLE.hex())], Tls("ok", chain=(HASHED_WHOLE,)), True),
        ([Tlsa(3, 0, 0, "00")], Tls("ok", chain=(HASHED_WHOLE,)), False),
        ([Tlsa(3, 1, 1, "a3")], behind(OLD), True),  # the server's own key: dates and names are of no matter
        ([Tlsa(3, 1, 1, "a3")], behind(ELSEWHERE), True),
        ([Tlsa(2, 1, 1, "b3")], SHOWN, True),
        ([Tlsa(2, 1, 1, "a3")], SHOWN, False),  # an anchor stands above the server's own
        ([Tlsa(2, 1, 1, "b3")], behind(OLD), False),
        ([Tlsa(2, 1, 1, "b3")], behind(ELSEWHERE), False),
        ([Tlsa(2, 1, 1, "b3")], behind(OF_DOMAIN), True),
        ([Tlsa(2, 0, 1, "00")], SHOWN, False),
        ([Tlsa(2, 0, 1, "00")], Tls("ok", chain=(LEAF, ABOVE), whole=False), None),  # it may be further up
        ([Tlsa(3, 1, 1, "00")], Tls("ok", chain=(LEAF,), whole=False), False),
        ([Tlsa(2, 0, 0, "00")], SHOWN, None),  # it stands whole in the DNS, and need not be sent
        ([Tlsa(3, 1, 1, "a3"), Tlsa(3, 1, 2, "00")], SHOWN, False),  # who can, heeds the stronger digest alone
        ([Tlsa(3, 1, 1, "00"), Tlsa(3, 1, 2, "a4")], SHOWN, True),
        ([Tlsa(3, 0, 2, "00"), Tlsa(3, 1, 1, "a3")], SHOWN, True),  # of another selector
        ([Tlsa(1, 1, 1, "a3"), Tlsa(3, 1, 1, "00")], SHOWN, False),  # usage 1 is not for mail
        ([Tlsa(3, 1, 1, "a3")], Tls("ok", chain=(HASHED_WHOLE,)), None),  # no digest of its key was kept
        ([Tlsa(3, 1, 1, "a3")], Tls("failed"), None),
        ([Tlsa(3, 1, 1, "a3")], None, None),
    ],
    ids=str,
)
def test_fits(records, tls, expected):
    assert fits(records, tls, HOSTS, NOW) is expected


def test_records_that_no_mail_server_heeds_tell_nothing():
    assert fits([Tlsa(1, 1, 1, "a3"), Tlsa(3, 7, 1, "a3")], SHOWN, HOSTS, NOW) is None
