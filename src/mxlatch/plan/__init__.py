"""The fewest changes that close the ways round: searched, proved, put in order, written out, carried out, undone."""
