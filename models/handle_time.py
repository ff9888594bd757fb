"""Average handle time by series and interval of the day, from the last weeks.

An interval's own average is drawn to its series' mean as strongly as the data say that intervals are alike: not at all
where times of day truly differ, wholly where the differences are what single calls bring by chance (empirical Bayes by
the moments of DerSimonian & Laird 1986).
"""

from __future__ import annotations

import numpy as np

from features.intervals import FloatArray

WEEKS_DAYS = 42  # open days that are averaged


def average_handle_time(handle_s: FloatArray, answered: FloatArray) -> FloatArray:
    """(series, intervals) seconds: Σ handle time / Σ answered calls, drawn to the series' mean.

    Both inputs are (series, days, intervals). NaN where a series has no handled call at all.
    """
    recent, calls = handle_s[:, -WEEKS_DAYS:], np.nan_to_num(answered[:, -WEEKS_DAYS:])
    known = ~np.isnan(recent) & (calls > 0)
    recent, calls = np.where(known, recent, 0.0), np.where(known, calls, 0.0)
    seconds, count = recent.sum(axis=1), calls.sum(axis=1)
    whole = count.sum(axis=1, keepdims=True)
    mean = np.where(whole > 0, seconds.sum(axis=1, keepdims=True) / np.maximum(whole, 1.0), np.nan)
    own = np.where(count > 0, seconds / np.maximum(count, 1e-9), np.nan_to_num(mean))
    of_a_call = _variance_of_a_call(recent, calls, own)
    between = _variance_between(own - np.nan_to_num(mean), count, of_a_call)
    trust = between * count / np.maximum(between * count + of_a_call, 1e-9)
    return np.asarray(mean + trust * (own - np.nan_to_num(mean)))


def _variance_of_a_call(handle_s: FloatArray, calls: FloatArray, own: FloatArray) -> FloatArray:
    """(series, 1): of one call's seconds, from how an interval's average changes from day to day."""
    squares = np.where(calls > 0, (handle_s - calls * own[:, None]) ** 2 / np.maximum(calls, 1e-9), 0.0)
    free = np.maximum((calls > 0).sum(axis=1) - 1, 0).sum(axis=1)
    return (squares.sum(axis=(1, 2)) / np.maximum(free, 1))[:, None]


def _variance_between(apart: FloatArray, count: FloatArray, of_a_call: FloatArray) -> FloatArray:
    """(series, 1): of the intervals' true averages around the series' mean; 0 where chance explains what is seen."""
    whole = np.maximum(count.sum(axis=1, keepdims=True), 1e-9)
    chance = of_a_call * ((count > 0).sum(axis=1, keepdims=True) - 1)
    room = np.maximum(whole - (count**2).sum(axis=1, keepdims=True) / whole, 1e-9)
    return np.asarray(np.maximum(((count * apart**2).sum(axis=1, keepdims=True) - chance) / room, 0.0))
