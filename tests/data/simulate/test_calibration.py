"""The operator beside published figures: 743,990 lines of an operator (CCF BDCI 2018), and calls at real centres.

Tolerances are what a few thousand lines scatter, and the distance that is left: the mean bill lies 8 % low, and the
heaviest use is missing.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import poisson

from tests.data.simulate.simulated import Operator

TENURE = (
    "select date_diff('month', joined_on, date '2025-07-01') as m from customers where joined_on < date '2025-07-01'"
)
CONTRACT = "select coalesce(date_diff('month', contract_starts_on, contract_ends_on), 0) as m from customers"


@pytest.mark.parametrize(
    ("figure", "published", "tolerance"),
    [
        ("select avg(total_cny) from bills", 105.3, 0.15),
        ("select stddev(total_cny) from bills", 90.7, 0.30),
        ("select quantile_cont(total_cny, 0.25) from bills", 52.2, 0.15),
        ("select quantile_cont(total_cny, 0.50) from bills", 76.0, 0.15),
        ("select quantile_cont(total_cny, 0.75) from bills", 127.5, 0.15),
        ("select avg((total_cny between 0 and 200)::int) from bills", 0.85, 0.10),
        ("select avg(data_mb) from usage", 1280.0, 0.20),
        ("select stddev(data_mb) from usage", 2865.0, 0.40),
        ("select quantile_cont(data_mb, 0.50) from usage", 300.0, 0.30),
        ("select quantile_cont(data_mb, 0.75) from usage", 1535.0, 0.25),
        (f"select avg(m) from ({TENURE})", 42.2, 0.20),
        (f"select stddev(m) from ({TENURE})", 45.5, 0.25),
        (f"select median(m) from ({TENURE})", 17.0, 0.50),
        (f"select avg(m) from ({CONTRACT})", 7.8, 0.25),
        (f"select stddev(m) from ({CONTRACT})", 10.3, 0.15),
    ],
)
def test_a_marginal_is_near_the_published_one(
    operator: Operator, figure: str, published: float, tolerance: float
) -> None:
    assert operator.number(figure) == pytest.approx(published, rel=tolerance)


def test_a_quarter_of_the_months_uses_no_data(operator: Operator) -> None:
    assert operator.number("select avg((data_mb = 0)::int) from usage") == pytest.approx(0.25, abs=0.05)


def test_few_bills_are_very_high_or_below_zero(operator: Operator) -> None:
    assert operator.number("select avg((total_cny > 400)::int) from bills") < 0.05
    assert 0.0002 < operator.number("select avg((total_cny < 0)::int) from bills") < 0.01
    assert -420 <= operator.number("select min(total_cny) from bills") < -20


def test_half_of_the_lines_have_no_contract_and_a_quarter_12_months_or_more(operator: Operator) -> None:
    assert operator.number(f"select median(m) from ({CONTRACT})") == 0
    assert operator.number(f"select quantile_cont(m, 0.75) from ({CONTRACT})") == 12


@pytest.fixture(scope="module")
def calm(operator: Operator) -> pd.DataFrame:
    """Intervals of the busy half of each queue in which no event brings more than 2 % of the calls."""
    return operator.sql("""
        with events as (select queue, centre, starts_at, sum(abs(mean_calls)) as brought from truth_call_causes
            where cause not in ('normal', 'complaints', 'pitches') group by all),
        busy as (select v.*, r.mean_rate, r.day_factor, coalesce(e.brought, 0) as brought,
                r.mean_rate > median(r.mean_rate) over (partition by queue) as busy
            from call_volumes v join truth_call_rates r using (queue, centre, starts_at)
            left join events e using (queue, centre, starts_at))
        select *, starts_at::date as day from busy where busy and brought < 0.02 * mean_rate""")


@pytest.mark.parametrize("queue", ["billing", "tariff", "network", "complaints"])
def test_calm_intervals_vary_as_on_real_centres(calm: pd.DataFrame, queue: str) -> None:
    """Measured: 4.5 to 11 times Poisson; a Poisson band of 80 % covered 36 to 71 %."""
    of_queue = calm[calm["queue"] == queue]
    dispersion = ((of_queue["offered"] - of_queue["mean_rate"]) ** 2).mean() / of_queue["mean_rate"].mean()
    assert 3.5 < dispersion < 11.0
    low, high = (poisson.ppf(level, of_queue["mean_rate"]) for level in (0.1, 0.9))
    assert 0.36 < ((of_queue["offered"] >= low) & (of_queue["offered"] <= high)).mean() < 0.71


@pytest.mark.parametrize("queue", ["billing", "tariff", "network", "complaints"])
def test_days_vary_as_on_real_centres(calm: pd.DataFrame, queue: str) -> None:
    """Measured: a coefficient of variation of the day factor of .07 to .34."""
    factor = calm[calm["queue"] == queue].groupby("day")["day_factor"].first()
    assert 0.07 < factor.std() / factor.mean() < 0.42


def test_errors_of_a_day_move_together(calm: pd.DataFrame) -> None:
    """Measured: correlation .45 to .85 within a day."""
    hour = calm["starts_at"].dt.hour
    halves = [
        part.groupby(["queue", "day"])[["offered", "mean_rate"]].sum() for part in (calm[hour < 13], calm[hour >= 13])
    ]
    morning, afternoon = (np.log(part["offered"] / part["mean_rate"]) for part in halves)
    assert 0.45 < morning.corr(afternoon) < 0.95


def test_outages_are_storms(operator: Operator) -> None:
    """Measured: over 100 times Poisson with storms, against 4.5 to 11 on calm days."""
    squares = operator.number("""
        with hit as (select queue, centre, starts_at, sum(mean_calls) filter (cause = 'outage') as outage,
                sum(mean_calls) as mean_calls, sum(calls) as calls
            from truth_call_causes where queue = 'network' group by all)
        select avg((calls - (mean_calls - outage)) ** 2) / avg(mean_calls - outage) from hit
        where outage > mean_calls / 2""")
    assert squares > 50
