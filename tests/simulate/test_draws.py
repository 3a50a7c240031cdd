"""The messages are the same for the same seed, as many of each class, and weigh what their share says."""

import numpy as np
import pytest

from mxlatch.simulate.draws import drawn, weights
from tests.simulate.layouts import default


def test_the_same_seed_draws_the_same_and_another_does_not():
    one, same, other = (drawn(3, 300, 60.0, seed) for seed in (1, 1, 2))
    assert (one.written == same.written).all()
    assert (one.written != other.written).any()


def test_every_class_has_as_many_and_all_are_written_in_time():
    made = drawn(7, 100, 3600.0, 1)
    assert np.bincount(made.sender).tolist() == [14] * 7
    assert made.count == 98
    assert (made.written >= 0).all()
    assert (made.written < 3600).all()
    assert made.of(2).tolist() == list(range(28, 42))


def test_there_is_always_one_of_each():
    assert drawn(5, 1, 60.0, 1).count == 5


def test_weights_sum_up_to_the_messages_and_follow_the_shares():
    mix = default()
    made = drawn(len(mix.honest), 1_100, 60.0, 1)
    weigh = weights(made, mix.honest, mix.values(), 5_000)
    assert weigh.sum() == pytest.approx(5_000)
    by_class = np.bincount(made.sender, weights=weigh) / 50
    assert by_class.tolist() == pytest.approx([mix.values()[s.number("share")] for s in mix.honest])


def test_shares_that_are_all_nothing_count_alike():
    mix = default()
    none = {**mix.values(), **{sender.number("share"): 0.0 for sender in mix.spam}}
    assert weights(drawn(len(mix.spam), 130, 1.0, 1), mix.spam, none, 130).tolist() == pytest.approx([1.0] * 130)
