"""How a line pays: how often, how much, how lately."""

from __future__ import annotations

import ibis
from ibis import _

from data.known import Known
from features.catalogue import Label, LabelGroup
from features.labels.rows import recent, variation

QUARTER = _.days_ago <= 91


def payment_rows(known: Known) -> ibis.Table:
    """A year of payments."""
    return recent(known["payments"], "paid_at", known.as_of)


PAYMENTS = LabelGroup(
    name="payments",
    chinese="缴费",
    sources=("payments",),
    rows=payment_rows,
    purpose="churn",
    labels=(
        Label("payments_3m", "近三月缴费次数", "Payments", "payments", "91 days", _.count(where=QUARTER), zero=True),
        Label(
            "paid_cny_3m",
            "近三月缴费金额",
            "Sum of payments",
            "CNY",
            "91 days",
            _.amount_cny.sum(where=QUARTER),
            zero=True,
        ),
        Label("payment_cny_mean", "次均缴费", "Mean amount of a payment", "CNY", "365 days", _.amount_cny.mean()),
        Label(
            "payment_variation",
            "缴费金额波动",
            "Standard deviation over mean of the amounts",
            "ratio",
            "365 days",
            variation(_.amount_cny, _.days_ago > 0),
        ),
        Label(
            "days_since_payment", "距最近缴费天数", "Days since the last payment", "days", "365 days", _.days_ago.min()
        ),
    ),
)
