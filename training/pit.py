"""The randomised probability integral transform of counts: uniform where a forecast's distribution keeps its promise.

Where few calls come, a band of whole calls covers too much, and coverage says little. The transform of a count y,
F(y − 1) + v (F(y) − F(y − 1)) with v uniform, is uniform if F is right (Czado, Gneiting & Held 2009, section 2).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from features.intervals import FloatArray

BINS = 10


def randomised_pit(quantiles: FloatArray, shares: FloatArray, actual: FloatArray, seed: int = 0) -> FloatArray:
    """(cells,) values in [0, 1] of counts (cells,) under their quantiles (shares, cells), linear between shares.

    A quantile function of calls is read as one of whole calls: a count stands for the half call on each side of it.
    """
    below, above = (_reached(quantiles, shares, actual + side) for side in (-0.5, 0.5))
    return _drawn(np.where(actual < 0.5, 0.0, below), above, seed)


def poisson_pit(expected: FloatArray, actual: FloatArray, seed: int = 0) -> FloatArray:
    """(cells,) values in [0, 1] of counts (cells,) if they were Poisson with these means."""
    from scipy.stats import poisson

    below, above = (np.asarray(poisson.cdf(calls, expected)) for calls in (actual - 1, actual))
    return _drawn(below, above, seed)


def pit_table(pit: FloatArray) -> pd.DataFrame:
    """One row per tenth: up_to, share of the cells (0.1 each where the forecast keeps its promise)."""
    counts, edges = np.histogram(pit, bins=BINS, range=(0.0, 1.0))
    return pd.DataFrame({"up_to": edges[1:], "share": counts / max(len(pit), 1)})


def _drawn(below: FloatArray, above: FloatArray, seed: int) -> FloatArray:
    return np.asarray(below + np.random.default_rng(seed).uniform(size=len(below)) * (above - below))


def _reached(quantiles: FloatArray, shares: FloatArray, calls: FloatArray) -> FloatArray:
    """(cells,): the share that lies below `calls`; 0 and 1 are reached one call outside the outer quantiles."""
    outer = np.concatenate([quantiles[:1] - 1.0, quantiles, quantiles[-1:] + 1.0])
    at = np.concatenate([[0.0], shares, [1.0]])
    right = (outer <= calls).sum(axis=0).clip(1, len(at) - 1)
    cell = np.arange(len(calls))
    low, high = outer[right - 1, cell], outer[right, cell]
    part = np.clip((calls - low) / np.maximum(high - low, 1e-9), 0.0, 1.0)
    return at[right - 1] + part * (at[right] - at[right - 1])
