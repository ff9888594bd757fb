"""Packs beside the plan, month by month: what they cost, how much they hold, and which ladder a line climbs.

Data and flex packs cost their fee in every month in which they were held; the auto-upgrade pack costs what the month's
overage reaches (`features.ladder`). Where the lake has no holdings, the fee on the bill tells which pack it was.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from data.known import Known
from features.ladder import FEE_TOLERANCE_CNY, Ladder, read_ladders
from features.plan_history import each_month, in_force_within
from features.plan_terms import zero

QUOTA_KINDS = ("flex", "data")  # in this order where a fee on the bill fits both


@dataclass(frozen=True)
class QuotaPack:
    """A data or flex pack: its monthly fee, and its MB."""

    pack_id: str
    fee_cny: float
    data_mb: float


@dataclass(frozen=True)
class PackCatalogue:
    """What the `packs` table says, small enough to be written into expressions."""

    ladders: tuple[Ladder, ...]
    quota_packs: tuple[QuotaPack, ...]

    def ladder_paid(self, fee_cny: ir.NumericValue) -> ir.StringValue:
        """The ladder that has a tier of this fee; null where the fee is 0, else the first ladder if none has."""
        paid = fee_cny > FEE_TOLERANCE_CNY
        found = ibis.null("string")
        for ladder in reversed(self.ladders):
            fits = _any_of([(fee_cny - tier.fee_cny).abs() <= FEE_TOLERANCE_CNY for tier in ladder.tiers])
            found = fits.ifelse(ladder.pack_id, found)
        first = self.ladders[0].pack_id if self.ladders else ibis.null("string")
        return paid.ifelse(ibis.coalesce(found, first), ibis.null("string"))

    def tier_mb_paid(self, fee_cny: ir.NumericValue, ladder_id: ir.StringValue) -> ir.NumericValue:
        """The quota of the highest tier of that ladder that the fee covers; 0 for none."""
        bought = zero()
        for ladder in self.ladders:
            for below, tier in ladder.rises():
                covered = (ladder_id == ladder.pack_id) & (fee_cny >= tier.fee_cny - FEE_TOLERANCE_CNY)
                bought = bought + covered.fill_null(False).ifelse(tier.data_mb - (below.data_mb if below else 0.0), 0.0)
        return bought

    def quota_mb_paid(self, fee_cny: ir.NumericValue) -> ir.NumericValue:
        """The MB of the data or flex pack that has this fee; 0 for none."""
        bought = zero()
        for pack in reversed(self.quota_packs):
            fits = (fee_cny - pack.fee_cny).abs() <= FEE_TOLERANCE_CNY
            bought = (fits & (fee_cny > 0.0)).ifelse(pack.data_mb, bought)
        return bought


def _any_of(conditions: Sequence[ir.BooleanValue]) -> ir.BooleanValue:
    found = ibis.literal(False)
    for condition in conditions:
        found = found | condition
    return found


def pack_catalogue(known: Known) -> PackCatalogue:
    """The `packs` table as a catalogue; empty where the lake has none."""
    packs = known.optional("packs")
    frame = first_tiers(packs).filter(lambda t: t.kind.isin(QUOTA_KINDS)).execute().fillna({"data_mb": 0.0})
    frame = frame.assign(turn=frame["kind"].map(QUOTA_KINDS.index)).sort_values(["turn", "pack_id"])
    rows = frame[["pack_id", "fee_cny", "data_mb"]].itertuples(index=False)
    return PackCatalogue(read_ladders(packs), tuple(QuotaPack(str(p), float(fee), float(mb)) for p, fee, mb in rows))


def first_tiers(packs: ir.Table) -> ir.Table:
    """One row a pack: its lowest tier as (pack_id, kind, fee_cny, data_mb, voice_min)."""
    lowest = packs.group_by("pack_id").agg(tier=packs.tier.min())
    return packs.semi_join(lowest, ["pack_id", "tier"]).select("pack_id", "kind", "fee_cny", "data_mb", "voice_min")


def packs_held(known: Known, months: Sequence[dt.date]) -> ir.Table:
    """(customer_id, month, held_cny, pack_mb, pack_min, ladder): one row a line and month with a pack.

    A pack is held in a month in which it was in force on any day; several packs add up. Nulls: nothing of the kind.
    """
    holdings = known.optional("holdings").rename(held_pack_id="pack_id")
    packs = first_tiers(known.optional("packs"))
    table = each_month(holdings.inner_join(packs, holdings.held_pack_id == packs.pack_id), months)
    held = table.filter(in_force_within(table.starts_on, table.ends_on, table.month))
    counts = held.kind.isin(QUOTA_KINDS)
    return held.group_by("customer_id", "month").agg(
        held_cny=held.fee_cny.sum(where=counts),
        pack_mb=held.data_mb.sum(where=counts),
        pack_min=held.voice_min.sum(where=counts),
        ladder=held.pack_id.max(where=held.kind == "auto_upgrade"),
    )
