"""Every offer that a logged decision could have shown: what is believed of it, month by month, by models of others.

A third of the persons at a time is judged by a model that never saw their outcomes, so that a policy that follows the
model is fixed before the log is asked what it would have brought.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, fields

import ibis
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.console import track
from data.errors import BadInput
from data.lake import Lake, as_date
from features.eligibility import pack_conflicts
from features.offer_features import OFFER_FEATURES, with_offer_features
from features.offer_pairs import offer_pairs
from features.snapshots import Snapshots
from features.uptake_rows import UPTAKE_LABELS, uptake_features
from models.arbitration import ValueTerms, acceptance_value, horizon_margin, rises_above
from models.base import ProbabilityModel
from models.feature_schema import Floats
from training.policy_log import OfLines
from training.tasks import TASKS

FOLDS = 3
PIECE = 20_000  # pairs whose features stand in memory at once
FACTS = ("current_plan_id", "current_rent", "rent_after")


@dataclass(frozen=True)
class Choices:
    """Decisions x offers. `windows`: a row a decision; the rest (decisions, offers) in the order of `offers`.

    windows has WINDOW_COLUMNS and, of the logged offer, offer_kind, saving_cny, current_total. allowed: rated, neither
    the present plan nor held or excluded by a pack. quiet: the bill-rise guard lets it pass. probability: P(accepted |
    pitched) of a call of which nothing is known. value: CNY of an acceptance by the contract; fee: its monthly fee.
    """

    windows: pd.DataFrame
    offers: pd.Index
    allowed: NDArray[np.bool_]
    quiet: NDArray[np.bool_]
    probability: Floats
    value: Floats
    fee: Floats

    @property
    def logged(self) -> NDArray[np.intp]:
        """The column of the logged offer; -1 for a control, or an offer that was not in force at the month's start."""
        return np.asarray(self.offers.get_indexer(pd.Index(self.windows["offer_id"])))

    def of(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> Choices:
        """Some of the decisions, by mask or position."""
        cut = {f.name: getattr(self, f.name)[rows] for f in fields(self) if f.name not in ("windows", "offers")}
        return Choices(windows=self.windows.iloc[rows].reset_index(drop=True), offers=self.offers, **cut)


def fold_of(persons: pd.Series) -> NDArray[np.int64]:
    """The fold of each person, by the name alone."""
    return np.asarray(pd.util.hash_array(persons.astype(str).to_numpy(dtype=object)) % FOLDS, dtype=np.int64)


def fold_models(lake: Lake, as_of: dt.date, snapshots: Snapshots) -> Sequence[ProbabilityModel]:
    """Uptake models, each fitted on the pitches of the persons who are not in its fold."""
    task = TASKS["uptake"]
    examples = task.examples(lake, as_of, snapshots)
    people = lake["customers"].group_by("customer_id").aggregate(person=lake["customers"].person_id.max()).to_pandas()
    named = examples.keys[["customer_id"]].merge(people, on="customer_id", how="left")
    folds = fold_of(named["person"].fillna(named["customer_id"]))
    for fold in range(FOLDS):
        if len(np.unique(examples.target[folds != fold])) < 2:
            raise BadInput("the pitches of two thirds of the persons were all accepted, or none; give a longer log")
    return [task.fit(examples.take(np.flatnonzero(folds != fold)), task.settings) for fold in range(FOLDS)]


def read_choices(
    lake: Lake, windows: pd.DataFrame, models: Sequence[ProbabilityModel], snapshots: Snapshots
) -> Choices:
    """The offers of each window's month, priced on what was known at its first day."""
    offers = pd.Index(sorted(lake["offers"].offer_id.to_pandas()))
    months = sorted(windows["as_of"].unique())
    parts = [_month(lake, windows[windows["as_of"] == m], offers, models, snapshots) for m in track(months, "pricing")]
    arrays = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    seen = {name: arrays.pop(name) for name in ("kind", "saving_cny", "current_total")}
    return Choices(windows=windows.assign(offer_kind=seen.pop("kind"), **seen), offers=offers, **arrays)


def _month(
    lake: Lake, windows: pd.DataFrame, offers: pd.Index, models: Sequence[ProbabilityModel], snapshots: Snapshots
) -> dict[str, np.ndarray]:
    month = as_date(windows["as_of"].iloc[0])
    known = OfLines(lake, month, windows["customer_id"])
    names = ["customer_id", "offer_id", *dict.fromkeys((*FACTS, *OFFER_FEATURES))]
    pairs = with_offer_features(offer_pairs(known)).select(*names).to_pandas()
    pairs = pairs.sort_values(["customer_id", "offer_id"], ignore_index=True)
    labels = _labels(snapshots, month, windows)
    pairs = pairs[pairs["customer_id"].isin(labels["customer_id"])].reset_index(drop=True)
    people = windows.drop_duplicates("customer_id").set_index("customer_id")["person"]
    pairs["probability"] = _probabilities(pairs, labels, fold_of(pairs["customer_id"].map(people)), models)
    pairs = _valued(pairs, known)
    return _arrays(pairs, windows, offers)


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


def _valued(pairs: pd.DataFrame, known: OfLines) -> pd.DataFrame:
    settings = known.settings
    offers = known["offers"].select("offer_id", "plan_id", "monthly_margin_cny").to_pandas()
    held = pack_conflicts(known).to_pandas()
    pairs = pairs.merge(offers, on="offer_id", how="left").merge(held, on=["customer_id", "offer_id"], how="left")
    money = {name: pairs[name].to_numpy(dtype=np.float64) for name in ("current_total", "total_after", "current_rent")}
    after, rent = money["total_after"], pairs["rent_after"].to_numpy(dtype=np.float64)
    if settings.value.restrained:
        believed = money["current_total"] - pairs["restrained_saving_cny"].to_numpy(dtype=np.float64)
    else:
        believed = after
    terms = ValueTerms(
        settings.value.margin_share,
        settings.value.horizon_months,
        settings.value.acceptance_bonus_cny,
        settings.value.agent_cny_per_hour,
    )
    own = pairs["monthly_margin_cny"].to_numpy(dtype=np.float64)
    value = acceptance_value(horizon_margin(money["current_total"], believed, own, terms), terms)
    rises = rises_above(money["current_total"], after, settings.guard.max_total_ratio)
    rises |= rises_above(money["current_rent"], rent, settings.guard.max_rent_ratio)
    present = (pairs["plan_id"] == pairs["current_plan_id"]).fillna(False).to_numpy(dtype=np.bool_)
    allowed = ~np.isnan(value + pairs["probability"].to_numpy()) & ~present & pairs["held"].isna().to_numpy()
    return pairs.assign(value=value, quiet=~rises, allowed=allowed)


def _arrays(pairs: pd.DataFrame, windows: pd.DataFrame, offers: pd.Index) -> dict[str, np.ndarray]:
    customers = pd.Index(windows["customer_id"].unique())
    shape = (len(customers), len(offers))
    place = customers.get_indexer(pd.Index(pairs["customer_id"])), offers.get_indexer(pd.Index(pairs["offer_id"]))
    rows = customers.get_indexer(pd.Index(windows["customer_id"]))
    found: dict[str, np.ndarray] = {}
    for name, column in {"probability": "probability", "value": "value", "fee": "offer_fee_cny"}.items():
        found[name] = np.full(shape, np.nan)
        found[name][place] = pairs[column].to_numpy(dtype=np.float64)
    for name in ("allowed", "quiet"):
        found[name] = np.zeros(shape, dtype=np.bool_)
        found[name][place] = pairs[name].to_numpy(dtype=np.bool_)
    wide = {name: values[rows] for name, values in found.items()}
    logged = windows[["customer_id", "offer_id"]].merge(pairs, on=["customer_id", "offer_id"], how="left")
    seen = {"kind": logged["offer_kind"].astype(object), "saving_cny": logged["saving_cny"]}
    today = pairs.drop_duplicates("customer_id").set_index("customer_id")["current_total"]
    seen["current_total"] = windows["customer_id"].map(today)
    return wide | {name: values.to_numpy() for name, values in seen.items()}
