"""The offers and plans of an as-of day, small enough for a publication's head."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from ibis import _

from data.known import Known
from features.offer_features import KIND, OFFER_FEATURES
from features.offer_pairs import offers_in_force
from features.plan_terms import ENDLESS
from models.feature_schema import Column, FeatureSchema, Floats
from serving.layout import Offer, Plan


def read_offers(known: Known) -> list[Offer]:
    """The offers in force, by offer_id."""
    frame = _terms(known)
    own = known.optional("offers").to_pandas().set_index("offer_id").loc[frame["offer_id"]]
    packs = known.optional("packs").group_by("pack_id")
    packs = packs.aggregate(effective=_.effective.min(), exclusion_group=_.exclusion_group.min())
    of_packs = packs.to_pandas().set_index("pack_id")
    rows = zip(frame.itertuples(index=False), own.itertuples(), strict=True)
    return [_offer(terms, offer, of_packs) for terms, offer in rows]


def _offer(terms: Any, offer: Any, packs: pd.DataFrame) -> Offer:
    starts_now = {"plan": False, "retention": False, "handset": True}
    pack = packs.loc[offer.pack_id] if offer.pack_id in packs.index else None
    return Offer(
        offer_id=offer.Index,
        kind=offer.kind,
        name=offer.name,
        plan_id=_text(offer.plan_id),
        pack_id=_text(offer.pack_id),
        pack_group=None if pack is None else _text(pack["exclusion_group"]),
        monthly_fee_cny=float(terms.offer_fee_cny),
        monthly_margin_cny=float(offer.monthly_margin_cny),
        contract_months=float(terms.offer_contract_months),
        quota_mb=_quota(terms.offer_quota_mb),
        quota_min=_quota(terms.offer_quota_min),
        starts_now=bool(starts_now.get(offer.kind, pack is None or pack["effective"] == "now")),
        script=_text(offer.script),
        valid_from=str(offer.valid_from)[:10],
        valid_to=None if pd.isna(offer.valid_to) else str(offer.valid_to)[:10],
    )


def read_plans(known: Known) -> list[Plan]:
    """All plans that a line may be on, by plan_id; unlimited quotas are `inf`."""
    frame = known["plans"].select("plan_id", "monthly_fee_cny", "data_mb", "voice_min").to_pandas()
    rows = frame.sort_values("plan_id").itertuples(index=False)
    return [Plan(p.plan_id, float(p.monthly_fee_cny), _unlimited(p.data_mb), _unlimited(p.voice_min)) for p in rows]


def read_terms(known: Known) -> tuple[FeatureSchema, Floats]:
    """The features that an offer has by itself, and their values (offers, features) by offer_id."""
    frame = _terms(known)
    names = [name for name in OFFER_FEATURES if name in frame.columns]
    kinds = tuple(sorted(frame[KIND].unique()))
    schema = FeatureSchema(tuple(Column(name, kinds if name == KIND else None) for name in names))
    endless = frame[["offer_quota_mb", "offer_quota_min"]] >= ENDLESS
    frame[endless.columns] = frame[endless.columns].mask(endless)
    return schema, schema.encode(frame[names])


def _terms(known: Known) -> pd.DataFrame:
    return offers_in_force(known).to_pandas().sort_values("offer_id", ignore_index=True)


def _quota(value: float) -> float:
    """Null adds nothing."""
    return 0.0 if np.isnan(value) else _unlimited(value)


def _unlimited(value: float) -> float:
    return float("inf") if np.isnan(value) or value >= ENDLESS else float(value)


def _text(value: Any) -> str | None:
    return None if pd.isna(value) else str(value)
