"""Holidays, make-up workdays, lunar festivals and bill days as facts of a day."""

import chinese_calendar
import numpy as np
import pandas as pd
import pytest

from data.errors import BadInput
from features.calendar import FAR_DAYS, UNUSUAL, check_country, day_facts, unusual_days


def test_china_agrees_with_a_second_source_on_every_published_day() -> None:
    days = pd.date_range("2012-01-01", "2026-12-31")
    facts = day_facts(days, "CN")
    off = facts["is_holiday"] | ((days.weekday >= 5) & ~facts["is_makeup_workday"])
    other = [chinese_calendar.is_holiday(day) for day in days.date]
    assert (off.to_numpy() == np.array(other)).all()


def test_years_without_a_published_arrangement_are_flagged_and_do_not_fail() -> None:
    facts = day_facts(pd.DatetimeIndex(["2026-10-01", "2027-10-01", "2090-10-01"]), "CN")
    assert facts["is_estimate"].tolist() == [False, True, True]
    assert facts["is_holiday"].tolist() == [True, True, True]


def test_a_published_year_alone_is_no_estimate() -> None:
    assert not day_facts(pd.DatetimeIndex(["2014-05-05"]), "CN")["is_estimate"].any()


def test_festivals_are_days_from_the_nearest_one() -> None:
    facts = day_facts(pd.DatetimeIndex(["2026-02-10", "2026-02-17", "2026-02-20", "2026-06-01"]), "CN")
    assert facts["spring_festival_offset"].tolist() == [-7, 0, 3, FAR_DAYS]


def test_holidays_are_counted_to_and_from() -> None:
    facts = day_facts(pd.DatetimeIndex(["2003-08-30", "2003-09-01", "2003-09-03"]), "US")
    assert facts["days_to_holiday"].tolist() == [2, 0, FAR_DAYS]
    assert facts["days_since_holiday"].tolist() == [FAR_DAYS, 0, 2]


def test_a_bill_day_beyond_the_months_end_is_its_last_day() -> None:
    facts = day_facts(pd.DatetimeIndex(["2026-02-28", "2026-03-01", "2026-03-30"]), None, bill_day=31)
    assert facts["bill_day_offset"].tolist() == [0, 1, -1]


def test_without_a_country_nothing_is_a_holiday() -> None:
    facts = day_facts(pd.date_range("2026-01-01", periods=5), None)
    assert not facts["is_holiday"].any()
    assert (facts["days_to_holiday"] == FAR_DAYS).all()


def test_an_unknown_country_is_bad_input() -> None:
    with pytest.raises(BadInput, match="'XX'"):
        check_country("XX")


def test_days_unlike_their_weekday_are_told_apart() -> None:
    days = pd.date_range("2025-09-26", "2025-10-13")
    kinds = pd.Series(unusual_days(days, "CN"), days)
    named = {day.strftime("%m-%d"): UNUSUAL[kind - 1] for day, kind in kinds.items() if kind}
    weekend = (4, 5)  # days off anyway, no holidays by name
    holidays = {f"10-0{n}" for n in range(1, 9) if n not in weekend}
    assert {day for day, name in named.items() if name == "holiday on a workday"} == holidays
    assert named["10-09"] == "first workday after one"
    assert {day for day, name in named.items() if name == "make-up workday"} == {"09-28", "10-11"}
    assert len(named) == 9


def test_a_country_has_its_own_weekend_and_none_has_no_unusual_days() -> None:
    days = pd.date_range("2025-01-01", "2025-12-31")
    weekday = days.weekday.to_numpy()
    at_weekend = set(weekday[unusual_days(days, "IL") == 1 + UNUSUAL.index("holiday at a weekend")])
    assert at_weekend
    assert at_weekend <= {4, 5}
    assert not unusual_days(days, None).any()
