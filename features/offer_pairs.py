"""Customer x offer: what the customer pays today and what the months would have cost with the offer, of every kind.

Plans are re-rated; a data pack adds its MB and its fee to the present plan, with the auto-upgrade ladder climbed anew;
handsets and retention offers change the bill by their monthly fee and discount.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from data.known import Known
from features.held_packs import first_tiers
from features.pairs import CURRENT_COLUMNS, price_pairs
from features.plan_terms import in_force, plan_terms
from features.priced_lines import priced_lines
from features.pricing_window import PricingOptions, PricingWindow, pricing_window

RERATED = PricingOptions(packs="rerated")  # an offer changes what the ladder costs; carried fees would hide it
OFFER_COLUMNS = (
    "offer_id",
    "offer_kind",
    "offer_fee_cny",
    "offer_price_cny",
    "offer_discount_cny",
    "offer_contract_months",
    "offer_quota_mb",
    "offer_quota_min",
)
AFTER_COLUMNS = (
    "rent_after",
    "voice_overage_after",
    "data_overage_after",
    "flex_after",
    "upgrade_after",
    "total_after",
)


REPRICED = ("plan", "data_pack")  # the other kinds leave the use of plan and packs as it is


def offers_in_force(known: Known) -> ir.Table:
    """The offers valid on the as-of day: OFFER_COLUMNS, offer_plan_id; quotas are the plan's or the pack's, else null.

    A plan that was withdrawn, or a pack that is unknown, takes its offer with it.
    """
    offers = known.optional("offers")
    offers = offers.filter(in_force(offers.valid_from, offers.valid_to, known.as_of))
    terms = plan_terms(known["plans"], known.as_of)
    plans = terms.select("plan_sellable", "plan_fee", "plan_quota_mb", "plan_quota_min", offer_plan="plan_id")
    packs = first_tiers(known.optional("packs")).select(
        "fee_cny", pack_mb="data_mb", pack_min="voice_min", offer_pack="pack_id"
    )
    joined = offers.left_join(plans, offers.plan_id == plans.offer_plan)
    joined = joined.left_join(packs, joined.pack_id == packs.offer_pack)
    sound = ibis.cases(
        (joined.kind == "plan", joined.plan_sellable.fill_null(False)),
        (joined.kind == "data_pack", joined.data_mb.notnull() | joined.pack_mb.notnull()),
        else_=True,
    )
    return joined.filter(sound).select(
        "offer_id",
        offer_kind="kind",
        offer_fee_cny=ibis.coalesce(joined.plan_fee, joined.monthly_fee_cny, joined.fee_cny, 0.0),
        offer_price_cny=joined.price_cny.fill_null(0.0),
        offer_discount_cny=joined.discount_cny.fill_null(0.0),
        offer_contract_months=joined.contract_months.fill_null(0).cast("float64"),
        offer_quota_mb=ibis.coalesce(joined.plan_quota_mb, joined.data_mb, joined.pack_mb),
        offer_quota_min=ibis.coalesce(joined.plan_quota_min, joined.pack_min),
        offer_plan_id="plan_id",
    )


def offer_pairs(known: Known, wanted: ir.Table | None = None, options: PricingOptions = RERATED) -> ir.Table:
    """A row a pair: CURRENT_COLUMNS, OFFER_COLUMNS, AFTER_COLUMNS, total_fee_ratio, rent_ratio, current_/new_cny_m<i>.

    Every line with a plan in force x every offer on the as-of day, or only the pairs in `wanted` (customer_id,
    offer_id). Bills are means over the counted months as in `features.pairs`, null where none counts.
    """
    window = pricing_window(known, options)
    lines, offers = priced_lines(known, window), offers_in_force(known)
    asked = lines.cross_join(offers) if wanted is None else _asked(lines, offers, wanted)
    terms = plan_terms(known["plans"], known.as_of)
    on_plan = asked.inner_join(terms, ibis.coalesce(asked.offer_plan_id, asked.current_plan_id) == terms.plan_id)
    priced = price_pairs(_with_pack(on_plan, window), window, OFFER_COLUMNS)
    return _columns(_discounted(_unless_repriced(priced, window), window), window)


def _asked(lines: ir.Table, offers: ir.Table, wanted: ir.Table) -> ir.Table:
    pairs = wanted.select("customer_id", "offer_id").distinct()
    return lines.inner_join(pairs, "customer_id").inner_join(offers, "offer_id")


def _with_pack(on_plan: ir.Table, window: PricingWindow) -> ir.Table:
    """A data pack's MB and fee beside what is held already."""
    is_pack = on_plan.offer_kind == "data_pack"
    more: dict[str, ir.Value] = {}
    for i in window.positions:
        more[f"pack_mb_m{i}"] = on_plan[f"pack_mb_m{i}"] + is_pack.ifelse(on_plan.offer_quota_mb, 0.0)
        more[f"flex_cny_m{i}"] = on_plan[f"flex_cny_m{i}"] + is_pack.ifelse(on_plan.offer_fee_cny, 0.0)
    return on_plan.mutate(**more)


def _unless_repriced(priced: ir.Table, window: PricingWindow) -> ir.Table:
    """Offers that are not priced anew add their fee to what is paid today."""
    anew = priced.offer_kind.isin(REPRICED)
    today = {name: priced[f"current_{name.removesuffix('_after')}"] for name in AFTER_COLUMNS}
    today |= {f"new_cny_m{i}": priced[f"current_cny_m{i}"] for i in window.positions}
    fees = dict.fromkeys(_totals(window), priced.offer_fee_cny)
    return priced.mutate(**{n: anew.ifelse(priced[n], v + fees.get(n, ibis.literal(0.0))) for n, v in today.items()})


def _discounted(priced: ir.Table, window: PricingWindow) -> ir.Table:
    """A discount is never more than the bill."""
    paid = {name: priced[name] - priced.offer_discount_cny for name in _totals(window)}
    return priced.mutate(**{name: (value < 0.0).ifelse(0.0, value) for name, value in paid.items()})


def _totals(window: PricingWindow) -> list[str]:
    return ["total_after", *(f"new_cny_m{i}" for i in window.positions)]


def _columns(priced: ir.Table, window: PricingWindow) -> ir.Table:
    months = [f"{which}_cny_m{i}" for which in ("current", "new") for i in window.positions]
    return priced.select(
        *CURRENT_COLUMNS,
        *OFFER_COLUMNS,
        *AFTER_COLUMNS,
        *months,
        total_fee_ratio=priced.total_after / priced.current_total.nullif(0.0),
        rent_ratio=priced.rent_after / priced.current_rent.nullif(0.0),
    )
