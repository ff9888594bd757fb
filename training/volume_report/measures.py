"""Error, bias and coverage of replayed forecasts by any cut, beside the six-week average and the Poisson floor.

The floor is the error that would be left if the expected calls were known: E|N - λ| / λ for N ~ Poisson(λ). No forecast
gets below it; real calls vary more than Poisson, so it cannot be reached either.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import gammaln

from features.intervals import FloatArray
from models.volume_totals import ALL
from training.volume_report.replay import AVERAGE

BLOCKS = {"0-8": (0, 8), "8-12": (8, 12), "12-14": (12, 14), "14-18": (14, 18), "18-24": (18, 24)}  # hours
NO_EVENT = "none"


def poisson_deviation(expected: FloatArray) -> FloatArray:
    """E|N - λ| of a Poisson count: 2 λ^(⌊λ⌋+1) e^-λ / ⌊λ⌋! (De Moivre; Diaconis & Zabell 1991).

    >>> [round(float(poisson_deviation(np.array(x)) / x), 4) for x in (1.0, 27.0, 1150.0)]
    [0.7358, 0.1531, 0.0235]
    """
    floor = np.floor(expected)
    log = np.log(2.0) + (floor + 1) * np.log(np.where(expected > 0, expected, 1.0)) - expected - gammaln(floor + 1)
    return np.where(expected > 0, np.exp(log), 0.0)


def leaves(cells: pd.DataFrame) -> pd.DataFrame:
    """The cells of queues and centres themselves, without totals."""
    return cells[(cells["queue"] != ALL) & (cells["centre"] != ALL)]


def by(cells: pd.DataFrame, key: pd.Series | str) -> pd.DataFrame:
    """One row per value of `key`: its calls, WAPE of model and average, floor, bias, coverage of the bands."""
    judged = (cells["actual"] > 0) | (cells["q90"] > 0.5)
    known = cells["actual"].where(cells[AVERAGE].notna())
    parts = pd.DataFrame(
        {
            "cells": 1,
            "calls": cells["actual"],
            "said": cells["mean"],
            "miss": (cells["actual"] - cells["q50"]).abs(),
            "known": known,
            "miss_average": (known - cells[AVERAGE]).abs(),
            "floor": poisson_deviation(cells["mean"].to_numpy()),
            "judged": judged,
            "inside_80": _inside(cells, "q10", "q90") & judged,
            "inside_95": _inside(cells, "q025", "q975") & judged,
        }
    )
    sums = parts.groupby(key if isinstance(key, pd.Series) else cells[key], sort=True).sum()
    calls, judged_cells = sums["calls"].where(sums["calls"] > 0), sums["judged"].where(sums["judged"] > 0)
    return pd.DataFrame(
        {
            "cells": sums["cells"],
            "calls": sums["calls"],
            "wape": sums["miss"] / calls,
            "wape_average": sums["miss_average"] / sums["known"].where(sums["known"] > 0),
            "floor": sums["floor"] / sums["said"].where(sums["said"] > 0),
            "bias": sums["said"] / calls - 1,
            "cover_80": sums["inside_80"] / judged_cells,
            "cover_95": sums["inside_95"] / judged_cells,
        }
    )


def overall(cells: pd.DataFrame) -> pd.Series:
    """The same of all cells together."""
    return by(cells, pd.Series(0, index=cells.index)).iloc[0]


def coverage(cells: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Coverage by week ahead (rows, 1 = the first seven days) and block of the day (columns)."""
    hour = cells["starts_at"].dt.hour
    block = pd.Series(np.select([(hour >= a) & (hour < b) for a, b in BLOCKS.values()], list(BLOCKS), ""), cells.index)
    week = (cells["lead"] - 1) // 7 + 1
    table = by(cells, pd.Series(list(zip(week, block, strict=True)), cells.index))[measure]
    weeks, blocks = zip(*table.index, strict=True)
    found = pd.DataFrame({"week": weeks, "block": blocks, measure: table.to_numpy()})
    wide = found.pivot_table(index="week", columns="block", values=measure)
    return wide.reindex(columns=[name for name in BLOCKS if name in wide])


def by_event(cells: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """`by` the kinds of event in force (a cell under two kinds counts in both), and the cells without any."""
    under = {str(kind): in_force(cells, part) for kind, part in events.groupby("kind")}
    free = ~np.logical_or.reduce([np.zeros(len(cells), dtype=bool), *under.values()])
    parts = [
        by(cells[mask], pd.Series(kind, cells.index[mask]))
        for kind, mask in {NO_EVENT: free, **under}.items()
        if mask.any()
    ]
    return pd.concat(parts)


def in_force(cells: pd.DataFrame, events: pd.DataFrame) -> np.ndarray:
    """Whether any of the events runs at a cell's start; an event that names a queue concerns that queue alone."""
    found = np.zeros(len(cells), dtype=bool)
    moments = cells["starts_at"].to_numpy()
    for queue, part in events.groupby(events["queue"].fillna(ALL)):
        begun = np.searchsorted(np.sort(part["starts_at"].to_numpy()), moments, side="right")
        over = np.searchsorted(np.sort(part["ends_at"].to_numpy()), moments, side="right")
        found |= (begun > over) & ((queue == ALL) | (cells["queue"] == queue).to_numpy())
    return found


def _inside(cells: pd.DataFrame, low: str, high: str) -> pd.Series:
    return (np.floor(cells[low]) <= cells["actual"]) & (cells["actual"] <= np.ceil(cells[high]))
