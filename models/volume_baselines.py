"""The forecasts that any call model has to beat: seasonal naive, the six-week same-weekday average, ETS.

Each is a function of a history, one origin and the open days after it, and gives (series, targets, intervals) in calls.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd

from features.intervals import FloatArray, Grid
from features.volume_history import History, last_same_weekdays, mean_known, pairs_from_origin, take_days
from models.volume_bands import Bands

Baseline = Callable[[History, int, pd.DatetimeIndex], FloatArray]
CALIBRATION_DAYS = 60  # open days before the first origin whose misses give a baseline its bands
ETS_HISTORY_DAYS = 400


def seasonal_naive(history: History, known: int, targets: pd.DatetimeIndex) -> FloatArray:
    """The last open same weekday, holiday or not."""
    grid = history.grid
    pairs = pairs_from_origin(grid, known, targets)
    every_day = np.ones(len(grid.days), dtype=bool)
    return mean_known(take_days(grid.counts, last_same_weekdays(grid.days, every_day, pairs, 1)), axis=2)


def average_6_weeks(history: History, known: int, targets: pd.DatetimeIndex) -> FloatArray:
    """The mean of the last six same weekdays that are no holidays."""
    return history.base(pairs_from_origin(history.grid, known, targets))


def ets(history: History, known: int, targets: pd.DatetimeIndex) -> FloatArray:
    """Exponential smoothing of the day totals (form chosen by AICc), spread over the day like the six-week average."""
    base = average_6_weeks(history, known, targets)
    base_total = np.nansum(base, axis=2)
    totals = np.stack([_ets_of_own_days(one, targets) for one in _day_totals(history.grid, known)])
    factor = np.where(base_total > 0, totals / np.where(base_total > 0, base_total, 1.0), 1.0)
    return base * factor[:, :, None]


BASELINES: dict[str, Baseline] = {"seasonal_naive": seasonal_naive, "average_6_weeks": average_6_weeks, "ets": ets}


def baseline_bands(baseline: Baseline, history: History, first: int, horizon: int, every: int) -> Bands:
    """Bands from the baseline's own misses at origins before the first `first` days had passed."""
    origins = range(max(first - CALIBRATION_DAYS, 10), first, every)
    days, counts = history.grid.days, history.grid.counts
    spans = [(known, slice(known, min(known + horizon, first))) for known in origins]
    if not spans:
        return Bands.without_past(len(history.grid.series))
    forecast = np.concatenate([baseline(history, known, days[span]) for known, span in spans], axis=1)
    actual = np.concatenate([counts[:, span] for _, span in spans], axis=1)
    lead = np.concatenate([np.arange(1, span.stop - span.start + 1) for _, span in spans])
    return Bands.fit(forecast, actual, lead)


def _day_totals(grid: Grid, known: int) -> list[pd.Series]:
    """The totals of each series by day, without the days on which it was closed."""
    counts = grid.counts[:, :known]
    days = [~np.isnan(one).all(axis=1) for one in counts]
    return [
        pd.Series(np.nansum(one[own], axis=1), index=grid.days[:known][own])
        for one, own in zip(counts, days, strict=True)
    ]


def _ets_of_own_days(totals: pd.Series, targets: pd.DatetimeIndex) -> FloatArray:
    """(targets,): NaN on weekdays on which the series was never open, and where it was never open at all."""
    days = pd.DatetimeIndex(totals.index)
    own = np.isin(targets.weekday, days.weekday)
    told = np.full(len(targets), np.nan)
    if own.any():
        told[own] = _ets_totals(totals.to_numpy(), days, targets[own])
    return told


def _ets_totals(totals: FloatArray, days: pd.DatetimeIndex, targets: pd.DatetimeIndex) -> FloatArray:
    """ETS on the regular week of open weekdays; a missing day takes the value of the same weekday before."""
    from statsforecast.models import AutoETS  # slow to import, and only the back-tests need it

    weekdays = np.unique(days.weekday)
    week = pd.date_range(days[0], targets[-1])
    week = week[np.isin(week.weekday, weekdays) | week.isin(targets)]
    past = pd.Series(totals, index=days).reindex(week[week <= days[-1]])
    past = past.groupby(pd.DatetimeIndex(past.index).weekday).ffill().bfill()[-ETS_HISTORY_DAYS:]
    season = len(weekdays)
    if len(past) <= 2 * season + 2:
        return np.full(len(targets), past.iloc[-season:].mean())
    ahead = week[week > days[-1]]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = AutoETS(season_length=season, model="ZNZ").forecast(past.to_numpy(), h=len(ahead))
    return np.maximum(pd.Series(model["mean"], index=ahead).reindex(targets).to_numpy(), 0.0)
