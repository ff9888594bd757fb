"""What a line is billed: level, trend, volatility, overage, refunds, arrears, and how promptly it pays."""

from __future__ import annotations

import ibis
from ibis import _

from data.known import Known
from features.catalogue import Label, LabelGroup
from features.labels.rows import closed_months, run_length, share, slope, variation
from features.windows import days_ago

LATE_DAYS = 30
LAST = _.ago == 0
THREE = _.ago < 3
YEAR = "12 closed months"


def bill_rows(known: Known) -> ibis.Table:
    """The last twelve closed months of bills.

    overage_cny: voice + data overage. issued_days: days since the bill was issued (the first of the next month plus
    the bill delay). paid_after_days: days from there to the payment, null while unpaid. is_unpaid: null in a lake that
    records no payment dates.
    """
    delay = known.settings.bill_delay_days
    bills = closed_months(known["bills"], known)
    records_payments = bills.paid_on.notnull().any().as_scalar()
    next_month = (_.month + ibis.interval(months=1)).cast("date")
    bills = bills.mutate(
        overage_cny=_.voice_overage_cny + _.data_overage_cny,
        issued_days=days_ago(next_month, known.as_of) - delay,
        is_unpaid=ibis.ifelse(records_payments, _.paid_on.isnull(), None),
    )
    return bills.mutate(paid_after_days=_.issued_days - days_ago(_.paid_on, known.as_of))


OVERAGE = _.overage_cny > 0
UNPAID = _.is_unpaid
LATE = ibis.ifelse(UNPAID, _.issued_days, _.paid_after_days) > LATE_DAYS


def _total(ago: int) -> ibis.Deferred:
    return _.total_cny.sum(where=_.ago == ago)


def _month_bill(ago: int) -> Label:
    when = "last closed month" if ago == 0 else f"closed month {ago} before the last"
    return Label(f"bill_cny_m{ago}", f"前{ago + 1}月账单", "Billed total", "CNY", when, _total(ago))


BILLS = LabelGroup(
    name="bills",
    chinese="账单价值",
    sources=("bills",),
    rows=bill_rows,
    purpose="marketing, churn",
    labels=(
        *map(_month_bill, range(4)),
        Label(
            "bill_cny_mean_3m",
            "近三月月均账单",
            "Mean bill a month",
            "CNY",
            "3 closed months",
            _.total_cny.mean(where=THREE),
        ),
        Label(
            "bill_slope_cny_per_month",
            "账单趋势",
            "Least-squares slope of monthly bills",
            "CNY/month",
            "6 closed months",
            slope(_.total_cny, 6),
        ),
        Label(
            "bill_variation",
            "账单波动",
            "Standard deviation over mean of monthly bills",
            "ratio",
            "6 closed months",
            variation(_.total_cny, _.ago < 6),
        ),
        Label(
            "bill_jump_ratio",
            "账单突增比",
            "Last bill over the mean of the three before",
            "ratio",
            "4 closed months",
            _total(0) / _.total_cny.mean(where=_.ago.between(1, 3)).nullif(0),
        ),
        Label("bill_max_cny_12m", "近一年最高账单", "Dearest bill", "CNY", YEAR, _.total_cny.max()),
        Label(
            "bill_min_cny_12m",
            "近一年最低账单",
            "Cheapest bill: the spend one can count on",
            "CNY",
            YEAR,
            _.total_cny.min(),
        ),
        Label("billed_cny_12m", "近一年账单合计", "Sum of bills", "CNY", YEAR, _.total_cny.sum()),
        Label("rent_cny_m0", "上月月租", "Rent billed", "CNY", "last closed month", _.rent_cny.sum(where=LAST)),
        Label(
            "data_overage_cny_mean_3m",
            "月均超套流量费",
            "Data overage fee a month",
            "CNY",
            "3 closed months",
            _.data_overage_cny.mean(where=THREE),
        ),
        Label(
            "voice_overage_cny_mean_3m",
            "月均超套语音费",
            "Voice overage fee a month",
            "CNY",
            "3 closed months",
            _.voice_overage_cny.mean(where=THREE),
        ),
        Label(
            "upgrade_pack_cny_mean_3m",
            "月均自动升档费",
            "Auto-upgrade pack fee a month",
            "CNY",
            "3 closed months",
            _.upgrade_pack_cny.mean(where=THREE),
        ),
        Label(
            "flex_pack_cny_mean_3m",
            "月均随意玩费",
            "Flex and data pack fee a month",
            "CNY",
            "3 closed months",
            _.flex_pack_cny.mean(where=THREE),
        ),
        Label(
            "other_cny_mean_3m",
            "月均其他费用",
            "Other fees and credits a month",
            "CNY",
            "3 closed months",
            _.other_cny.mean(where=THREE),
        ),
        Label(
            "overage_share_of_bill",
            "超套费占比",
            "Voice and data overage over the billed total",
            "ratio",
            "3 closed months",
            _.overage_cny.sum(where=THREE) / _.total_cny.sum(where=THREE).nullif(0),
        ),
        Label(
            "overage_fee_run_months",
            "连续超套月数",
            "Months in a row, up to the last, with an overage fee",
            "months",
            YEAR,
            run_length(OVERAGE),
            zero=True,
        ),
        Label(
            "overage_fee_share_12m", "超套月占比", "Share of months with an overage fee", "ratio", YEAR, share(OVERAGE)
        ),
        Label(
            "overage_max_cny_12m", "近一年最高超套费", "Dearest overage of a month", "CNY", YEAR, _.overage_cny.max()
        ),
        Label(
            "refund_months_12m",
            "负账单月数",
            "Months whose bill came out negative (a refund; the lake's check nulls it)",
            "months",
            YEAR,
            _.count(where=_.total_cny.isnull()),
            zero=True,
        ),
        Label(
            "arrears_cny_m0",
            "当前欠费",
            "Unpaid from earlier months when the last bill was issued",
            "CNY",
            "last closed month",
            _.arrears_cny.max(where=LAST),
        ),
        Label(
            "arrears_months_12m",
            "欠费月数",
            "Months with arrears",
            "months",
            YEAR,
            _.count(where=_.arrears_cny > 0),
            zero=True,
        ),
        Label(
            "balance_cny_m0",
            "账户余额",
            "Account balance with the last bill",
            "CNY",
            "last closed month",
            _.balance_cny.max(where=LAST),
        ),
        Label(
            "payment_delay_days_mean",
            "平均缴费时长",
            "Days from issue to payment of paid bills",
            "days",
            YEAR,
            _.paid_after_days.mean(),
        ),
        Label(
            "late_share_12m",
            "逾期缴费占比",
            f"Share of bills of age over {LATE_DAYS} days that were not paid within {LATE_DAYS} days",
            "ratio",
            YEAR,
            share(LATE, _.issued_days > LATE_DAYS),
        ),
        Label("unpaid_bills_12m", "未缴账单数", "Bills not yet paid", "bills", YEAR, UNPAID.cast("int64").sum()),
        Label(
            "unpaid_cny_12m",
            "未缴金额",
            "Sum of bills not yet paid",
            "CNY",
            YEAR,
            (_.total_cny * UNPAID.cast("float64")).sum(),
        ),
    ),
)
