"""`nextcall bench volume`: the lake's forecaster on anybody's series of counts, beside the three baselines."""

from __future__ import annotations

import datetime as dt
import time as clock
from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data.console import print_table, say
from data.errors import BadInput
from data.flat_table import need_columns, read_flat_table
from features.calendar import check_country
from features.intervals import Grid, own_interval, to_grid
from features.volume_history import Calendar
from training.volume_backtest import Backtest, BacktestPlan, backtest
from training.volume_metrics import BUSY_CALLS

SERIES = "series"


@dataclass(frozen=True)
class VolumeBenchOptions:
    """The flags of `nextcall bench volume`."""

    time: str
    count: str
    horizon_days: int
    series: str | None = None
    interval: int | None = None  # minutes; None = the data's own
    test_from: dt.date | None = None
    every: int = 1
    country: str | None = None


@dataclass(frozen=True)
class VolumeReport:
    """What the bench found."""

    rows: int
    backtest: Backtest
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """The contract's document: rows, model, baselines, series, seconds."""
        names = self.backtest.series[SERIES].astype(str)
        return {
            "rows": self.rows,
            **_document(self.backtest.summary()),
            "series": {name: _document(self.backtest.series_summary(row)) for row, name in enumerate(names)},
            "paired": _records(self.backtest.gains()),
            "horizons": _records(self.backtest.horizons()),
            "pit": _records(self.backtest.pits.table()),
            "pit_tenths": _records(self.backtest.pits.tenths()),
            "origins": len(self.backtest.origins),
            "seconds": round(self.seconds, 2),
        }


def bench_volume(table: Path, options: VolumeBenchOptions) -> VolumeReport:
    """Back-test on the table's series. Rows of the same series and interval are summed; BadInput says what is wrong."""
    started = clock.perf_counter()
    check_country(options.country)
    frame = _counts(read_flat_table(table), options)
    plan = BacktestPlan(options.horizon_days, options.test_from, options.every, beside_plain=True)
    result = backtest(_grid(frame, options.interval), Calendar(options.country), plan)
    return VolumeReport(len(frame), result, clock.perf_counter() - started)


def print_report(report: VolumeReport) -> None:
    """The results as a table on standard output."""
    origins = report.backtest.origins
    say(f"{len(origins)} origins, first test day {origins[0]:%F}, {report.rows:,} rows, {report.seconds:.0f} s")
    print_table(report.backtest.table(), "call volume, pooled over origins (sd over origins)")
    print_table(report.backtest.gains(), "what the model gains, paired over origins (90 % interval)")
    print_table(report.backtest.horizons(), "beside the six-week average, by open days ahead")
    print_table(report.backtest.pits.table(), f"randomised PIT where the median is below {BUSY_CALLS} calls")
    print_table(report.backtest.pits.tenths(), "its share in each tenth (promised: 0.1)")


def _records(table: pd.DataFrame) -> list[dict[Hashable, Any]]:
    return table.astype(object).where(table.notna(), None).to_dict(orient="records")


def _document(summary: dict[str, Any]) -> dict[str, Any]:
    tidy = {name: {m: _finite(v) for m, v in metrics.items()} for name, metrics in summary.items()}
    return {"model": tidy.pop("model"), "baselines": tidy}


def _finite(metric: dict[str, float | None]) -> dict[str, float | None]:
    return {key: None if value is None or np.isnan(value) else value for key, value in metric.items()}


def _counts(frame: pd.DataFrame, options: VolumeBenchOptions) -> pd.DataFrame:
    wanted = {options.time: "--time", options.count: "--count"}
    need_columns(frame, wanted | ({options.series: "--series"} if options.series else {}))
    return pd.DataFrame(
        {
            SERIES: frame[options.series].astype(str) if options.series else "all",
            "starts_at": _times(frame[options.time], options.time),
            "offered": _numbers(frame[options.count], options.count),
        }
    )


def _times(column: pd.Series, name: str) -> pd.Series:
    times = pd.to_datetime(column, errors="coerce", format=None if column.dtype != object else "ISO8601")
    if times.isna().any():
        bad = column[times.isna()].iloc[0]
        raise BadInput(
            f"--time {name}: {times.isna().sum()} rows are no time, e.g. {bad!r}; wanted YYYY-MM-DD HH:MM:SS."
        )
    return times.dt.tz_localize(None)


def _numbers(column: pd.Series, name: str) -> pd.Series:
    numbers = pd.to_numeric(column, errors="coerce").astype(float)
    bad = ~(numbers >= 0) | np.isinf(numbers)
    if bad.any():
        came = str(column[bad].iloc[0])
        raise BadInput(f"--count {name}: {bad.sum()} rows are no count, e.g. {came!r}; wanted numbers from 0 on.")
    return numbers


def _grid(frame: pd.DataFrame, interval: int | None) -> Grid:
    own = own_interval(frame["starts_at"])
    if interval is not None and interval < own:
        raise BadInput(f"--interval {interval}: the data come every {own} minutes; wanted {own} or a multiple.")
    return to_grid(frame, [SERIES], interval or own)
