"""How much better than each baseline, origin by origin: two forecasts of the same days share those days' luck.

The gain of an origin is the baseline's loss less the model's, over the calls of a mean origin; its mean over origins is
the difference of the pooled metrics. The interval is a bootstrap over origins (Efron & Tibshirani 1993, chapter 13).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from features.intervals import FloatArray
from training.volume_metrics import Sums

LOSSES = {"wape": "error", "wql": "pinball"}
DRAWS = 4000
ENDS = (0.05, 0.95)  # of the 90 % interval


def paired_gains(parts: Mapping[str, Sequence[Sums]], model: str = "model") -> pd.DataFrame:
    """One row per metric and baseline: metric, against, gain (> 0: the model is better), se, low, high, origins.

    `parts`: contender to its sums per origin, the same origins in the same order. se, low, high are NaN for one origin.
    """
    others = [name for name in parts if name != model]
    rows = [
        {"metric": metric, "against": name, **_interval(_gains(parts[model], parts[name], loss))}
        for metric, loss in LOSSES.items()
        for name in others
    ]
    return pd.DataFrame(rows)


def gain_columns(parts: Mapping[str, Sequence[Sums]], model: str = "model") -> pd.DataFrame:
    """The gains in WAPE as columns of a table of contenders: forecast, wape_gain, wape_gain_se, _low and _high."""
    gains = paired_gains(parts, model)
    names = {"against": "forecast", "gain": "wape_gain"} | {end: f"wape_gain_{end}" for end in ("se", "low", "high")}
    return gains[gains["metric"] == "wape"].rename(columns=names)[list(names.values())]


def _gains(model: Sequence[Sums], other: Sequence[Sums], loss: str) -> FloatArray:
    calls = np.mean([sums.calls for sums in model])
    return np.array([getattr(b, loss) - getattr(a, loss) for a, b in zip(model, other, strict=True)]) / max(calls, 1.0)


def _interval(gains: FloatArray) -> dict[str, float]:
    count = len(gains)
    found = {"gain": float(gains.mean()), "se": np.nan, "low": np.nan, "high": np.nan, "origins": count}
    if count > 1:
        drawn = gains[np.random.default_rng(0).integers(0, count, (DRAWS, count))].mean(axis=1)
        low, high = np.quantile(drawn, ENDS)
        found |= {"se": float(gains.std(ddof=1) / np.sqrt(count)), "low": float(low), "high": float(high)}
    return found
