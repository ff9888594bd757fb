"""Which days and months count: closed months, days before the as-of date.

Everything is half-open: a window of 90 days as of T holds the days T-90 … T-1. "Months ago" counts closed months:
0 is the latest month whose usage is known.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import ibis


def month_start(day: dt.date) -> dt.date:
    """The first day of the day's month."""
    return day.replace(day=1)


def add_months(day: dt.date, months: int) -> dt.date:
    """The first day of the month that lies `months` after the day's own.

    >>> add_months(dt.date(2026, 1, 15), -2)
    datetime.date(2025, 11, 1)
    """
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(years, month + 1, 1)


def last_closed_month(as_of: dt.date, delay_days: int = 0) -> dt.date:
    """The latest month whose usage and bills are known at the start of the as-of day.

    >>> last_closed_month(dt.date(2026, 1, 1)), last_closed_month(dt.date(2026, 1, 1), delay_days=5)
    (datetime.date(2025, 12, 1), datetime.date(2025, 11, 1))
    """
    return add_months(as_of - dt.timedelta(days=delay_days), -1)


def months_ago(month: Any, latest: dt.date) -> Any:
    """Closed months between a date column and the latest closed month: 0 = that month, 1 = the one before."""
    return (latest.year * 12 + latest.month) - (month.year() * 12 + month.month())


def days_ago(moment: Any, as_of: dt.date) -> Any:
    """Whole days from a date or timestamp column to the as-of day: 1 = the day before."""
    return -moment.cast("date").delta(ibis.literal(as_of).cast("date"), unit="day")


def monthly_as_ofs(first: dt.date, last: dt.date) -> list[dt.date]:
    """The firsts of the months from `first` to `last`, both included where they are firsts themselves.

    >>> [day.isoformat() for day in monthly_as_ofs(dt.date(2025, 10, 2), dt.date(2025, 12, 1))]
    ['2025-11-01', '2025-12-01']
    """
    start = first if first.day == 1 else add_months(first, 1)
    months = (last.year - start.year) * 12 + last.month - start.month
    return [add_months(start, n) for n in range(months + 1)]
