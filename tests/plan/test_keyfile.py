"""TSIG keys as BIND's tools write them."""

import pytest

from mxlatch.plan import keyfile
from mxlatch.plan.provider import Key
from mxlatch.terms.errors import InputError

SECRET = "c2VjcmV0IHNlY3JldCBzZWNyZXQ="
KEY = Key("owner", "hmac-sha256", SECRET)
GOOD = {
    "tsig-keygen": f'key "owner" {{\n\talgorithm hmac-sha256;\n\tsecret "{SECRET}";\n}};\n',
    "one line, no quotes": f"key owner {{ algorithm hmac-sha256; secret {SECRET}; }};",
    "comments": f'# of the office\nkey "owner." {{ // old\n algorithm HMAC-SHA256; /* x; */ secret "{SECRET}"; }};',
    "knot's keymgr": f'# hmac-sha256:owner:{SECRET}\nkey "owner" {{ algorithm hmac-sha256; secret "{SECRET}"; }};',
}
BAD = {
    "nothing": ("", "0 keys"),
    "two": (GOOD["tsig-keygen"] * 2, "2 keys"),
    "no secret": ('key "owner" { algorithm hmac-sha256; };', "no secret"),
    "no base64": ('key "owner" { algorithm hmac-sha256; secret "' + SECRET + '***"; };', "no secret"),
    "md5": (f'key "owner" {{ algorithm hmac-md5; secret "{SECRET}"; }};', "must be one of"),
    "yaml": (f"key:\n  - id: owner\n    algorithm: hmac-sha256\n    secret: {SECRET}\n", "0 keys"),
}


@pytest.mark.parametrize("name", GOOD)
def test_a_key_is_read(name: str) -> None:
    assert keyfile.parse(GOOD[name], "owner.key") == KEY


def test_a_secret_that_looks_like_a_comment_is_read() -> None:
    text = 'key "a" { algorithm hmac-sha256; secret "//9//w=="; }; // not this'
    assert keyfile.parse(text, "a.key").secret == "//9//w=="


@pytest.mark.parametrize("name", BAD)
def test_a_fault_names_the_file_and_never_the_secret(name: str) -> None:
    text, told = BAD[name]
    with pytest.raises(InputError, match=told) as raised:
        keyfile.parse(text, "owner.key")
    assert str(raised.value).startswith("owner.key: ")
    assert SECRET not in str(raised.value)
