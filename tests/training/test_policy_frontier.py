"""Policies on a frontier, and default points, on a menu whose answers are known by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.training.test_policy_table import CHEAP, DEAR, menu, rules
from training.policy_frontier import against_rules, default_points, reached, shares_of_the_possible


def told_apart() -> pd.DataFrame:
    """Half of the customers would not take the cheap plan: a rule that gives it to all wastes their pitches."""
    some = menu()
    some.true_probability[:20] = [0.1, 0.1]
    some.probability[:20] = [0.1, 0.1]
    return against_rules(some, rules(CHEAP))


def test_a_model_that_tells_customers_apart_gains_at_the_rules_own_acceptance_and_at_its_margin() -> None:
    [row] = told_apart().to_dict("records")
    assert row["accepted"] == pytest.approx(30.0)
    assert row["margin"] == pytest.approx(-3.0)
    assert row["margin_gain"] == pytest.approx(5.5)
    assert row["accepted_gain"] == pytest.approx(0.0)


def test_a_rule_that_is_as_good_leaves_no_gain() -> None:
    [row] = against_rules(menu(), rules(DEAR)).to_dict("records")
    assert (row["margin_gain"], row["accepted_gain"]) == (pytest.approx(0.0), pytest.approx(0.0))


def test_a_rule_beyond_our_frontier_is_said_to_be_unreached() -> None:
    wrong = replace(menu(), probability=np.tile([0.0, 1.0], (40, 1)))
    [row] = against_rules(wrong, rules(CHEAP)).to_dict("records")
    assert np.isnan(row["margin_gain"])


def test_nothing_is_reached_beyond_the_last_point() -> None:
    assert np.isnan(reached(np.array([[10.0, 4.0]]), 11.0))


def test_default_points_offer_nothing_where_nothing_is_worth_it() -> None:
    loss = replace(menu(), value=np.full((40, 2), -1.0))
    points = default_points(loss).set_index("policy")
    assert [points.loc["ours", name] for name in ("offered", "accepted", "margin")] == [0.0, 0.0, 0.0]
    assert points.loc["the dearest plan to all", "margin"] == pytest.approx(10.0)
    assert points.loc["oracle", "margin"] == pytest.approx(10.0)


def test_a_thousand_target_calls_are_24_pitches_and_the_best_calls_bring_at_least_the_mean() -> None:
    some = menu()
    some.true_probability[:20] = some.probability[:20] = [0.1, 0.02]
    points = default_points(some).set_index("policy")
    assert points.loc["ours", "margin_1000"] == pytest.approx(24.3 * 6.0)
    assert points.loc["ours", "margin_best"] == pytest.approx(24.3 * 10.0)


def test_a_model_that_knows_the_truth_reaches_all_that_is_possible() -> None:
    assert shares_of_the_possible(default_points(menu())) == {
        "of_true_p": pytest.approx(1.0),
        "of_oracle": pytest.approx(1.0),
        "of_oracle_over_nothing": pytest.approx(1.0),
    }
