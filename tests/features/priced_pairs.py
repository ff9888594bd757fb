"""Every line x plan priced, as the Cartesian baseline puts it together."""

from __future__ import annotations

import ibis.expr.types as ir

from data.known import Known
from features.pairs import PlanChoice, cross, offered_terms, price_pairs
from features.priced_lines import priced_lines
from features.pricing_window import PricingOptions, pricing_window


def priced_pairs(known: Known, options: PricingOptions | None = None, plans: PlanChoice = "on_sale") -> ir.Table:
    """Every line x plan, as `price_pairs` gives it; nothing is run before the table is."""
    window = pricing_window(known, options or PricingOptions())
    return price_pairs(cross(priced_lines(known, window), offered_terms(known, plans), plans), window)
