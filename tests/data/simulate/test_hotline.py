"""Calls come as they do on real hotlines: profiles, events, and far more variance than Poisson's."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.data.simulate.simulated import Operator


@pytest.fixture(scope="module")
def intervals(operator: Operator) -> pd.DataFrame:
    return operator.sql("select * from call_volumes join truth_call_rates using (queue, centre, starts_at)")


def test_counts_are_overdispersed_as_measured(intervals: pd.DataFrame) -> None:
    busy = intervals[(intervals["mean_rate"] > intervals["mean_rate"].median()) & intervals["queue"].ne("complaints")]
    dispersion = ((busy["offered"] - busy["mean_rate"]) ** 2).mean() / busy["mean_rate"].mean()
    assert 4.0 < dispersion < 11.0


def test_answered_and_abandoned_make_offered(intervals: pd.DataFrame) -> None:
    assert (intervals["answered"] + intervals["abandoned"] == intervals["offered"]).all()
    assert (intervals["answered_in_target"] <= intervals["answered"]).all()
    share = intervals["answered_in_target"].sum() / intervals["offered"].sum()
    assert 0.55 < share < 0.9


def test_the_contacts_of_the_simulated_lines_are_part_of_the_volume(operator: Operator) -> None:
    over = operator.number("""
        with own as (select queue, centre, time_bucket(interval 30 minute, started_at) as starts_at, count(*) as n
            from contacts where channel = 'hotline' group by all)
        select count(*) from own left join call_volumes v using (queue, centre, starts_at)
        where v.offered is null or own.n > v.offered""")
    assert over == 0


def test_days_have_two_peaks_and_some_queues_close_at_night(intervals: pd.DataFrame) -> None:
    hour = intervals["starts_at"].dt.hour
    profile = intervals[intervals["queue"] == "billing"].groupby(hour)["offered"].mean()
    assert profile[10] > profile[13] < profile[15]
    assert hour[intervals["queue"] == "tariff"].min() == 7
    assert set(hour[intervals["queue"] == "network"]) == set(range(24))


def test_bill_days_and_holidays_show(intervals: pd.DataFrame) -> None:
    billing = intervals[intervals["queue"] == "billing"].assign(day=lambda t: t["starts_at"].dt.normalize())
    daily = billing.groupby("day")["mean_rate"].sum()
    month_day = pd.DatetimeIndex(daily.index).day
    assert daily[month_day == 4].mean() > 1.15 * daily[month_day == 25].mean()
    assert daily["2025-10-01":"2025-10-03"].mean() < 0.8 * daily["2025-10-13":"2025-10-16"].mean()


def test_outages_bring_network_calls_from_their_area(operator: Operator) -> None:
    share = operator.number("""
        select avg(abs((k.area = v.area)::int)) from contacts c join customers k using (customer_id)
        join events v on v.kind = 'outage' and c.started_at >= v.starts_at and c.started_at < v.ends_at
        where c.intent = 'network'""")
    alone = operator.number("select sum(n * n) / sum(n) ^ 2 from (select count(*) as n from customers group by area)")
    assert share > 1.5 * alone


def test_events_are_announced_before_they_start_and_outages_after(operator: Operator) -> None:
    assert operator.number("select count(*) from events where kind <> 'outage' and announced_at > starts_at") == 0
    assert operator.number("select count(*) from events where kind = 'outage' and announced_at <= starts_at") == 0
    assert operator.number("select count(*) from events where ends_at <= starts_at") == 0


def test_the_lake_knows_the_events_announced_by_its_end_and_no_others(operator: Operator) -> None:
    assert operator.number("select count(*) from events where announced_at >= date '2026-01-01'") == 0
    assert operator.number("select count(*) from events where kind <> 'holiday' and starts_at >= date '2026-01-01'") > 0
