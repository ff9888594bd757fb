"""How much each pitch stands for, where the window and then the agent chose whom to pitch.

A pitch that was unlikely to be shown and pitched stands for the many like it that were not: its weight is the inverse
of logged propensity x modelled chance of being pitched (Hernán & Robins 2020, "Causal Inference: What If", chapter 12),
scaled to a mean of 1 and cut off, since a few huge weights would be all that a model learns from.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from data.lake import Lake, as_date
from features.examples import code_groups
from features.uptake_rows import priced_offers
from models.feature_schema import Floats
from training.pitch_chance import pitch_chances
from training.policy_log import logged_windows

MONTHS = 120  # of the log; all there is
FOLDS = 5  # of persons: the chance of a pitch is modelled without the person's own windows
MOST = 5.0  # times the mean weight


def selection_weights(lake: Lake, as_of: dt.date) -> pd.Series:
    """Weight by exposure_id, mean about 1, of every pitch whose outcome was known at the start of `as_of`.

    BadInput where the log holds no propensities.
    """
    windows = logged_windows(lake, as_of, MONTHS)
    windows = windows[windows["shown"] & windows["offer_id"].notna()]
    priced = [_priced(lake, pd.Timestamp(str(day)), part) for day, part in windows.groupby("as_of")]
    seen = windows.merge(pd.concat(priced), on=["customer_id", "offer_id", "as_of"])
    chances = pitch_chances(seen, code_groups(seen["person"]) % FOLDS) * seen["propensity"].to_numpy(dtype=np.float64)
    pitched = seen["pitched"].to_numpy(dtype=np.bool_)
    return pd.Series(stabilised(1.0 / chances[pitched]), seen.loc[pitched, "exposure_id"])


def stabilised(inverse: Floats) -> Floats:
    """Weights with mean 1, none above MOST times that mean before the cut.

    >>> stabilised(np.array([1.0, 1.0, 1.0, 97.0])).round(2).tolist()
    [0.04, 0.04, 0.04, 3.88]
    """
    cut = np.minimum(inverse / inverse.mean(), MOST)
    return np.asarray(cut / cut.mean())


def _priced(lake: Lake, day: pd.Timestamp, part: pd.DataFrame) -> pd.DataFrame:
    asked = part[["customer_id", "offer_id"]].drop_duplicates()
    return priced_offers(lake, as_date(day), asked).assign(as_of=day)
