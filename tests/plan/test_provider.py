"""What providers share: what a text leaves out is said, a secret is not."""

from mxlatch.plan.change import Lock, Records
from mxlatch.plan.provider import Given, Key, ZoneFile, left_out
from tests.plan.providers.hand import LOCK, mx


def test_what_is_not_in_a_text_is_said() -> None:
    assert left_out([mx(), LOCK], (Records,)) == (
        "not in this file: lock of mx1.example.com: port 25 for 203.0.113.2 (the filter) only",
    )
    assert left_out([mx(), LOCK], (Records, Lock)) == ()


def test_a_key_does_not_show_its_secret() -> None:
    assert repr(Key("owner", "hmac-sha256", "c2VjcmV0")) == "Key('owner', 'hmac-sha256')"
    assert "c2VjcmV0" not in str(Key("owner", "hmac-sha256", "c2VjcmV0"))


def test_a_zone_file_is_found_by_its_zone() -> None:
    kept = ZoneFile("example.com", "db", "")
    assert Given(zones=(kept,)).zone("example.com") == kept
    assert Given(zones=(kept,)).zone("example.net") is None
