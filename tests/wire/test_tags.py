"""Records of tags and the report addresses in them, as people publish them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mxlatch.wire.tags import LONGEST, MOST_URIS, is_version, mail_domains, parse


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("v=DMARC1; p=none; rua=mailto:a@x.example", {"v": "DMARC1", "p": "none", "rua": "mailto:a@x.example"}),
        ("v=STSv1;id=2026 ;", {"v": "STSv1", "id": "2026"}),
        ("V = x ; k = a=b", {"v": "x", "k": "a=b"}),
        ("p=first; p=second", {"p": "first"}),
        ("no tags here; =x;;", {}),
    ],
)
def test_tags(text, tags):
    assert parse(text) == tags


@pytest.mark.parametrize(
    ("text", "version", "is_one"),
    [
        ("v=DMARC1; p=none", "DMARC1", True),
        ("v = DMARC1 ;p=none", "DMARC1", True),
        ("p=none; v=DMARC1", "DMARC1", False),
        ("v=DMARC12", "DMARC1", False),
        ("v=dmarc1", "DMARC1", False),
    ],
)
def test_the_version_stands_first(text, version, is_one):
    assert is_version(text, version) == is_one


@pytest.mark.parametrize(
    ("uris", "domains"),
    [
        ("mailto:dmarc@example.com", ("example.com",)),
        ("mailto:a@X.example!10m, MAILTO:b@y.example", ("x.example", "y.example")),
        ("mailto:a%2Cb@x.example?subject=dmarc,https://y.example/report", ("x.example",)),
        ("mailto:a@x.example,mailto:c@x.example", ("x.example",)),
        ("mailto:nobody, mailto:a@, a@x.example, mailto:a@-..-", ()),
        ("", ()),
    ],
)
def test_mail_domains_of_report_addresses(uris, domains):
    assert mail_domains(uris) == domains


def test_endless_lists_are_bounded():
    assert len(mail_domains(",".join(f"mailto:a@x{n}.example" for n in range(1000)))) == MOST_URIS
    assert len(parse(";".join(f"k{n}=v" for n in range(LONGEST)))) < LONGEST


@given(st.text(max_size=200))
def test_garbage_raises_nothing(text):
    parse(text)
    mail_domains(text)
    mail_domains(f"mailto:a@{text}")
