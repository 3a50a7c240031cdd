"""On which line a key stands, in TOML as people write it."""

import pytest

from mxlatch.inventory.lines import Path, line_of, scan

TEXT = '''\
# [[door]] in a comment
title = "x # no comment [" # a comment [
[[door]]
note = """
name = "not here"
[[door]]
"""
addresses = [
  "192.0.2.1", # ]
  "192.0.2.2",
]
name = 'mx1]'
  [door.latches]
  "spf" = true
[[ firewall ]]
[[firewall.rule]]
to = "a"
[[firewall.rule]]
to = "b"
latches.spf = true
inline = { x = 1, y = [ 2 ] }
[[door]]
name = "mx2"
[[firewall]]
[[firewall.rule]]
to = "c"
'''


@pytest.mark.parametrize(
    ("where", "line"),
    [
        (("title",), 2),
        (("door", 0), 3),
        (("door", 0, "note"), 4),
        (("door", 0, "addresses"), 8),
        (("door", 0, "name"), 12),
        (("door", 0, "latches"), 13),
        (("door", 0, "latches", "spf"), 14),
        (("firewall", 0), 15),
        (("firewall", 0, "rule", 0, "to"), 17),
        (("firewall", 0, "rule", 1), 18),
        (("firewall", 0, "rule", 1, "to"), 19),
        (("firewall", 0, "rule", 1, "latches", "spf"), 20),
        (("firewall", 0, "rule", 1, "inline", "y"), 21),  # the line of the inline table
        (("door", 1, "name"), 23),
        (("door", 1, "missing"), 22),  # the nearest thing around it
        (("firewall", 1, "rule", 0, "to"), 26),
        (("door",), 3),  # of an array: its first entry
        (("nowhere", 3), 1),
    ],
)
def test_line_of(where: Path, line: int) -> None:
    assert line_of(where, scan(TEXT)) == line
