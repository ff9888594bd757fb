"""What each offer would bring each line, with it and without it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.data.simulate.simulated import Operator


@pytest.fixture(scope="module")
def pairs(operator: Operator) -> pd.DataFrame:
    return operator.sql("""
        select p.*, o.kind, o.contract_months, o.discount_cny from truth_pairs p join offers o using (offer_id)""")


def test_without_an_offer_a_line_has_one_future(pairs: pd.DataFrame) -> None:
    for column in ("present_bill_cny", "margin12_without_cny", "churn90_without", "value12_without_cny"):
        of_line = pairs.groupby("customer_id")[column]
        assert (of_line.max() == of_line.min()).all()


def test_leaving_without_an_offer_is_that_of_the_churn_truth(operator: Operator) -> None:
    apart = operator.number("""
        select max(abs(p.churn90_without - c.undecided_probability)) from truth_pairs p
        join truth_churn c on c.customer_id = p.customer_id and c.as_of = date '2026-01-01'""")
    assert apart < 1e-5


def test_contracts_and_discounts_keep_customers(pairs: pd.DataFrame) -> None:
    bound = pairs[pairs["kind"].isin(["handset", "retention"])]
    kept = bound["churn90_without"] - bound["churn90_with"]
    assert (kept >= 0).all() and (kept > 0).mean() > 0.9


def test_a_dearer_plan_drives_customers_away_and_a_cheaper_one_keeps_them(pairs: pd.DataFrame) -> None:
    plans = pairs[pairs["kind"] == "plan"]
    change = np.log(plans["churn90_with"] / plans["churn90_without"])
    rise = plans["next_bill_cny"] / plans["present_bill_cny"].clip(lower=5)
    assert change[rise > 2].mean() > 0 > change[rise < 0.9].mean()


def test_the_margin_of_a_year_follows_the_bills(pairs: pd.DataFrame) -> None:
    year = 0.45 * 12 * pairs["present_bill_cny"].mean()
    assert pairs["margin12_without_cny"].mean() == pytest.approx(year, rel=0.15)
    kept = pairs[pairs["kind"] == "retention"]
    cost = 0.45 * kept["discount_cny"] * np.minimum(kept["contract_months"], 12)
    assert (kept["margin12_without_cny"] - kept["margin12_with_cny"]).to_numpy() == pytest.approx(cost, abs=0.02)


def test_who_may_leave_is_worth_less_than_a_year_of_margin(pairs: pd.DataFrame) -> None:
    sure = pairs[pairs["margin12_without_cny"] > 0]
    ratio = sure["value12_without_cny"] / sure["margin12_without_cny"]
    assert (ratio < 1).all() and ratio.mean() > 0.8
    risky = sure["churn90_without"] > 0.2
    assert ratio[risky].mean() < ratio[~risky].mean()


def test_acceptance_over_the_intents_exceeds_that_of_an_unknown_one_for_plans(pairs: pd.DataFrame) -> None:
    neutral = 1 / (1 + np.exp(-pairs["accept_logit"]))
    plans = pairs["kind"] == "plan"
    assert pairs.loc[plans, "accept_probability"].mean() > neutral[plans].mean()
    assert np.corrcoef(neutral, pairs["accept_probability"])[0, 1] > 0.9
