"""The auto-upgrade ladder (自动升档包): which tier a month's overage reaches, and what it costs.

The rule (operator note, domain.md A5): a month starts at the first tier once the quota is used up; beyond a tier's MB
the standard price goes on; when fee + overage reach the next tier's fee, that tier opens. Hence the closed form: tier
k + 1 opens at q_k + (f_{k+1} - f_k) / p MB. Beyond the top tier the standard price goes on.
"""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from features.plan_terms import ENDLESS, PlanTerms, zero

FEE_TOLERANCE_CNY = 0.005  # half a fen: bills are rounded to the fen


@dataclass(frozen=True)
class Tier:
    """One tier: its whole fee and its whole quota."""

    fee_cny: float
    data_mb: float


@dataclass(frozen=True)
class Ladder:
    """One auto-upgrade pack, tiers by rising fee."""

    pack_id: str
    tiers: tuple[Tier, ...]

    def rises(self) -> list[tuple[Tier | None, Tier]]:
        """Each tier with the one below it; the first has none."""
        return list(zip((None, *self.tiers[:-1]), self.tiers, strict=True))


@dataclass(frozen=True)
class Reached:
    """Where a month ended on a ladder: Ibis values, both 0 where no tier opened."""

    fee_cny: ir.NumericValue
    data_mb: ir.NumericValue


def read_ladders(packs: ir.Table) -> tuple[Ladder, ...]:
    """The ladders in the contract's `packs`, by pack_id."""
    chosen = packs.filter(packs.kind == "auto_upgrade").select("pack_id", "fee_cny", "data_mb")
    frame = chosen.execute().fillna({"data_mb": 0.0}).sort_values(["pack_id", "fee_cny"])
    return tuple(
        Ladder(str(pack_id), tuple(Tier(float(fee), float(mb)) for fee, mb in rows[["fee_cny", "data_mb"]].to_numpy()))
        for pack_id, rows in frame.groupby("pack_id")
    )


def overage_cost(over_mb: ir.NumericValue, terms: PlanTerms) -> ir.NumericValue:
    """CNY for MB beyond every quota: each `step_cny` covers up to `step_mb`, then the next step begins."""
    steps = (over_mb / terms.step_mb).floor().cast("float64")
    rest = over_mb - steps * terms.step_mb
    return steps * terms.step_cny + ibis.least(terms.step_cny, rest * terms.cny_per_mb)


def overage_reaching(cost_cny: float, terms: PlanTerms) -> ir.NumericValue:
    """The MB at which `overage_cost` first reaches `cost_cny`; `ENDLESS` where it never does."""
    steps = (ibis.literal(cost_cny) / terms.step_cny.nullif(0.0)).ceil().cast("float64") - 1.0
    linear = (cost_cny - steps * terms.step_cny) / terms.cny_per_mb.nullif(0.0)
    return (steps * terms.step_mb + ibis.least(terms.step_mb, linear.fill_null(ENDLESS))).fill_null(ENDLESS)


def opens_at(below: Tier | None, tier: Tier, terms: PlanTerms) -> ir.NumericValue:
    """MB beyond quota and packs at which `tier` opens, given the tier below it."""
    if below is None:
        return zero()
    return below.data_mb + overage_reaching(tier.fee_cny - below.fee_cny, terms)


def climb(ladders: tuple[Ladder, ...], held: ir.StringValue, over_mb: ir.NumericValue, terms: PlanTerms) -> Reached:
    """Fee and quota that a month's overage reaches on the ladder `held` (null: none, both are 0).

    Where overage is free no tier opens; no tier opens before the one below it.
    """
    fee: ir.NumericValue = zero()
    quota: ir.NumericValue = zero()
    for ladder in ladders:
        opened = (held == ladder.pack_id).fill_null(False) & (over_mb > 0.0) & (terms.cny_per_mb > 0.0)
        for below, tier in ladder.rises():
            opened = opened & (over_mb >= opens_at(below, tier, terms))
            fee = fee + opened.ifelse(tier.fee_cny - (below.fee_cny if below else 0.0), 0.0)
            quota = quota + opened.ifelse(tier.data_mb - (below.data_mb if below else 0.0), 0.0)
    return Reached(fee, quota)
