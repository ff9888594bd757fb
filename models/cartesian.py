"""The Cartesian baseline (笛卡尔积算法): every plan on sale for every line, one plan chosen, lines then filtered.

The formulas and the default bands are the seed's (domain.md A3.3); it does not state the choice rule, so rules have
names. Money is compared to a hundredth of a fen; ties go to the lower rent, then more data, then the plan_id.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, cast, get_args

import ibis
import ibis.expr.types as ir

from data.errors import BadInput
from features.pricing_window import PackRule, PricingOptions

Rule = Literal["min_total", "min_total_within_bands", "max_revenue_within_bands"]
RULES: tuple[Rule, ...] = get_args(Rule)
STEPS_PER_CNY = 10_000
RANKS = 1_000_000  # more plans than any catalogue has; STEPS_PER_CNY * RANKS * 900 million CNY still fits 64 bits
RATIO_TOLERANCE = 1e-9
LEAST_MONTHS = 2


@dataclass(frozen=True)
class Band:
    """A closed interval of ratios new / old."""

    low: float
    high: float

    def holds(self, ratio: ir.NumericValue) -> ir.BooleanValue:
        """Whether a ratio lies in the band; a null ratio does not."""
        inside = (ratio >= self.low - RATIO_TOLERANCE) & (ratio <= self.high + RATIO_TOLERANCE)
        return inside.fill_null(False)


@dataclass(frozen=True)
class TariffOptions:
    """How plans are chosen; a band of None is off."""

    rule: Rule = "min_total"
    total_band: Band | None = Band(0.6, 1.5)
    rent_band: Band | None = Band(1.0, 2.0)
    keep_current: bool = False
    pricing: PricingOptions = field(default_factory=PricingOptions)

    @property
    def least_months(self) -> int:
        """Months on the present plan below which a line is TOO_NEW."""
        return min(LEAST_MONTHS, self.pricing.months)


def parse_band(text: str, flag: str) -> Band | None:
    """A band from a flag: `LOW,HIGH`, or `none` for off.

    >>> parse_band("0.6,1.5", "--total-band"), parse_band("none", "--rent-band")
    (Band(low=0.6, high=1.5), None)
    """
    if text.strip().lower() == "none":
        return None
    try:
        low, high = (float(part) for part in text.split(","))
    except ValueError as error:
        raise BadInput(f"{flag} came as {text!r}; wanted LOW,HIGH like 0.6,1.5, or none") from error
    if not 0 <= low <= high:
        raise BadInput(f"{flag} came as {text!r}; wanted 0 <= LOW <= HIGH")
    return Band(low, high)


@dataclass(frozen=True)
class TariffFlags:
    """The flags of `nextcall tariff` as a person types them."""

    rule: str = "min_total"
    total_band: str = "0.6,1.5"
    rent_band: str = "1,2"
    packs: str = "carried"
    keep_current: bool = False
    months: int = 3
    flex_in_current: str = "yes"

    def options(self) -> TariffOptions:
        """The options, or BadInput for the first flag that is wrong."""
        return TariffOptions(
            rule=cast(Rule, one_of(self.rule, RULES, "--rule")),
            total_band=parse_band(self.total_band, "--total-band"),
            rent_band=parse_band(self.rent_band, "--rent-band"),
            keep_current=self.keep_current,
            pricing=PricingOptions(
                months=self.months,
                packs=cast(PackRule, one_of(self.packs, get_args(PackRule), "--packs")),
                flex_in_current=one_of(self.flex_in_current, ("yes", "no"), "--flex-in-current") == "yes",
            ),
        )


def one_of(came: str, wanted: Sequence[str], flag: str) -> str:
    """The flag's value if it is one of `wanted`, else BadInput."""
    if came not in wanted:
        raise BadInput(f"{flag} came as {came!r}; wanted one of {', '.join(wanted)}")
    return came


def within_bands(pairs: ir.Table, options: TariffOptions) -> ir.BooleanValue:
    """Whether a pair lies within every band that is on."""
    inside: ir.BooleanValue = ibis.literal(True)
    if options.total_band:
        inside = inside & options.total_band.holds(pairs.total_fee_ratio)
    if options.rent_band:
        inside = inside & options.rent_band.holds(pairs.rent_ratio)
    return inside


def choices_by_rule(pairs: ir.Table, options: TariffOptions) -> ir.Table:
    """One row a line: customer_id and, under the name of each rule, the chosen plan's rank; null where none fits."""
    inside = within_bands(pairs, options)
    cheapest, dearest = sort_keys(pairs)
    keys = {
        "min_total": cheapest.min(),
        "min_total_within_bands": cheapest.min(where=inside),
        "max_revenue_within_bands": dearest.min(where=inside),
    }
    chosen = pairs.group_by("customer_id").agg(**keys)
    return chosen.select("customer_id", **{rule: _rank_of(chosen[rule]) for rule in keys})


def sort_keys(pairs: ir.Table) -> tuple[ir.IntegerValue, ir.IntegerValue]:
    """The smallest of the first is the cheapest plan of a line, of the second the dearest; ties as the module says."""
    return _sort_key(pairs.total_after, pairs), _sort_key(-pairs.total_after, pairs)


def _sort_key(cost_cny: ir.NumericValue, pairs: ir.Table) -> ir.IntegerValue:
    steps = (cost_cny * STEPS_PER_CNY + 0.5).floor().cast("int64")
    return steps * RANKS + pairs.plan_rank


def _rank_of(key: ir.IntegerValue) -> ir.IntegerValue:
    return (key % RANKS + RANKS) % RANKS
