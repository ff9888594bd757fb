"""The true probability of leaving is the one that the simulation draws from."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.data.simulate.simulated import Operator


@pytest.fixture(scope="module")
def ninety_days(operator: Operator) -> pd.DataFrame:
    return operator.sql("""
        select t.as_of, t.churn_probability as p, t.decided,
            coalesce(c.leaves_by <> 'arrears' and c.leaves_on >= t.as_of
                and c.leaves_on < t.as_of + interval 90 day, false) as y
        from truth_churn t join truth_customers c using (customer_id) where t.as_of < date '2025-10-01'""")


def test_it_is_calibrated_over_the_back_test_dates(ninety_days: pd.DataFrame) -> None:
    assert ninety_days["p"].mean() == pytest.approx(ninety_days["y"].mean(), rel=0.12)
    dear = ninety_days[ninety_days["p"].between(0.1, 0.9)]
    assert dear["p"].mean() == pytest.approx(dear["y"].mean(), rel=0.25)


def test_it_ranks_well_but_not_perfectly(ninety_days: pd.DataFrame) -> None:
    ranks = ninety_days["p"].rank()
    left = ninety_days["y"].astype(bool)
    area = (ranks[left].mean() - (left.sum() + 1) / 2) / (~left).sum()
    assert 0.68 < area < 0.85


def test_who_has_decided_leaves(ninety_days: pd.DataFrame) -> None:
    decided = ninety_days[ninety_days["decided"]]
    assert len(decided) > 100
    assert (decided["p"] == 1).all()
    assert decided["y"].mean() > 0.9


def test_ninety_day_leaving_is_near_five_percent(ninety_days: pd.DataFrame) -> None:
    assert ninety_days["y"].mean() == pytest.approx(0.05, abs=0.015)


def test_trouble_drives_leaving(operator: Operator) -> None:
    left, stayed = operator.sql("""
        with trouble as (select customer_id, count(*) filter (not resolved) as unresolved from contacts
            where started_at < date '2025-07-01' group by 1)
        select avg(coalesce(t.unresolved, 0)) as unresolved from customers k
        left join trouble t using (customer_id) left join departures d using (customer_id)
        where k.joined_on < date '2024-10-01' and (d.left_on is null or d.left_on >= date '2025-07-01')
        group by d.customer_id is null order by d.customer_id is null""")["unresolved"]
    assert left > stayed + 2 * np.sqrt(stayed / 500)
