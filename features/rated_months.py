"""The months of a line rated in order under the plan that stands beside it, and means over the months that count.

Tables have the month columns of `features.line_months`: `_m0` is the latest month.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from features.ladder import Ladder, Reached, climb
from features.plan_terms import PlanTerms, zero
from features.pricing_window import PricingWindow
from features.rating import DataLeft, MonthUse, charges, data_left

Monthly = list[ir.NumericValue]


def mean_of(table: ir.Table, name: str, window: PricingWindow) -> ir.NumericValue:
    """The mean of a month column over the counted months; null where none counts."""
    return mean_over(table, [table[f"{name}_m{i}"] for i in window.positions])


def mean_over(table: ir.Table, months: Monthly) -> ir.NumericValue:
    """The mean of monthly values (latest first) over the counted months; null where none counts."""
    counted = [table[f"counted_m{i}"].ifelse(value.fill_null(0.0), 0.0) for i, value in enumerate(months)]
    return added(counted) / table.months_counted.nullif(0)


def added(values: Monthly) -> ir.NumericValue:
    """The sum, in the order given: the same on every engine to the last bit."""
    return sum(values[1:], values[0])


def month_use(table: ir.Table, window: PricingWindow, position: int, carry_mb: ir.NumericValue) -> MonthUse:
    """The use of one month of the line in each row, on the plan whose terms stand beside it."""
    return MonthUse(
        data_mb=table[f"data_mb_m{position}"].fill_null(0.0),
        voice_min=window.voice(table, PlanTerms.of(table), f"_m{position}").fill_null(0.0),
        sms=table[f"sms_m{position}"].fill_null(0.0),
        carry_mb=carry_mb,
        pack_mb=table[f"pack_mb_m{position}"],
        pack_min=table[f"pack_min_m{position}"].fill_null(0.0),
        tier_mb=table[f"tier_mb_m{position}"],
    )


def rate_months(
    table: ir.Table, window: PricingWindow, on_present: ir.BooleanValue, ladders: tuple[Ladder, ...]
) -> ir.Table:
    """`table` with the charges of each month, priced in order from the earliest; `ladders` are climbed anew.

    Adds voice_cny_m<i>, data_cny_m<i>, tier_cny_m<i>. What rolls over into a month is what the lake says for the
    present plan, else what the month before left over; a month that does not count leaves nothing.
    """
    table = _with_overage(table, window, on_present)
    reached = {
        i: climb(ladders, table.ladder_id, table[f"over_mb_m{i}"], PlanTerms.of(table)) for i in window.positions
    }
    table = table.mutate(
        **{f"tier_cny_m{i}": tier.fee_cny for i, tier in reached.items()},
        **{f"climbed_mb_m{i}": tier.data_mb for i, tier in reached.items()},
    )
    return table.mutate(**_month_charges(table, window))


def _with_overage(table: ir.Table, window: PricingWindow, on_present: ir.BooleanValue) -> ir.Table:
    if not window.rolls_over:
        return table.mutate(**{f"over_mb_m{i}": _left(table, window, i, zero()).over_mb for i in window.positions})
    table = table.mutate(told=on_present & table.plan_rolls_over, carry_mb=zero())
    for i in reversed(window.positions):
        told = table.told.ifelse(table[f"carry_in_m{i}"], ibis.null("float64"))
        left = _left(table, window, i, ibis.coalesce(told, table.carry_mb))
        carry = table[f"counted_m{i}"].ifelse(left.carry_out_mb, 0.0)
        table = table.mutate(**{f"over_mb_m{i}": left.over_mb, "carry_mb": carry})
    return table


def _left(table: ir.Table, window: PricingWindow, position: int, carry_mb: ir.NumericValue) -> DataLeft:
    return data_left(month_use(table, window, position, carry_mb), PlanTerms.of(table))


def _month_charges(table: ir.Table, window: PricingWindow) -> dict[str, ir.NumericValue]:
    columns: dict[str, ir.NumericValue] = {}
    for i in window.positions:
        tier = Reached(table[f"tier_cny_m{i}"], table[f"climbed_mb_m{i}"])
        use = month_use(table, window, i, zero())
        month = charges(use, table[f"over_mb_m{i}"], tier, PlanTerms.of(table))
        columns |= {f"voice_cny_m{i}": month.voice_overage, f"data_cny_m{i}": month.data_overage}
    return columns
