"""The ordinary load of past days: what each cell would have had from its own weekday's neighbours, before and after.

It looks both ways in time, so it serves to learn from the past and never to forecast.
"""

from __future__ import annotations

import numpy as np

from features.intervals import BoolArray, FloatArray, Grid

MEMORY_DAYS = 45.0  # a neighbour so far away counts 1/e; volume.md: the level moves within weeks
TOUCHED_WEIGHT = 0.1  # of a cell in which an event runs: it serves where nothing calm is near


def ordinary_load(grid: Grid, regular: BoolArray, touched: BoolArray, lift: FloatArray) -> FloatArray:
    """(series, days, intervals) calls without events; NaN where closed.

    `regular`: days that may stand for their weekday; `touched`: cells of an event; `lift`: what events are thought to
    add, as a share of the ordinary load, which is taken out first. A day never serves its own load.
    """
    counts = grid.counts / (1.0 + lift)
    weight = np.where(np.isnan(counts), 0.0, np.where(touched, TOUCHED_WEIGHT, 1.0)) * regular[None, :, None]
    load = np.full(counts.shape, np.nan)
    age = np.abs(np.subtract.outer(grid.days.to_numpy(), grid.days.to_numpy()).astype("timedelta64[D]").astype(float))
    near = np.where(age > 0, np.exp(-age / MEMORY_DAYS), 0.0)
    for weekday in range(7):
        rows = np.flatnonzero(grid.days.weekday == weekday)
        kernel = near[np.ix_(rows, rows)]
        total = np.einsum("ij,sjk->sik", kernel, np.nan_to_num(counts[:, rows]) * weight[:, rows], optimize=True)
        seen = np.einsum("ij,sjk->sik", kernel, weight[:, rows], optimize=True)
        load[:, rows] = np.where(seen > 0, total / np.where(seen > 0, seen, 1.0), np.nan)
    return np.where(np.isnan(counts), np.nan, load)
