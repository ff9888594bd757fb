"""Segments: rules over other labels, each with its threshold in the definition."""

from __future__ import annotations

from typing import Any

import ibis
from ibis import _

from features.catalogue import Label, LabelGroup

HIGH_VALUE_SHARE, MIDDLE_VALUE_SHARE = 0.2, 0.5
NEW_MONTHS = 6
TREND_SHARE = 0.05
DATA_BOUNDS_MB = (("none", 1.0), ("light", 100.0), ("medium", 1024.0), ("heavy", 5120.0))


def _bill_rank() -> Any:
    """Share of billed lines with a dearer mean bill, 0 = the dearest; in whole cents, so that engines agree on ties."""
    order = ibis.desc(_.bill_cny_mean_3m.round(2))
    return ibis.percent_rank().over(ibis.window(group_by=_.bill_cny_mean_3m.isnull(), order_by=order))


def _by_value(high: Any, middle: Any, low: Any) -> Any:
    known = ibis.cases((_bill_rank() < HIGH_VALUE_SHARE, high), (_bill_rank() < MIDDLE_VALUE_SHARE, middle), else_=low)
    return ibis.ifelse(_.bill_cny_mean_3m.notnull(), known, None)


def _data_class() -> Any:
    classes = [(_.data_mb_mean_3m < bound, name) for name, bound in DATA_BOUNDS_MB]
    return ibis.ifelse(_.data_mb_mean_3m.notnull(), ibis.cases(*classes, else_="very_heavy"), None)


def _stage() -> Any:
    drift = _.data_slope_mb_per_month / ibis.greatest(_.data_mb_mean_3m, 1.0)
    return ibis.cases(
        (_.idle_run_months > 0, "silent"),
        (_.tenure_months < NEW_MONTHS, "new"),
        (drift > TREND_SHARE, "growing"),
        (drift < -TREND_SHARE, "declining"),
        else_="stable",
    )


VALUE_SEGMENTS = LabelGroup(
    name="value_segments",
    chinese="价值分群",
    sources=("bills",),
    purpose="marketing, service",
    labels=(
        Label(
            "value_segment",
            "价值分群",
            "By mean bill of 3 months: the dearest 20 % high, the next 30 % middle, the rest low",
            "",
            "3 closed months",
            _by_value("high", "middle", "low"),
            "category",
        ),
        Label(
            "is_high_value",
            "高价值用户",
            "Among the dearest 20 % by mean bill of 3 months",
            "",
            "3 closed months",
            _by_value(True, False, False),
            "bool",
        ),
        Label(
            "is_overage_prone",
            "常超套用户",
            "An overage fee in at least half of the months",
            "",
            "12 closed months",
            _.overage_fee_share_12m >= 0.5,
            "bool",
        ),
        Label(
            "is_payment_risk",
            "缴费风险用户",
            "Arrears now, or more than 30 % of bills paid late",
            "",
            "12 closed months",
            (_.arrears_cny_m0.fill_null(0.0) > 0) | (_.late_share_12m.fill_null(0.0) > 0.3),
            "bool",
            purpose="service; never a reason to deny service",
        ),
    ),
)

USE_SEGMENTS = LabelGroup(
    name="use_segments",
    chinese="使用分群",
    sources=("usage", "customers"),
    purpose="marketing",
    labels=(
        Label(
            "data_segment",
            "流量分群",
            "By mean monthly data: none < 1 MB, light < 100, medium < 1024, heavy < 5120, very_heavy",
            "",
            "3 closed months",
            _data_class(),
            "category",
        ),
        Label(
            "use_orientation",
            "使用偏好",
            "data_led below 100 voice minutes per GB, voice_led above 1000, balanced between",
            "",
            "3 closed months",
            ibis.cases(
                (_.voice_min_per_gb < 100, "data_led"),
                (_.voice_min_per_gb > 1000, "voice_led"),
                (_.voice_min_per_gb.notnull(), "balanced"),
                else_=None,
            ),
            "category",
        ),
        Label(
            "lifecycle_stage",
            "生命周期阶段",
            f"silent: idle; new: under {NEW_MONTHS} months; growing, declining: data slope beyond ±5 % of mean",
            "",
            "6 closed months",
            _stage(),
            "category",
        ),
        Label(
            "is_new",
            "新入网用户",
            f"Joined less than {NEW_MONTHS} months ago",
            "",
            "as of",
            _.tenure_months < NEW_MONTHS,
            "bool",
        ),
        Label(
            "is_silent",
            "静默用户",
            "Neither data nor voice in the last closed month",
            "",
            "last closed month",
            _.idle_run_months > 0,
            "bool",
        ),
    ),
)

FIT_SEGMENTS = LabelGroup(
    name="fit_segments",
    chinese="套餐适配",
    sources=("usage", "subscriptions", "plans", "bills"),
    purpose="marketing",
    labels=(
        Label(
            "is_quota_tight",
            "额度紧张用户",
            "Data or voice saturation of at least 90 %",
            "",
            "3 closed months",
            (_.data_saturation_3m.fill_null(0.0) >= 0.9) | (_.voice_saturation_3m.fill_null(0.0) >= 0.9),
            "bool",
        ),
        Label(
            "is_oversubscribed",
            "套餐偏大用户",
            "Data and voice saturation below 30 %",
            "",
            "3 closed months",
            (_.data_saturation_3m < 0.3) & (_.voice_saturation_3m < 0.3),
            "bool",
        ),
        Label(
            "spend_over_fee_cny",
            "套外消费",
            "Mean bill minus the plan's fee",
            "CNY",
            "3 closed months",
            _.bill_cny_mean_3m - _.plan_fee_cny,
        ),
        Label(
            "bill_cny_per_gb",
            "单位流量支出",
            "Mean bill over mean data",
            "CNY/GB",
            "3 closed months",
            _.bill_cny_mean_3m / (_.data_mb_mean_3m / 1024).nullif(0),
        ),
    ),
)

CARE_SEGMENTS = LabelGroup(
    name="care_segments",
    chinese="服务分群",
    sources=("contacts", "complaints"),
    purpose="service, churn",
    labels=(
        Label(
            "needs_care",
            "重点关怀用户",
            "A complaint not closed, an unresolved contact, or 2 repeat calls in 90 days",
            "",
            "90 days",
            (_.complaint_open_days_max > 0) | (_.unresolved_contacts_90d > 0) | (_.repeat_calls_90d >= 2),
            "bool",
        ),
        Label(
            "is_port_risk",
            "携转风险用户",
            "A portability query or code request in 90 days",
            "",
            "90 days",
            (_.port_queries_90d + _.port_codes_90d) > 0,
            "bool",
            sensitivity="sensitive",
            purpose="churn; never for marketing after a port-out application",
        ),
        Label(
            "is_frequent_caller",
            "高频来电用户",
            "3 or more hotline calls in 90 days",
            "",
            "90 days",
            _.hotline_calls_90d >= 3,
            "bool",
        ),
    ),
)
