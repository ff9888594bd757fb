"""How unsure a day's handle time is: its day factor's spread, and the few scenarios that stand for it."""

from __future__ import annotations

import numpy as np

from features.intervals import FloatArray
from models.handle_time import WEEKS_DAYS

NODES = np.array([-np.sqrt(3), 0.0, np.sqrt(3)])  # three-point Gauss–Hermite: exact to the fifth moment of a normal
WEIGHTS = np.array([1 / 6, 2 / 3, 1 / 6])
MIN_DAYS = 10


def day_spread(handle_s: FloatArray, answered: FloatArray, expected_s: FloatArray) -> FloatArray:
    """(series,) standard deviation of log(day's handle time / expected), without what few calls alone would bring.

    Σ handle seconds and calls are (series, days, intervals), `expected_s` (series, intervals). 0 where too little is
    known to tell.
    """
    seconds, calls = handle_s[:, -WEEKS_DAYS:], np.nan_to_num(answered[:, -WEEKS_DAYS:])
    known = (calls > 0) & ~np.isnan(seconds) & ~np.isnan(expected_s[:, None])
    calls, seconds = np.where(known, calls, 0.0), np.where(known, seconds, 0.0)
    told = calls * np.nan_to_num(expected_s)[:, None]
    day_told = told.sum(axis=2)
    days = day_told > 0
    factor = np.where(days, seconds.sum(axis=2) / np.where(days, day_told, 1.0), np.nan)
    left = np.where(known, (seconds - np.nan_to_num(factor)[..., None] * told) ** 2 / np.maximum(calls, 1.0), 0.0)
    one_call = left.sum(axis=(1, 2)) / np.maximum((known.sum(axis=2) - 1).clip(0).sum(axis=1), 1)
    chance = one_call[:, None] * calls.sum(axis=2) / np.where(days, day_told, 1.0) ** 2
    enough = days.sum(axis=1) >= MIN_DAYS
    excess = _variance(np.where(days, factor, np.nan), enough) - np.where(days, chance, 0.0).sum(axis=1) / np.maximum(
        days.sum(axis=1), 1
    )
    return np.sqrt(np.where(enough, np.maximum(excess, 0.0), 0.0))


def handle_scenarios(spread: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(…, 3) factors of mean 1 for a spread (…), and their weights (3,)."""
    log = spread[..., None] * NODES
    factors = np.exp(log)
    return factors / (factors @ WEIGHTS)[..., None], WEIGHTS


def _variance(factor: FloatArray, enough: np.ndarray) -> FloatArray:
    filled = np.where(enough[:, None], factor, 1.0)
    return np.asarray(np.nanvar(filled, axis=1))
