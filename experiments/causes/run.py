"""Calls by cause on embedded operators, beside the hidden truth of every call, and what knowing events is worth.

For each seed, on queue-days of which a cause truly carries more than a tenth of the calls: its calls as booked the day
after, and as forecast a day ahead by a model that was fitted before all of these days. Also the error of that forecast
beside the same model's without events, and how exactly the parts of a shortfall add up. Sd is over seeds.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from data.console import print_table, say, track
from data.known import as_known
from data.lake import Lake, open_lake
from data.settings import load_settings
from data.simulate import simulate
from features.call_counts import call_counts
from features.call_drivers import Drivers, read_drivers
from features.event_calendar import CAUSES, read_events
from features.intervals import FloatArray
from features.volume_history import Calendar
from models.day_after import DayRecord, Shrinkages, checked_rows, day_pair
from models.erlang import Queue
from models.event_fit import fit_events
from models.shortfall import shortfall
from models.staffing import StaffingGoal
from models.volume import VolumeModel, counts_grid

MONTHS, CUSTOMERS = 15, 2000
TEST_DAYS = 63
SHORTFALL_EVERY = 12
LARGE = 0.10  # of a queue's calls of a day
NEAR = 0.25
CAUSES_TOLD = (*CAUSES, "holiday")
USES = ("call_volumes", "contacts", "events", "exposures")
PATIENCE_S = 240.0


@dataclass(frozen=True)
class Operator:
    """One seed's lake: its counts, what drives them, the truth by queue, day and cause."""

    lake: Lake
    counts: pd.DataFrame
    drivers: Drivers
    truth: pd.DataFrame
    calendar: Calendar

    @property
    def end(self) -> pd.Timestamp:
        """The day after the last."""
        return self.counts["starts_at"].max().normalize() + pd.Timedelta(days=1)


def operator_of(seed: int, folder: Path) -> Operator:
    """Simulate and read."""
    simulate(customers=CUSTOMERS, months=MONTHS, seed=seed, out=folder)
    settings = load_settings(lake=folder / "lake", var=folder / "var")
    lake = open_lake(settings.lake, settings, uses=USES)
    known = as_known(lake, lake.default_as_of())
    truth = pd.read_parquet(folder / "truth" / "call_causes.parquet")
    truth["day"] = pd.to_datetime(truth["starts_at"]).dt.normalize()
    daily = truth.pivot_table("calls", ["queue", "day"], "cause", aggfunc="sum", fill_value=0.0)
    return Operator(lake, call_counts(known), read_drivers(known), daily, Calendar(settings.country))


def booked_after(operator: Operator) -> pd.DataFrame:
    """Calls of events by queue, day and cause, as booked with all that is known at the end."""
    grid = counts_grid(operator.counts, 30)
    learned = fit_events(grid, operator.drivers.events, operator.calendar.regular(grid.days))
    share = grid.counts / (1.0 + learned.lift.total)
    return _by_queue(grid.series, grid.days, {c: share * part for c, part in learned.lift.causes.items()})


def rolled(operator: Operator, drivers: Drivers) -> tuple[pd.DataFrame, pd.DataFrame, list[float]]:
    """Day-ahead forecasts of the last days: by queue, day and cause; by cell; and how far shortfalls fail to add up."""
    first = operator.end - pd.Timedelta(days=TEST_DAYS)
    early = as_known(operator.lake, first.date())
    known = Drivers(read_events(early), read_drivers(early).followers) if len(drivers.events) else Drivers()
    before = operator.counts[operator.counts["starts_at"] < first]
    model = VolumeModel(operator.calendar).fit(before, drivers=known)
    booked, cells, gaps = [], [], []
    for number, day in enumerate(track(list(pd.date_range(first, operator.end, inclusive="left")), "days ahead")):
        model.with_history(
            operator.counts[operator.counts["starts_at"] < day], Drivers(drivers.events, known.followers)
        )
        ahead = model.forecast_days(day, 1)
        booked.append(_by_queue(model.series, ahead.pairs.target, ahead.causes))
        cells.append(_cells(model.series, day, ahead.median))
        if len(drivers.events) and number % SHORTFALL_EVERY == 0:
            gaps.append(_gap(operator, model, day))
    return pd.concat(booked), pd.concat(cells), gaps


def _gap(operator: Operator, model: VolumeModel, day: pd.Timestamp) -> float:
    """By how many points the parts of a day's shortfall miss the whole."""
    after = as_known(operator.lake, (day + pd.Timedelta(days=1)).date())
    rows = after["call_volumes"].to_pandas()
    earlier = rows[(rows["starts_at"] < day) & (rows["starts_at"] >= day - pd.Timedelta(days=28))]
    record = DayRecord(checked_rows(rows, day), earlier, call_counts(after), read_drivers(after))
    goal = StaffingGoal(queue=Queue(30.0, PATIENCE_S))
    parts = shortfall(day_pair(model, record, goal, Shrinkages(0.3, 0.3)), record.answered_in_time, goal.share)
    return abs(float(parts["points"].sum()) - 100 * (goal.share - record.answered_in_time))


def _by_queue(series: pd.DataFrame, days: pd.DatetimeIndex, parts: dict[str, FloatArray]) -> pd.DataFrame:
    keys = pd.MultiIndex.from_product([series["queue"], days], names=["queue", "day"])
    daily = {cause: np.nansum(np.asarray(part), axis=2).reshape(-1) for cause, part in parts.items()}
    return pd.DataFrame(daily, index=keys).groupby(level=["queue", "day"]).sum()


def _cells(series: pd.DataFrame, day: pd.Timestamp, median: FloatArray) -> pd.DataFrame:
    count = median.shape[2]
    starts = day + pd.to_timedelta(np.arange(count) * (24 * 60 // count), unit="min")
    keys = series.loc[np.repeat(np.arange(len(series)), count)].reset_index(drop=True)
    return keys.assign(starts_at=np.tile(starts.to_numpy(), len(series)), forecast=median[:, 0].reshape(-1))


def recovery(found: pd.DataFrame, truth: pd.DataFrame) -> pd.DataFrame:
    """By cause, over queue-days that it truly carries: median of found / true, median error, share within 25 %."""
    whole, rows = truth.sum(axis=1), []
    every: list[pd.Series] = []
    for cause in [name for name in CAUSES_TOLD if name in found and name in truth]:
        true = truth[cause].reindex(found.index)
        large = true.abs() > LARGE * whole.reindex(found.index)
        every.append((found[cause] / true)[large])
        rows.append(_row(cause, every[-1]))
    planned = [part for cause, part in zip(CAUSES_TOLD, every, strict=False) if cause not in ("outage", "holiday")]
    return pd.DataFrame([*rows, _row("all planned", pd.concat(planned)), _row("all", pd.concat(every))])


def _row(cause: str, ratio: pd.Series) -> dict[str, object]:
    within = ((ratio - 1).abs() <= NEAR).mean() if len(ratio) else np.nan
    error = (ratio - 1).abs().median() if len(ratio) else np.nan
    middle = ratio.median() if len(ratio) else np.nan
    return {"cause": cause, "days": len(ratio), "ratio": middle, "median_error": error, "within_25": within}


def errors(cells: dict[str, pd.DataFrame], operator: Operator) -> pd.DataFrame:
    """WAPE of the day-ahead forecast with and without events: on days an event carries, on others, on all."""
    whole = operator.truth.sum(axis=1)
    moved = operator.truth[[c for c in (*CAUSES, "other") if c in operator.truth]].max(axis=1) > LARGE * whole
    rows = []
    for name, table in cells.items():
        both = table.merge(operator.counts, on=["queue", "centre", "starts_at"])
        key = pd.MultiIndex.from_arrays([both["queue"], both["starts_at"].dt.normalize()])
        event = moved.reindex(key).fillna(value=False).to_numpy(bool)
        for part, chosen in (("event days", event), ("other days", ~event), ("all days", event | True)):
            miss = (both["forecast"] - both["offered"]).abs()[chosen].sum() / both["offered"][chosen].sum()
            rows.append({"queue_days": part, "model": name, "wape": miss})
    return pd.DataFrame(rows)


def one_seed(seed: int, folder: Path) -> dict[str, pd.DataFrame]:
    """The tables of one operator."""
    operator = operator_of(seed, folder)
    booked, cells, gaps = rolled(operator, operator.drivers)
    plain = rolled(operator, Drivers())[1]
    return {
        "the day after": recovery(booked_after(operator), operator.truth),
        "a day ahead": recovery(booked, operator.truth),
        "error": errors({"with events": cells, "without events": plain}, operator),
        "shortfall": pd.DataFrame([{"days": len(gaps), "largest_gap_points": max(gaps)}]),
    }


def over_seeds(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Mean and sd over seeds; days are added up."""
    joined = pd.concat(tables)
    keys = [str(name) for name in joined if joined[name].dtype == object]
    joined = joined if keys else joined.assign(all="all")
    grouped = joined.groupby(keys or ["all"], sort=False)
    columns: dict[str, pd.Series] = {}
    for name in [str(n) for n in joined if n not in (*keys, "all")]:
        columns[name] = grouped[name].sum() if name == "days" else grouped[name].mean()
        if name != "days":
            columns[f"{name}_sd"] = grouped[name].std()
    return pd.DataFrame(columns).reset_index()


def main() -> None:
    """Run the seeds, print the tables, write them as JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="411,412")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    found = []
    for seed in map(int, asked.seeds.split(",")):
        say(f"operator of seed {seed}")
        found.append(one_seed(seed, Path("var") / "causes" / str(seed)))
    tables = {name: over_seeds([each[name] for each in found]) for name in found[0]}
    for name, table in tables.items():
        print_table(table, name)
    if asked.json:
        records = {name: json.loads(table.to_json(orient="records")) for name, table in tables.items()}
        asked.json.write_text(json.dumps({"tables": records}, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
