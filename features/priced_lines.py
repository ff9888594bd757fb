"""What each line pays today, month by month and on average, and the packs that go with it to any plan.

Bills say what was paid; where a bill or one of its components is missing, the present plan is rated instead.
"""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from data.known import Known
from features.line_months import BILL_COLUMNS, line_months
from features.plan_terms import plan_terms, zero
from features.pricing_window import PricingWindow
from features.rated_months import Monthly, added, mean_of, rate_months


def priced_lines(known: Known, window: PricingWindow) -> ir.Table:
    """One row a line, ready to be crossed with plans.

    Columns: those of `line_months`; current_family, current_rank, mean_data_mb; current_rent, current_voice_overage,
    current_data_overage, current_upgrade, current_flex, current_total (means over the counted months, CNY; null where
    none counts); and by month current_cny, and flex_cny, upgrade_cny, pack_mb, tier_mb: what a pair pays for packs
    before any ladder is climbed anew, and the MB that this buys.
    """
    lines = _with_bought_mb(line_months(known, window), window)
    terms = plan_terms(known["plans"], known.as_of)
    on_plan = lines.inner_join(terms, lines.current_plan_id == terms.plan_id)
    on_plan = rate_months(on_plan, window, ibis.literal(True), window.packs.ladders)
    paid = _paid(on_plan, window)
    named = {f"{name}_m{i}": value for name, months in paid.items() for i, value in enumerate(months)}
    rated = on_plan.select(*lines.columns, current_family=on_plan.plan_family, current_rank=on_plan.plan_rank, **named)
    return _with_means(_with_packs(rated, window, known.has("holdings")), window)


def _with_bought_mb(lines: ir.Table, window: PricingWindow) -> ir.Table:
    bought = {}
    for i in window.positions:
        by_fee = window.packs.quota_mb_paid(lines[f"flex_pack_cny_m{i}"].fill_null(0.0))
        bought[f"pack_mb_m{i}"] = ibis.coalesce(lines[f"pack_mb_m{i}"], by_fee)
        bought[f"tier_mb_m{i}"] = zero()
    return lines.mutate(**bought)


def _paid(on_plan: ir.Table, window: PricingWindow) -> Mapping[str, Monthly]:
    rated: dict[str, Monthly] = {
        "rent": [on_plan.plan_fee for _ in window.positions],
        "voice_overage": [on_plan[f"voice_cny_m{i}"] for i in window.positions],
        "data_overage": [on_plan[f"data_cny_m{i}"] for i in window.positions],
        "upgrade": [on_plan[f"tier_cny_m{i}"] for i in window.positions],
        "flex": [on_plan[f"held_cny_m{i}"].fill_null(0.0) for i in window.positions],
    }
    return {
        f"paid_{name}": [ibis.coalesce(on_plan[f"{BILL_COLUMNS[name]}_m{i}"], value) for i, value in enumerate(months)]
        for name, months in rated.items()
    }


def _with_packs(lines: ir.Table, window: PricingWindow, has_holdings: bool) -> ir.Table:
    columns: dict[str, ir.Value] = {}
    for i in window.positions:
        flex, upgrade = lines[f"paid_flex_m{i}"], lines[f"paid_upgrade_m{i}"]
        if window.options.packs == "carried":
            columns[f"tier_mb_m{i}"] = window.packs.tier_mb_paid(upgrade, lines.ladder_id)
        elif has_holdings:
            flex = lines[f"held_cny_m{i}"].fill_null(0.0)
        columns[f"flex_cny_m{i}"] = flex
        columns[f"upgrade_cny_m{i}"] = upgrade if window.options.packs == "carried" else zero()
    return lines.mutate(**columns)


def _with_means(lines: ir.Table, window: PricingWindow) -> ir.Table:
    parts = [name for name in BILL_COLUMNS if name != "flex" or window.options.flex_in_current]
    means = {f"current_{name}": mean_of(lines, f"paid_{name}", window) for name in BILL_COLUMNS}
    monthly = {
        f"current_cny_m{i}": lines[f"counted_m{i}"].ifelse(
            added([lines[f"paid_{name}_m{i}"] for name in parts]), ibis.null("float64")
        )
        for i in window.positions
    }
    means["current_total"] = added([means[f"current_{name}"] for name in parts])
    return lines.mutate(**means, **monthly, mean_data_mb=mean_of(lines, "data_mb", window))
