import io
from pathlib import Path

import pytest

from mxlatch.cli import targets
from mxlatch.cli.exits import WrongUsage
from mxlatch.terms.errors import InputError


@pytest.mark.parametrize(
    ("given", "names"),
    [
        (["example.org"], ("example.org",)),
        (["Example.ORG.", "example.org"], ("example.org",)),
        (["b.example", "a.example"], ("b.example", "a.example")),
        (["xn--exmple-cua.org"], ("xn--exmple-cua.org",)),
    ],
)
def test_names(given, names):
    assert targets.domains(given) == names


LIST = "# ours\nexample.org\n\n  Example.NET.   # the other\nexample.org\n"


def test_a_file(tmp_path: Path):
    file = tmp_path / "domains.txt"
    file.write_text(LIST)
    assert targets.domains([f"@{file}", "a.example"]) == ("example.org", "example.net", "a.example")


def test_standard_input(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(LIST.encode())))
    assert targets.domains(["-"]) == ("example.org", "example.net")


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("anna@example.org", "write example.org"),
        ("https://example.org/", "is a URL"),
        ("192.0.2.1", "is an address"),
        ("exämple.org", "A-label"),
        ("example..org", "empty label"),
        ("a b.org", "character"),
    ],
)
def test_what_is_no_domain_is_explained(word, message):
    with pytest.raises(InputError, match=message):
        targets.domains([word])


def test_a_list_names_every_line_at_fault(tmp_path: Path):
    file = tmp_path / "domains.txt"
    file.write_text("example.org\nanna@example.org\nexample..net\n")
    with pytest.raises(InputError) as fault:
        targets.domains([f"@{file}"])
    assert [line.split(":")[1] for line in str(fault.value).splitlines()] == ["2", "3"]


def test_an_empty_list(tmp_path: Path):
    (tmp_path / "none").write_text("# nothing\n")
    with pytest.raises(InputError, match="the list is empty"):
        targets.domains([f"@{tmp_path / 'none'}"])


@pytest.mark.parametrize("text", ["198.51.100.0/24", "198.51.100.7/32", "2001:db8::/32"])
def test_a_network(text):
    assert str(targets.network(text)) == text


@pytest.mark.parametrize("text", ["198.51.100.7/24", "example.com", "198.51.100.0/33", ""])
def test_what_is_no_network(text):
    with pytest.raises(WrongUsage, match="write one like"):
        targets.network(text)
