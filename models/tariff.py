"""`nextcall tariff`: price, choose, filter, and count what became of every line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pandas as pd

from data.known import Known
from features.pairs import PlanChoice, cross, offered_terms, price_pairs
from features.plan_terms import in_force, plan_terms
from features.priced_lines import priced_lines
from features.pricing_window import PricingWindow, pricing_window
from models.cartesian import TariffOptions, choices_by_rule

HALF_A_FEN = 0.005
RISES_MUCH = 1.2  # of today's bill: the share above it is what a reviewer asks for (domain.md A3.4)
AFTER_COLUMNS = (
    "rent_after",
    "voice_overage_after",
    "data_overage_after",
    "flex_after",
    "upgrade_after",
    "total_after",
)
CHOICE_COLUMNS = (
    "customer_id",
    "current_plan_id",
    "recommended_plan_id",
    "offer_id",
    *AFTER_COLUMNS,
    "current_total",
    "total_fee_ratio",
    "rent_ratio",
    "targeted",
    "excluded_reason",
    "rule",
)
EXCLUSIONS = ("EXCLUDED_FAMILY", "TOO_NEW", "LOW_DATA", "ZERO_RENT")


@dataclass(frozen=True)
class TariffRun:
    """The result: `choices` (the contract's columns by customer_id), and its counts.

    `funnel`: stage, lines. `figures`: name, value; money in CNY, a month where the name says so.
    """

    choices: ir.Table
    funnel: pd.DataFrame
    figures: pd.DataFrame
    options: TariffOptions


def tariff(known: Known, options: TariffOptions) -> TariffRun:
    """Choose a plan for every line with a plan in force; nothing is written."""
    window = pricing_window(known, options.pricing)
    lines = priced_lines(known, window).cache()
    judged = _judged(known, lines, window, options).cache()
    choices = judged.select(CHOICE_COLUMNS).order_by("customer_id")
    return TariffRun(choices, funnel(judged), figures(judged), options)


def _judged(known: Known, lines: ir.Table, window: PricingWindow, options: TariffOptions) -> ir.Table:
    plans: PlanChoice = "on_sale_or_current" if options.keep_current else "on_sale"
    pairs = price_pairs(cross(lines, offered_terms(known, plans), plans), window)
    chosen = _choose(lines, choices_by_rule(pairs, options), options)
    beside = chosen.left_join(plan_terms(known["plans"], known.as_of), "plan_rank")
    priced = price_pairs(beside, window, keep=("current_rank", *_BY_RULE))
    return _with_verdict(_with_offers(_named(priced, options), known), known, options)


_BY_RULE = ("min_total", "min_total_within_bands")


def _choose(lines: ir.Table, by_rule: ir.Table, options: TariffOptions) -> ir.Table:
    joined = lines.left_join(by_rule, "customer_id").drop("customer_id_right")
    return joined.mutate(plan_rank=joined[options.rule])


def _named(priced: ir.Table, options: TariffOptions) -> ir.Table:
    none = ibis.null("float64")
    values = {name: priced.plan_id.notnull().ifelse(priced[name], none) for name in AFTER_COLUMNS}
    ratios = {name: priced.plan_id.notnull().ifelse(priced[name], none) for name in ("total_fee_ratio", "rent_ratio")}
    return priced.mutate(**values, **ratios, recommended_plan_id=priced.plan_id, rule=ibis.literal(options.rule))


def _with_offers(table: ir.Table, known: Known) -> ir.Table:
    offers = known.optional("offers")
    valid = offers.filter(offers.kind == "plan", in_force(offers.valid_from, offers.valid_to, known.as_of))
    first = valid.group_by("plan_id").agg(offer_id=valid.offer_id.min()).rename(offered_plan_id="plan_id")
    return table.left_join(first, table.recommended_plan_id == first.offered_plan_id)


def _with_verdict(table: ir.Table, known: Known, options: TariffOptions) -> ir.Table:
    """Add excluded_reason (null: a target), targeted, and `excluded_first`: the reason that needs no choice."""
    candidates = known.settings.candidates
    first = _first_of(
        [
            (table.current_family.isin(candidates.exclude_families), "EXCLUDED_FAMILY"),
            (table.months_counted < options.least_months, "TOO_NEW"),
            (table.mean_data_mb < candidates.min_data_mb, "LOW_DATA"),
            (table.current_rent <= 0.0, "ZERO_RENT"),
        ]
    )
    last = _first_of(
        [
            (table.recommended_plan_id.isnull(), "NO_PLAN_IN_BANDS"),
            (table.recommended_plan_id == table.current_plan_id, "NO_CHANGE"),
            *[
                (~band.holds(ratio), code)
                for band, ratio, code in (
                    (options.total_band, table.total_fee_ratio, "OUT_OF_TOTAL_BAND"),
                    (options.rent_band, table.rent_ratio, "OUT_OF_RENT_BAND"),
                )
                if band
            ],
        ]
    )
    reason = ibis.coalesce(first, last)
    return table.mutate(excluded_first=first, excluded_reason=reason, targeted=reason.isnull())


def _first_of(cases: Sequence[tuple[ir.BooleanValue, str]]) -> ir.StringValue:
    found = ibis.null("string")
    for condition, code in reversed(cases):
        found = condition.fill_null(False).ifelse(ibis.literal(code), found)
    return found


def funnel(judged: ir.Table) -> pd.DataFrame:
    """Lines by stage: what the exclusions took, what stayed as it is, targets, and targets under both orders."""
    candidate = judged.excluded_first.isnull()
    changes = judged.min_total_within_bands != judged.current_rank
    stages = {
        "lines with a plan in force": judged.count(),
        **{f"excluded: {code}": judged.count(where=judged.excluded_reason == code) for code in EXCLUSIONS},
        "candidates priced": judged.count(where=candidate),
        "no change: the present plan stays": judged.count(where=judged.excluded_reason == "NO_CHANGE"),
        "out of bands": judged.count(
            where=judged.excluded_reason.isin(["OUT_OF_TOTAL_BAND", "OUT_OF_RENT_BAND", "NO_PLAN_IN_BANDS"])
        ),
        "targets": judged.count(where=judged.targeted),
        "targets if min_total chooses, then bands filter": judged.count(
            where=candidate & changes & (judged.min_total == judged.min_total_within_bands)
        ),
        "targets if bands filter, then min_total chooses": judged.count(where=candidate & changes),
    }
    counts = judged.agg(**{f"stage_{i}": count for i, count in enumerate(stages.values())}).execute()
    return pd.DataFrame({"stage": list(stages), "lines": counts.iloc[0].astype("int64").to_numpy()})


def figures(judged: ir.Table) -> pd.DataFrame:
    """What the run would do to bills: among the targets, and if every priced line moved to its recommended plan."""
    change = judged.total_after - judged.current_total
    target, priced = judged.targeted, judged.total_after.notnull() & judged.current_total.notnull()
    months = judged.months_counted
    values = {
        "targets: mean total ratio": judged.total_fee_ratio.mean(where=target),
        "targets: share whose bill rises": (change > HALF_A_FEN).cast("float64").mean(where=target),
        "targets: share whose bill rises by over 20 %": (judged.total_fee_ratio > RISES_MUCH)
        .cast("float64")
        .mean(where=target),
        "targets: revenue change a month": change.sum(where=target),
        "targets: revenue change, share of their bills": change.sum(where=target)
        / judged.current_total.sum(where=target).nullif(0.0),
        "all priced: lines": judged.count(where=priced),
        "all priced: line-months": months.sum(where=priced),
        "all priced: lines that pay more than on the recommended plan": judged.count(
            where=priced & (change < -HALF_A_FEN)
        ),
        "all priced: paid over these months": (judged.current_total * months).sum(where=priced),
        "all priced: would have been paid on the recommended plans": (judged.total_after * months).sum(where=priced),
        "all priced: saved per line-month": -(change * months).sum(where=priced) / months.sum(where=priced).nullif(0),
        "all priced: saved a month, mean over lines": -change.mean(where=priced),
    }
    row = judged.agg(**{f"figure_{i}": value.cast("float64") for i, value in enumerate(values.values())}).execute()
    return pd.DataFrame({"figure": list(values), "value": row.iloc[0].to_numpy()})
