"""One month's lines x offers as arrays: acceptance by models of others, the contract's value, what may be offered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import ibis
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.lake import Lake, as_date
from data.settings import Settings
from features.eligibility import pack_conflicts
from features.offer_features import OFFER_FEATURES, with_offer_features
from features.offer_pairs import offer_pairs
from features.snapshots import Snapshots
from features.uptake_rows import UPTAKE_LABELS, uptake_features
from models.arbitration import ValueTerms, acceptance_value, adds_nothing_used, horizon_margin, rises_above
from models.base import ProbabilityModel
from models.bill_response import BillResponse
from models.feature_schema import Floats
from models.uptake import UptakeModel
from training.person_folds import fold_of
from training.policy_log import OfLines

PIECE = 20_000  # pairs whose features stand in memory at once
FACTS = ("current_plan_id", "current_rent", "rent_after")
NUMBERS = {"probability": "probability", "value": "value", "fee": "offer_fee_cny"}
FLAGS = ("allowed",)
QUOTAS, USES = ("offer_quota_mb", "offer_quota_min"), ("data_mb_mean_3m", "voice_min_mean_3m")


def month_arrays(
    lake: Lake, windows: pd.DataFrame, offers: pd.Index, believers: Sequence[UptakeModel], snapshots: Snapshots
) -> dict[str, np.ndarray]:
    """(windows, offers) of NUMBERS and FLAGS, and of each window's logged offer kind, saving_cny, current_total."""
    month = as_date(windows["as_of"].iloc[0])
    known = OfLines(lake, month, windows["customer_id"])
    names = ["customer_id", "offer_id", *dict.fromkeys((*FACTS, *OFFER_FEATURES))]
    pairs = with_offer_features(offer_pairs(known)).select(*names).to_pandas()
    pairs = pairs.sort_values(["customer_id", "offer_id"], ignore_index=True)
    labels = _labels(snapshots, month, windows)
    pairs = pairs[pairs["customer_id"].isin(labels["customer_id"])].reset_index(drop=True)
    people = windows.drop_duplicates("customer_id").set_index("customer_id")["person"]
    folds = fold_of(pairs["customer_id"].map(people))
    pairs["probability"] = _probabilities(pairs, labels, folds, believers)
    pairs["bill_change"] = _bill_changes(pairs, folds, [believer.response for believer in believers], lake.settings)
    pairs = _offered(pairs.assign(unused=_unused(pairs, labels)), known)
    return _wide(pairs, windows, offers) | _of_logged(pairs, windows)


def _labels(snapshots: Snapshots, month: dt.date, windows: pd.DataFrame) -> pd.DataFrame:
    wanted = ibis.memtable(windows[["customer_id"]].drop_duplicates())
    labels = snapshots.table([month]).semi_join(wanted, "customer_id")
    return labels.select("customer_id", *UPTAKE_LABELS).to_pandas()


def _probabilities(
    pairs: pd.DataFrame, labels: pd.DataFrame, folds: NDArray[np.int64], models: Sequence[ProbabilityModel]
) -> Floats:
    found = np.full(len(pairs), np.nan)
    for fold, model in enumerate(models):
        rows = np.flatnonzero(folds == fold)
        for part in np.array_split(rows, max(1, len(rows) // PIECE)):
            if len(part):
                asked = pairs.iloc[part].merge(labels, on="customer_id", how="left")
                found[part] = model.predict(uptake_features(asked))
    return found


def _bill_changes(
    pairs: pd.DataFrame, folds: NDArray[np.int64], responses: Sequence[BillResponse], settings: Settings
) -> Floats:
    found = np.full(len(pairs), np.nan)
    for fold, response in enumerate(responses):
        rows = pairs.iloc[np.flatnonzero(folds == fold)]
        saving, overage_saved = _floats(rows, "saving_cny"), _floats(rows, "overage_saved_cny")
        own = response.under(settings.value.response)
        found[folds == fold] = own.changes(list(rows["offer_kind"].astype(str)), saving, overage_saved)
    return found


def _offered(pairs: pd.DataFrame, known: OfLines) -> pd.DataFrame:
    """The pairs with value and allowed, as `Choices` has them."""
    settings = known.settings
    offers = known["offers"].select("offer_id", "plan_id", "monthly_margin_cny").to_pandas()
    held = pack_conflicts(known).to_pandas()
    bound = known["customers"].select("customer_id", "contract_starts_on", "contract_ends_on").to_pandas()
    pairs = pairs.merge(offers, on="offer_id", how="left").merge(held, on=["customer_id", "offer_id"], how="left")
    pairs = pairs.merge(bound, on="customer_id", how="left")
    value = _value(pairs, settings)
    rises = rises_above(_floats(pairs, "current_total"), _floats(pairs, "total_after"), settings.guard.max_total_ratio)
    rises |= rises_above(_floats(pairs, "current_rent"), _floats(pairs, "rent_after"), settings.guard.max_rent_ratio)
    present = (pairs["plan_id"] == pairs["current_plan_id"]).fillna(False).to_numpy(dtype=np.bool_)
    binds = (_floats(pairs, "offer_contract_months") > 0) & bound_on(pairs, known.as_of)
    rated = ~np.isnan(value + _floats(pairs, "probability"))
    free = ~pairs["unused"].to_numpy(dtype=np.bool_) & pairs["held"].isna().to_numpy()
    return pairs.assign(value=value, allowed=rated & ~rises & ~binds & ~present & free)


def _unused(pairs: pd.DataFrame, labels: pd.DataFrame) -> NDArray[np.bool_]:
    """Packs of which the line uses nothing, as `serving.suitability` has them."""
    uses = pairs[["customer_id"]].merge(labels[["customer_id", *USES]], on="customer_id", how="left")
    unused = adds_nothing_used([_floats(pairs, name) for name in QUOTAS], [_floats(uses, name) for name in USES])
    return unused & (pairs["offer_kind"] == "data_pack").to_numpy(dtype=np.bool_)


def bound_on(pairs: pd.DataFrame, day: dt.date) -> NDArray[np.bool_]:
    """Whether a contract was in force on that day. `customers` tells today's: one that began later may have been the
    answer to the very pitch that is judged, and what bound the line before it is not known."""
    starts, ends = (pd.to_datetime(pairs[name]) for name in ("contract_starts_on", "contract_ends_on"))
    return np.asarray(((starts <= pd.Timestamp(day)) & (ends > pd.Timestamp(day))).to_numpy(dtype=np.bool_))


def _value(pairs: pd.DataFrame, settings: Settings) -> Floats:
    """CNY of an acceptance as `score` counts it; the seconds of a pitch are the assumed ones."""
    own = settings.value
    terms = ValueTerms(own.margin_share, own.horizon_months, own.acceptance_bonus_cny, own.agent_cny_per_hour)
    current = _floats(pairs, "current_total")
    after = current + _floats(pairs, "bill_change")
    return acceptance_value(horizon_margin(current, after, _floats(pairs, "monthly_margin_cny"), terms), terms)


def _floats(pairs: pd.DataFrame, name: str) -> Floats:
    return np.asarray(pairs[name].to_numpy(dtype=np.float64, na_value=np.nan))


def _wide(pairs: pd.DataFrame, windows: pd.DataFrame, offers: pd.Index) -> dict[str, np.ndarray]:
    customers = pd.Index(windows["customer_id"].unique())
    place = customers.get_indexer(pd.Index(pairs["customer_id"])), offers.get_indexer(pd.Index(pairs["offer_id"]))
    rows = customers.get_indexer(pd.Index(windows["customer_id"]))
    empty: dict[str, np.ndarray] = {name: np.full((len(customers), len(offers)), np.nan) for name in NUMBERS}
    empty |= {name: np.zeros((len(customers), len(offers)), dtype=np.bool_) for name in FLAGS}
    for name, values in empty.items():
        values[place] = pairs[NUMBERS.get(name, name)].to_numpy()
    return {name: values[rows] for name, values in empty.items()}


def _of_logged(pairs: pd.DataFrame, windows: pd.DataFrame) -> dict[str, np.ndarray]:
    logged = windows[["customer_id", "offer_id"]].merge(pairs, on=["customer_id", "offer_id"], how="left")
    today = pairs.drop_duplicates("customer_id").set_index("customer_id")["current_total"]
    return {
        "offer_kind": logged["offer_kind"].astype(object).to_numpy(),
        "saving_cny": logged["saving_cny"].to_numpy(),
        "current_total": windows["customer_id"].map(today).to_numpy(),
    }
