"""Are probabilities frequencies? Tenths of the out-of-fold rows: what was said, and what happened."""

from __future__ import annotations

import numpy as np
import pandas as pd
from markupsafe import Markup
from scipy.stats import binomtest

from training.report.svg import Drawing, Scale

BINS = 10
SIZE, LEFT, BOTTOM = 340, 56, 44


def reliability(target: np.ndarray, probability: np.ndarray) -> pd.DataFrame:
    """One row a tenth, lowest first: rows, said (mean probability), happened, low and high (Wilson's 95 % interval)."""
    parts = np.array_split(np.argsort(probability, kind="stable"), min(BINS, len(target)))
    return pd.DataFrame([_bin(target[part], probability[part]) for part in parts])


def _bin(target: np.ndarray, probability: np.ndarray) -> dict[str, float]:
    happened = int(target.sum())
    interval = binomtest(happened, len(target)).proportion_ci(method="wilson")
    return {
        "rows": len(target),
        "said": float(probability.mean()),
        "happened": happened / len(target),
        "low": float(interval.low),
        "high": float(interval.high),
    }


def reliability_drawing(bins: pd.DataFrame) -> Markup:
    """Frequency against probability with intervals; the diagonal is perfect."""
    top = max(float(bins[["said", "high"]].to_numpy().max()), 1e-6)
    x, y = Scale(0.0, top, LEFT, SIZE - 12), Scale(0.0, top, SIZE - BOTTOM, 10)
    drawing = Drawing(SIZE, SIZE, "calibration")
    drawing.axis_left(y, LEFT)
    drawing.axis_below(x, SIZE - BOTTOM, "probability said; y: frequency")
    drawing.line((x(0), y(0), x(top), y(top)), "zero")
    for low, high, at in zip(y.all(bins.low), y.all(bins.high), x.all(bins.said), strict=True):
        drawing.line((at, low, at, high), "interval")
    drawing.dots(x.all(bins.said), y.all(bins.happened), "dot large")
    return drawing.svg()
