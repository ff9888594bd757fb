"""Where the call forecast beats the six-week average and where it does not: per series and days ahead, beyond noise.

The gain of an origin is the average's absolute error less the model's over the bucket's days, divided by the calls of a
mean origin: its mean is the difference in WAPE. Origins closer than a bucket is long share days, so their gains are
alike; the standard error counts that (Newey & West 1987), and few origins count less (Diebold & Mariano 1995, with the
correction of Harvey, Leybourne & Newbold 1997).
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.intervals import FloatArray
from training.volume_metrics import MEDIAN, Cells

AVERAGE = "average_6_weeks"
HORIZONS = ((1, 1), (2, 7), (8, 14), (15, 28), (29, 91))  # open days ahead, first and last
MIN_ORIGINS = 4  # with fewer nothing is said
SURE = 0.975  # each verdict is wrong about so rarely: 1 in 40 series and horizons that are equal is called worse
BETTER, NOISE, WORSE, UNKNOWN = "better", "within noise", "worse", "too few origins"


@dataclass(frozen=True)
class Misses:
    """(origins, series, days ahead): absolute errors of the median by contender, and calls; NaN past the last day."""

    error: dict[str, FloatArray]
    calls: FloatArray
    every: int  # open days between origins


def day_misses(cells: Cells, horizon: int) -> tuple[FloatArray, FloatArray]:
    """(series, horizon) absolute errors of the median and calls of each day ahead; NaN where the series has no day."""
    error = np.abs(cells.actual - np.nan_to_num(cells.quantiles[MEDIAN]))
    return _by_day(error, horizon), _by_day(cells.actual, horizon)


def by_horizon(misses: Misses, series: pd.DataFrame, model: str = "model", against: str = AVERAGE) -> pd.DataFrame:
    """One row per series and horizon: its keys, days ahead, origins, WAPE of both, gain, its se, verdict.

    The last rows are all series together (keys `ALL`) where there are several.
    """
    error, calls = misses.error, misses.calls
    keys = pd.concat([series, pd.DataFrame([dict.fromkeys(series.columns, "ALL")])], ignore_index=True)
    rows = []
    for number in range(len(series) + (len(series) > 1)):
        one = slice(None) if number == len(series) else slice(number, number + 1)
        for first, last in HORIZONS:
            days = slice(first - 1, min(last, calls.shape[2]))
            if days.start >= calls.shape[2]:
                continue
            mine, other, came = (_sum(part[:, one, days]) for part in (error[model], error[against], calls))
            overlap = (days.stop - first) // misses.every
            label = {**keys.iloc[number].to_dict(), "days_ahead": _label(first, days.stop)}
            rows.append(label | _row(mine, other, came, overlap))
    return pd.DataFrame(rows)


def worse_by_chance(table: pd.DataFrame) -> float:
    """How many rows would be called worse if the model were no better than the average anywhere."""
    return float((1 - SURE) * (table["verdict"] != UNKNOWN).sum())


def verdict(gain: float, se: float, origins: int) -> str:
    """What a gain and its standard error say.

    >>> verdict(0.02, 0.005, 30), verdict(-0.02, 0.005, 30), verdict(-0.02, 0.02, 30), verdict(-0.02, 0.005, 3)
    ('better', 'worse', 'within noise', 'too few origins')
    """
    from scipy.stats import t

    if origins < MIN_ORIGINS or np.isnan(se):
        return UNKNOWN
    far = float(t.ppf(SURE, origins - 1)) * se
    return BETTER if gain > far else WORSE if gain < -far else NOISE


def standard_error(gains: Sequence[float] | FloatArray, overlap: int) -> float:
    """Of the mean of gains of successive origins, each sharing days with `overlap` later ones; NaN for one gain.

    >>> round(standard_error([1.0, 2.0, 3.0, 4.0], 0), 4)  # the plain one
    0.6455
    """
    values = np.asarray(gains, dtype=float)
    count = len(values)
    if count < 2:
        return float("nan")
    off = values - values.mean()
    lags = min(overlap, count - 1)
    shared = [2 * (1 - lag / (lags + 1)) * (off[lag:] @ off[:-lag]) for lag in range(1, lags + 1)]
    variance = max((off @ off + sum(shared)) / count**2, (off @ off) / count**2)
    small = max((count - 1 - 2 * lags + lags * (lags + 1) / count) / count, 1 / count)
    return float(np.sqrt(variance / small))


def _row(model: FloatArray, average: FloatArray, calls: FloatArray, overlap: int) -> dict[Hashable, object]:
    known = ~(np.isnan(model) | np.isnan(average) | np.isnan(calls))
    total, count = float(calls[known].sum()), int(known.sum())
    if not total:
        return {
            "origins": count,
            **dict.fromkeys(("wape", "wape_average", "gain", "gain_se"), np.nan),
            "verdict": UNKNOWN,
        }
    gains = (average[known] - model[known]) / (total / count)
    se = standard_error(gains, overlap)
    return {
        "origins": count,
        "wape": float(model[known].sum() / total),
        "wape_average": float(average[known].sum() / total),
        "gain": float(gains.mean()),
        "gain_se": se,
        "verdict": verdict(float(gains.mean()), se, count),
    }


def _by_day(values: FloatArray, horizon: int) -> FloatArray:
    days = _sum(values[:, :, None])[:, :horizon]
    return np.pad(days, ((0, 0), (0, horizon - days.shape[1])), constant_values=np.nan)


def _sum(values: FloatArray) -> FloatArray:
    """Over the last two axes, NaN where nothing is known."""
    known = ~np.isnan(values)
    return np.where(known.any(axis=(-2, -1)), np.where(known, values, 0.0).sum(axis=(-2, -1)), np.nan)


def _label(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}-{last}"
