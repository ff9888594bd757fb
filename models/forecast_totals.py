"""Quantiles of sums: of queues and centres, and of hours, days and months, from joint scenarios, bottom up.

Quantiles of parts do not add up to those of a whole, for parts err partly together; draws of the parts do.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.intervals import FloatArray, IntArray
from models.forecast_cells import ForecastCells
from models.scenarios import draw_days
from models.volume_totals import Groups, coarser


@dataclass(frozen=True)
class Grain:
    """The grain of the wanted rows against that of the model, in minutes."""

    own_min: int
    minutes: int


def interval_quantiles(cells: ForecastCells, groups: Groups, grain: Grain, shares: FloatArray) -> FloatArray:
    """(shares, groups, days, intervals of the grain)."""
    single = groups.members.sum(axis=1) == 1
    own = grain.own_min == grain.minutes
    summed = np.flatnonzero(~single) if own else np.arange(len(single))
    shape = (len(shares), len(single), *cells.days.median.shape[1:2], 24 * 60 // grain.minutes)
    told = np.empty(shape)
    if own:
        told[:, single] = cells.quantiles(shares)[:, groups.members[single].argmax(axis=1)]
    if len(summed):
        part = Groups(groups.keys.iloc[summed], groups.members[summed])
        for day, calls in enumerate(draw_days(cells.outlook())):
            told[:, summed, day] = np.quantile(_summed(calls, part, grain), shares, axis=-1)
    return told


def month_quantiles(cells: ForecastCells, groups: Groups, month: IntArray, shares: FloatArray) -> FloatArray:
    """(shares, groups, months) of the calls of all days of each month; month (days,) numbers them from 0."""
    sums: list[FloatArray] = []
    for number, calls in zip(month, draw_days(cells.outlook()), strict=True):
        today = np.nan_to_num(groups.total(np.nansum(calls, axis=1)))
        if number == len(sums):
            sums.append(today)
        else:
            sums[number] = sums[number] + today
    return np.moveaxis(np.quantile(np.stack(sums), shares, axis=-1), 2, 1)


def month_numbers(days: pd.DatetimeIndex) -> IntArray:
    """(days,) the calendar month of each, numbered from 0."""
    return np.unique(days.to_period("M").to_numpy(), return_inverse=True)[1].astype(np.int64)


def _summed(calls: FloatArray, groups: Groups, grain: Grain) -> FloatArray:
    """(groups, intervals of the grain, draws)."""
    by_draw = np.moveaxis(groups.total(calls), 1, -1)
    return np.moveaxis(coarser(by_draw, grain.own_min, grain.minutes), -1, 1)
