"""The day after: the plan of a day beside what came, cell by cell, ready to be divided among its causes.

The plan is the forecast as it was known at the day's start. What came is booked by cause with all that is known after
the day: events at the strength they had, the rest in the proportions of an ordinary day.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.errors import BadInput
from features.call_counts import KEYS
from features.call_drivers import Drivers
from features.intervals import FloatArray
from models.effectiveness import effectiveness
from models.forecast_table import Span, forecast_table
from models.shortfall import DayPair, Situation
from models.staffing import StaffingGoal
from models.volume import VolumeModel
from models.volume_totals import ALL

CELL = [*KEYS, "starts_at"]
NEEDED = ("offered", "answered", "handle_s", "answered_in_target", "agents")


@dataclass(frozen=True)
class DayRecord:
    """What is known after the day: its rows of `call_volumes`, those of the days before, all counts, what drove them.

    The days before tell how effective agents are. With the rows of some queues only, those alone are divided.
    """

    rows: pd.DataFrame
    before: pd.DataFrame
    counts: pd.DataFrame
    drivers: Drivers

    @property
    def answered_in_time(self) -> float:
        """Share of the offered calls that were answered within the target."""
        return float(self.rows["answered_in_target"].sum() / self.rows["offered"].sum())


@dataclass(frozen=True)
class Shrinkages:
    """Share of paid time that is not on the phone: as planned, as it came."""

    planned: float
    came: float


def checked_rows(rows: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    """The day's rows of `call_volumes`; BadInput where there are none, or they lack what a shortfall needs."""
    rows = rows[rows["starts_at"].dt.normalize() == day]
    if not len(rows) or not rows["offered"].sum():
        raise BadInput(f"day: came {day:%F}, wanted a day with calls in call_volumes.")
    empty = [name for name in NEEDED if rows[name].isna().all()]
    if empty:
        raise BadInput(f"call_volumes of {day:%F} lacks {', '.join(empty)}: a shortfall is divided by what was there.")
    return rows.sort_values(CELL, ignore_index=True)


def day_pair(model: VolumeModel, record: DayRecord, goal: StaffingGoal, shrinkage: Shrinkages) -> DayPair:
    """The plan by `model`, which knows the days before, beside the record; the model is left knowing the day too."""
    day = record.rows["starts_at"].iloc[0].normalize()
    plan = _plan(model, day, goal)
    causes = _causes(plan)
    ordinary = model.without_events().forecast_days(day, 1).causes
    events = model.with_history(record.counts, record.drivers).events_came(record.counts, day)
    plan = plan[plan["queue"].isin(record.rows["queue"])]
    cells = record.rows.merge(plan, on=CELL, how="outer", sort=True).reset_index(drop=True)
    cells = cells.fillna(dict.fromkeys(["offered", "answered", "handle_s", "agents", *causes], 0.0))
    came = _came(cells, _at_cells(model, events, cells), _at_cells(model, ordinary, cells))
    came = {name: came.get(name, np.zeros(len(cells))) for name in (cause.removeprefix("cause_") for cause in causes)}
    usable = (cells["answered"] > 0) & (cells["handle_s"] > 0)
    handled = (cells["handle_s"] / cells["answered"].where(usable)).fillna(cells["aht_s"])
    usual, seconds = float(plan["aht_s"].mean()), model.interval_min * 60.0
    planned = {name.removeprefix("cause_"): cells[name].to_numpy(float) for name in causes}
    return DayPair(
        Situation(planned, cells["aht_s"].fillna(usual).to_numpy(float), _scheduled(cells), shrinkage.planned),
        Situation(came, handled.fillna(usual).to_numpy(float), _present(cells, shrinkage.came), shrinkage.came),
        goal.queue,
        seconds,
        _effective(cells, effectiveness(record.before, goal.queue, seconds)),
    )


def _effective(cells: pd.DataFrame, by_queue: dict[str, float]) -> FloatArray:
    return np.array([by_queue.get(queue, 1.0) for queue in cells["queue"]], dtype=float)


def _plan(model: VolumeModel, day: pd.Timestamp, goal: StaffingGoal) -> pd.DataFrame:
    table = forecast_table(model, Span(day, 1), goal)
    own = table[(table["queue"] != ALL) & (table["centre"] != ALL)]
    return own[[*CELL, "aht_s", "agents_scheduled", *_causes(own)]]


def _causes(table: pd.DataFrame) -> list[str]:
    return [name for name in map(str, table.columns) if name.startswith("cause_")]


def _scheduled(cells: pd.DataFrame) -> FloatArray:
    return cells["agents_scheduled"].fillna(0).to_numpy(float)


def _present(cells: pd.DataFrame, shrinkage: float) -> FloatArray:
    return cells["agents"].to_numpy(float) / (1.0 - shrinkage)


def _at_cells(model: VolumeModel, parts: dict[str, FloatArray], cells: pd.DataFrame) -> dict[str, FloatArray]:
    """(cells,) of (series, 1, intervals); 0 where the model has no such queue."""
    known = pd.MultiIndex.from_frame(model.series)
    row = known.get_indexer(pd.MultiIndex.from_frame(cells[KEYS]))
    minute = (cells["starts_at"].dt.hour * 60 + cells["starts_at"].dt.minute).to_numpy()
    found = {name: np.nan_to_num(part[row, 0, minute // model.interval_min]) for name, part in parts.items()}
    return {name: np.where(row >= 0, part, 0.0) for name, part in found.items()}


def _came(cells: pd.DataFrame, events: dict[str, FloatArray], ordinary: dict[str, FloatArray]) -> dict[str, FloatArray]:
    """Calls that came by cause: those of events, and the rest as an ordinary day divides."""
    offered = cells["offered"].to_numpy(float)
    rest = offered - np.sum(list(events.values()), axis=0)
    whole = np.sum(list(ordinary.values()), axis=0)
    ratio = np.where(whole > 0, rest / np.where(whole > 0, whole, 1.0), 0.0)
    parts = {name: part * ratio for name, part in ordinary.items()}
    parts["normal"] = parts["normal"] + np.where(whole > 0, 0.0, rest)
    none = np.zeros(len(cells))
    return {name: parts.get(name, none) + events.get(name, none) for name in parts | events}
