"""The `forecast` verb: its flags, and the champion's forecast from the calls of a lake as known at a day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import cast

import pandas as pd

from data.errors import BadInput
from data.known import as_known
from data.lake import Lake
from features.call_counts import call_counts
from features.call_drivers import read_drivers
from models.erlang import Queue, ServiceLevel
from models.forecast_table import Span, forecast_table
from models.staffing import HeldOver, StaffingGoal
from models.volume import VolumeModel
from serving.champions import need_champion
from serving.today import calls_of_day

WORDS = ("day", "month")
USES = ("call_volumes", "contacts", "events", "exposures", "usage", "bills")


def parse_moment(text: str, flag: str = "--from") -> pd.Timestamp:
    """A day or a naive local time from a flag.

    >>> parse_moment("2026-01-05T09:30")
    Timestamp('2026-01-05 09:30:00')
    """
    try:
        return pd.Timestamp(dt.datetime.fromisoformat(text).replace(tzinfo=None))
    except ValueError as error:
        raise BadInput(f"{flag} came as {text!r}; wanted a day or time like 2026-01-05 or 2026-01-05T09:00") from error


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
    """The staffing flags as they are typed: `0.8,30[,DEFINITION]`, a share, seconds or None, a share or `none`."""

    service_level: str = "0.8,30"
    shrinkage: float = 0.30
    patience_s: float | None = None
    max_occupancy: str = "0.85"
    promise: str = "interval"

    def goal(self) -> StaffingGoal:
        """The staffing goal; BadInput names the flag that is wrong.

        >>> GoalFlags(service_level="0.9,20,of_answered").goal().queue
        Queue(within_s=20.0, patience_s=None, definition='of_answered')
        """
        share, seconds, definition = self._level()
        try:
            cap = None if self.max_occupancy == "none" else float(self.max_occupancy)
        except ValueError as error:
            raise BadInput(f"--max-occupancy came as {self.max_occupancy!r}; wanted a share or none") from error
        queue = Queue(seconds, self.patience_s, cast(ServiceLevel, definition))
        return StaffingGoal(share, queue, cap, self.shrinkage, cast(HeldOver, self.promise))

    def _level(self) -> tuple[float, float, str]:
        words = self.service_level.split(",")
        try:
            share, seconds = map(float, words[:2])
        except ValueError as error:
            came = f"--service-level came as {self.service_level!r}"
            raise BadInput(f"{came}; wanted SHARE,SECONDS[,DEFINITION]: 0.8,30 or 0.8,30,of_answered") from error
        return share, seconds, ",".join(words[2:]) or "of_offered"


def forecast_lake(lake: Lake, as_of: dt.date, span: Span, goal: StaffingGoal) -> pd.DataFrame:
    """The champion's forecast from the calls that were known at the as-of: `models.forecast_table`'s columns."""
    model: VolumeModel = need_champion(lake.settings, "volume").model
    known = as_known(lake, as_of)
    model.with_history(call_counts(known), read_drivers(known))
    if span.seen is None and span.start > span.start.normalize() >= pd.Timestamp(as_of):
        span = replace(span, seen=calls_of_day(lake, span.start))
    return forecast_table(model, span, goal)
