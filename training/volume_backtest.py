"""The rolling-origin back-test of call forecasts: one loop for anybody's series (bench) and for a lake (train).

An origin is the end of the open day before a test day; whole days are forecast, only days before them are seen.
The trees are refitted when `refit_days` open days have passed since the last fit; the days up to each origin are
always known to the features.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from data.console import track
from data.errors import BadInput
from features.intervals import FloatArray, Grid
from features.volume_history import Calendar, History
from models.volume_bands import Bands
from models.volume_baselines import BASELINES, Baseline, baseline_bands, seasonal_naive
from models.volume_trees import Forecaster, TreeSettings
from training.volume_metrics import SHARES, Cells, Sums, pooled, sums_of

MIN_HISTORY_DAYS = 10


@dataclass(frozen=True)
class BacktestPlan:
    """Test days from `test_from` (default: the last fifth of the open days), every N-th, `horizon` open days each."""

    horizon: int
    test_from: dt.date | None = None
    every: int = 1
    refit_days: int = 5

    def origins(self, grid: Grid) -> list[int]:
        """How many open days are known at each origin; BadInput where there is too little to learn from or to test."""
        days = len(grid.days)
        first = int(days * 0.8) if self.test_from is None else grid.known_before(pd.Timestamp(self.test_from))
        if first >= days:
            raise BadInput(f"test-from {self.test_from}: no open day on or after it; the last is {grid.days[-1]:%F}.")
        if first < MIN_HISTORY_DAYS:
            raise BadInput(
                f"{first} open days before the first test day, wanted {MIN_HISTORY_DAYS}: "
                f"the series begins on {grid.days[0]:%F}; give a longer one or a later test-from."
            )
        return list(range(first, days, self.every))


@dataclass(frozen=True)
class Backtest:
    """Sums per contender (`model` and the baselines), origin and series; `series` are the keys of the grid."""

    series: pd.DataFrame
    origins: pd.DatetimeIndex
    overall: dict[str, list[Sums]]
    by_series: dict[str, list[list[Sums]]]

    def summary(self) -> dict[str, dict[str, dict[str, float | None]]]:
        """contender → metric → {mean, sd}, pooled over series, horizons and origins."""
        return {name: pooled(parts) for name, parts in self.overall.items()}

    def series_summary(self, row: int) -> dict[str, dict[str, dict[str, float | None]]]:
        """The same of one series."""
        return {name: pooled([origin[row] for origin in parts]) for name, parts in self.by_series.items()}

    def table(self) -> pd.DataFrame:
        """One row per contender, each metric with its spread over origins; the model first."""
        rows = [
            {"forecast": name} | {f"{m}{end}": v[key] for m, v in metrics.items() for key, end in _ENDINGS}
            for name, metrics in self.summary().items()
        ]
        return pd.DataFrame(rows)


_ENDINGS = (("mean", ""), ("sd", "_sd"))


def backtest(grid: Grid, calendar: Calendar, plan: BacktestPlan, settings: TreeSettings | None = None) -> Backtest:
    """Run the model and the three baselines over the same origins."""
    origins = plan.origins(grid)
    history = History(grid, calendar)
    scale = _mase_scale(history, origins[0])
    contenders: dict[str, Any] = {"model": _Refitted(grid, calendar, plan, settings or TreeSettings())}
    contenders |= {name: _Fixed.of(one, history, origins[0], plan) for name, one in BASELINES.items()}
    overall: dict[str, list[Sums]] = {name: [] for name in contenders}
    by_series: dict[str, list[list[Sums]]] = {name: [] for name in contenders}
    for known in track(origins, "back-test"):
        targets = slice(known, known + plan.horizon)
        for name, contender in contenders.items():
            quantiles = contender.quantiles(history, known, grid.days[targets])
            cells = Cells(grid.counts[:, targets], quantiles, scale)
            overall[name].append(sums_of(cells))
            by_series[name].append([sums_of(cells.of_series(row)) for row in range(len(grid.series))])
    return Backtest(grid.series, grid.days[origins], overall, by_series)


class _Refitted:
    """Our forecaster, fitted anew now and then on what was known."""

    def __init__(self, grid: Grid, calendar: Calendar, plan: BacktestPlan, settings: TreeSettings) -> None:
        self.grid, self.calendar, self.plan, self.settings = grid, calendar, plan, settings
        self.fitted_at = -plan.refit_days

    def quantiles(self, history: History, known: int, targets: pd.DatetimeIndex) -> FloatArray:
        if known - self.fitted_at >= self.plan.refit_days:
            self.forecaster = Forecaster.fit(self.grid.until(known), self.calendar, self.plan.horizon, self.settings)
            self.fitted_at = known
        forecast, pairs = self.forecaster.forecast(history, known, targets)
        return self.forecaster.bands.quantiles(forecast, pairs.lead, SHARES)


@dataclass(frozen=True)
class _Fixed:
    """A baseline with the bands of its misses before the first origin."""

    baseline: Baseline
    bands: Bands

    @classmethod
    def of(cls, baseline: Baseline, history: History, first: int, plan: BacktestPlan) -> _Fixed:
        return cls(baseline, baseline_bands(baseline, history, first, plan.horizon, plan.every))

    def quantiles(self, history: History, known: int, targets: pd.DatetimeIndex) -> FloatArray:
        forecast = self.baseline(history, known, targets)
        quantiles = self.bands.quantiles(forecast, np.arange(1, len(targets) + 1), SHARES)
        quantiles[2] = forecast
        return np.sort(quantiles, axis=0)


def _mase_scale(history: History, first: int) -> FloatArray:
    """(series,): mean |y − same weekday before| over the days before the first origin."""
    days = history.grid.days
    naive = np.concatenate(
        [seasonal_naive(history, known, days[known : known + 1]) for known in range(1, first)], axis=1
    )
    scale = np.nanmean(np.abs(history.grid.counts[:, 1:first] - naive), axis=(1, 2))
    return np.where(scale > 0, scale, 1.0)
