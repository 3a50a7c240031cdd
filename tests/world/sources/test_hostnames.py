"""Names that a stranger guesses."""

import pytest

from mxlatch.world.candidate import Known
from mxlatch.world.exchanges import ExchangeSeen
from mxlatch.world.sources.hostnames import find
from tests.fakes.example import internet, scope


def guesses(*exchanges, words=()):
    known = Known("example.com", (), tuple(ExchangeSeen(name, "host") for name in exchanges))
    return [c.name for c in internet().conclude(find(known, scope(words=words))).candidates]


def test_words_are_tried_below_the_domain():
    assert guesses(words=("mail", "smtp")) == ["mail.example.com", "smtp.example.com"]


@pytest.mark.parametrize(
    ("exchange", "guessed"),
    [
        ("mx1.example.com", {"mx0.example.com", "mx2.example.com", "mx9.example.com", "old-mx1.example.com"}),
        ("mail2-in.example.com", {"mail1-in.example.com", "mail2-in-old.example.com"}),
        ("relay.example.com", {"old-relay.example.com", "backup-relay.example.com"}),
    ],
)
def test_neighbours_of_what_exists(exchange, guessed):
    found = guesses(exchange)
    assert guessed <= set(found)
    assert exchange not in found


@pytest.mark.parametrize("exchange", ["mx.filter.example", ".", "example.com"])
def test_nothing_is_guessed_beside_names_of_others(exchange):
    assert guesses(exchange) == []


def test_a_thousand_words_are_bounded():
    assert len(guesses(words=tuple(f"w{n}" for n in range(1000)))) == 200
