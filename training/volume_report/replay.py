"""What planners would have been told: the model at past origins, each with what was known at its day, beside what came.

The model is fitted once, on what was known at the first origin; at each later one it only gets the newer calls.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd

from data.console import track
from data.errors import BadInput
from data.known import as_known
from data.lake import Lake
from features.call_counts import KEYS, call_counts
from features.call_drivers import read_drivers
from features.intervals import Grid, to_grid
from features.volume_history import Calendar, History
from models.actual_calls import actual_calls, as_rows
from models.forecast_table import QUANTILES, Span, forecast_table
from models.volume import VolumeModel
from models.volume_baselines import average_6_weeks
from models.volume_totals import Groups

LEAST_DAYS = 35  # with calls before the first origin: five weeks
AVERAGE = "average_6_weeks"
AT = [*KEYS, "starts_at"]


@dataclass(frozen=True)
class ReplayPlan:
    """`origins` days, `every` days apart (no multiple of 7: leads and weekdays mix), `horizon` days ahead each.

    The last horizon ends at the as-of.
    """

    origins: int = 8
    every: int = 13
    horizon: int = 28

    def days(self, as_of: dt.date, first_known: dt.date) -> list[dt.date]:
        """The origins, earliest first; BadInput where the history is too short for any."""
        last = as_of - dt.timedelta(days=self.horizon)
        days = [last - dt.timedelta(days=self.every * number) for number in reversed(range(self.origins))]
        kept = [day for day in days if (day - first_known).days >= LEAST_DAYS]
        if not kept:
            raise BadInput(
                f"calls are known from {first_known} to {as_of}; wanted at least {LEAST_DAYS + self.horizon} days "
                "to replay forecasts of the past."
            )
        return kept


def replay(lake: Lake, as_of: dt.date, plan: ReplayPlan) -> pd.DataFrame:
    """One row per origin, queue, centre (totals included) and interval that was forecast and came.

    Columns: origin, lead (days; 1 = the origin's own day), queue, centre, starts_at, actual, the forecast's (mean,
    quantiles), average_6_weeks.
    """
    counts = call_counts(as_known(lake, as_of))
    days = plan.days(as_of, counts["starts_at"].min().date())
    first = as_known(lake, days[0])
    model = VolumeModel(Calendar(lake.settings.country)).fit(call_counts(first), plan.horizon, read_drivers(first))
    beside = _Beside.of(counts, model)
    return pd.concat([_one(lake, model, day, plan, beside) for day in track(days, "replay")], ignore_index=True)


@dataclass(frozen=True)
class _Beside:
    """What came, and the grid from which the average of six weeks is read."""

    actual: pd.DataFrame
    grid: Grid
    history: History

    @classmethod
    def of(cls, counts: pd.DataFrame, model: VolumeModel) -> _Beside:
        grid = to_grid(counts, KEYS, model.interval_min)
        return cls(actual_calls(counts, model.interval_min), grid, History(grid, model.calendar))

    def average(self, day: dt.date, horizon: int) -> pd.DataFrame:
        known = self.grid.known_before(pd.Timestamp(day))
        days = self.grid.days[known:]
        targets = days[days < pd.Timestamp(day) + pd.Timedelta(days=horizon)]
        groups = Groups.of(self.grid.series)
        return as_rows(groups.keys, targets, groups.total(average_6_weeks(self.history, known, targets)), AVERAGE)


def _one(lake: Lake, model: VolumeModel, day: dt.date, plan: ReplayPlan, beside: _Beside) -> pd.DataFrame:
    known = as_known(lake, day)
    model.with_history(call_counts(known), read_drivers(known))
    told = forecast_table(model, Span(pd.Timestamp(day), plan.horizon))[[*AT, "mean", *QUANTILES]]
    rows = told.merge(beside.actual, on=AT).merge(beside.average(day, plan.horizon), on=AT, how="left")
    lead = (rows["starts_at"].dt.normalize() - pd.Timestamp(day)).dt.days + 1
    rows.insert(0, "origin", pd.Timestamp(day))
    rows.insert(1, "lead", lead)
    return rows
