"""The calls of a day that has begun: what has come until a moment, on the model's series and intervals."""

from __future__ import annotations

import numpy as np
import pandas as pd

from features.call_counts import KEYS
from features.intervals import MINUTES_A_DAY, FloatArray


def seen_calls(
    counts: pd.DataFrame, series: pd.DataFrame, until: pd.Timestamp, interval_min: int, whole: bool = True
) -> FloatArray | None:
    """(series, intervals) calls of the whole intervals of `until`'s day that had ended by then, NaN = not reported.

    counts: rows of queue, centre, starts_at, offered; later rows are not read. An interval for which any series has a
    row is reported: a series without one had no call. Where the counts are not `whole` (some queues' own, not the
    lake's table) that holds for series with a row in some interval; one without any is not reported at all. None where
    nothing of the day is known.
    """
    if counts.empty:
        return None
    day, width = until.normalize(), pd.Timedelta(minutes=interval_min)
    today = counts[(counts["starts_at"] >= day) & (counts["starts_at"] < until)]
    slot = ((today["starts_at"] - day) // width).to_numpy(np.int64)
    ended = day + (slot + 1) * width <= until
    row = pd.MultiIndex.from_frame(series[KEYS]).get_indexer(pd.MultiIndex.from_frame(today[KEYS]))
    used = np.asarray(ended) & (row >= 0)
    if not used.any():
        return None
    calls = np.zeros((len(series), MINUTES_A_DAY // interval_min))
    np.add.at(calls, (row[used], slot[used]), today["offered"].to_numpy(float)[used])
    reported = np.isin(np.arange(calls.shape[1]), slot[used])
    counted = whole | np.isin(np.arange(len(calls)), row[used])
    return np.where(reported & counted[:, None], calls, np.nan)
