"""The page on single, pair, sandwich and backup has the figures that the simulation gives."""

from pathlib import Path

from tests.simulate.page import tables

PAGE = Path(__file__).parent.parent.parent / "docs" / "explanation" / "single-pair-sandwich-backup.md"


def test_every_row_of_the_tables_stands_on_the_page():
    text = PAGE.read_text("utf-8")
    missing = [row for row in tables().splitlines() if row and row not in text]
    assert not missing, f"update {PAGE.name}: python -m tests.simulate.page prints its tables\n" + "\n".join(missing)
