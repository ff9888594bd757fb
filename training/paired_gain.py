"""Whether one ranking is better than another on the same rows, beyond what other customers would have changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from models.feature_schema import Floats

LEVEL = 0.90


@dataclass(frozen=True)
class Gain:
    """A difference of AUCs with its bootstrap interval."""

    mean: float
    low: float
    high: float


def paired_auc_gain(parts: Sequence[pd.DataFrame], better: str, than: str, draws: int = 200, seed: int = 0) -> Gain:
    """Mean over `parts` (operators) of AUC(better) − AUC(than), with its 90 % interval.

    A part has customer_id, y and the two named columns. Each draw takes the customers of each part again, with
    replacement, all rows of one together (percentile bootstrap; Efron & Tibshirani 1993, chapter 13).
    """
    rng = np.random.default_rng(seed)
    drawn = np.mean([_draws(part, (better, than), draws, rng) for part in parts], axis=0)
    found = np.mean([_gain(part, (better, than), None) for part in parts])
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Gain(float(found), float(low), float(high))


def _draws(part: pd.DataFrame, names: tuple[str, str], draws: int, rng: np.random.Generator) -> Floats:
    customer, known = pd.factorize(part["customer_id"])
    size = len(known)
    counts = (np.bincount(rng.integers(0, size, size), minlength=size) for _ in range(draws))
    return np.array([_gain(part, names, count[customer].astype(np.float64)) for count in counts])


def _gain(part: pd.DataFrame, names: tuple[str, str], weights: Floats | None) -> float:
    kept = slice(None) if weights is None else weights > 0
    rows, given = part[kept], None if weights is None else weights[kept]
    better, than = (roc_auc_score(rows["y"], rows[name], sample_weight=given) for name in names)
    return float(better - than)
