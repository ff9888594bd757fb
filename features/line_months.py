"""A line's last closed months side by side in one row: the plan it was on, its use, its packs, its bills.

Columns that end in `_m<i>` belong to one month: 0 is the latest closed month. A month counts (`counted_m<i>`) when the
present plan was in force on its last day and its usage is known.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from data.known import Known
from features.held_packs import packs_held
from features.plan_history import present_lines
from features.pricing_window import PricingWindow
from features.rating_usage import monthly_usage
from features.windows import add_months

BILL_COLUMNS = {
    "rent": "rent_cny",
    "voice_overage": "voice_overage_cny",
    "data_overage": "data_overage_cny",
    "upgrade": "upgrade_pack_cny",
    "flex": "flex_pack_cny",
}


def line_months(known: Known, window: PricingWindow) -> ir.Table:
    """One row a line with a plan in force: customer_id, current_plan_id, ladder_id, months_counted and month columns.

    Month columns: counted, carry_in (rolled over into the month on the present plan; null: the lake does not say), the
    columns of `monthly_usage` and `packs_held`, and the bill's components. Months without a row are null.
    """
    return _with_counts(_side_by_side(known, window), window)


def _side_by_side(known: Known, window: PricingWindow) -> ir.Table:
    every = window.months_and_before
    usage = monthly_usage(known, every[-1], every[0], window.rounds)
    measures = [name for name in usage.columns if name not in ("customer_id", "month")]
    last_days = {f"plan_m{i}": add_months(month, 1) - dt.timedelta(days=1) for i, month in enumerate(every)}
    lines = present_lines(known, last_days)
    for part in (
        _wide(usage, every, measures).mutate(used=True),
        _wide(packs_held(known, window.months), window.months, ["held_cny", "pack_mb", "pack_min", "ladder"]),
        _wide(known.optional("bills"), window.months, list(BILL_COLUMNS.values())),
    ):
        lines = lines.left_join(part, "customer_id").drop("customer_id_right")
    return lines


def _wide(long: ir.Table, months: Sequence[dt.date], columns: Sequence[str]) -> ir.Table:
    cells = {
        f"{name}_m{i}": long[name].max(where=long.month == ibis.literal(month, type="date"))
        for i, month in enumerate(months)
        for name in columns
    }
    inside = long.month >= ibis.literal(months[-1], type="date")
    return long.filter(inside, long.customer_id.notnull()).group_by("customer_id").agg(**cells)


def _with_counts(lines: ir.Table, window: PricingWindow) -> ir.Table:
    def on_present(position: int) -> ir.BooleanValue:
        return (lines[f"plan_m{position}"] == lines.current_plan_id).fill_null(False)

    columns: dict[str, ir.Value] = {}
    for i in window.positions:
        columns[f"counted_m{i}"] = on_present(i) & lines[f"data_mb_m{i}"].notnull()
        columns[f"carry_in_m{i}"] = on_present(i + 1).ifelse(lines[f"rollover_mb_m{i + 1}"], 0.0)
    counted = [columns[f"counted_m{i}"].cast("int64") for i in window.positions]
    return lines.mutate(**columns, months_counted=sum(counted[1:], counted[0]), ladder_id=_ladder(lines, window))


def _ladder(lines: ir.Table, window: PricingWindow) -> ir.StringValue:
    held = [lines[f"ladder_m{i}"] for i in window.positions]
    paid = [lines[f"upgrade_pack_cny_m{i}"].fill_null(0.0) for i in window.positions]
    return ibis.coalesce(*held, window.packs.ladder_paid(ibis.greatest(*paid) if len(paid) > 1 else paid[0]))
