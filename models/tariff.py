"""`nextcall tariff`: price, choose, filter, and count what became of every line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pandas as pd

from data.known import Known
from data.settings import CandidateSettings
from features.pairs import PlanChoice, cross, offered_terms, price_pairs
from features.plan_terms import in_force, plan_terms
from features.priced_lines import priced_lines
from features.pricing_window import PricingWindow, pricing_window
from models.cartesian import TariffOptions, choices_by_rule
from models.tariff_counts import figures, funnel

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
NEEDED_TABLES = ("plans", "subscriptions")
LAKE_TABLES = (
    *NEEDED_TABLES,
    "customers",
    "usage",
    "usage_records",
    "bills",
    "packs",
    "holdings",
    "offers",
    "departures",
)
CHOICES_COUNTED = ("min_total", "min_total_within_bands")  # kept for the funnel's two orders, whatever the rule


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
    priced = price_pairs(beside, window, keep=("current_rank", *CHOICES_COUNTED))
    return _with_verdict(_with_offers(_named(priced, options), known), known, options)


def _choose(lines: ir.Table, by_rule: ir.Table, options: TariffOptions) -> ir.Table:
    joined = lines.left_join(by_rule, "customer_id").drop("customer_id_right")
    return joined.mutate(plan_rank=joined[options.rule])


def _named(priced: ir.Table, options: TariffOptions) -> ir.Table:
    chosen, none = ~priced.plan_id.isnull(), ibis.null("float64")
    values = {name: chosen.ifelse(priced[name], none) for name in (*AFTER_COLUMNS, "total_fee_ratio", "rent_ratio")}
    return priced.mutate(**values, recommended_plan_id=priced.plan_id, rule=ibis.literal(options.rule))


def first_offers(known: Known) -> ir.Table:
    """offered_plan_id, offer_id: the first plan offer in force of each plan."""
    offers = known.optional("offers")
    valid = offers.filter(offers.kind == "plan", in_force(offers.valid_from, offers.valid_to, known.as_of))
    return valid.group_by("plan_id").agg(offer_id=valid.offer_id.min()).rename(offered_plan_id="plan_id")


def _with_offers(table: ir.Table, known: Known) -> ir.Table:
    first = first_offers(known)
    return table.left_join(first, table.recommended_plan_id == first.offered_plan_id)


def _with_verdict(table: ir.Table, known: Known, options: TariffOptions) -> ir.Table:
    """Add excluded_reason (null: a target), targeted, and `excluded_first`: the reason that needs no choice."""
    first = not_a_candidate(table, known.settings.candidates, options)
    reason = ibis.coalesce(first, _not_a_target(table, options))
    return table.mutate(excluded_first=first, excluded_reason=reason, targeted=reason.isnull())


def not_a_candidate(table: ir.Table, candidates: CandidateSettings, options: TariffOptions) -> ir.StringValue:
    """Why a line of `priced_lines` is no candidate whatever it would be offered; null where it is one."""
    return _first_of(
        [
            (table.current_family.isin(candidates.exclude_families), "EXCLUDED_FAMILY"),
            (table.months_counted < options.least_months, "TOO_NEW"),
            (table.mean_data_mb < candidates.min_data_mb, "LOW_DATA"),
            (table.current_rent <= 0.0, "ZERO_RENT"),
        ]
    )


def _not_a_target(table: ir.Table, options: TariffOptions) -> ir.StringValue:
    cases = [
        (table.recommended_plan_id.isnull(), "NO_PLAN_IN_BANDS"),
        (table.recommended_plan_id == table.current_plan_id, "NO_CHANGE"),
    ]
    if options.total_band:
        cases.append((~options.total_band.holds(table.total_fee_ratio), "OUT_OF_TOTAL_BAND"))
    if options.rent_band:
        cases.append((~options.rent_band.holds(table.rent_ratio), "OUT_OF_RENT_BAND"))
    return _first_of(cases)


def _first_of(cases: Sequence[tuple[ir.BooleanValue, str]]) -> ir.StringValue:
    found = ibis.null("string")
    for condition, code in reversed(cases):
        found = condition.fill_null(False).ifelse(ibis.literal(code), found)
    return found
