"""Customer x plan: each line's last months re-rated on every plan, next to what it pays today."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import ibis
import ibis.expr.types as ir

from data.known import Known
from features.plan_terms import plan_terms
from features.pricing_window import PricingWindow
from features.rated_months import added, mean_over, rate_months

PlanChoice = Literal["on_sale", "on_sale_or_current", "all"]
CURRENT_COLUMNS = (
    "customer_id",
    "current_plan_id",
    "current_family",
    "months_counted",
    "mean_data_mb",
    "current_rent",
    "current_voice_overage",
    "current_data_overage",
    "current_upgrade",
    "current_flex",
    "current_total",
)


def offered_terms(known: Known, plans: PlanChoice) -> ir.Table:
    """The terms of the plans that can stand in a pair."""
    terms = plan_terms(known["plans"], known.as_of)
    return terms.filter(terms.plan_sellable) if plans == "on_sale" else terms


def cross(lines: ir.Table, terms: ir.Table, plans: PlanChoice) -> ir.Table:
    """Every line beside every plan; `on_sale_or_current` keeps a plan that is not sold for its present holders."""
    crossed = lines.cross_join(terms)
    if plans == "on_sale_or_current":
        return crossed.filter(crossed.plan_sellable | (crossed.plan_id == crossed.current_plan_id))
    return crossed


def price_pairs(crossed: ir.Table, window: PricingWindow, keep: Sequence[str] = ()) -> ir.Table:
    """One row a pair: customer_id, plan_id, plan_rank, what is paid today, what would have been paid.

    `<component>_after` and total_after are means over the counted months (CNY; null where none counts); total_fee_ratio
    and rent_ratio are new mean / old mean (null where the old one is 0); current_cny_m<i> and new_cny_m<i> replay the
    months (0 is the latest; null where it does not count). `keep` names further columns of `crossed` to hand on.
    """
    anew = window.packs.ladders if window.options.packs == "rerated" else ()
    rated = rate_months(crossed, window, crossed.plan_id == crossed.current_plan_id, anew)
    rated = rated.mutate(
        **{f"upgrade_cny_m{i}": rated[f"upgrade_cny_m{i}"] + rated[f"tier_cny_m{i}"] for i in window.positions}
    )
    parts = {
        "rent_after": [rated.plan_fee for _ in window.positions],
        "voice_overage_after": [rated[f"voice_cny_m{i}"] for i in window.positions],
        "data_overage_after": [rated[f"data_cny_m{i}"] for i in window.positions],
        "flex_after": [rated[f"flex_cny_m{i}"] for i in window.positions],
        "upgrade_after": [rated[f"upgrade_cny_m{i}"] for i in window.positions],
    }
    means = {name: mean_over(rated, months) for name, months in parts.items()}
    total = added(list(means.values()))
    monthly = {
        f"new_cny_m{i}": rated[f"counted_m{i}"].ifelse(
            added([months[i] for months in parts.values()]), ibis.null("float64")
        )
        for i in window.positions
    }
    return rated.select(
        *CURRENT_COLUMNS,
        "plan_id",
        "plan_rank",
        *keep,
        **means,
        total_after=total,
        total_fee_ratio=total / rated.current_total.nullif(0.0),
        rent_ratio=means["rent_after"] / rated.current_rent.nullif(0.0),
        **{f"current_cny_m{i}": rated[f"current_cny_m{i}"] for i in window.positions},
        **monthly,
    )
