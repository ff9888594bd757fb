"""The `shortfall` verb: the champion's plan of a day beside what came, divided among causes and owners."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import pandas as pd

from data.errors import BadInput
from data.known import Known, as_known
from data.lake import Lake
from features.call_counts import call_counts
from features.call_drivers import read_drivers
from features.patience import mean_patience_s
from models.cause_owners import with_owners
from models.day_after import DayRecord, Shrinkages, checked_rows, day_pair
from models.shortfall import shortfall
from models.staffing import StaffingGoal
from models.volume import VolumeModel
from serving.champions import need_champion

USES = ("call_volumes", "contacts", "events", "exposures")
DAYS_BEFORE = 28  # that tell how effective agents are and how long callers hold on


@dataclass(frozen=True)
class Asked:
    """Which day, of which queue (None: all), what was promised, and the shrinkage as it came (None: as planned)."""

    day: dt.date
    goal: StaffingGoal
    queue: str | None = None
    shrinkage_came: float | None = None


def shortfall_of(lake: Lake, asked: Asked) -> pd.DataFrame:
    """Columns part, 中文, owner, calls_planned, calls_came, points; BadInput where the lake cannot tell."""
    if not lake.has("call_volumes"):
        raise BadInput("shortfall wants the table call_volumes, with agents and answered_in_target.")
    before, after = as_known(lake, asked.day), as_known(lake, asked.day + dt.timedelta(days=1))
    model: VolumeModel = need_champion(lake.settings, "volume").model
    model.with_history(call_counts(before), read_drivers(before))
    goal = _with_patience(asked, before)
    came = asked.goal.shrinkage if asked.shrinkage_came is None else asked.shrinkage_came
    record = day_record(after, asked)
    pair = day_pair(model, record, goal, Shrinkages(goal.shrinkage, came))
    return with_owners(shortfall(pair, record.answered_in_time, goal.share), lake.settings.owners)


def day_record(after: Known, asked: Asked) -> DayRecord:
    """What was known after the day of its own rows and those of the weeks before."""
    day, volumes = pd.Timestamp(asked.day), after["call_volumes"]
    first = day - pd.Timedelta(days=DAYS_BEFORE)
    rows = volumes.filter(volumes.starts_at >= first.to_pydatetime()).to_pandas()
    if asked.queue is not None:
        known = sorted(rows["queue"].unique())
        if asked.queue not in known:
            raise BadInput(f"--queue came as {asked.queue!r}; wanted one of {', '.join(known)}")
        rows = rows[rows["queue"] == asked.queue]
    own = checked_rows(rows, day)
    return DayRecord(own, rows[rows["starts_at"] < day], call_counts(after), read_drivers(after))


def _with_patience(asked: Asked, before: Known) -> StaffingGoal:
    """The goal with the patience that the weeks before show, where none was given."""
    if asked.goal.queue.patience_s is not None:
        return asked.goal
    patience_s = mean_patience_s(before, asked.day - dt.timedelta(days=DAYS_BEFORE))
    return replace(asked.goal, queue=replace(asked.goal.queue, patience_s=patience_s))
