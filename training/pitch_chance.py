"""The second selection: with which chance an agent pitches what the window shows, from what an agent sees.

A logistic curve of today's bill, the saving and the kind of the offer and the agent's own rate, fitted on shown
windows, each person's chance by a curve that has not seen that person. Randomised windows have a curve of their own: a
pilot pitches them all, and that is their chance; where the window alone was drawn, agents choose as they do elsewhere.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

from models.feature_schema import Floats

SHRINK = 20.0  # windows of the mean that an agent's own rate is mixed with
LEAST = 10  # of each answer; below, everybody's rate stands for all
FLOOR = 0.02  # a rarer pitch would weigh as more than fifty


def pitch_chances(seen: pd.DataFrame, folds: np.ndarray) -> Floats:
    """P(pitched | shown) a row, at least 0.02. `seen`: shown, pitched, randomised, agent_id, offer_kind, current_total,
    saving_cny; `folds`: the person's fold."""
    chances = np.ones(len(seen))
    shown, drawn = seen["shown"].to_numpy(dtype=np.bool_), seen["randomised"].to_numpy(dtype=np.bool_)
    for fold in np.unique(folds):
        for kind in (drawn, ~drawn):
            learn, held = shown & kind & (folds != fold), kind & (folds == fold)
            chances[held] = _chances(seen[learn], seen[held])
    return np.maximum(chances, FLOOR)


def _chances(learn: pd.DataFrame, held: pd.DataFrame) -> Floats:
    answers = learn["pitched"].to_numpy(dtype=np.float64)
    if not len(held) or min(answers.sum(), len(answers) - answers.sum()) < LEAST:
        return np.full(len(held), answers.mean() if len(answers) else 1.0)
    curve = LogisticRegression(max_iter=500).fit(_columns(learn, learn), answers)
    return np.asarray(curve.predict_proba(_columns(held, learn))[:, 1])


def _columns(rows: pd.DataFrame, learn: pd.DataFrame) -> Floats:
    by_agent = learn.groupby("agent_id")["pitched"].agg(["sum", "count"])
    mean = learn["pitched"].mean()
    rate = (by_agent["sum"] + SHRINK * mean) / (by_agent["count"] + SHRINK)
    skill = rows["agent_id"].map(rate).fillna(mean).to_numpy(dtype=np.float64)
    bill = np.log(np.maximum(rows["current_total"].fillna(75.0).to_numpy(dtype=np.float64), 10.0) / 75.0)
    saving = np.clip(rows["saving_cny"].fillna(0.0).to_numpy(dtype=np.float64) / 50.0, -2.0, 2.0)
    kinds = [(rows["offer_kind"] == kind).to_numpy(dtype=np.float64) for kind in ("plan", "data_pack", "handset")]
    return np.column_stack([np.log(skill / (1 - skill + 1e-9)), bill, saving, *kinds])
