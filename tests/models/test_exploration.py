"""Exploration: the logged chances are exactly those of the draw."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.exploration import CONTROL, EXPLOIT, EXPLORE, Chances, even_number, put_first

chances = st.builds(
    Chances,
    share=st.floats(0, 0.5),
    control=st.floats(0, 0.4),
    weights=st.dictionaries(st.integers(0, 6), st.sampled_from([0.0, 1.0, 2.5]), max_size=7),
)
orders = st.lists(st.integers(0, 6), unique=True, max_size=3)


@given(chances, orders, st.integers(1, 4))
def test_propensities_are_the_frequencies_of_even_draws(chosen: Chances, order: list[int], limit: int) -> None:
    order = order[:limit]
    numbers = (np.arange(4000) + 0.5) / 4000
    counts: dict[int, float] = {}
    for draw in map(chosen.draw, numbers.tolist()):
        shown = [] if draw.arm == CONTROL else order if draw.first is None else put_first(order, draw.first, limit)
        for offer in shown:
            counts[offer] = counts.get(offer, 0.0) + 1 / len(numbers)
    known = chosen.propensities(order, limit)
    assert all(abs(counts.get(offer, 0.0) - chance) < 0.005 for offer, chance in known.items())
    assert set(counts) <= set(known)


def test_without_a_share_nothing_is_explored_and_what_is_shown_is_certain() -> None:
    still = Chances(0.0, 0.0, {1: 1.0, 2: 1.0})
    assert still.draw(0.0).arm == still.draw(0.999).arm == EXPLOIT
    assert still.propensities([2, 1], 2) == {2: 1.0, 1: 1.0}


def test_an_offer_of_weight_0_is_never_drawn() -> None:
    drawn = {Chances(0.5, 0.0, {1: 0.0, 2: 1.0}).draw(number).first for number in np.linspace(0, 0.999, 100).tolist()}
    assert drawn == {None, 2}


def test_arms_take_their_shares() -> None:
    arms = [Chances(0.2, 0.1, {1: 1.0}).draw(even_number(7, i)).arm for i in range(20_000)]
    for arm, share in ((CONTROL, 0.1), (EXPLORE, 0.2), (EXPLOIT, 0.7)):
        assert arms.count(arm) / len(arms) == pytest.approx(share, abs=0.01)


def test_the_same_decision_is_drawn_the_same_way() -> None:
    assert even_number(1, "d") == even_number(1, "d") != even_number(2, "d")
