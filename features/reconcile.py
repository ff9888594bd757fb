"""Do bills follow the tariff rules? Each month's plan in force is re-rated and compared with the bill.

Every month stands alone: what rolled over into it is what the lake says the month before left; the ladder is climbed
anew; packs are those held in the month.
"""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pandas as pd

from data.known import Known
from features.held_packs import packs_held
from features.ladder import climb
from features.line_months import BILL_COLUMNS
from features.plan_history import plans_by_month
from features.plan_terms import PlanTerms, plan_terms, zero
from features.pricing_window import PricingOptions, PricingWindow, pricing_window
from features.rating import MonthUse, charges, data_left
from features.rating_usage import monthly_usage

TOLERANCE_CNY = 0.10
WANTED_SHARE = 0.995
LOUD_BELOW = 0.95
WORST = 20
MONTHS = 12


@dataclass(frozen=True)
class ReconcileReport:
    """`share` of the `line_months` compared that lie within the tolerance on the sum of the five components.

    `components`: component, share within the tolerance, mean absolute difference (CNY), rated and billed sums.
    `worst`: the line-months that differ most, bill minus rating by component. `left_out` line-months had no plan in
    force or no usage.
    """

    share: float
    line_months: int
    left_out: int
    components: pd.DataFrame
    worst: pd.DataFrame


def reconcile(known: Known, months: int = MONTHS) -> ReconcileReport:
    """Compare the bills of the last closed months with the rating engine."""
    window = pricing_window(known, PricingOptions(months=months, packs="rerated"))
    compared = rated_bills(known, window).cache()
    whole = compared.agg(rows=compared.count(), share=_within(_difference(compared))).execute().iloc[0]
    billed = _billed(known, window).count().execute()
    return ReconcileReport(
        share=float(whole["share"]) if whole["rows"] else float("nan"),
        line_months=int(whole["rows"]),
        left_out=int(billed) - int(whole["rows"]),
        components=_by_component(compared),
        worst=_worst(compared),
    )


def rated_bills(known: Known, window: PricingWindow) -> ir.Table:
    """Bills beside their rating: customer_id, month, plan_id, billed_<component> and rated_<component> (CNY)."""
    table = _inputs(known, window)
    terms = PlanTerms.of(table)
    use = _use(table, window, terms)
    over_mb = data_left(use, terms).over_mb
    ladder = ibis.coalesce(table.ladder, window.packs.ladder_paid(table.upgrade_pack_cny.fill_null(0.0)))
    tier = climb(window.packs.ladders, ladder, over_mb, terms)
    month = charges(use, over_mb, tier, terms)
    flex = table.held_cny.fill_null(0.0) if known.has("holdings") else table.flex_pack_cny.fill_null(0.0)
    rated = dict(
        zip(BILL_COLUMNS, (terms.fee, month.voice_overage, month.data_overage, month.upgrade, flex), strict=True)
    )
    return table.select(
        "customer_id",
        "month",
        "plan_id",
        **{f"billed_{name}": table[column].fill_null(0.0) for name, column in BILL_COLUMNS.items()},
        **{f"rated_{name}": value for name, value in rated.items()},
    )


def _billed(known: Known, window: PricingWindow) -> ir.Table:
    bills = known["bills"].drop_null("customer_id")
    inside = bills.month >= ibis.literal(window.months[-1], type="date")
    return bills.filter(inside).select("customer_id", "month", *BILL_COLUMNS.values())


def _inputs(known: Known, window: PricingWindow) -> ir.Table:
    every = window.months_and_before
    usage = monthly_usage(known, every[-1], every[0], window.rounds)
    before = usage.select(
        "customer_id", month=(usage.month + ibis.interval(months=1)).cast("date"), carry_in=usage.rollover_mb
    )
    key = ["customer_id", "month"]
    table = _billed(known, window).inner_join(usage, key).inner_join(plans_by_month(known, window.months), key)
    table = table.inner_join(plan_terms(known["plans"], known.as_of), "plan_id")
    for part in (before, packs_held(known, window.months)):
        table = table.left_join(part, key).drop("customer_id_right", "month_right")
    return table


def _use(table: ir.Table, window: PricingWindow, terms: PlanTerms) -> MonthUse:
    rolled = terms.rolls_over & table.whole
    return MonthUse(
        data_mb=table.data_mb,
        voice_min=window.voice(table, terms, ""),
        sms=table.sms,
        carry_mb=rolled.ifelse(table.carry_in.fill_null(0.0), 0.0),
        pack_mb=ibis.coalesce(table.pack_mb, window.packs.quota_mb_paid(table.flex_pack_cny.fill_null(0.0))),
        pack_min=table.pack_min.fill_null(0.0),
        tier_mb=zero(),
    )


def _difference(compared: ir.Table) -> ir.NumericValue:
    parts = [compared[f"billed_{name}"] - compared[f"rated_{name}"] for name in BILL_COLUMNS]
    return sum(parts[1:], parts[0])


def _within(difference: ir.NumericValue) -> ir.NumericValue:
    return (difference.abs() <= TOLERANCE_CNY).cast("float64").mean()


def _by_component(compared: ir.Table) -> pd.DataFrame:
    measures = {name: _measures(compared[f"billed_{name}"], compared[f"rated_{name}"]) for name in BILL_COLUMNS}
    named = {f"{name}_{measure}": value for name, values in measures.items() for measure, value in values.items()}
    row = compared.agg(**named).execute().iloc[0]
    return pd.DataFrame(
        [{"component": name, **{m: float(row[f"{name}_{m}"]) for m in values}} for name, values in measures.items()]
    )


def _measures(billed: ir.NumericValue, rated: ir.NumericValue) -> dict[str, ir.NumericValue]:
    return {
        "share_within": _within(billed - rated),
        "mean_difference_cny": (billed - rated).abs().mean(),
        "billed_cny": billed.sum(),
        "rated_cny": rated.sum(),
    }


def _worst(compared: ir.Table) -> pd.DataFrame:
    by_part = {name: compared[f"billed_{name}"] - compared[f"rated_{name}"] for name in BILL_COLUMNS}
    month = compared.month.strftime("%Y-%m")
    table = compared.select("customer_id", "plan_id", month=month, **by_part, total=_difference(compared))
    table = table.filter(table.total.abs() > TOLERANCE_CNY)
    return table.order_by([table.total.abs().desc(), "customer_id", "month"]).limit(WORST).execute()
