"""The table that planners get: calls with quantiles, handle time, agents and causes per queue, centre and interval.

`ALL` stands for every queue or every centre. Means, causes and agents of totals are the sums of their parts; quantiles
are not (queues and hours err together), they come from joint scenarios of the parts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from data.errors import BadInput
from features.intervals import MINUTES_A_DAY, FloatArray, IntArray
from models.forecast_cells import ForecastCells
from models.forecast_totals import Grain, interval_quantiles, month_numbers, month_quantiles
from models.handle_spread import handle_scenarios
from models.staffing import Demand, StaffingGoal, staff
from models.staffing_day import agents_together
from models.storm_plan import storm_forecast
from models.volume import DayForecast, VolumeModel, levels
from models.volume_totals import coarser

QUANTILES = {"q025": 0.025, "q10": 0.1, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q90": 0.9, "q975": 0.975}
STAFF = ["agents_on_phone", "agents_scheduled", "service_level", "occupancy"]
HOURS = "agent_hours"  # of days and months: agents scheduled x hours, over all their intervals
KEY = ["queue", "centre", "starts_at"]
Plan = Literal["base", "storm"]


@dataclass(frozen=True)
class Span:
    """Which rows are wanted. `interval`: minutes, `day`, `month`, or None = as the data; `quantiles`: name to share.

    A start inside a day is told from the calls that have come until then: `seen` (queue, centre, starts_at, offered),
    or else those in the model's history; `whole`: a queue and centre without a row there had no call, else it is not
    known (`seen_calls`). `plan` storm: what each day would bring and need as a storm day.
    """

    start: pd.Timestamp
    days: int
    interval: int | str | None = None
    quantiles: dict[str, float] = field(default_factory=lambda: dict(QUANTILES))
    seen: pd.DataFrame | None = field(default=None, compare=False)
    plan: Plan = "base"
    whole: bool = True


def forecast_table(model: VolumeModel, span: Span, goal: StaffingGoal | None = None) -> pd.DataFrame:
    """One row per queue, centre and open interval from `span.start` on, totals included, sorted by key.

    Columns: queue, centre, starts_at, mean, quantiles, aht_s, agents_on_phone, agents_scheduled, service_level,
    occupancy, cause_*. For a day or month, agents are those of its busiest interval, `agent_hours` (hours of those
    scheduled, before cause_*) adds up all its intervals, and the service level is weighted by calls. BadInput for an
    interval finer than the data, or a span that is empty.
    """
    minutes = _minutes(model, span)
    days = model.forecast_days(span.start, span.days)
    cells = _cells_of(model, days, span)
    parts = _staffed_parts(model, cells, goal or StaffingGoal())
    table = _summed(model, cells, parts, minutes)
    if span.interval == "month":
        table = _by_month(table[~table["mean"].isna()])
        table = table.merge(_month_columns(model, cells, span.quantiles), on=KEY)
    else:
        table = pd.concat([table, _quantile_columns(model, cells, minutes, span.quantiles)], axis=1)
        table = table[~table["mean"].isna() & (table["starts_at"] >= span.start.floor(f"{minutes}min"))]
    return _tidy(table, span.quantiles)


def _cells_of(model: VolumeModel, days: DayForecast, span: Span) -> ForecastCells:
    spread = model.spread()
    begun = days.pairs.target[0] == span.start.normalize() < span.start
    told = storm_forecast(days, spread.storms) if span.plan == "storm" else days
    seen = model.seen(span.start, span.seen, span.whole) if begun else None
    return ForecastCells(told, spread, None if seen is None else _without_closed(seen, days.median[:, 0]))


def _without_closed(seen: FloatArray, told: FloatArray) -> FloatArray:
    """(series, intervals) both: no calls of a closed interval (NaN in `told`) are nothing that was seen."""
    return np.where(np.isnan(told) & (seen == 0), np.nan, seen)


def _minutes(model: VolumeModel, span: Span) -> int:
    if span.days < 1:
        raise BadInput(f"days: came {span.days}, wanted at least 1.")
    known = levels(model.interval_min)
    wanted = model.interval_min if span.interval is None else span.interval
    minutes = MINUTES_A_DAY if wanted in ("day", "month") else wanted
    if minutes not in known:
        choices = ", ".join([*(str(m) for m in known if m < MINUTES_A_DAY), "day", "month"])
        raise BadInput(f"interval: came {span.interval}, wanted one of {choices}: the data are {known[0]} minutes.")
    return int(minutes)


@dataclass(frozen=True)
class _Parts:
    """(series, days, intervals) of the model's own interval."""

    mean: FloatArray
    handle_s: FloatArray
    staff: dict[str, FloatArray]
    causes: dict[str, FloatArray]


def _staffed_parts(model: VolumeModel, cells: ForecastCells, goal: StaffingGoal) -> _Parts:
    days, mean = cells.days, cells.mean()
    handle_s = np.broadcast_to(days.handle_s[:, None], mean.shape)
    usable = ~np.isnan(cells.expected()) & ~np.isnan(handle_s)
    demand = _demand(cells, handle_s, usable, model.interval_min * 60.0)
    plan = staff(demand, goal, agents_together(demand, goal, _day_of(usable)) if goal.held_over == "day" else None)
    staffed = {name: np.full(mean.shape, np.nan) for name in STAFF}
    for name in STAFF:
        staffed[name][usable] = plan[name]
    growth = np.where(days.median > 0, mean / np.where(days.median > 0, days.median, 1.0), 0.0)
    causes = {f"cause_{name}": part * growth for name, part in days.causes.items()}
    causes["cause_normal"] = causes["cause_normal"] + np.where(days.median > 0, 0.0, mean)
    trouble = cells.unannounced(mean)
    causes["cause_outage"] = causes.get("cause_outage", 0.0) + trouble
    return _Parts(mean + trouble, handle_s, staffed, causes)


def _day_of(usable: np.ndarray) -> IntArray:
    """(usable cells,) a number for each series and day."""
    return np.nonzero(usable.reshape(-1, usable.shape[2]))[0].astype(np.int64)


def _demand(cells: ForecastCells, handle_s: FloatArray, usable: np.ndarray, interval_s: float) -> Demand:
    """Every scenario of the calls with every scenario of the day's handle time."""
    every, weight = cells.scenarios()
    calls = every[usable]
    spread = np.broadcast_to(cells.days.handle_spread[:, None, None], handle_s.shape)[usable]
    if not (spread > 0).any():
        return Demand(calls, weight, handle_s[usable], interval_s)
    factor, handle_weight = handle_scenarios(spread)
    seconds = handle_s[usable][:, None] * factor
    each = (len(calls), len(weight) * len(handle_weight))
    calls, seconds = np.broadcast_arrays(calls[:, :, None], seconds[:, None, :])
    return Demand(calls.reshape(each), np.outer(weight, handle_weight).reshape(-1), seconds.reshape(each), interval_s)


def _summed(model: VolumeModel, cells: ForecastCells, parts: _Parts, minutes: int) -> pd.DataFrame:
    def add(values: FloatArray) -> FloatArray:
        return coarser(model.groups.total(values), model.interval_min, minutes)

    def busiest(values: FloatArray) -> FloatArray:
        return _highest(model.groups.total(values), model.interval_min, minutes)

    mean = add(parts.mean)
    agents, served = add(parts.staff["agents_on_phone"]), parts.staff["service_level"] * parts.mean
    columns = {
        "mean": mean,
        "aht_s": _ratio(add(parts.mean * parts.handle_s), mean),
        "agents_on_phone": busiest(parts.staff["agents_on_phone"]),
        "agents_scheduled": busiest(parts.staff["agents_scheduled"]),
        "service_level": _ratio(add(served), add(np.where(np.isnan(served), np.nan, parts.mean))),
        "occupancy": _ratio(add(parts.staff["occupancy"] * parts.staff["agents_on_phone"]), agents),
        **{name: add(values) for name, values in parts.causes.items()},
    }
    if minutes == MINUTES_A_DAY:
        columns[HOURS] = add(parts.staff["agents_scheduled"]) * model.interval_min / 60
    frame = _cells(model, cells.days, mean.shape, minutes)
    return frame.assign(**{name: values.reshape(-1) for name, values in columns.items()})


def _quantile_columns(model: VolumeModel, cells: ForecastCells, minutes: int, wanted: dict[str, float]) -> pd.DataFrame:
    shares = np.array(list(wanted.values()))
    values = interval_quantiles(cells, model.groups, Grain(model.interval_min, minutes), shares)
    return pd.DataFrame({name: values[row].reshape(-1) for row, name in enumerate(wanted)})


def _month_columns(model: VolumeModel, cells: ForecastCells, wanted: dict[str, float]) -> pd.DataFrame:
    targets = cells.days.pairs.target
    values = month_quantiles(cells, model.groups, month_numbers(targets), np.array(list(wanted.values())))
    starts = np.unique(targets.to_period("M").to_timestamp().to_numpy()).astype("datetime64[us]")
    keys = model.groups.keys.loc[np.repeat(np.arange(values.shape[1]), len(starts))].reset_index(drop=True)
    keys = keys.assign(starts_at=np.tile(starts, values.shape[1]))
    return keys.assign(**{name: values[row].reshape(-1) for row, name in enumerate(wanted)})


def _cells(model: VolumeModel, days: DayForecast, shape: tuple[int, ...], minutes: int) -> pd.DataFrame:
    offset = pd.to_timedelta(np.arange(shape[2]) * minutes, unit="min")
    starts = days.pairs.target.to_numpy()[:, None] + offset.to_numpy()[None]
    keys = model.groups.keys.loc[np.repeat(np.arange(shape[0]), shape[1] * shape[2])].reset_index(drop=True)
    return keys.assign(starts_at=np.broadcast_to(starts, shape).reshape(-1).astype("datetime64[us]"))


def _highest(values: FloatArray, own_min: int, minutes: int) -> FloatArray:
    blocks = values.reshape(*values.shape[:-1], MINUTES_A_DAY // minutes, minutes // own_min)
    highest = np.where(np.isnan(blocks), -np.inf, blocks).max(axis=-1)
    return np.where(np.isinf(highest), np.nan, highest)


def _ratio(part: FloatArray, whole: FloatArray) -> FloatArray:
    return np.where(whole > 0, part / np.where(whole > 0, whole, 1.0), np.nan)


def _by_month(table: pd.DataFrame) -> pd.DataFrame:
    table = table.assign(starts_at=table["starts_at"].dt.to_period("M").dt.start_time.astype("datetime64[us]"))
    weighted = ["aht_s", "service_level", "occupancy"]
    table[weighted] = table[weighted].mul(table["mean"], axis=0)
    sums = ["mean", *weighted, *_causes(table)]
    how = dict.fromkeys(sums, "sum") | {"agents_on_phone": "max", "agents_scheduled": "max"}
    months = table.groupby(KEY, as_index=False).agg(how)
    months[HOURS] = table.groupby(KEY)[HOURS].sum(min_count=1).to_numpy()
    months[weighted] = months[weighted].div(months["mean"].where(months["mean"] > 0), axis=0)
    return months


def _tidy(table: pd.DataFrame, quantiles: dict[str, float]) -> pd.DataFrame:
    hours = [HOURS] if HOURS in table else []
    order = [*KEY, "mean", *quantiles, "aht_s", *STAFF, *hours, *_causes(table)]
    table = table[order].sort_values(KEY, ignore_index=True)
    return table.astype({"agents_on_phone": "Int64", "agents_scheduled": "Int64"})


def _causes(table: pd.DataFrame) -> list[str]:
    return [name for name in map(str, table.columns) if name.startswith("cause_")]
