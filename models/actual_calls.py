"""Calls that came, in the rows of a forecast: by queue, centre (totals included) and interval."""

from __future__ import annotations

import numpy as np
import pandas as pd

from data.errors import BadInput
from features.call_counts import KEYS
from features.intervals import FloatArray, own_interval, to_grid
from models.volume_totals import Groups, coarser


def actual_calls(counts: pd.DataFrame, minutes: int) -> pd.DataFrame:
    """Columns queue, centre, starts_at, actual; from `features.call_counts`. BadInput where the calls are coarser."""
    own = own_interval(counts["starts_at"])
    if minutes % own:
        raise BadInput(f"the version's interval is {minutes} minutes, the calls are known by {own}: not a multiple.")
    grid = to_grid(counts, KEYS, own)
    groups = Groups.of(grid.series)
    return as_rows(groups.keys, grid.days, coarser(groups.total(grid.counts), own, minutes), "actual")


def as_rows(keys: pd.DataFrame, days: pd.DatetimeIndex, values: FloatArray, name: str) -> pd.DataFrame:
    """(groups, days, intervals) as one row a known cell: queue, centre, starts_at and `name`."""
    minutes = 1440 // values.shape[2]
    offset = pd.to_timedelta(np.arange(values.shape[2]) * minutes, unit="min").to_numpy()
    starts = np.broadcast_to(days.to_numpy()[:, None] + offset, values.shape).reshape(-1)
    rows = keys.loc[np.repeat(np.arange(len(values)), values[0].size)].reset_index(drop=True)
    frame = rows.assign(starts_at=starts.astype("datetime64[us]"), **{name: values.reshape(-1)})
    return frame[frame[name].notna()].reset_index(drop=True)
