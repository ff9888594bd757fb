"""How extreme past misses were: the place of each actual count in its band, as a normal score.

Scores of one cell are standard normal where the bands are right; what is left to learn is how cells move together.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr, ndtri

from features.intervals import FloatArray, IntArray
from models.volume_bands import Bands

REACH, STEPS_A_UNIT = 3.0, 4  # scores from -3 to 3 in steps of a quarter; beyond, the bands know no quantiles
SCORE_GRID = np.arange(-REACH, REACH + 1e-9, 1 / STEPS_A_UNIT)


def score_curves(bands: Bands, forecast: FloatArray, lead: IntArray) -> FloatArray:
    """(scores, series, days, intervals) calls at each score of SCORE_GRID: the inverse of every cell's distribution."""
    return bands.quantiles(forecast, lead, ndtr(SCORE_GRID))


def calls_at(curves: FloatArray, scores: FloatArray) -> FloatArray:
    """(…, cells) calls at scores (…, cells), linear between the grid's; curves are (scores, cells)."""
    place = np.clip((scores + REACH) * STEPS_A_UNIT, 0.0, len(SCORE_GRID) - 1.000001)
    below = place.astype(np.int64)
    cell = np.arange(curves.shape[1])
    low, high = curves[below, cell], curves[below + 1, cell]
    return low + (place - below) * (high - low)


def normal_scores(curves: FloatArray, actual: FloatArray) -> FloatArray:
    """The score at which each curve reaches the actual count, NaN where either is unknown; (…) as `actual`.

    A count fills the unit of calls around it: its score is the mean over that unit's ends, fair to small counts.
    """
    ends = [_score_of(curves, np.maximum(actual + half, 0.0)) for half in (-0.5, 0.5)]
    share = (ndtr(ends[0]) + ndtr(ends[1])) / 2
    return np.where(np.isnan(actual) | np.isnan(curves[0]), np.nan, np.clip(ndtri(share), -REACH, REACH))


def _score_of(curves: FloatArray, calls: FloatArray) -> FloatArray:
    below = np.clip((curves <= calls).sum(axis=0) - 1, 0, len(SCORE_GRID) - 2)
    low, high = (np.take_along_axis(curves, (below + one)[None], axis=0)[0] for one in (0, 1))
    part = np.clip((calls - low) / np.maximum(high - low, 1e-9), 0.0, 1.0)
    return (below + part) / STEPS_A_UNIT - REACH
