"""The latest billing cycle day by day (已使用量): used, left, when the quota ran out, pace and rhythm.

The cycle is the calendar month of the day before the as-of date: the running month, or the month just closed where the
as-of date is a first.
"""

from __future__ import annotations

import datetime as dt

import ibis
from ibis import _

from data.known import Known
from features.catalogue import Label, LabelGroup
from features.labels.rows import ranked, recent, spells
from features.windows import add_months, days_ago, month_start

WINDOW_DAYS = 31
ONE_KB_MB = 1 / 1024  # below it, two sums of the same use differ only by their order
WEEK = _.days_ago <= 7
WEEK_BEFORE = _.days_ago.between(8, 14)
IN_CYCLE = _.in_cycle
USED = (_.data_mb > 0) | (_.voice_min > 0) | (_.sms > 0)


def cycle_of(as_of: dt.date) -> tuple[dt.date, dt.date]:
    """First day of the latest cycle and first day of the next one.

    >>> [day.isoformat() for day in cycle_of(dt.date(2026, 1, 1))]
    ['2025-12-01', '2026-01-01']
    """
    first = month_start(as_of - dt.timedelta(days=1))
    return first, add_months(first, 1)


def day_rows(known: Known) -> ibis.Table:
    """The last 31 days of daily usage, with the running total within the cycle, beside the data quota of that cycle.

    A plan that begins on the as-of date itself is the next cycle's.
    """
    first, end = cycle_of(known.as_of)
    days = recent(known["usage_days"], "day", known.as_of, WINDOW_DAYS)
    days = days.mutate(
        in_cycle=_.day >= first,
        days_to_end=days_ago(_.day, end) - 1,
        elapsed_days=(known.as_of - first).days,
        cycle_days=(end - first).days,
        weekday=_.day.day_of_week.index(),
    )
    running = ibis.window(group_by=["customer_id", "in_cycle"], order_by="day", preceding=None, following=0)
    plans = ranked(spells(known).filter(_.starts_on < known.as_of), spell_rank=[ibis.desc("starts_on"), "plan_id"])
    quotas = plans.group_by("customer_id").aggregate(quota_mb=_.plan_data_mb.max(where=_.spell_rank == 0))
    rows = days.mutate(running_mb=_.data_mb.sum().over(running)).left_join(quotas, "customer_id")
    return rows.mutate(ran_out=_.in_cycle & (_.running_mb > _.quota_mb + ONE_KB_MB).fill_null(False))


CYCLE_MB = _.data_mb.sum(where=IN_CYCLE)
ELAPSED_SHARE = _.elapsed_days.max() / _.cycle_days.max()
QUOTA_MB = _.quota_mb.max()

CYCLE = LabelGroup(
    name="cycle",
    chinese="本账期",
    sources=("usage_days", "subscriptions", "plans"),
    rows=day_rows,
    purpose="marketing",
    labels=(
        Label("cycle_data_used_mb", "本账期已用流量", "Data used so far", "MB", "latest cycle", CYCLE_MB),
        Label(
            "cycle_voice_used_min",
            "本账期已用语音",
            "Voice used so far",
            "min",
            "latest cycle",
            _.voice_min.sum(where=IN_CYCLE),
        ),
        Label(
            "cycle_data_left_mb",
            "本账期剩余流量",
            "Data of the plan not yet used",
            "MB",
            "latest cycle",
            ibis.greatest(QUOTA_MB - CYCLE_MB, 0.0),
        ),
        Label(
            "cycle_days_left",
            "距账期结束天数",
            "Days from the line's last day of use to the cycle's end",
            "days",
            "latest cycle",
            _.days_to_end.min(where=IN_CYCLE & USED),
        ),
        Label(
            "cycle_days_without_quota",
            "超额天数",
            "Days of the cycle from the one on which the data quota ran out; 0 = it lasted",
            "days",
            "latest cycle",
            _.count(where=_.ran_out),
            zero=True,
        ),
        Label(
            "cycle_pace_ratio",
            "流量使用进度",
            "Data used a day so far, over the quota a day",
            "ratio",
            "latest cycle",
            CYCLE_MB / ELAPSED_SHARE / QUOTA_MB.nullif(0),
        ),
        Label(
            "data_week_ratio",
            "近七天流量变化",
            "Data of the last 7 days over that of the 7 before",
            "ratio",
            "14 days",
            _.data_mb.sum(where=WEEK) / _.data_mb.sum(where=WEEK_BEFORE).nullif(0),
        ),
        Label(
            "week_days_quota_lasts",
            "剩余流量可用天数",
            "Data left over the mean daily data of the last 7 days",
            "days",
            "latest cycle",
            ibis.greatest(QUOTA_MB - CYCLE_MB, 0.0) / (_.data_mb.mean(where=WEEK)).nullif(0),
        ),
        Label(
            "data_weekend_share",
            "周末流量占比",
            "Share of data used on Saturdays and Sundays",
            "ratio",
            "31 days",
            _.data_mb.sum(where=_.weekday >= 5) / _.data_mb.sum().nullif(0),
        ),
        Label(
            "data_top_day_share",
            "单日流量集中度",
            "Share of data used on the busiest day",
            "ratio",
            "31 days",
            _.data_mb.max() / _.data_mb.sum().nullif(0),
        ),
        Label(
            "days_without_use_31d",
            "无使用天数",
            "Days without data, voice and SMS since the first daily record",
            "days",
            "31 days",
            _.days_ago.max() - _.count(where=USED),
        ),
        Label(
            "days_since_use",
            "距最近使用天数",
            "Days since data, voice or SMS was used",
            "days",
            "31 days",
            _.days_ago.min(where=USED),
        ),
    ),
)
