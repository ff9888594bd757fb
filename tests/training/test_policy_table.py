"""The policy table on a menu whose answers are known by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.policy_table import Menu, at_least, policy_table

CHEAP, DEAR = "cheap", "dear"


def menu(customers: int = 40) -> Menu:
    """A cheap plan that half accept and that loses 10 CNY, a dear one that a tenth accept and that brings 100."""
    shape = (customers, 2)
    probability = np.broadcast_to([0.5, 0.1], shape).copy()
    margin = np.broadcast_to([-10.0, 100.0], shape).copy()
    return Menu(
        customers=pd.Index([f"c{i}" for i in range(customers)]),
        offers=pd.Index([CHEAP, DEAR]),
        allowed=np.ones(shape, dtype=bool),
        probability=probability,
        value=margin,
        true_probability=probability,
        true_margin=margin,
        fee=np.broadcast_to([58.0, 158.0], shape).copy(),
    )


def rules(offer: str, customers: int = 40) -> dict[str, pd.Series]:
    return {"a rule": pd.Series(offer, index=[f"c{i}" for i in range(customers)])}


def test_outcomes_are_per_hundred_pitches_and_per_pitch() -> None:
    table = policy_table(menu(), rules(CHEAP)).set_index("policy")
    assert table.loc["cartesian a rule", ["accepted_per_100", "margin_per_pitch_cny"]].tolist() == [50.0, -5.0]
    assert table.loc["the dearest plan to all", ["accepted_per_100", "margin_per_pitch_cny"]].tolist() == [10.0, 10.0]
    assert not table.loc["the dearest plan to all", "beats_rule"]
    assert table["customers"].eq(40).all()


def test_customers_whose_target_offer_is_not_allowed_are_left_out_for_everybody() -> None:
    some = menu()
    some.allowed[:10, 0] = False
    table = policy_table(some, rules(CHEAP))
    assert table["customers"].eq(30).all()


def test_an_equal_policy_does_not_beat_the_rule() -> None:
    table = policy_table(menu(), rules(DEAR)).set_index("policy")
    assert table.loc["model", "margin_per_pitch_cny"] == pytest.approx(10.0)
    assert not table.loc["model", "beats_rule"]


def test_a_model_that_tells_customers_apart_beats_a_rule_that_does_not() -> None:
    told = menu()
    told.true_probability[:20] = [0.1, 0.1]
    told.probability[:20] = [0.1, 0.1]
    table = policy_table(told, rules(CHEAP)).set_index("policy")
    assert table.loc["cartesian a rule", "accepted_per_100"] == pytest.approx(30.0)
    assert table.loc["model", "margin_per_pitch_cny"] == pytest.approx(2.5)
    assert table.loc["model", "beats_rule"]


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(-100, 100)), min_size=1, max_size=12), st.floats(0, 100))
def test_a_mixture_keeps_to_the_wanted_rate_where_any_point_reaches_it(
    points: list[tuple[float, float]], wanted: float
) -> None:
    found = at_least(np.array(points), wanted)
    reached = [p for p in points if p[0] >= wanted]
    if reached:
        assert found[0] >= wanted - 1e-9
        assert found[1] >= max(p[1] for p in reached) - 1e-9
    else:
        assert found[0] == max(p[0] for p in points)
