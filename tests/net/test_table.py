"""The --net table, row by row."""

import pytest

from mxlatch.net.table import parse
from mxlatch.terms.errors import InputError

TABLE = parse(
    """\
# the lab
192.0.2.1:25   = 127.0.0.1:2525    # mx1
192.0.2.1:*    = 127.0.0.9:*
192.0.2.2:*    = 127.0.0.2:7
[2001:DB8:0::1]:25 = [::1]:2526
""",
    "lab.net",
)


@pytest.mark.parametrize(
    ("address", "port", "place"),
    [
        ("192.0.2.1", 25, ("127.0.0.1", 2525)),
        ("192.0.2.1", 587, ("127.0.0.9", 587)),  # every port, each to the same
        ("192.0.2.2", 25, ("127.0.0.2", 7)),  # every port to one
        ("2001:db8::1", 25, ("::1", 2526)),
        ("2001:db8::1", 26, None),
        ("192.0.2.3", 25, None),
        ("127.0.0.1", 2525, None),
    ],
)
def test_find(address: str, port: int, place: tuple[str, int] | None) -> None:
    assert TABLE.find(address, port) == place


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("192.0.2.1:25", "'192.0.2.1:25' has no '=': write ADDRESS:PORT = ADDRESS:PORT"),
        ("192.0.2.1 = 127.0.0.1:25", "'192.0.2.1' is no address and port"),
        ("mx1:25 = 127.0.0.1:25", "'mx1:25' is no address and port"),
        ("2001:db8::1:25 = 127.0.0.1:25", "'2001:db8::1:25' is no address and port"),
        ("[192.0.2.1]:25 = 127.0.0.1:25", "'[192.0.2.1]:25' is no address and port"),
        ("192.0.2.1:0 = 127.0.0.1:25", "'0' is no port: write 1 to 65535, or '*' for every port"),
        ("192.0.2.1:25 = 127.0.0.1:99999", "'99999' is no port"),
        ("192.0.2.1:25 = 127.0.0.1:*", "the right side says every port and the left side one"),
        ("192.0.2.9:25 = 127.0.0.1:1", "192.0.2.9:25 stands twice: delete one of the rows"),
    ],
)
def test_a_row_that_cannot_be_used_is_named_with_its_line(row: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(f"192.0.2.9:25 = 127.0.0.1:2525\n\n{row}\n", "lab.net")
    assert str(caught.value).startswith(f"lab.net:3: {said}")


def test_all_bad_rows_at_once() -> None:
    with pytest.raises(InputError) as caught:
        parse("a\n192.0.2.9:25 = 127.0.0.1:2525\nb\n", "lab.net")
    assert [line.split(":")[1] for line in str(caught.value).split("\n")] == ["1", "3"]
