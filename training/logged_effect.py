"""The effect of offers on leaving as the log of a simulated operator tells it, beside the operator's truth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from models.feature_schema import Floats
from models.leaving_effect import LeavingEffect

TRUTH = ["offer_id", "eligible", "accept_probability", "churn90_with", "churn90_without"]


def true_effects(folder: Path) -> pd.DataFrame:
    """kind (index), true_ratio (of hazards), true_change (of the 90-day probability) over who would accept.

    `folder` has `lake` and `truth`. The truth is of lines that have not decided to leave. Some who were pitched had,
    and no offer kept them: the log's ratio lies nearer to 1. Callers leave more often than other lines: the same ratio
    is a larger change among them.
    """
    pairs = pd.read_parquet(folder / "truth" / "pairs", columns=TRUTH)
    kinds = pd.read_parquet(folder / "lake" / "offers.parquet", columns=["offer_id", "kind"])
    pairs = pairs[pairs["eligible"]].merge(kinds, on="offer_id")
    return pd.DataFrame({str(kind): _of_kind(rows) for kind, rows in pairs.groupby("kind")}).T.rename_axis("kind")


def _of_kind(rows: pd.DataFrame) -> dict[str, float]:
    accepts = rows["accept_probability"].to_numpy(dtype=np.float64)
    taken, without = (rows[f"churn90_{end}"].to_numpy(dtype=np.float64) for end in ("with", "without"))
    after, before = (_weighed(accepts, np.log1p(-end)) for end in (taken, without))
    return {"true_ratio": after / before, "true_change": _weighed(accepts, taken - without)}


def _weighed(weights: Floats, values: Floats) -> float:
    return float(weights @ values / weights.sum())


def beside_true_effects(effect: LeavingEffect, true: pd.DataFrame) -> pd.DataFrame:
    """A row a kind: what the log tells (`LeavingEffect.table`) beside true_ratio and true_change."""
    return true.join(effect.table().set_index("kind"), how="left").reset_index()
