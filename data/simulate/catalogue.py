"""The operator's plans, packs and offers as arrays, read from the facts beside this file."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from data.simulate.kinds import Bools, Floats, Ints

FACTS = Path(__file__).parent / "facts"
OFFER_KINDS = ("plan", "data_pack", "handset", "retention")
PLAN, DATA_PACK, HANDSET, RETENTION = range(4)


def fact_table(name: str) -> pd.DataFrame:
    """One of the committed fact tables, every column as read."""
    return pd.read_csv(FACTS / f"{name}.csv")


@dataclass(frozen=True)
class Plans:
    """Plans by index; unlimited quotas and absent caps are infinite."""

    ids: tuple[str, ...]
    families: tuple[str, ...]
    fee_cny: Floats
    data_mb: Floats
    voice_min: Floats
    data_price: Floats
    voice_price: Floats
    cap_cny: Floats
    cap_mb: Floats
    rolls_over: Bools
    on_sale: Bools


@dataclass(frozen=True)
class Ladder:
    """The auto-upgrade pack: fee (CNY) and quota (MB) of each tier, rising."""

    fee_cny: Floats
    quota_mb: Floats


@dataclass(frozen=True)
class Packs:
    """Packs that are held as a whole (one tier); `auto` is the index of the ladder among them."""

    ids: tuple[str, ...]
    kinds: tuple[str, ...]
    fee_cny: Floats
    data_mb: Floats
    auto: int
    bundle: int

    def of_kind(self, kind: str) -> Ints:
        """Indices of a kind's packs."""
        return np.flatnonzero(np.array(self.kinds) == kind)


@dataclass(frozen=True)
class Offers:
    """Offers by index; `plan` and `pack` are indices or NONE."""

    ids: tuple[str, ...]
    kind: Ints
    plan: Ints
    pack: Ints
    discount_cny: Floats
    price_cny: Floats
    contract_months: Ints


@dataclass(frozen=True)
class Catalogue:
    """Everything the operator sells or ever sold."""

    plans: Plans
    packs: Packs
    ladder: Ladder
    offers: Offers


def _plans(table: pd.DataFrame) -> Plans:
    def column(name: str) -> Floats:
        return table[name].fillna(np.inf).to_numpy(np.float64)

    return Plans(
        ids=tuple(table["plan_id"]),
        families=tuple(table["family"]),
        fee_cny=column("monthly_fee_cny"),
        data_mb=column("data_mb"),
        voice_min=column("voice_min"),
        data_price=column("data_overage_cny_per_mb"),
        voice_price=column("voice_overage_cny_per_min"),
        cap_cny=column("overage_cap_cny"),
        cap_mb=column("overage_cap_mb"),
        rolls_over=table["data_rolls_over"].to_numpy(np.bool_),
        on_sale=table["on_sale"].to_numpy(np.bool_),
    )


def _packs(table: pd.DataFrame) -> Packs:
    single = table[table["tier"] == 1]
    fixed = single["kind"].isin(["data", "flex"])
    return Packs(
        ids=tuple(single["pack_id"]),
        kinds=tuple(single["kind"]),
        fee_cny=single["fee_cny"].to_numpy(np.float64),
        data_mb=single["data_mb"].where(fixed, 0.0).to_numpy(np.float64),
        auto=list(single["kind"]).index("auto_upgrade"),
        bundle=list(single["pack_id"]).index("fmc"),
    )


def _offers(table: pd.DataFrame, plans: Plans, packs: Packs) -> Offers:
    return Offers(
        ids=tuple(table["offer_id"]),
        kind=table["kind"].map(OFFER_KINDS.index).to_numpy(np.int64),
        plan=_positions(table["plan_id"], plans.ids),
        pack=_positions(table["pack_id"], packs.ids),
        discount_cny=table["discount_cny"].fillna(0.0).to_numpy(np.float64),
        price_cny=table["price_cny"].fillna(0.0).to_numpy(np.float64),
        contract_months=table["contract_months"].fillna(0).to_numpy(np.int64),
    )


def _positions(names: pd.Series, ids: tuple[str, ...]) -> Ints:
    return np.asarray(pd.Index(ids).get_indexer(pd.Index(names)), dtype=np.int64)


@cache
def read_catalogue() -> Catalogue:
    """The committed catalogue; 18 plans on sale among 35."""
    packs_table = fact_table("packs")
    ladder = packs_table[packs_table["kind"] == "auto_upgrade"].sort_values("tier")
    plans, packs = _plans(fact_table("plans")), _packs(packs_table)
    return Catalogue(
        plans=plans,
        packs=packs,
        ladder=Ladder(ladder["fee_cny"].to_numpy(np.float64), ladder["data_mb"].to_numpy(np.float64)),
        offers=_offers(fact_table("offers"), plans, packs),
    )
