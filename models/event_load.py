"""The ordinary load of past days: what each cell would have had from its own weekday's neighbours, before and after.

It looks both ways in time, so it serves to learn from the past and never to forecast.
"""

from __future__ import annotations

import numpy as np

from features.event_calendar import LIKE_OTHER_CALLS
from features.intervals import BoolArray, FloatArray, Grid, IntArray
from models.event_effects import Lift

WEEK_MEMORY_DAYS = 365.0  # a neighbour so far away counts 1/e for what is usual of a weekday's intervals
MEMORY_DAYS = 45.0  # the same for the level of all weekdays; volume.md: it moves within weeks
TOUCHED_WEIGHT = 0.1  # of a cell in which an event runs: it serves where nothing calm is near
LEAST_LEVEL = 0.1  # of an unusual day


def ordinary_load(grid: Grid, unusual: IntArray, touched: BoolArray, lift: FloatArray) -> FloatArray:
    """(series, days, intervals) calls of a day like its weekday's others, without events; NaN where closed.

    `unusual`: days other than 0 stand for no other; `touched`: cells of an event; `lift`: what events are thought to
    add, as a share of the ordinary load, which is taken out first. A day tells of itself only by way of its
    neighbours' usual load, which is little.
    """
    counts = grid.counts / (1.0 + lift)
    weight = np.where(np.isnan(counts), 0.0, np.where(touched, TOUCHED_WEIGHT, 1.0)) * (unusual == 0)[None, :, None]
    came = np.nan_to_num(counts) * weight
    age = np.abs(np.subtract.outer(grid.days.to_numpy(), grid.days.to_numpy()).astype("timedelta64[D]").astype(float))
    usual = np.full(counts.shape, np.nan)
    for weekday in range(7):
        rows = np.flatnonzero(grid.days.weekday == weekday)
        near = _near(age[np.ix_(rows, rows)], WEEK_MEMORY_DAYS)
        total, seen = (np.einsum("ij,sjk->sik", near, of[:, rows], optimize=True) for of in (came, weight))
        usual[:, rows] = _ratio(total, seen)
    near = _near(age, MEMORY_DAYS)
    level = _ratio(came.sum(axis=2) @ near, (np.nan_to_num(usual) * weight).sum(axis=2) @ near)
    return np.where(np.isnan(counts), np.nan, usual * level[:, :, None])


def day_levels(grid: Grid, unusual: IntArray, load: FloatArray, lift: Lift) -> FloatArray:
    """(series, days): what days of an unusual kind have of the ordinary load, without events; 1 on other days.

    The median over the kind's days, by queue.
    """
    known = ~np.isnan(load)
    swollen = sum((part for cause, part in lift.causes.items() if cause in LIKE_OTHER_CALLS), np.ones(load.shape))
    whole = np.where(known, load * swollen, 0.0).sum(axis=2)
    rest = np.where(known, grid.counts - load * (1.0 + lift.total - swollen), 0.0).sum(axis=2)
    levels = np.ones(whole.shape)
    queues = grid.series["queue"].to_numpy()
    for queue in np.unique(queues):
        rows = queues == queue
        ratio = _ratio(rest[rows].sum(axis=0), whole[rows].sum(axis=0))
        for kind in np.unique(unusual[unusual > 0]):
            days = np.flatnonzero((unusual == kind) & np.isfinite(ratio))
            if len(days):
                levels[np.ix_(rows, unusual == kind)] = max(float(np.median(ratio[days])), LEAST_LEVEL)
    return levels


def _near(age: FloatArray, memory: float) -> FloatArray:
    return np.where(age > 0, np.exp(-age / memory), 0.0)


def _ratio(total: FloatArray, seen: FloatArray) -> FloatArray:
    return np.where(seen > 0, total / np.where(seen > 0, seen, 1.0), np.nan)
