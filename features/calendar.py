"""What is special about a day: holidays of a country, make-up workdays, lunar festivals, the bill day.

Official arrangements are published one year ahead; later years are computed by rule and flagged `is_estimate`.
"""

import datetime as dt
from functools import lru_cache

import holidays
import numpy as np
import pandas as pd
from lunardate import LunarDate

from data.errors import BadInput

FAR_DAYS = 15  # a festival further away than this no longer moves calls
LUNAR_FESTIVALS = {"spring_festival": (1, 1), "mid_autumn": (8, 15)}
LUNAR_YEARS = range(1901, 2099)
UNUSUAL = ("holiday on a workday", "holiday at a weekend", "first workday after one", "make-up workday")
AFTER_DAYS = 3  # a weekend may lie between a holiday and the first workday after it
FIRST_ARRANGEMENT = 2001  # China's make-up workdays are listed from here, so every span sees the newest of them


def day_facts(days: pd.DatetimeIndex, country: str | None, bill_day: int | None = None) -> pd.DataFrame:
    """One row per day, in the order given.

    Columns: is_holiday, is_makeup_workday, is_estimate (bool); days_to_holiday, days_since_holiday (0..15, 15 = far);
    spring_festival_offset, mid_autumn_offset, bill_day_offset (days after the nearest one, -15..15).
    Without a country there are no holidays; without a bill day its offset is far.

    >>> facts = day_facts(pd.DatetimeIndex(["2026-02-14", "2026-02-17"]), "CN")
    >>> facts["is_holiday"].tolist(), facts["is_makeup_workday"].tolist(), facts["spring_festival_offset"].tolist()
    ([False, True], [True, False], [-3, 0])
    """
    holiday_days, makeup_days, published_until = _official(country, *_year_span(days))
    facts = pd.DataFrame(index=days)
    facts["is_holiday"] = days.isin(holiday_days)
    facts["is_makeup_workday"] = days.isin(makeup_days)
    facts["is_estimate"] = days.year > published_until
    facts["days_to_holiday"] = -_offset_to(days, holiday_days, before=True)
    facts["days_since_holiday"] = _offset_to(days, holiday_days, before=False)
    for name, (month, day) in LUNAR_FESTIVALS.items():
        festivals = _lunar_days(month, day, *_year_span(days)) if country == "CN" else pd.DatetimeIndex([])
        facts[f"{name}_offset"] = _nearest_offset(days, festivals)
    facts["bill_day_offset"] = _nearest_offset(days, _bill_days(days, bill_day))
    return facts


def unusual_days(days: pd.DatetimeIndex, country: str | None) -> np.ndarray:
    """(days,): 0 = a day like its weekday's others; else which of UNUSUAL it is, counted from 1.

    >>> unusual_days(pd.DatetimeIndex(["2025-04-25", "2025-04-27", "2025-05-01", "2025-05-03", "2025-05-06"]), "CN")
    array([0, 4, 1, 0, 3])
    """
    holiday_days, makeup_days, _ = _official(country, *_year_span(days))
    weekend = holidays.country_holidays(country).weekend if country else {5, 6}

    def off(some: pd.DatetimeIndex) -> np.ndarray:
        return np.asarray(some.isin(holiday_days) | (some.weekday.isin(weekend) & ~some.isin(makeup_days)))

    one_day = pd.Timedelta(days=1)
    recent = np.any([(days - number * one_day).isin(holiday_days) for number in range(1, AFTER_DAYS + 1)], axis=0)
    first = ~off(days) & off(days - one_day) & recent
    holiday, at_weekend = days.isin(holiday_days), days.weekday.isin(weekend)
    return np.select([holiday & ~at_weekend, holiday, first, days.isin(makeup_days)], range(1, len(UNUSUAL) + 1), 0)


def check_country(country: str | None) -> None:
    """Raise BadInput where `country` is not an ISO code with known holidays."""
    known = holidays.list_supported_countries()
    if country is not None and country not in known:
        raise BadInput(f"country: came {country!r}, wanted an ISO 3166 code such as CN, US or IL; or leave it out.")


def _year_span(days: pd.DatetimeIndex) -> tuple[int, int]:
    return (int(days.year.min()) - 1, int(days.year.max()) + 1) if len(days) else (2000, 2000)


@lru_cache(maxsize=64)
def _official(country: str | None, first: int, last: int) -> tuple[pd.DatetimeIndex, pd.DatetimeIndex, int]:
    """Holidays, make-up workdays, and the last year whose arrangement is published (9999 where it follows rules)."""
    if country is None:
        return pd.DatetimeIndex([]), pd.DatetimeIndex([]), 9999
    check_country(country)
    calendar = holidays.country_holidays(country, years=range(min(first, FIRST_ARRANGEMENT), last + 1))
    makeup: set[dt.date] = getattr(calendar, "weekend_workdays", set())
    published = max((day.year for day in makeup), default=9999)
    return pd.DatetimeIndex(sorted(calendar)), pd.DatetimeIndex(sorted(makeup)), published


def _offset_to(days: pd.DatetimeIndex, marks: pd.DatetimeIndex, *, before: bool) -> np.ndarray:
    """Signed days from the next mark (before=True, ≤ 0) or the last one (≥ 0), cut at FAR_DAYS."""
    far = np.full(len(days), -FAR_DAYS if before else FAR_DAYS)
    if not len(marks):
        return far
    position = np.searchsorted(marks, days, side="left" if before else "right") - (0 if before else 1)
    inside = (position >= 0) & (position < len(marks))
    nearest = marks[np.clip(position, 0, len(marks) - 1)]
    offset = np.asarray((days - nearest).days).clip(-FAR_DAYS, FAR_DAYS)
    return np.where(inside, offset, far)


def _nearest_offset(days: pd.DatetimeIndex, marks: pd.DatetimeIndex) -> np.ndarray:
    since, until = _offset_to(days, marks, before=False), _offset_to(days, marks, before=True)
    return np.where(since <= -until, since, until)


@lru_cache(maxsize=64)
def _lunar_days(month: int, day: int, first: int, last: int) -> pd.DatetimeIndex:
    years = (year for year in range(first, last + 1) if year in LUNAR_YEARS)
    return pd.DatetimeIndex([LunarDate(year, month, day).to_solar_date() for year in years])


def _bill_days(days: pd.DatetimeIndex, bill_day: int | None) -> pd.DatetimeIndex:
    if bill_day is None or not len(days):
        return pd.DatetimeIndex([])
    months = pd.date_range(days.min() - pd.DateOffset(months=2), days.max() + pd.DateOffset(months=2), freq="MS")
    return months + pd.to_timedelta(np.minimum(bill_day, months.days_in_month) - 1, unit="D")
