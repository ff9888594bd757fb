"""Closed months and days before the as-of date."""

import datetime as dt

import ibis
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from features.windows import add_months, days_ago, last_closed_month, months_ago

DAYS = st.dates(dt.date(2000, 1, 1), dt.date(2050, 12, 31))


@given(DAYS, st.integers(-60, 60))
def test_adding_months_can_be_undone(day, months):
    assert add_months(add_months(day, months), -months) == day.replace(day=1)


@given(DAYS, st.integers(0, 20))
def test_the_last_closed_month_had_ended_before_the_delay(as_of, delay):
    month = last_closed_month(as_of, delay)
    assert add_months(month, 1) <= as_of - dt.timedelta(days=delay) < add_months(month, 2)


def test_an_engine_counts_days_and_months_as_a_calendar_does():
    as_of, moment = dt.date(2024, 3, 1), pd.Timestamp("2024-02-28 23:59:59")
    table = ibis.memtable(pd.DataFrame({"at": [moment]}))
    row = table.select(days=days_ago(table.at, as_of), months=months_ago(table.at, dt.date(2024, 2, 1))).to_pandas()
    assert row.iloc[0].tolist() == [2, 0]
