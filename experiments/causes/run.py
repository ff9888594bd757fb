"""Calls by cause on embedded operators, beside the hidden truth of every call, and what knowing events is worth.

For each seed, on queue-days (and days over all queues) of which a cause truly carries more than a tenth of the calls:
its calls as booked in hindsight (effects learned from all days), as booked the day after and as forecast a day ahead by
a model that was fitted before all of the last days. Beside them stands one who knows every cause's expected calls and
misses only by the chance of single calls. Calls that come again (complaints) carry a tenth on most days: they have a
row of their own and are not among "all". Also the error of the forecast beside the same model's without events, and how
exactly the parts of a shortfall add up. Sd is over seeds.
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
from features.call_drivers import FOLLOWERS, Drivers, read_drivers
from features.event_calendar import CAUSES, read_events
from features.intervals import FloatArray, Grid
from features.volume_history import Calendar
from models.day_after import DayRecord, Shrinkages, checked_rows, day_pair
from models.erlang import Queue
from models.event_fit import fit_events
from models.shortfall import shortfall
from models.staffing import StaffingGoal
from models.volume import VolumeModel, counts_grid

MONTHS, CUSTOMERS = 15, 100_000
TEST_DAYS = 92
SHORTFALL_EVERY = 12
LARGE = 0.10  # of a queue's calls of a day
NEAR = 0.25
CAUSES_TOLD = (*CAUSES, "holiday", *FOLLOWERS)
USES = ("call_volumes", "contacts", "events", "exposures")
PATIENCE_S = 240.0
SIZES = (20.0, 50.0, 100.0, 500.0)  # true calls of a cause on a queue-day, by which the table of sizes is cut


@dataclass(frozen=True)
class Operator:
    """One seed's lake: its counts, what drives them; calls and expected calls by queue, day and cause."""

    lake: Lake
    counts: pd.DataFrame
    drivers: Drivers
    truth: pd.DataFrame
    expected: pd.DataFrame
    calendar: Calendar

    @property
    def end(self) -> pd.Timestamp:
        """The day after the last."""
        return self.counts["starts_at"].max().normalize() + pd.Timedelta(days=1)


def operator_of(seed: int, folder: Path) -> Operator:
    """Simulate and read."""
    if not (folder / "truth" / "call_rates.parquet").is_file():
        simulate(customers=CUSTOMERS, months=MONTHS, seed=seed, out=folder)
    settings = load_settings(lake=folder / "lake", var=folder / "var")
    lake = open_lake(settings.lake, settings, uses=USES)
    known = as_known(lake, lake.default_as_of())
    truth, rates = (pd.read_parquet(folder / "truth" / f"call_{name}.parquet") for name in ("causes", "rates"))
    truth = truth.merge(rates, on=["queue", "centre", "starts_at"])
    truth = truth.assign(
        day=truth["starts_at"].dt.normalize(), expected=truth["mean_calls"] * truth["rate"] / truth["mean_rate"]
    )
    daily, expected = (
        truth.pivot_table(name, ["queue", "day"], "cause", aggfunc="sum", fill_value=0.0)
        for name in ("calls", "expected")
    )
    return Operator(lake, call_counts(known), read_drivers(known), daily, expected, Calendar(settings.country))


def in_hindsight(operator: Operator) -> pd.DataFrame:
    """Calls by queue, day and cause, as booked with all that is known at the end; of what no event brought, repeats."""
    grid = counts_grid(operator.counts, 30)
    learned = fit_events(grid, operator.drivers.events, operator.calendar.unusual(grid.days))
    came = learned.came(grid)
    return _by_queue(grid.series, grid.days, came | _repeats(operator.drivers, grid, grid.counts - sum(came.values())))


def _repeats(drivers: Drivers, grid: Grid, rest: FloatArray) -> dict[str, FloatArray]:
    """Calls that follow on something, as their share of the calls that no event brought."""
    share = drivers.followers.pivot_table("share", "queue", "cause").reindex(grid.series["queue"]).fillna(0.0)
    return {str(cause): rest * share[cause].to_numpy()[:, None, None] for cause in share}


@dataclass
class Rolled:
    """The last days one by one: calls by queue, day and cause ahead and after, forecasts by cell, shortfalls' gaps."""

    ahead: list[pd.DataFrame]
    after: list[pd.DataFrame]
    cells: list[pd.DataFrame]
    gaps: list[float]


def rolled(operator: Operator, drivers: Drivers) -> Rolled:
    """Forecasts of each day from its start, and what came as booked at its end; the model is fitted before them all."""
    first = operator.end - pd.Timedelta(days=TEST_DAYS)
    early = as_known(operator.lake, first.date())
    known = Drivers(read_events(early), read_drivers(early).followers) if len(drivers.events) else Drivers()
    before = operator.counts[operator.counts["starts_at"] < first]
    model = VolumeModel(operator.calendar).fit(before, drivers=known)
    told = Rolled([], [], [], [])
    for number, day in enumerate(track(list(pd.date_range(first, operator.end, inclusive="left")), "days ahead")):
        until = operator.counts[operator.counts["starts_at"] < day + pd.Timedelta(days=1)]
        now = Drivers(drivers.events, known.followers)
        model.with_history(until[until["starts_at"] < day], now)
        ahead = model.forecast_days(day, 1)
        told.ahead.append(_by_queue(model.series, ahead.pairs.target, ahead.causes))
        told.cells.append(_cells(model.series, day, ahead.median))
        if len(drivers.events):
            if number % SHORTFALL_EVERY == 0:
                told.gaps.append(_gap(operator, model, day))
            came = model.with_history(until, now).events_came(until, day)
            told.after.append(_by_queue(model.series, ahead.pairs.target, came))
    return told


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
    cases = carried(found, truth)
    of_events = ~cases["cause"].isin(FOLLOWERS)
    planned = of_events & ~cases["cause"].isin(["outage", "holiday"])
    parts = {str(cause): rows for cause, rows in cases.groupby("cause", sort=False)}
    parts |= {"all planned": cases[planned], "all": cases[of_events]}
    return pd.DataFrame([_row(name, rows) for name, rows in parts.items()])


def carried(found: pd.DataFrame, truth: pd.DataFrame) -> pd.DataFrame:
    """The cases: cause, true calls, ratio found / true, on rows of `found` of which the cause is a large part."""
    whole, parts = truth.sum(axis=1).reindex(found.index), []
    for cause in [name for name in CAUSES_TOLD if name in found and name in truth]:
        true = truth[cause].reindex(found.index)
        large = true.abs() > LARGE * whole
        parts.append(pd.DataFrame({"cause": cause, "true": true[large], "ratio": (found[cause] / true)[large]}))
    return pd.concat(parts, ignore_index=True)


def by_size(found: pd.DataFrame, operator: Operator) -> pd.DataFrame:
    """The same by how many calls the cause truly brought, ours beside who knows each cause's expected calls."""
    rows = []
    for name, booked in {"ours": found, "expected calls known": operator.expected.reindex(found.index)}.items():
        cases = carried(booked, operator.truth)
        cases = cases[cases["cause"].isin(CAUSES) & cases["cause"].isin(found.columns)]
        size = np.searchsorted(np.array(SIZES), cases["true"].abs(), side="right")
        labels = [f"under {SIZES[0]:g} calls", *(f"from {edge:g} calls" for edge in SIZES)]
        rows += [
            _row(label, cases[size == n]) | {"booked": name} for n, label in enumerate(labels) if (size == n).any()
        ]
        rows.append(_row("all", cases) | {"booked": name})
    return pd.DataFrame(rows)


def all_queues(daily: pd.DataFrame) -> pd.DataFrame:
    """Days over all queues."""
    return daily.groupby(level="day").sum()


def _row(name: str, cases: pd.DataFrame) -> dict[str, object]:
    apart = (cases["ratio"] - 1).abs()
    told = {"ratio": cases["ratio"].median(), "median_error": apart.median()}
    return {"cause": name, "days": len(cases), **told, "within_25": (apart <= NEAR).mean()}


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
    told, plain = rolled(operator, operator.drivers), rolled(operator, Drivers())
    hindsight, after, ahead = in_hindsight(operator), pd.concat(told.after), pd.concat(told.ahead)
    cells = {"with events": pd.concat(told.cells), "without events": pd.concat(plain.cells)}
    return {
        "in hindsight": recovery(hindsight, operator.truth),
        "in hindsight, days over all queues": recovery(all_queues(hindsight), all_queues(operator.truth)),
        "in hindsight, by size": by_size(hindsight, operator),
        "the day after": recovery(after, operator.truth),
        "the day after, days over all queues": recovery(all_queues(after), all_queues(operator.truth)),
        "a day ahead": recovery(ahead, operator.truth),
        "error": errors(cells, operator),
        "shortfall": pd.DataFrame([{"days": len(told.gaps), "largest_gap_points": max(told.gaps)}]),
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
    parser.add_argument("--seeds", default="523,524")
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
