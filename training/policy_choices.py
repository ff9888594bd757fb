"""Every offer that a logged decision could have shown: what is believed of it, month by month, by models of others.

A third of the persons at a time is judged by a model that never saw their outcomes, so that a policy that follows the
model is fixed before the log is asked what it would have brought.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.console import track
from data.errors import BadInput
from data.lake import Lake
from features.snapshots import Snapshots
from models.feature_schema import Floats
from models.uptake import UptakeModel
from training.person_folds import FOLDS, fold_of
from training.policy_pairs import month_arrays
from training.tasks import TASKS, fit_uptake


@dataclass(frozen=True)
class Choices:
    """Decisions x offers. `windows`: a row a decision; the rest (decisions, offers) in the order of `offers`.

    windows has WINDOW_COLUMNS and, of the logged offer, offer_kind, saving_cny, current_total. allowed: rated, within
    the bill-rise guard, no second contract, neither the present plan nor held or excluded by a pack, of use to the
    line. probability: P(accepted | pitched) of a call of which nothing is known. value: CNY of an acceptance by the
    contract; fee: its monthly fee.
    """

    windows: pd.DataFrame
    offers: pd.Index
    allowed: NDArray[np.bool_]
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


def fold_models(lake: Lake, as_of: dt.date, snapshots: Snapshots) -> Sequence[UptakeModel]:
    """Uptake models, each learnt from the pitches of the persons who are not in its fold."""
    examples = TASKS["uptake"].examples(lake, as_of, snapshots)
    people = lake["customers"].group_by("customer_id").aggregate(person=lake["customers"].person_id.max()).to_pandas()
    named = examples.keys[["customer_id"]].merge(people, on="customer_id", how="left")
    folds = fold_of(named["person"].fillna(named["customer_id"]))
    for fold in range(FOLDS):
        if len(np.unique(examples.target[folds != fold])) < 2:
            raise BadInput("the pitches of two thirds of the persons were all accepted, or none; give a longer log")
    others = [examples.take(np.flatnonzero(folds != fold)) for fold in range(FOLDS)]
    return [fit_uptake(lake, as_of, rows) for rows in others]


def read_choices(lake: Lake, windows: pd.DataFrame, believers: Sequence[UptakeModel], snapshots: Snapshots) -> Choices:
    """The offers of each window's month, priced on what was known at its first day."""
    offers = pd.Index(sorted(lake["offers"].offer_id.to_pandas()))
    months = sorted(windows["as_of"].unique())
    by_month = [windows[windows["as_of"] == month] for month in months]
    parts = [month_arrays(lake, part, offers, believers, snapshots) for part in track(by_month, "pricing decisions")]
    arrays = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    seen = {name: arrays.pop(name) for name in ("offer_kind", "saving_cny", "current_total")}
    return Choices(windows=windows.assign(**seen), offers=offers, **arrays)
