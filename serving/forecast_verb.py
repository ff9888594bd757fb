"""The `forecast` verb: its flags, and the champion's forecast from the calls of a lake as known at a day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd

from data.errors import BadInput
from data.known import as_known
from data.lake import Lake
from features.call_counts import call_counts
from features.call_drivers import read_drivers
from models.erlang import Queue
from models.forecast_table import Span, forecast_table
from models.staffing import StaffingGoal
from models.volume import VolumeModel
from serving.champions import need_champion

WORDS = ("day", "month")
USES = ("call_volumes", "contacts", "events", "exposures", "usage", "bills")


def parse_moment(text: str) -> pd.Timestamp:
    """A day or a naive local time from the flag `--from`.

    >>> parse_moment("2026-01-05T09:30")
    Timestamp('2026-01-05 09:30:00')
    """
    try:
        return pd.Timestamp(dt.datetime.fromisoformat(text).replace(tzinfo=None))
    except ValueError as error:
        raise BadInput(f"--from came as {text!r}; wanted a day or time like 2026-01-05 or 2026-01-05T09:00") from error


def parse_interval(text: str | None) -> int | str | None:
    """Minutes, `day`, `month`, or None for the data's own, from the flag `--interval`.

    >>> parse_interval("30"), parse_interval("day")
    (30, 'day')
    """
    if text is None or text in WORDS:
        return text
    if not text.isdigit():
        raise BadInput(f"--interval came as {text!r}; wanted 5, 15, 30, 60, day or month")
    return int(text)


@dataclass(frozen=True)
class GoalFlags:
    """The staffing flags as they are typed: `0.8,30`, a share, seconds or None, a share or `none`."""

    service_level: str = "0.8,30"
    shrinkage: float = 0.30
    patience_s: float | None = None
    max_occupancy: str = "0.85"

    def goal(self) -> StaffingGoal:
        """The staffing goal; BadInput names the flag that is wrong.

        >>> GoalFlags(service_level="0.9,20").goal().queue.within_s
        20.0
        """
        try:
            share, seconds = map(float, self.service_level.split(","))
        except ValueError as error:
            raise BadInput(f"--service-level came as {self.service_level!r}; wanted SHARE,SECONDS: 0.8,30") from error
        try:
            cap = None if self.max_occupancy == "none" else float(self.max_occupancy)
        except ValueError as error:
            raise BadInput(f"--max-occupancy came as {self.max_occupancy!r}; wanted a share or none") from error
        return StaffingGoal(share, Queue(within_s=seconds, patience_s=self.patience_s), cap, self.shrinkage)


def forecast_lake(lake: Lake, as_of: dt.date, span: Span, goal: StaffingGoal) -> pd.DataFrame:
    """The champion's forecast from the calls that were known at the as-of: `models.forecast_table`'s columns."""
    model: VolumeModel = need_champion(lake.settings, "volume").model
    known = as_known(lake, as_of)
    model.with_history(call_counts(known), read_drivers(known))
    return forecast_table(model, span, goal)
