"""Context weights: 1 where nothing is known, more where the month's use runs past what the plan includes."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.arbitration import Factors
from models.context_weights import covered_share, projected_use

amounts = st.floats(0, 1e6)
shares = st.floats(0, 1)


@given(amounts, amounts, st.floats(0, 1e6), st.floats(0, 1e6))
def test_what_is_covered_is_a_share_and_grows_with_the_quota(
    used: float, quota: float, more: float, still_more: float
) -> None:
    one = np.array([used])
    small, big = (
        covered_share(one, one, np.array([quota]), np.array([quota + extra])) for extra in (more, more + still_more)
    )
    assert 0 <= small[0] <= big[0] <= 1
    assert covered_share(one, one, np.array([np.nan]), np.array([quota]))[0] == 0.0
    assert covered_share(one, one, np.array([np.inf]), np.array([np.inf]))[0] == 0.0


@given(amounts, shares, amounts)
def test_the_projection_is_at_least_what_was_used_and_ends_there(used: float, elapsed: float, usual: float) -> None:
    assert projected_use(used, elapsed, np.array([usual]))[0] >= used
    assert projected_use(used, 1.0, np.array([usual]))[0] == used


@given(st.floats(0.01, 1), st.floats(-500, 500), st.floats(0.1, 10), st.floats(1, 5))
def test_a_heavier_weight_never_moves_an_offer_back(chance: float, value: float, weight: float, more: float) -> None:
    def priority(lever: float) -> float:
        one = np.ones((1, 1))
        return float(Factors(one * chance, one * value, one, one * lever).priority[0, 0])

    assert priority(weight * more) >= priority(weight) - 1e-9
