"""Arbitration: what an acceptance is worth, who is held back by the guard, and in which order offers stand."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.arbitration import (
    ValueTerms,
    acceptance_value,
    by_priority,
    first_code,
    horizon_margin,
    popup_levels,
    ratio,
    rises_above,
    unpersonalised,
)

TERMS = ValueTerms(margin_share=0.45, horizon_months=12)
amounts = st.floats(-100, 1000, width=32)
tables = arrays(np.float64, (3, 5), elements=amounts)
flags = arrays(np.bool_, (3, 5))


def test_value_is_the_contracts_formula_by_hand() -> None:
    terms = ValueTerms(0.45, 12, acceptance_bonus_cny=5.0, agent_cny_per_hour=60.0)
    margin = horizon_margin(np.array([[220.0]]), np.array([[228.0]]), np.array([np.nan]), terms)
    assert np.isclose(margin, 0.45 * 12 * 8)
    assert np.isclose(acceptance_value(margin, terms), 0.45 * 12 * 8 + 5 - 60 / 60)


def test_an_offers_own_margin_replaces_the_share_of_the_difference() -> None:
    margin = horizon_margin(np.array([[220.0]]), np.array([[228.0]]), np.array([2.0]), TERMS)
    assert margin.tolist() == [[24.0]]


@given(tables, flags)
def test_only_eligible_offers_stand_before_the_count_and_fall_in_value(
    values: np.ndarray, eligible: np.ndarray
) -> None:
    order, count = by_priority(values, eligible)
    assert count.tolist() == eligible.sum(axis=1).tolist()
    for line in range(len(values)):
        first = order[line, : count[line]]
        assert eligible[line, first].all()
        assert (np.diff(values[line, first]) <= 0).all()


def test_ties_stand_in_order_of_the_offer_and_unknown_values_nowhere() -> None:
    order, count = by_priority(np.array([[1.0, 2.0, 1.0, np.nan]]), np.ones((1, 4), dtype=bool))
    assert order[0, : count[0]].tolist() == [1, 0, 2]


@given(flags)
def test_the_unpersonalised_order_is_the_same_for_everybody(eligible: np.ndarray) -> None:
    levels, fees = [2, 1, 2, 1, 3], np.array([88.0, 10.0, 58.0, 10.0, np.nan])
    order, count = unpersonalised(levels, fees, eligible)
    everybody = [1, 3, 2, 0, 4]
    for line in range(len(eligible)):
        assert order[line, : count[line]].tolist() == [offer for offer in everybody if eligible[line, offer]]


@given(st.floats(0.01, 1000), st.floats(-1000, 5000), st.floats(0.5, 3))
def test_the_guard_agrees_with_the_ratio_that_is_published(before: float, after: float, cap: float) -> None:
    old, new = np.array([before]), np.array([after])
    assert rises_above(old, new, cap)[0] == (ratio(new, old)[0] > cap)


def test_a_guard_that_is_off_holds_nothing_back() -> None:
    assert not rises_above(np.array([1.0]), np.array([1e9]), None).any()


def test_the_first_reason_in_the_list_is_the_one_that_is_told() -> None:
    holds = {"FIRST": np.array([[False, True]]), "SECOND": np.array([[True, True]])}
    assert first_code(holds, (1, 2)).tolist() == [[2, 1]]


def test_plans_pop_up_first_from_the_21st_and_the_others_keep_their_order() -> None:
    levels = {"data_pack": 1, "plan": 2, "handset": 3, "retention": 4}
    kinds = ["plan", "data_pack", "handset", "retention"]
    assert popup_levels(kinds, levels, 20, 21) == [2, 1, 3, 4]
    assert popup_levels(kinds, levels, 21, 21) == [1, 2, 3, 4]
