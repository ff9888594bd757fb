"""A month's charges under any plan, as Ibis expressions: the one place where usage becomes money.

The order in which a month's data is used up: packs, then what was rolled over, then the plan's quota, then the
auto-upgrade ladder, then the standard price with its caps and steps (domain.md A5). Nothing is rounded to the fen.
"""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from features.ladder import Reached, overage_cost
from features.plan_terms import ENDLESS, PlanTerms

ROUNDING_SLACK = 1e-9  # of a multiple: a sum of floats that is a whole multiple is not rounded up to the next one


@dataclass(frozen=True)
class MonthUse:
    """One month's use, and what was bought beside the plan; every field is an Ibis value without nulls.

    `carry_mb` was rolled over from the month before; `pack_mb`, `pack_min` come from held packs and are used first;
    `tier_mb` is the quota of an auto-upgrade tier that is already paid for, used after the plan's.
    """

    data_mb: ir.NumericValue
    voice_min: ir.NumericValue
    sms: ir.NumericValue
    carry_mb: ir.NumericValue
    pack_mb: ir.NumericValue
    pack_min: ir.NumericValue
    tier_mb: ir.NumericValue


@dataclass(frozen=True)
class DataLeft:
    """What a month's data use leaves: MB beyond packs, carry and quota, and in-plan MB for the next month."""

    over_mb: ir.NumericValue
    carry_out_mb: ir.NumericValue


@dataclass(frozen=True)
class Charges:
    """What a month costs beside rent and the packs that are already paid for, in CNY.

    Messages beyond their quota stand in `voice_overage`: neither bills nor results have a column of their own for them.
    """

    voice_overage: ir.NumericValue
    data_overage: ir.NumericValue
    upgrade: ir.NumericValue


def data_left(use: MonthUse, terms: PlanTerms) -> DataLeft:
    """Use up packs, carry and quota, in this order."""
    asked = positive(rounded_up(use.data_mb, terms.round_mb) - use.pack_mb)
    unused = ibis.least(terms.quota_mb, positive(terms.quota_mb + use.carry_mb - asked))
    rolls = terms.rolls_over & (terms.quota_mb < ENDLESS)
    return DataLeft(positive(asked - use.carry_mb - terms.quota_mb), rolls.ifelse(unused, 0.0))


def charges(use: MonthUse, over_mb: ir.NumericValue, tier: Reached, terms: PlanTerms) -> Charges:
    """Price what is left: `over_mb` from `data_left`, `tier` from `features.ladder.climb` on it.

    >>> row = ibis.memtable({"n": [0]})
    >>> number = lambda value: ibis.literal(float(value))
    >>> plan = PlanTerms(*map(number, [158, 600, 900, 1e12, 0.29, 0.19, 0, 1e12, 1e12, 0, 0]), ibis.literal(False))
    >>> use = MonthUse(*map(number, [1238, 880, 0, 0, 0, 0, 500]))
    >>> month = charges(use, data_left(use, plan).over_mb, Reached(number(0), number(0)), plan)
    >>> row.select(voice=month.voice_overage, data=month.data_overage.round(2)).execute().to_numpy().tolist()
    [[0.0, 40.02]]
    """
    voice = positive(use.voice_min - use.pack_min - terms.quota_min) * terms.cny_per_min
    messages = positive(use.sms - terms.quota_sms) * terms.cny_per_sms
    beyond = positive(over_mb - use.tier_mb - tier.data_mb)
    return Charges(voice + messages, overage_cost(beyond, terms), tier.fee_cny)


def rounded_up(amount: ir.NumericValue, multiple: ir.NumericValue) -> ir.NumericValue:
    """`amount` rounded up to a whole `multiple`; a multiple of 0 leaves it as it is."""
    whole = (amount / multiple.nullif(0.0) - ROUNDING_SLACK).ceil().cast("float64")
    return (whole * multiple).fill_null(amount)


def positive(value: ir.NumericValue) -> ir.NumericValue:
    """The value where it is above 0, else 0."""
    return ibis.greatest(value, 0.0)
