"""Exports of certificate logs, as the services give them and as strangers might."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mxlatch.terms.errors import ProtocolError
from mxlatch.wire import ct
from mxlatch.wire.ct import names


@pytest.mark.parametrize(
    ("entries", "found"),
    [
        ([{"name_value": "a.example\nB.example", "common_name": "c.example"}], ("a.example", "b.example", "c.example")),
        ([{"name_value": "*.example.com\nme@example.com", "common_name": None}], ()),
        ([{"dns_names": ["mail.example.com", "mail.example.com"]}], ("mail.example.com",)),
        ([{"issuer_ca_id": 16418, "name_value": "x.example"}], ("x.example",)),
        ([], ()),
    ],
)
def test_names_in_an_export(entries, found):
    assert names(json.dumps(entries).encode()) == found


@pytest.mark.parametrize(
    "export", [b"", b"<html>", b'{"name_value": "a.example"}', b'[{"name_value": 1}]', b"[" * 5000]
)
def test_what_is_no_export_raises(export):
    with pytest.raises(ProtocolError, match="no export of a certificate log"):
        names(export)


def test_too_many_names_raise(monkeypatch):
    monkeypatch.setattr(ct, "MOST_NAMES", 2)
    with pytest.raises(ProtocolError, match="over 2 names"):
        names(b'[{"name_value": "a.x\\nb.x\\nc.x"}]')


@given(st.binary(max_size=200))
def test_garbage_raises_only_protocol_errors(export):
    with contextlib.suppress(ProtocolError):
        names(export)
