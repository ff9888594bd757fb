"""Average handle time by series and interval of the day, from the last weeks."""

from __future__ import annotations

import numpy as np

from features.intervals import FloatArray

WEEKS_DAYS = 42  # open days that are averaged
TYPICAL_CALLS = 50  # an interval with fewer answered calls leans on its series' average


def average_handle_time(handle_s: FloatArray, answered: FloatArray) -> FloatArray:
    """(series, intervals) seconds: Σ handle time / Σ answered calls, drawn to the series' mean where calls are few.

    Both inputs are (series, days, intervals). NaN where a series has no handled call at all.
    """
    recent, calls = handle_s[:, -WEEKS_DAYS:], answered[:, -WEEKS_DAYS:]
    known = ~np.isnan(recent) & (np.nan_to_num(calls) > 0)
    seconds, count = np.where(known, recent, 0.0).sum(axis=1), np.where(known, calls, 0.0).sum(axis=1)
    whole = count.sum(axis=1, keepdims=True)
    mean = np.where(whole > 0, seconds.sum(axis=1, keepdims=True) / np.maximum(whole, 1.0), np.nan)
    return (seconds + TYPICAL_CALLS * mean) / (count + TYPICAL_CALLS)
