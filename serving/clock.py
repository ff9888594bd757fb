"""Times at the edge: RFC 3339 outside, naive local time of the operator's timezone inside."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from data.settings import Settings


def to_local(moment: dt.datetime, timezone: str) -> dt.datetime:
    """The naive local time of a moment; one without an offset is local already.

    >>> to_local(dt.datetime(2026, 1, 1, tzinfo=dt.UTC), "Asia/Shanghai")
    datetime.datetime(2026, 1, 1, 8, 0)
    """
    return moment.astimezone(ZoneInfo(timezone)).replace(tzinfo=None) if moment.tzinfo else moment


def to_outside(moment: dt.datetime, timezone: str) -> str:
    """The RFC 3339 text of a naive local time.

    >>> to_outside(dt.datetime(2026, 1, 1, 8), "Asia/Shanghai")
    '2026-01-01T08:00:00+08:00'
    """
    return moment.replace(tzinfo=ZoneInfo(timezone)).isoformat()


def local_now(settings: Settings) -> dt.datetime:
    """Now in the operator's timezone; on the day that `today` sets, if it is set."""
    now = dt.datetime.now(ZoneInfo(settings.timezone)).replace(tzinfo=None, microsecond=0)
    return dt.datetime.combine(settings.today, now.time()) if settings.today else now


def cycle_end(day: dt.date) -> dt.date:
    """The end of the billing cycle, exclusive: the first of the next month.

    >>> cycle_end(dt.date(2026, 12, 31))
    datetime.date(2027, 1, 1)
    """
    return (day.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
