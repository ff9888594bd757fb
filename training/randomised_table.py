"""How well contenders foresee the answers to pitches that were drawn at random from a simulated operator's truth.

The pitches lie after everything that was learnt from. A truth says yes or no; the contract's acceptance is also
confirmed and not taken back, which is drawn beside it. Only a simulated lake has such a truth.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
from sklearn.metrics import log_loss, roc_auc_score

from data.lake import Lake
from data.simulate.random_pitches import randomised_pitches, read_pitch_truth
from features.snapshots import Snapshots
from features.uptake_rows import UPTAKE_LABELS, priced_offers, uptake_features
from models.calibration import calibration_line
from models.feature_schema import Floats

Contender = Callable[[pd.DataFrame], Floats]


def randomised_rows(
    lake: Lake, as_of: dt.date, number: int, seed: int, *, callers: bool = True, pilot: bool = False
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(pitches, features) of `number` randomised pitches, less those of lines without labels or a price.

    callers: lines are met as they call; otherwise all lines alike. pilot: by the pilot team; otherwise by all agents.
    `pitches` has a column y (1 = accepted as the contract counts it) and the truth of `randomised_pitches`.
    """
    folder = lake.folder.parent
    truth = read_pitch_truth(folder)
    pitches = randomised_pitches(truth.of_pilot() if pilot else truth, number, seed, callers=callers)
    kept = pitches["accepted"] & (np.random.default_rng([seed, 4]).random(number) < _stands(lake))
    pitches = pitches.assign(y=kept.astype(float), queue=pitches["intent"].map(_usual_queues(lake)))
    asked = pitches[["customer_id", "offer_id"]].drop_duplicates()
    labels = Snapshots(lake).table([as_of]).select("customer_id", *UPTAKE_LABELS).to_pandas()
    rows = pitches.rename(columns={"decided_at": "at"}).merge(labels, on="customer_id")
    rows = rows.merge(priced_offers(lake, as_of, asked), on=["customer_id", "offer_id"])
    return rows.drop(columns=list(UPTAKE_LABELS)), uptake_features(rows)


def _stands(lake: Lake) -> float:
    """The share of yes answers that are confirmed and not taken back."""
    sales = json.loads((lake.folder.parent / "truth" / "README.json").read_text("utf-8"))["parameters"]["sales"]
    return float(sales["confirm"]) * (1.0 - float(sales["reversal"]))


def _usual_queues(lake: Lake) -> pd.Series:
    calls = lake["contacts"].filter(lake["contacts"].channel == "hotline").group_by(["intent", "queue"])
    counted = calls.aggregate(calls=lambda t: t.count()).order_by("intent", "calls", "queue").to_pandas()
    return counted.drop_duplicates("intent", keep="last").set_index("intent")["queue"]


def randomised_table(target: Floats, probabilities: Mapping[str, Floats]) -> pd.DataFrame:
    """One row a contender: AUC, log loss, calibration slope and intercept, mean probability over the rate."""
    return pd.DataFrame([{"policy": name, **_measured(target, p)} for name, p in probabilities.items()])


def _measured(target: Floats, probability: Floats) -> dict[str, float]:
    slope, intercept = calibration_line(target, probability)
    constant = np.ptp(probability) < 1e-12
    return {
        "auc": float(roc_auc_score(target, probability)),
        "log_loss": float(log_loss(target, probability)),
        "slope": float("nan") if constant else slope,
        "intercept": float("nan") if constant else intercept,
        "mean_ratio": float(probability.mean() / target.mean()),
    }
