"""Day-ahead plans judged by what came: agents and service level beside perfect knowledge, day totals, the day.

Every open day from the first test day on is planned from what was known at its start; the model is fitted anew every
`--refit` days. Handle time 180 s, mean patience 180 s, 80 % answered in 20 s of the offered, no cap, no shrinkage.
Each rule is planned under both promises, held in each interval or over each queue's day, and judged beside perfect
knowledge under the same promise (`agents_vs_perfect`) and beside that which holds it in each interval, with whole
agents (`agents_vs_perfect_each_interval`). What came counts on all days; a plan expects what its scenarios hold:
ordinary days and unannounced trouble, no storm days.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from data.console import print_table, say, track
from data.known import as_known
from data.lake import Lake, open_lake
from data.settings import load_settings
from data.simulate import simulate
from features.call_counts import KEYS, call_counts
from features.call_drivers import Drivers, read_drivers
from features.intervals import FloatArray
from features.volume_history import Calendar
from models.erlang import Queue
from models.forecast_cells import ForecastCells
from models.scenarios import draw_days
from models.staffing import Demand, StaffingGoal, agents_needed, expected
from models.staffing_day import agents_together
from models.volume import VolumeModel

HANDLE_S = 180.0
GOAL = StaffingGoal(0.8, Queue(within_s=20.0, patience_s=180.0), None, 0.0)
BUSY = 5.0  # expected calls of an interval that the second half of the table looks at
CLOCKS = (10, 12, 14)
USES = ("call_volumes", "contacts", "events", "exposures", "usage", "bills")


@dataclass(frozen=True)
class Source:
    """Where calls come from: `known` gives the counts and drivers as known at a day's start."""

    counts: pd.DataFrame
    days: pd.DatetimeIndex
    calendar: Calendar
    known: Callable[[pd.Timestamp], tuple[pd.DataFrame, Drivers | None]]


@dataclass(frozen=True)
class PlannedDay:
    """A day's forecast cells, and the calls that came: (series, 1, intervals)."""

    day: pd.Timestamp
    model: VolumeModel
    cells: ForecastCells
    came: FloatArray


def from_table(path: Path, country: str, first: str) -> Source:
    """A public series with columns ts, y."""
    table = pd.read_csv(path, parse_dates=["ts"])
    counts = pd.DataFrame({"queue": "all", "centre": "one", "starts_at": table["ts"], "offered": table["y"]})
    counts = _constant_handle(counts)
    days = pd.DatetimeIndex(counts["starts_at"].dt.normalize().unique())
    return Source(
        counts,
        days[days >= pd.Timestamp(first)],
        Calendar(country),
        lambda day: (counts[counts["starts_at"] < day], None),
    )


def from_operator(seed: int, days: int) -> Source:
    """The hotline of an embedded operator of 5,000 lines; its last days are tested."""
    folder = Path("var") / "staffing" / str(seed)
    if not (folder / "lake").is_dir():
        simulate(customers=5_000, months=15, seed=seed, out=folder)
    settings = load_settings(lake=folder / "lake")
    lake = open_lake(settings.lake, settings, uses=USES)
    counts = _constant_handle(call_counts(lake))
    every_day = pd.DatetimeIndex(counts["starts_at"].dt.normalize().unique())
    return Source(counts, every_day[-days:], Calendar(settings.country), lambda day: _known(lake, day))


def _known(lake: Lake, day: pd.Timestamp) -> tuple[pd.DataFrame, Drivers]:
    known = as_known(lake, day.date())
    return _constant_handle(call_counts(known)), read_drivers(known)


def _constant_handle(counts: pd.DataFrame) -> pd.DataFrame:
    return counts.assign(answered=counts["offered"], handle_s=counts["offered"] * HANDLE_S)


def planned_days(source: Source, refit_days: int) -> Iterator[PlannedDay]:
    """Every test day, as seen from its start."""
    for number, day in enumerate(track(list(source.days), "days")):
        counts, drivers = source.known(day)
        if number % refit_days == 0:
            model = VolumeModel(source.calendar).fit(counts, horizon=1, drivers=drivers)
        else:
            model.with_history(counts, drivers)
        if model.open_days(day, 1).empty:
            say(f"{day:%F} was taken for closed and is left out")
            continue
        cells = ForecastCells(model.forecast_days(day, 1), model.spread())
        came = np.where(np.isnan(cells.days.median), np.nan, _came(model, source.counts, day))
        yield PlannedDay(day, model, cells, came)


def _came(model: VolumeModel, counts: pd.DataFrame, day: pd.Timestamp) -> FloatArray:
    """(series, 1, intervals) calls of the day."""
    today = counts[counts["starts_at"].dt.normalize() == day]
    row = pd.MultiIndex.from_frame(model.series[KEYS]).get_indexer(pd.MultiIndex.from_frame(today[KEYS]))
    slot = ((today["starts_at"] - day) // pd.Timedelta(minutes=model.interval_min)).to_numpy()
    whole = np.zeros((len(model.series), 24 * 60 // model.interval_min))
    np.add.at(whole, (row[row >= 0], slot[row >= 0]), today["offered"].to_numpy(float)[row >= 0])
    return whole[:, None]


def agents_rows(planned: PlannedDay) -> Iterator[dict[str, object]]:
    """One row per promise, rule and part of the intervals: sums that the table's ratios are made of."""
    cells, came = planned.cells, planned.came
    known, interval_s = ~np.isnan(came), planned.model.interval_min * 60.0
    mean, group = cells.mean()[known], np.nonzero(known)[0]
    scenarios, weight = cells.scenarios()
    perfect = _demand(came[known], interval_s)
    rules = {
        "perfect knowledge": perfect,
        "mean": _demand(mean, interval_s),
        "expected service level": Demand(scenarios[known], weight, perfect.handle_s, interval_s),
        "q80": _demand(cells.quantiles(np.array([0.8]))[0][known], interval_s),
    }
    for rule, demand in rules.items():
        plans = {"interval": agents_needed(demand, GOAL), "day": agents_together(demand, GOAL, group)}
        for promise, agents in plans.items():
            promised, reached = (expected(one, agents, GOAL.queue)[0] for one in (demand, perfect))
            for part, rows in {"all": mean >= 0, f"{BUSY:g} calls or more": mean >= BUSY}.items():
                names: dict[str, object] = {"promise": promise, "intervals": part, "rule": rule}
                told = (promised[rows], (demand.calls @ demand.weight)[rows])
                yield names | _sums(agents[rows], (reached[rows], came[known][rows]), told)


def _demand(calls: FloatArray, interval_s: float) -> Demand:
    """Calls that are taken for certain."""
    return Demand(calls[:, None], np.ones(1), np.full(len(calls), HANDLE_S), interval_s)


def _sums(
    agents: FloatArray, reached: tuple[FloatArray, FloatArray], promised: tuple[FloatArray, FloatArray]
) -> dict[str, object]:
    level, came = reached
    return {
        "agents": float(agents.sum()),
        "in_time": float((level * came).sum()),
        "came": float(came.sum()),
        "in_time_told": float((promised[0] * promised[1]).sum()),
        "told": float(promised[1].sum()),
        "below": float(((level < GOAL.share) & (came > 0)).sum()),
        "with_calls": float((came > 0).sum()),
    }


def agents_table(rows: list[dict[str, object]]) -> pd.DataFrame:
    """Agents against perfect knowledge, the service level reached and expected, the intervals below the target."""
    keys = ["promise", "intervals", "rule"]
    sums = pd.DataFrame(rows).groupby(keys, sort=False).sum(numeric_only=True).reset_index()
    perfect = sums[sums["rule"] == "perfect knowledge"].set_index(keys[:2])["agents"]
    own = pd.MultiIndex.from_frame(sums[keys[:2]])
    each = pd.MultiIndex.from_frame(sums[keys[:2]].assign(promise="interval"))
    table = sums[keys].assign(
        agents_vs_perfect=sums["agents"] / perfect.reindex(own).to_numpy(),
        agents_vs_perfect_each_interval=sums["agents"] / perfect.reindex(each).to_numpy(),
        reached_pct=100 * sums["in_time"] / sums["came"],
        expected_pct=100 * sums["in_time_told"] / sums["told"],
        below_target_pct=100 * sums["below"] / sums["with_calls"],
    )
    table = table.sort_values(["promise", "intervals"], ascending=[False, True], kind="stable").round(4)
    return table.drop_duplicates([name for name in table if name != "intervals"])


def operators_table(rows: list[dict[str, object]]) -> pd.DataFrame:
    """The expected-service-level rule over all intervals of each operator apart."""
    every = pd.DataFrame(rows).query("intervals == 'all'")
    tables = [agents_table(part.to_dict("records")).assign(operator=seed) for seed, part in every.groupby("operator")]
    table = pd.concat(tables).query("rule == 'expected service level'").sort_values("promise", kind="stable")
    return table[["promise", "operator", *_JUDGED]]


_JUDGED = ["agents_vs_perfect", "agents_vs_perfect_each_interval", "reached_pct", "expected_pct", "below_target_pct"]


def totals_rows(planned: PlannedDay) -> Iterator[dict[str, object]]:
    """Day totals of each series and of all: inside the 80 % band of the scenarios, of the sum of quantiles, widths."""
    draws = np.nansum(next(draw_days(planned.cells.outlook())), axis=1)
    ends = np.nansum(planned.cells.quantiles(np.array([0.1, 0.9]))[:, :, 0], axis=2)
    came = np.nansum(planned.came[:, 0], axis=1)
    for name, total in {"each series": np.eye(len(came)), "all series": np.ones((1, len(came)))}.items():
        drawn = np.quantile(total @ draws, [0.1, 0.9], axis=1)
        for method, (low, high) in {"joint scenarios": drawn, "sums of quantiles": ends @ total.T}.items():
            inside = (low <= total @ came) & (total @ came <= high)
            yield {
                "total": name,
                "method": method,
                "covered": float(inside.sum()),
                "cases": len(inside),
                "width": float((high - low).sum()),
                "came": float((total @ came).sum()),
            }


def totals_table(rows: list[dict[str, object]]) -> pd.DataFrame:
    """Coverage of 80 % bands of day totals, and their width over the calls."""
    sums = pd.DataFrame(rows).groupby(["total", "method"], sort=False).sum().reset_index()
    table = sums[["total", "method"]]
    return table.assign(cover_80=sums["covered"] / sums["cases"], width=sums["width"] / sums["came"]).round(4)


def clock_rows(planned: PlannedDay) -> Iterator[dict[str, object]]:
    """Errors of the rest of the day as told before it, from what was seen by each hour, and by plain scaling."""
    came, plain = planned.came[:, 0], planned.cells.quantiles(np.array([0.1, 0.5, 0.9]))[:, :, 0]
    for hour in CLOCKS:
        past = np.arange(came.shape[1]) < hour * 60 // planned.model.interval_min
        cells = ForecastCells(planned.cells.days, planned.cells.spread, np.where(past, came, np.nan))
        low, middle, high = cells.quantiles(np.array([0.1, 0.5, 0.9]))[:, :, 0]
        rest = ~past & ~np.isnan(came)
        so_far = np.nansum(np.where(past, plain[1], np.nan), axis=1)
        ratio = np.where(so_far > 0, np.nansum(np.where(past, came, np.nan), axis=1) / np.maximum(so_far, 1e-9), 1.0)
        yield {
            "at": f"{hour}:00",
            "came": float(came[rest].sum()),
            "before": float(np.abs(plain[1] - came)[rest].sum()),
            "updated": float(np.abs(middle - came)[rest].sum()),
            "scaled": float(np.abs(plain[1] * ratio[:, None] - came)[rest].sum()),
            "covered": float(((np.floor(low) <= came) & (came <= np.ceil(high)))[rest].sum()),
            "cases": float(rest.sum()),
            "width": float((high - low)[rest].sum()),
            "width_before": float((plain[2] - plain[0])[rest].sum()),
        }


def clock_table(rows: list[dict[str, object]]) -> pd.DataFrame:
    """WAPE of the rest of the day, coverage and width of its 80 % bands."""
    sums = pd.DataFrame(rows).groupby("at", sort=False).sum().reset_index()
    errors = {f"wape_{name}": sums[name] / sums["came"] for name in ("before", "updated", "scaled")}
    widths = {"cover_80": sums["covered"] / sums["cases"], "width_vs_before": sums["width"] / sums["width_before"]}
    return sums[["at"]].assign(**errors, **widths).round(4)


def sources(asked: argparse.Namespace) -> Iterator[tuple[str, Source]]:
    """A name and its source: the table, or each operator."""
    if asked.table:
        yield asked.table.stem, from_table(asked.table, asked.country, asked.first)
    for seed in asked.seeds.split(",") if asked.seeds else []:
        yield seed, from_operator(int(seed), asked.days)


def main() -> None:
    """Run all sources, print the tables, write them as JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", type=Path)
    parser.add_argument("--country", default="CN")
    parser.add_argument("--first")
    parser.add_argument("--seeds")
    parser.add_argument("--days", type=int, default=92)
    parser.add_argument("--refit", type=int, default=10)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    agents: list[dict[str, object]] = []
    totals: list[dict[str, object]] = []
    clocks: list[dict[str, object]] = []
    for name, source in sources(asked):
        for planned in planned_days(source, asked.refit):
            agents += [row | {"operator": name} for row in agents_rows(planned)]
            totals += totals_rows(planned)
            clocks += clock_rows(planned)
    tables = {
        "agents": agents_table(agents),
        "day totals": totals_table(totals),
        "rest of the day": clock_table(clocks),
    }
    if asked.seeds:
        tables["agents by operator, all intervals, expected service level"] = operators_table(agents)
    for name, table in tables.items():
        print_table(table, name)
    if asked.json:
        records = {name: json.loads(table.to_json(orient="records")) for name, table in tables.items()}
        asked.json.write_text(json.dumps({"tables": records}, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
