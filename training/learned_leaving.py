"""What acceptances did to leaving in this lake: the pitches of the log beside the departures after them.

A yes is no random event: what a line would have done without it is told by a model of the refused pitches, from the
labels and the call. What neither tells, satisfaction above all, stays in the effect; experiments/effects says how much.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.lake import Lake
from features.examples import Examples
from features.leaving_after import leaving_after
from features.offer_features import KIND, OFFER_FEATURES
from models.base import Rows
from models.boosted import BoostedClassifier, BoostSettings
from models.feature_schema import Floats
from models.leaving_effect import LeavingEffect, learn_leaving

SETTINGS = BoostSettings(
    num_leaves=4, min_data_in_leaf=100, feature_fraction=0.3
)  # a few hundred departures tell little
LEAST_LEFT = 30  # departures after refused pitches, to learn from what is expected


def learned_leaving(lake: Lake, as_of: dt.date, examples: Examples) -> LeavingEffect:
    """From the examples of uptake and the departures known at the start of `as_of`; empty where those are too few."""
    if not lake.has("departures"):
        return LeavingEffect()
    periods = leaving_after(lake, as_of, examples.keys["exposure_id"])
    taken = np.asarray(examples.target[periods["position"]] == 1, dtype=np.bool_)
    if periods.loc[~taken, "left"].sum() < LEAST_LEFT:
        return LeavingEffect()
    kinds = examples.features[KIND].astype(str).to_numpy()[periods["position"]]
    rows = periods.assign(kind=kinds, expected=_expected(examples, periods, taken))
    return learn_leaving(rows[taken])


def _expected(examples: Examples, periods: pd.DataFrame, taken: NDArray[np.bool_]) -> Floats:
    """P(leaves in the period) of each row had the pitch been refused; summed over refusals it is what came."""
    seen = examples.features.drop(columns=list(OFFER_FEATURES)).iloc[periods["position"]].reset_index(drop=True)
    seen = seen.assign(period=periods["period"].to_numpy(float))
    left, groups = periods["left"].to_numpy(float), examples.groups[periods["position"]]
    refused = np.flatnonzero(~taken)
    learn = seen.iloc[refused].reset_index(drop=True)
    model = BoostedClassifier(SETTINGS).fit(learn, left[refused], Rows(groups=groups[refused]))
    expected = model.predict(seen)
    return np.asarray(expected * left[refused].sum() / expected[refused].sum())
