"""The plan table as the rating engine reads it: one row a plan, no nulls, one rank.

Unlimited quotas and absent caps become `ENDLESS`, absent prices become 0, so that the formulas need no branches.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

ENDLESS = 1e12  # MB, minutes or CNY: more than any month holds, and still exact to 0.001 in a double


@dataclass(frozen=True)
class PlanTerms:
    """The terms of the plan in each row of a table; every field is an Ibis value, in CNY, MB, minutes and messages."""

    fee: ir.NumericValue
    quota_mb: ir.NumericValue
    quota_min: ir.NumericValue
    quota_sms: ir.NumericValue
    cny_per_mb: ir.NumericValue
    cny_per_min: ir.NumericValue
    cny_per_sms: ir.NumericValue
    step_cny: ir.NumericValue
    step_mb: ir.NumericValue
    round_mb: ir.NumericValue
    round_min: ir.NumericValue
    rolls_over: ir.BooleanValue

    @classmethod
    def of(cls, table: ir.Table) -> PlanTerms:
        """The terms in the columns that `plan_terms` made."""
        return cls(**{name: table[f"plan_{name}"] for name in cls.__dataclass_fields__})


def plan_terms(plans: ir.Table, as_of: dt.date) -> ir.Table:
    """The contract's `plans` as (plan_id, plan_family, plan_sellable, plan_rank, and `plan_` + each of `PlanTerms`).

    `plan_sellable`: on sale and valid on the as-of day. `plan_rank` is 0 for the plan that wins every tie: the lower
    rent, then more data, then the plan_id.
    """
    endless = ibis.literal(ENDLESS)
    capped = plans.overage_cap_cny.notnull()
    data_mb = plans.data_mb.fill_null(endless)
    rank = ibis.row_number().over(order_by=[plans.monthly_fee_cny, data_mb.desc(), plans.plan_id])
    return plans.select(
        plan_id=plans.plan_id,
        plan_family=plans.family,
        plan_sellable=plans.on_sale & in_force(plans.valid_from, plans.valid_to, as_of),
        plan_rank=rank.cast("int64"),
        plan_fee=plans.monthly_fee_cny,
        plan_quota_mb=data_mb,
        plan_quota_min=plans.voice_min.fill_null(endless),
        plan_quota_sms=plans.sms.cast("float64").fill_null(endless),
        plan_cny_per_mb=plans.data_overage_cny_per_mb.fill_null(0.0),
        plan_cny_per_min=plans.voice_overage_cny_per_min.fill_null(0.0),
        plan_cny_per_sms=plans.sms_overage_cny.fill_null(0.0),
        plan_step_cny=plans.overage_cap_cny.fill_null(endless),
        plan_step_mb=capped.ifelse(plans.overage_cap_mb.nullif(0.0).fill_null(endless), endless),
        plan_round_mb=plans.data_round_mb.fill_null(0.0),
        plan_round_min=plans.voice_round_min.fill_null(0.0),
        plan_rolls_over=plans.data_rolls_over.fill_null(False),
    )


def zero() -> ir.FloatingValue:
    """0 as a double on every engine: Spark reads a bare 0.0 as a decimal, and rounds what is added to it."""
    return ibis.literal(0).cast("float64")


def in_force(starts_on: ir.DateValue, ends_on: ir.DateValue, day: dt.date) -> ir.BooleanValue:
    """Whether the half-open interval [starts_on, ends_on) holds `day`; a null end is open, a null start is long ago."""
    begun = (starts_on <= ibis.literal(day, type="date")).fill_null(True)
    return begun & (ends_on > ibis.literal(day, type="date")).fill_null(True)


def voice_rounds(plans: ir.Table) -> tuple[float, ...]:
    """The multiples of minutes to which some plan rounds each call up, ascending.

    >>> voice_rounds(ibis.memtable({"voice_round_min": [None, 1.0, 1.0]}))
    (1.0,)
    """
    found = plans.filter(plans.voice_round_min > 0).voice_round_min.cast("float64")
    return tuple(sorted(found.as_table().distinct().execute().iloc[:, 0].tolist()))
