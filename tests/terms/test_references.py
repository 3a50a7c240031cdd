"""What rules cite stands in one table."""

import pytest

from mxlatch.terms.references import REFERENCES, cited


def test_topics_become_documents_once_and_in_order() -> None:
    assert cited("null-mx", "mx-lookup", "mx-order") == (REFERENCES["null-mx"], REFERENCES["mx-lookup"])


def test_an_unknown_topic_is_a_fault_of_ours() -> None:
    with pytest.raises(KeyError):
        cited("telepathy")
