"""Customer x offer of every kind: what the line would have paid with the offer, next to what it pays today.

A plan offer is the line on that plan (`features.pairs`); a data pack is the present plan with the pack's MB used first
and the auto-upgrade ladder climbed anew; a handset or a retention offer adds its monthly fee and takes off
its discount.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from data.known import Known
from features.held_packs import first_tiers
from features.pairs import cross, offered_terms, price_pairs
from features.plan_terms import in_force, plan_terms
from features.priced_lines import priced_lines
from features.pricing_window import PricingOptions, PricingWindow, pricing_window
from features.rated_months import added, rate_months

LINE_COLUMNS = ("customer_id", "current_plan_id", "months_counted", "current_rent", "current_total")


def offer_pairs(known: Known, options: PricingOptions | None = None) -> ir.Table:
    """Every line x every offer that is valid on the as-of day; nothing is run before the table is.

    Columns: customer_id, current_plan_id, months_counted, current_rent, current_total, offer_id, kind, plan_id,
    rent_after, total_after, total_fee_ratio, rent_ratio, current_cny_m<i> and new_cny_m<i> (`features.pairs`).
    """
    window = pricing_window(known, options or PricingOptions())
    lines = priced_lines(known, window)
    offers = valid_offers(known)
    return ibis.union(
        _plan_pairs(known, lines, offers, window),
        _pack_pairs(known, lines, offers, window),
        _fee_pairs(lines, offers, window),
    )


def pack_pairs(known: Known, options: PricingOptions | None = None) -> ir.Table:
    """Every line x every valid data-pack offer, in the columns of `offer_pairs`."""
    window = pricing_window(known, options or PricingOptions())
    return _pack_pairs(known, priced_lines(known, window), valid_offers(known), window)


def valid_offers(known: Known) -> ir.Table:
    """Offers valid on the as-of day: offer_id, kind, offer_plan_id, extra_cny (a month) and extra_mb.

    `extra_cny` is the monthly fee minus the discount (of a plan offer the discount alone: its plan brings the fee); a
    data pack's fee and MB are the pack's where the offer does not say.
    """
    offers = known.optional("offers")
    packs = first_tiers(known.optional("packs"))
    packs = packs.select(held_id=packs.pack_id, pack_fee=packs.fee_cny, pack_quota=packs.data_mb)
    table = offers.filter(in_force(offers.valid_from, offers.valid_to, known.as_of))
    table = table.left_join(packs, table.pack_id == packs.held_id)
    fee = ibis.coalesce(table.monthly_fee_cny, table.pack_fee, 0.0)
    return table.select(
        "offer_id",
        "kind",
        offer_plan_id=table.plan_id,
        extra_cny=(table.kind == "plan").ifelse(0.0, fee) - table.discount_cny.fill_null(0.0),
        extra_mb=ibis.coalesce(table.data_mb, table.pack_quota, 0.0),
    )


def _plan_pairs(known: Known, lines: ir.Table, offers: ir.Table, window: PricingWindow) -> ir.Table:
    sold = offers.filter(offers.kind == "plan")
    terms = offered_terms(known, "on_sale")
    terms = terms.inner_join(sold, terms.plan_id == sold.offer_plan_id)
    pairs = price_pairs(cross(lines, terms, "on_sale"), window, keep=("offer_id", "kind", "extra_cny"))
    months = {f"new_cny_m{i}": not_negative(pairs[f"new_cny_m{i}"] + pairs.extra_cny) for i in window.positions}
    return _compared(pairs.mutate(**months, rent_after=not_negative(pairs.rent_after + pairs.extra_cny)), window)


def _pack_pairs(known: Known, lines: ir.Table, offers: ir.Table, window: PricingWindow) -> ir.Table:
    terms = plan_terms(known["plans"], known.as_of)
    own = lines.inner_join(terms, lines.current_plan_id == terms.plan_id)
    own = own.mutate(**{f"tier_mb_m{i}": ibis.literal(0.0) for i in window.positions})
    alone = _rated(own, window)
    alone = alone.mutate(**{f"alone_cny_m{i}": _overage(alone, i) for i in window.positions})
    pairs = alone.cross_join(offers.filter(offers.kind == "data_pack"))
    with_pack = {f"pack_mb_m{i}": pairs[f"pack_mb_m{i}"] + pairs.extra_mb for i in window.positions}
    rated = _rated(pairs.mutate(**with_pack), window)
    months = {
        f"new_cny_m{i}": not_negative(
            rated[f"current_cny_m{i}"] + rated.extra_cny + _overage(rated, i) - rated[f"alone_cny_m{i}"]
        )
        for i in window.positions
    }
    return _compared(rated.mutate(**months, plan_id=ibis.null("string"), rent_after=rated.current_rent), window)


def _rated(table: ir.Table, window: PricingWindow) -> ir.Table:
    return rate_months(table, window, ibis.literal(True), window.packs.ladders)


def _overage(table: ir.Table, position: int) -> ir.NumericValue:
    return table[f"data_cny_m{position}"] + table[f"tier_cny_m{position}"]


def _fee_pairs(lines: ir.Table, offers: ir.Table, window: PricingWindow) -> ir.Table:
    pairs = lines.cross_join(offers.filter(offers.kind.isin(["handset", "retention"])))
    months = {f"new_cny_m{i}": not_negative(pairs[f"current_cny_m{i}"] + pairs.extra_cny) for i in window.positions}
    return _compared(pairs.mutate(**months, plan_id=ibis.null("string"), rent_after=pairs.current_rent), window)


def _compared(pairs: ir.Table, window: PricingWindow) -> ir.Table:
    total = mean_over_counted(pairs, [pairs[f"new_cny_m{i}"] for i in window.positions])
    return pairs.select(
        *LINE_COLUMNS,
        "offer_id",
        "kind",
        "plan_id",
        "rent_after",
        total_after=total,
        total_fee_ratio=total / pairs.current_total.nullif(0.0),
        rent_ratio=pairs.rent_after / pairs.current_rent.nullif(0.0),
        **{f"{name}_m{i}": pairs[f"{name}_m{i}"] for name in ("current_cny", "new_cny") for i in window.positions},
    )


def mean_over_counted(pairs: ir.Table, months: list[ir.NumericValue]) -> ir.NumericValue:
    """The mean of monthly values that are null where a month does not count; null where none counts."""
    return added([value.fill_null(0.0) for value in months]) / pairs.months_counted.nullif(0)


def not_negative(value: ir.NumericValue) -> ir.NumericValue:
    """0 where the value is below 0; null stays null."""
    return (value < 0.0).ifelse(0.0, value)
