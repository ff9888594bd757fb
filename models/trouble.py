"""Unannounced trouble: how often, and how hard, events that nobody knew of when a day began hit a queue.

A forecast learns days without the calls of events and books those that are announced; tomorrow's outage is in neither.
Staffing meets it as scenarios beside the forecast's own, as likely and as hard as on the days that are past.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from features.event_calendar import announced_by
from features.intervals import FloatArray, Grid, IntArray
from models.event_effects import Place, lift_of
from models.volume_events import VolumeEvents

STEPS = np.array([0.0, 0.9, 0.95, 0.98, 1.0])  # of a queue's ordinary calls, those in the least trouble first
ONE_DAY = pd.Timedelta(days=1)


@dataclass(frozen=True)
class Trouble:
    """lift (series, steps): calls that trouble adds to the ordinary ones of each step of STEPS, as a share of them."""

    lift: FloatArray

    @classmethod
    def without_past(cls, series: int) -> Trouble:
        """Nothing is known of trouble: there is none."""
        return cls(np.zeros((series, len(STEPS) - 1)))

    @classmethod
    def fit(cls, added: FloatArray, load: FloatArray) -> Trouble:
        """From what trouble added to past cells and their ordinary load, (series, days, intervals) both."""
        return cls(np.array([_by_step(*pair) for pair in zip(added, load, strict=True)]).reshape(len(load), -1))

    def expected(self) -> FloatArray:
        """(series,) calls that trouble adds on average, as a share of the ordinary ones."""
        return self.lift @ np.diff(STEPS)

    def beside(self, calls: FloatArray, weight: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Scenarios (series, days, intervals, scenarios) of equal rank with their weights, those of trouble added.

        The least troubled step keeps all the scenarios of the calls, each other step is one scenario at their mean.
        """
        if not self.lift.any():
            return calls, weight
        more, share = 1.0 + self.lift[:, None, None, :], np.diff(STEPS)
        worse = (calls @ weight)[..., None] * more[..., 1:]
        return np.concatenate([calls * more[..., :1], worse], axis=-1), np.append(weight * share[0], share[1:])

    def rows(self, series: IntArray) -> Trouble:
        """Of some series by row; -1 = one without a past, like the mean of the others."""
        if not len(self.lift):
            return Trouble.without_past(len(series))
        return Trouble(np.where((series >= 0)[:, None], self.lift[series.clip(0)], self.lift.mean(axis=0)))

    def to_json(self) -> dict[str, Any]:
        """Nested lists."""
        return {"lift": self.lift.tolist()}

    @classmethod
    def from_json(cls, state: dict[str, Any]) -> Trouble:
        """What `to_json` gave."""
        return cls(np.array(state["lift"], dtype=float).reshape(-1, len(STEPS) - 1))


def unannounced(events: VolumeEvents, grid: Grid) -> FloatArray:
    """(series, days, intervals): what events added to the grid's ordinary calls before the day after they were told.

    A share of those calls, at least 0; 0 on days on which everything was announced when they began.
    """
    known = announced_by(events.drivers.events, grid.days[-1] + ONE_DAY)
    known = known[known["announced_at"] > known["starts_at"].dt.normalize()]
    added = np.zeros(grid.counts.shape)
    for row, day in enumerate(grid.days):
        late = known[(known["announced_at"] > day) & (known["starts_at"] < day + ONE_DAY)]
        if len(late):
            place = Place(grid.series, grid.days[row : row + 1], grid.interval_min, grid.counts[:, row : row + 1])
            added[:, row] = lift_of(events.effects, late.reset_index(drop=True), place).total[:, 0]
    return np.maximum(added, 0.0)


def _by_step(added: FloatArray, load: FloatArray) -> FloatArray:
    """(steps,) mean share added in each step, cells counting by their load."""
    known = np.nan_to_num(load) > 0
    if not known.any():
        return np.zeros(len(STEPS) - 1)
    order = np.argsort(added[known], kind="stable")
    calls, more = load[known][order], (added * load)[known][order]
    reached = np.append(0.0, np.cumsum(calls)) / calls.sum()
    whole = np.append(0.0, np.cumsum(more)) / calls.sum()
    return np.diff(np.interp(STEPS, reached, whole)) / np.diff(STEPS)
