"""Use against the quota of the plan that was in force in each month: saturation, what was left, overage runs."""

from __future__ import annotations

import ibis
from ibis import _

from data.known import Known
from features.catalogue import Label, LabelGroup
from features.labels.rows import closed_months, run_length, share, slope, spells

THREE = _.ago < 3
LAST = _.ago == 0
FULL = 0.9


def quota_rows(known: Known) -> ibis.Table:
    """The last twelve closed months of usage beside the quotas of the plan in force on each month's first day.

    data_over_mb and voice_over_min are the use beyond the quota (unlimited: 0); data_full, voice_full the use over the
    quota (unlimited: null).
    """
    usage = closed_months(known["usage"], known)
    plans = spells(known).select("customer_id", "plan_data_mb", "plan_voice_min", "starts_on", "ends_on")
    rows = usage.join(plans, "customer_id")
    held = rows.filter(_.starts_on <= _.month, _.ends_on.isnull() | (_.ends_on > _.month))
    return held.mutate(
        data_over_mb=ibis.greatest(_.data_mb - _.plan_data_mb, 0.0).fill_null(0.0),
        voice_over_min=ibis.greatest(_.voice_min - _.plan_voice_min, 0.0).fill_null(0.0),
        data_left_mb=ibis.greatest(_.plan_data_mb - _.data_mb, 0.0),
        voice_left_min=ibis.greatest(_.plan_voice_min - _.voice_min, 0.0),
        data_full=_.data_mb / _.plan_data_mb.nullif(0),
        voice_full=_.voice_min / _.plan_voice_min.nullif(0),
    )


DATA_OVER = _.data_over_mb > 0
VOICE_OVER = _.voice_over_min > 0

QUOTA = LabelGroup(
    name="quota",
    chinese="额度使用",
    sources=("usage", "subscriptions", "plans"),
    rows=quota_rows,
    purpose="marketing",
    labels=(
        Label(
            "data_saturation_3m",
            "流量饱和度",
            "Data used over the plan's quota, mean of months",
            "ratio",
            "3 closed months",
            _.data_full.mean(where=THREE),
        ),
        Label(
            "voice_saturation_3m",
            "语音饱和度",
            "Voice used over the plan's quota, mean of months",
            "ratio",
            "3 closed months",
            _.voice_full.mean(where=THREE),
        ),
        Label(
            "data_saturation_slope",
            "流量饱和度趋势",
            "Least-squares slope of the data saturation",
            "1/month",
            "6 closed months",
            slope(_.data_full, 6),
        ),
        Label(
            "data_left_mb_m0",
            "上月剩余流量",
            "Data of the plan left at the month's end",
            "MB",
            "last closed month",
            _.data_left_mb.max(where=LAST),
        ),
        Label(
            "voice_left_min_m0",
            "上月剩余语音",
            "Voice of the plan left at the month's end",
            "min",
            "last closed month",
            _.voice_left_min.max(where=LAST),
        ),
        Label(
            "data_over_mb_mean_3m",
            "月均超套流量",
            "Data beyond the plan's quota, mean a month",
            "MB",
            "3 closed months",
            _.data_over_mb.mean(where=THREE),
        ),
        Label(
            "voice_over_min_mean_3m",
            "月均超套语音",
            "Voice beyond the plan's quota, mean a month",
            "min",
            "3 closed months",
            _.voice_over_min.mean(where=THREE),
        ),
        Label(
            "data_over_run_months",
            "连续超流量月数",
            "Months in a row, up to the last, with data beyond the quota",
            "months",
            "12 closed months",
            run_length(DATA_OVER),
            zero=True,
        ),
        Label(
            "voice_over_run_months",
            "连续超语音月数",
            "Months in a row, up to the last, with voice beyond the quota",
            "months",
            "12 closed months",
            run_length(VOICE_OVER),
            zero=True,
        ),
        Label(
            "data_over_share_12m",
            "超流量月占比",
            "Share of months with data beyond the quota",
            "ratio",
            "12 closed months",
            share(DATA_OVER),
        ),
        Label(
            "voice_over_share_12m",
            "超语音月占比",
            "Share of months with voice beyond the quota",
            "ratio",
            "12 closed months",
            share(VOICE_OVER),
        ),
        Label(
            "both_over_months_12m",
            "双超月数",
            "Months with data and voice beyond the quota",
            "months",
            "12 closed months",
            _.count(where=DATA_OVER & VOICE_OVER),
            zero=True,
        ),
        Label(
            "near_quota_months_12m",
            "流量将满月数",
            "Months in which 90–100 % of the data quota was used",
            "months",
            "12 closed months",
            _.count(where=_.data_full.between(FULL, 1.0)),
            zero=True,
        ),
    ),
)
