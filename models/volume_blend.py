"""How much of each forecast is in the blend: weights per series and lead, chosen on weeks held out of the fit.

The members are the corrected forecast (line and trees), the levelled one and the six-week average; they are mixed on
the root scale. Every set of weights in quarters is tried; the default is left only for a clear gain.
"""

from __future__ import annotations

import numpy as np

from features.intervals import FloatArray, IntArray
from features.origins import LEAD_EDGES, bucket_of

MEMBERS = ("corrected", "levelled", "average")
QUARTERS = np.array([(a, b, 4 - a - b) for a in range(5) for b in range(5 - a)]) / 4
DEFAULT = np.array([0.5, 0.5, 0.0])  # the correction was learnt on few days: half of it
GAIN = 0.99  # of the default's absolute error, at most, to leave it
MIN_CELLS = 200  # fewer in a bucket: the default serves


def blend_weights(roots: FloatArray, actual: FloatArray, lead: IntArray) -> FloatArray:
    """(series, buckets, members) from held-out `roots` (members, series, pairs, intervals) and what came, in calls."""
    buckets = bucket_of(lead)
    weights = np.tile(DEFAULT, (actual.shape[0], len(LEAD_EDGES) + 1, 1))
    for series in range(len(weights)):
        for bucket in np.unique(buckets):
            rows = buckets == bucket
            weights[series, bucket] = _best(roots[:, series, rows], actual[series, rows])
    return weights


def blended(roots: FloatArray, weights: FloatArray, lead: IntArray) -> FloatArray:
    """(series, pairs, intervals) calls of `roots` (members, series, pairs, intervals)."""
    share = np.moveaxis(weights[:, bucket_of(lead)], 2, 0)[..., None]
    return np.asarray(np.maximum((share * roots).sum(axis=0), 0.0) ** 2)


def _best(roots: FloatArray, actual: FloatArray) -> FloatArray:
    known = ~(np.isnan(roots).any(axis=0) | np.isnan(actual))
    if known.sum() < MIN_CELLS:
        return DEFAULT
    errors = np.array([_error(weights, roots[:, known], actual[known]) for weights in QUARTERS])
    best = int(errors.argmin())
    return QUARTERS[best] if errors[best] < GAIN * _error(DEFAULT, roots[:, known], actual[known]) else DEFAULT


def _error(weights: FloatArray, roots: FloatArray, actual: FloatArray) -> float:
    return float(np.abs(np.maximum(weights @ roots, 0.0) ** 2 - actual).sum())
