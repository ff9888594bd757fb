"""Sums of forecasts: over queues and centres (`ALL`) and over intervals (an hour, a day)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.intervals import MINUTES_A_DAY, FloatArray

ALL = "ALL"


@dataclass(frozen=True)
class Groups:
    """Every series, then each queue over all centres, each centre over all queues, and everything.

    members[g, s] is true where series s belongs to group g.
    """

    keys: pd.DataFrame
    members: np.ndarray

    @classmethod
    def of(cls, series: pd.DataFrame) -> Groups:
        """The groups of series that are named by queue and centre."""
        queues, centres = (series[[name]].drop_duplicates() for name in ("queue", "centre"))
        keys = pd.concat(
            [
                series,
                queues.assign(centre=ALL),
                centres.assign(queue=ALL),
                pd.DataFrame([{"queue": ALL, "centre": ALL}]),
            ],
            ignore_index=True,
        )[["queue", "centre"]]
        fits = [
            (keys[name].to_numpy()[:, None] == series[name].to_numpy()) | (keys[name].to_numpy()[:, None] == ALL)
            for name in ("queue", "centre")
        ]
        return cls(keys, fits[0] & fits[1])

    def total(self, values: FloatArray) -> FloatArray:
        """(groups, …) sums of (series, …); NaN where all members are."""
        flat = values.reshape(len(values), -1)
        sums = self.members.astype(float) @ np.nan_to_num(flat)
        known = self.members.astype(float) @ ~np.isnan(flat)
        return np.where(known > 0, sums, np.nan).reshape(-1, *values.shape[1:])


def coarser(values: FloatArray, own_min: int, minutes: int) -> FloatArray:
    """(…, intervals) summed into intervals of `minutes`; NaN where all parts are closed.

    >>> coarser(np.array([1.0, 2.0, np.nan, np.nan]), 360, 720).tolist()
    [3.0, nan]
    """
    parts = values.reshape(*values.shape[:-1], MINUTES_A_DAY // minutes, minutes // own_min)
    return np.where(np.isnan(parts).all(axis=-1), np.nan, np.nansum(parts, axis=-1))
