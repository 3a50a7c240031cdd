"""A TSIG key as BIND's tools keep one (tsig-keygen(8)): `key "name" { algorithm hmac-sha256; secret "…"; };`

Limits: one key a file. HMAC-MD5 is not used (RFC 8945 section 6).
"""

import base64
import binascii
import re

from mxlatch.plan.provider import Key
from mxlatch.terms.errors import InputError

ALGORITHMS = ("hmac-sha224", "hmac-sha256", "hmac-sha384", "hmac-sha512", "hmac-sha1")
_REMEDY = "write it as tsig-keygen does"
# What is quoted goes first: a secret in base64 may well hold "//".
_COMMENT = re.compile(r'("[^"\n]*")|/\*.*?\*/|(?://|#)[^\n]*', re.DOTALL)
_KEY = re.compile(r'key\s+("[^"\s]+"|[^"\s{]+)\s*\{(.*?)\}\s*;?', re.DOTALL)
_FIELD = re.compile(r'(algorithm|secret)\s+("[^"]*"|[^";\s]+)\s*;')


def parse(text: str, path: str) -> Key:
    """The key of a file.

    Raises:
        InputError: names the path; what the file holds is never repeated.
    """
    found = _KEY.findall(_COMMENT.sub(lambda found: found[1] or "", text))
    if len(found) != 1:
        raise InputError(f'{path}: {len(found)} keys in it: one is wanted, key "NAME" {{ … }}: {_REMEDY}')
    name, body = found[0]
    fields = {word: value.strip('"') for word, value in _FIELD.findall(body)}
    return make(name.strip('"'), fields.get("algorithm", ""), fields.get("secret", ""), path)


def make(name: str, algorithm: str, secret: str, path: str) -> Key:
    """A key of its parts.

    Raises:
        InputError: one of them is not there, or cannot be.
    """
    if algorithm.lower() not in ALGORITHMS:
        raise InputError(f"{path}: its algorithm must be one of {', '.join(ALGORITHMS)}")
    try:
        octets = base64.b64decode("".join(secret.split()), validate=True)
    except (binascii.Error, ValueError):
        octets = b""
    if not octets:
        raise InputError(f"{path}: no secret in it, or one that is not base64: {_REMEDY}")
    return Key(name.removesuffix("."), algorithm.lower(), base64.b64encode(octets).decode())
