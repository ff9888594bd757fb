"""How much data, voice and SMS a line uses by month: level, trend, volatility, idle months."""

from __future__ import annotations

import ibis
from ibis import _

from data.known import Known
from features.catalogue import Label, LabelGroup
from features.labels.rows import closed_months, ranked, run_length, slope, variation

THREE = _.ago < 3
SIX = _.ago < 6
BEFORE_LAST = _.ago.between(1, 3)
IDLE = (_.data_mb == 0) & (_.voice_min == 0)


def usage_rows(known: Known) -> ibis.Table:
    """The last twelve closed months of usage; the month of the largest data, and of these the latest, ranked 0."""
    return ranked(closed_months(known["usage"], known), peak_rank=[ibis.desc("data_mb"), "ago"])


USAGE = LabelGroup(
    name="usage",
    chinese="用量",
    sources=("usage",),
    rows=usage_rows,
    purpose="marketing, churn",
    labels=(
        Label("data_mb_m0", "上月流量", "Data used", "MB", "last closed month", _.data_mb.sum(where=_.ago == 0)),
        Label(
            "data_mb_mean_3m",
            "近三月月均流量",
            "Mean data a month",
            "MB",
            "3 closed months",
            _.data_mb.mean(where=THREE),
        ),
        Label("voice_min_m0", "上月语音", "Voice used", "min", "last closed month", _.voice_min.sum(where=_.ago == 0)),
        Label(
            "voice_min_mean_3m",
            "近三月月均语音",
            "Mean voice a month",
            "min",
            "3 closed months",
            _.voice_min.mean(where=THREE),
        ),
        Label("sms_mean_3m", "近三月月均短信", "Mean SMS a month", "SMS", "3 closed months", _.sms.mean(where=THREE)),
        Label(
            "data_slope_mb_per_month",
            "流量趋势",
            "Least-squares slope of monthly data",
            "MB/month",
            "6 closed months",
            slope(_.data_mb, 6),
        ),
        Label(
            "voice_slope_min_per_month",
            "语音趋势",
            "Least-squares slope of monthly voice",
            "min/month",
            "6 closed months",
            slope(_.voice_min, 6),
        ),
        Label(
            "data_variation",
            "流量波动",
            "Standard deviation over mean of monthly data",
            "ratio",
            "6 closed months",
            variation(_.data_mb, SIX),
        ),
        Label(
            "voice_variation",
            "语音波动",
            "Standard deviation over mean of monthly voice",
            "ratio",
            "6 closed months",
            variation(_.voice_min, SIX),
        ),
        Label(
            "data_change_ratio",
            "流量环比",
            "Data of the last month over the mean of the three before",
            "ratio",
            "4 closed months",
            _.data_mb.sum(where=_.ago == 0) / _.data_mb.mean(where=BEFORE_LAST).nullif(0),
        ),
        Label(
            "voice_change_ratio",
            "语音环比",
            "Voice of the last month over the mean of the three before",
            "ratio",
            "4 closed months",
            _.voice_min.sum(where=_.ago == 0) / _.voice_min.mean(where=BEFORE_LAST).nullif(0),
        ),
        Label(
            "data_peak_ratio",
            "流量峰均比",
            "Largest monthly data over the mean",
            "ratio",
            "12 closed months",
            _.data_mb.max() / _.data_mb.mean().nullif(0),
        ),
        Label(
            "months_since_data_peak",
            "距流量峰值月数",
            "Months since the largest monthly data",
            "months",
            "12 closed months",
            _.ago.max(where=_.peak_rank == 0),
        ),
        Label(
            "voice_min_per_gb",
            "语音流量比",
            "Voice minutes per GB of data",
            "min/GB",
            "3 closed months",
            _.voice_min.sum(where=THREE) / (_.data_mb.sum(where=THREE) / 1024).nullif(0),
        ),
        Label(
            "idle_months_12m",
            "零使用月数",
            "Months without data and voice",
            "months",
            "12 closed months",
            _.count(where=IDLE),
            zero=True,
        ),
        Label(
            "idle_run_months",
            "连续零使用月数",
            "Months in a row, up to the last, without data and voice",
            "months",
            "12 closed months",
            run_length(IDLE),
            zero=True,
        ),
        Label(
            "months_with_usage_rows",
            "有账期月数",
            "Months with a usage record",
            "months",
            "12 closed months",
            _.count(),
            zero=True,
        ),
        Label(
            "active_days_m0",
            "上月活跃天数",
            "Days with any use",
            "days",
            "last closed month",
            _.active_days.max(where=_.ago == 0),
        ),
        Label(
            "active_days_slope",
            "活跃天数趋势",
            "Least-squares slope of monthly active days",
            "days/month",
            "6 closed months",
            slope(_.active_days, 6),
        ),
        Label(
            "rollover_mb_m0",
            "结转流量",
            "Unused data carried out of the month",
            "MB",
            "last closed month",
            _.rollover_mb.max(where=_.ago == 0),
        ),
    ),
)
