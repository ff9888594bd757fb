"""How well each queue will answer: the forecast of its calls against the agents who usually sit there.

Published beside the labels, so that a decision only looks the rate up (`[popup] busy_below`). Rates measured during the
day come from the telephone system as a CSV and count before the forecast's. A lake without `call_volumes.agents` has
no usual agents, hence no forecast rates, and no queue is busy.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pandas as pd
from ibis import _

from data.errors import BadInput
from data.known import Known, as_known
from data.lake import Lake
from data.store import Store
from models.forecast_table import Span
from models.staffing import StaffingGoal
from serving.forecast_verb import forecast_lake

USUAL_DAYS = 28  # of which the mean agents of the same weekday and time are taken
DAYS_AHEAD = 35  # a month, and some days for the monthly job to run
RATE_COLUMNS = ("queue", "starts_at", "ends_at", "answer_rate")
FORECAST, MEASURED = "forecast", "measured"
TOTAL = "ALL"


def publish_forecast_rates(lake: Lake, as_of: dt.date, store: Store, days: int = DAYS_AHEAD) -> int:
    """Put the forecast rates of the days from the as-of into the store; how many intervals there are."""
    agents = usual_agents(as_known(lake, as_of)).to_pandas() if lake.has("call_volumes") else pd.DataFrame()
    rates: list[dict[str, Any]] = []
    if len(agents):
        span = Span(pd.Timestamp(as_of), days, None)
        rates = _rows(forecast_rates(forecast_lake(lake, as_of, span, StaffingGoal()), agents, StaffingGoal()))
    store.put_answer_rates(FORECAST, rates)
    return len(rates)


def usual_agents(known: Known) -> ibis.Table:
    """queue, centre, weekday (0 = Monday), minute (of the day), agents: means of the last 28 days."""
    since = dt.datetime.combine(known.as_of, dt.time()) - dt.timedelta(days=USUAL_DAYS)
    rows = known["call_volumes"].filter(_.starts_at >= since).drop_null("agents")
    minute = _.starts_at.hour() * 60 + _.starts_at.minute()
    weekday = _.starts_at.day_of_week.index()
    return rows.group_by("queue", "centre", weekday=weekday, minute=minute).aggregate(agents=_.agents.mean())


def forecast_rates(forecast: pd.DataFrame, agents: pd.DataFrame, goal: StaffingGoal) -> pd.DataFrame:
    """RATE_COLUMNS of each queue: the share answered within the goal's seconds, weighted by the centres' calls.

    `forecast`: queue, centre, starts_at, mean, aht_s in one interval length; without usual agents it is left out.
    """
    own = forecast[(forecast["queue"] != TOTAL) & (forecast["centre"] != TOTAL)]
    at = pd.to_datetime(own["starts_at"])
    own = own.assign(starts_at=at, weekday=at.dt.weekday, minute=at.dt.hour * 60 + at.dt.minute)
    rows = own.merge(agents, on=["queue", "centre", "weekday", "minute"])
    step = at.drop_duplicates().sort_values().diff().min()
    load = rows["mean"] * rows["aht_s"] / step.total_seconds()
    level = goal.queue.line(rows["agents"].to_numpy(), load.to_numpy(), rows["aht_s"].to_numpy()).service_level
    rows = rows.assign(answered=level * rows["mean"])
    summed = rows.groupby(["queue", "starts_at"], as_index=False)[["answered", "mean"]].sum()
    rate = np.where(summed["mean"] > 0, summed["answered"] / summed["mean"].where(summed["mean"] > 0), 1.0)
    return summed.assign(ends_at=summed["starts_at"] + step, answer_rate=np.clip(rate, 0, 1))[list(RATE_COLUMNS)]


def publish_measured_rates(path: Path, store: Store) -> int:
    """Put the rates of a CSV with RATE_COLUMNS into the store, in place of those measured before; how many rows."""
    wanted = f"wanted a CSV with {', '.join(RATE_COLUMNS)}"
    try:
        frame = pd.read_csv(path, dtype={"queue": str}, parse_dates=["starts_at", "ends_at"], encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise BadInput(f"the measured rates {path} cannot be read: {error}; {wanted}") from error
    missing = [name for name in RATE_COLUMNS if name not in frame]
    if missing:
        raise BadInput(f"the measured rates {path} lack {', '.join(missing)}; {wanted}")
    sound = frame["answer_rate"].between(0, 1) & (frame["ends_at"] > frame["starts_at"])
    if not sound.all():
        line = int(np.flatnonzero(~sound)[0]) + 2
        raise BadInput(f"the measured rates {path}: line {line} has no rate from 0 to 1 of a span of time; {wanted}")
    rows = _rows(frame.drop_duplicates(["queue", "starts_at"], keep="last"))
    store.put_answer_rates(MEASURED, rows)
    return len(rows)


def _rows(rates: pd.DataFrame) -> list[dict[str, Any]]:
    records = rates[list(RATE_COLUMNS)].to_dict("records")
    times = ("starts_at", "ends_at")
    return [{str(k): v.to_pydatetime() if k in times else v for k, v in row.items()} for row in records]
