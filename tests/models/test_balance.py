"""Balance: idle places help busy ones, within limits, and never so that more is missing than need be."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import BadInput
from models.balance import Rules, balance, balance_plan, lending

PLACES = pd.DataFrame(list(product(["billing", "tech"], ["hz", "wh"])), columns=["queue", "centre"])


def _missing(needed: np.ndarray, available: np.ndarray, rules: Rules) -> float:
    pairs = lending(PLACES, rules)
    moved = balance(needed, available, pairs)
    helped = np.bincount(pairs.taker, weights=moved * pairs.efficiency, minlength=4)
    given_away = np.bincount(pairs.giver, weights=moved, minlength=4)
    assert (given_away <= np.maximum(available - needed, 0) + 1e-6).all(), "nobody lends what is needed at home"
    assert (moved <= rules.most + 1e-6).all()
    assert (moved == np.rint(moved)).all(), "agents are people"
    return float(np.maximum(np.maximum(needed - available, 0) - helped, 0).sum())


def test_the_same_queue_of_another_centre_helps_first() -> None:
    table = PLACES.assign(starts_at=pd.Timestamp("2026-01-05 09:00"), needed=[10, 5, 5, 5], available=[6, 9, 9, 5])
    moves, left = balance_plan(table, Rules())
    assert moves[["from_queue", "from_centre", "to_queue", "to_centre", "agents"]].values.tolist() == [
        ["billing", "wh", "billing", "hz", 4.0]
    ]
    assert left[["missing_before", "missing_after"]].values.tolist() == [[4, 0]]


def test_an_agent_elsewhere_is_worth_less_and_a_limit_binds() -> None:
    needed, available = np.array([10.0, 0, 0, 0]), np.array([0.0, 0, 20, 0])
    assert _missing(needed, available, Rules(other_queue=0.5)) == pytest.approx(0.0)
    assert _missing(needed, available, Rules(other_queue=0.5, most=8)) == pytest.approx(6.0)
    assert _missing(needed, available, Rules(other_queue=0.0)) == pytest.approx(10.0)


def test_whole_agents_are_lent_and_no_lender_falls_below_its_need() -> None:
    table = PLACES.assign(starts_at=pd.Timestamp("2026-01-05 09:00"), needed=[10, 5, 5, 5], available=[4, 5, 8.4, 5])
    moves, left = balance_plan(table, Rules(other_queue=0.9))
    assert moves["agents"].tolist() == [3.0], "3.4 are spare"
    assert left["missing_after"].iloc[0] == pytest.approx(6 - 3 * 0.9)
    few = balance_plan(table.assign(needed=[6, 5, 5, 5]), Rules(other_queue=0.6))[0]
    assert few["agents"].tolist() == [3.0], "2 / 0.6 is no whole number"


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=4, max_size=4), st.floats(0.1, 1.0))
def test_with_everybody_allowed_only_the_lost_efficiency_and_parts_of_agents_are_missing(
    agents: list[tuple[int, int]], worth: float
) -> None:
    needed, available = (np.array(side, dtype=float) for side in zip(*agents, strict=True))
    left = _missing(needed, available, Rules(other_queue=worth))
    spare, missing = np.maximum(available - needed, 0).sum(), np.maximum(needed - available, 0).sum()
    takers = int((needed > available).sum())  # each may leave less than one agent of its last helper unused
    assert max(missing - spare, 0) - 1e-6 <= left <= max(missing - (spare - takers) * worth, 0) + 1e-6


def test_rules_and_tables_that_cannot_be_are_named() -> None:
    with pytest.raises(BadInput, match="other-queue"):
        Rules(other_queue=1.5)
    with pytest.raises(BadInput, match="available"):
        balance_plan(PLACES.assign(starts_at=pd.Timestamp("2026-01-05"), needed=1), Rules())
