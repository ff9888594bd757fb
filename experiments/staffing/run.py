"""Day-ahead plans judged by what came: agents and service level beside perfect knowledge, totals, the day, alarms.

Every open day from the first test day on is planned from what was known at its start; the model is fitted anew every
`--refit` days. Handle time 180 s, mean patience 180 s, 80 % answered in 20 s of the offered, no cap, no shrinkage.
Every rule is judged beside perfect knowledge under the same promise: held in each interval, or over each queue's day.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
from models.watch import day_alarms

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
    """The hotline of an embedded operator; its last days are tested."""
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
    known = ~np.isnan(came)
    mean, group = cells.mean()[known], np.nonzero(known)[0]
    rules = {
        "perfect knowledge": came[known][:, None],
        "mean": mean[:, None],
        "expected service level": np.moveaxis(cells.scenarios(), 0, -1)[known],
        "q80": cells.quantiles(np.array([0.8]))[0][known][:, None],
    }
    for rule, calls in rules.items():
        demand = _demand(calls, planned.model.interval_min)
        plans = {"interval": agents_needed(demand, GOAL), "day": agents_together(demand, GOAL, group)}
        for promise, agents in plans.items():
            promised = expected(demand, agents, GOAL.queue)[0]
            reached = expected(_demand(came[known][:, None], planned.model.interval_min), agents, GOAL.queue)[0]
            for part, rows in {"all": mean >= 0, f"{BUSY:g} calls or more": mean >= BUSY}.items():
                names: dict[str, object] = {"promise": promise, "intervals": part, "rule": rule}
                told = (promised[rows], calls.mean(axis=1)[rows])
                yield names | _sums(agents[rows], (reached[rows], came[known][rows]), told)


def _demand(calls: FloatArray, interval_min: int) -> Demand:
    weight = np.full(calls.shape[1], 1 / calls.shape[1])
    return Demand(calls, weight, np.full(len(calls), HANDLE_S), interval_min * 60.0)


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
    sums = pd.DataFrame(rows).groupby(keys, sort=False).sum().reset_index()
    perfect = sums[sums["rule"] == "perfect knowledge"].set_index(keys[:2])["agents"]
    at = pd.MultiIndex.from_frame(sums[keys[:2]])
    table = sums[keys].assign(
        agents_vs_perfect=sums["agents"] / perfect.reindex(at).to_numpy(),
        reached_pct=100 * sums["in_time"] / sums["came"],
        expected_pct=100 * sums["in_time_told"] / sums["told"],
        below_target_pct=100 * sums["below"] / sums["with_calls"],
    )
    table = table.sort_values(["promise", "intervals"], ascending=[False, True], kind="stable").round(4)
    return table.drop_duplicates([name for name in table if name != "intervals"])


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


def alarm_rows(planned: PlannedDay, counts: pd.DataFrame) -> pd.DataFrame:
    """The day's alarms, as seen at its end (each reads only what came before it)."""
    return day_alarms(planned.model, planned.day + pd.Timedelta(days=1) - pd.Timedelta(1, "ns"), counts)


def alarm_table(alarms: pd.DataFrame, source: Source, outages: pd.DataFrame, series: pd.DataFrame) -> pd.DataFrame:
    """Outages seen within two intervals of their first whole one, by how large they were; false alarms a month.

    An outage counts once, where it is felt most. An alarm is false where no outage was felt in its queue and centre,
    nor in the two hours before.
    """
    found = pd.DataFrame(outages, copy=True)
    width = pd.Timedelta(minutes=30)
    hits = [_seen_within(alarms, outage, 2 * width) for outage in found.itertuples()]
    found["seen"] = hits
    found = found[found["excess"] == found.groupby("starts_at")["excess"].transform("max")]
    false = [not _explained(alarm, outages) for alarm in alarms.itertuples()]
    months = len(source.days) / 30.4
    rows: list[dict[str, object]] = [
        {"what": f"outages that add {name}", "cases": len(part), "seen_in_two_intervals": float(part["seen"].mean())}
        for name, part in found.groupby(pd.cut(found["excess"], [0, 0.3, 0.6, 1.0, 99], labels=_SIZES), observed=True)
    ]
    rows.append({"what": "all outages", "cases": len(found), "seen_in_two_intervals": float(found["seen"].mean())})
    rate = sum(false) / months / len(series)
    return pd.DataFrame([*rows, {"what": "false alarms", "cases": sum(false), "per_queue_and_month": rate}])


_SIZES = ["under 30 %", "30 to 60 %", "60 to 100 %", "over 100 %"]
TAIL = pd.Timedelta(hours=2)


def _seen_within(alarms: pd.DataFrame, outage: Any, wait: pd.Timedelta) -> bool:
    first = outage.starts_at.ceil("30min")
    here = alarms[(alarms["queue"] == outage.queue) & (alarms["centre"] == outage.centre)]
    here = here[here["direction"] == "more"]
    return bool(((here["seen_at"] > outage.starts_at) & (here["seen_at"] <= first + wait)).any())


def _explained(alarm: Any, outages: pd.DataFrame) -> bool:
    same = outages[(outages["queue"] == alarm.queue) & (outages["centre"] == alarm.centre)]
    return bool(((same["starts_at"] <= alarm.seen_at) & (same["ends_at"] + TAIL >= alarm.starts_at)).any())


def true_outages(seed: int, source: Source) -> pd.DataFrame:
    """Outages of the test days by the hidden truth, where they add a tenth to the other calls of a queue and centre.

    queue, centre, starts_at, ends_at, excess: calls of the outage over all others, mean while it lasted.
    """
    truth = pd.read_parquet(Path("var") / "staffing" / str(seed) / "truth" / "call_causes.parquet")
    truth = truth[truth["starts_at"] >= source.days[0]]
    at = ["queue", "centre", "starts_at"]
    outage = np.where(truth["cause"] == "outage", truth["mean_calls"], 0.0)
    calls = truth.assign(outage=outage).groupby(at, as_index=False)[["outage", "mean_calls"]].sum()
    felt = calls.assign(excess=calls["outage"] / (calls["mean_calls"] - calls["outage"])).query("excess > 0.1")
    gap = felt.groupby(at[:2])["starts_at"].diff() > pd.Timedelta(minutes=30)
    runs = felt.assign(run=gap.groupby([felt[name] for name in at[:2]]).cumsum()).groupby([*at[:2], "run"])
    spans = {"starts_at": ("starts_at", "min"), "ends_at": ("starts_at", "max"), "excess": ("excess", "mean")}
    found = runs.agg(**spans).reset_index()
    events = pd.read_parquet(Path("var") / "staffing" / str(seed) / "lake" / "events.parquet").query("kind == 'outage'")
    begun = pd.merge_asof(
        found.sort_values("starts_at"),
        events[["starts_at"]].rename(columns={"starts_at": "began"}).sort_values("began"),
        left_on="starts_at",
        right_on="began",
        direction="forward",
        tolerance=pd.Timedelta(minutes=30),
    )
    begun["starts_at"] = begun["began"].fillna(begun["starts_at"])
    return begun.drop(columns=["began", "run"]).assign(ends_at=lambda x: x["ends_at"] + pd.Timedelta(minutes=30))


def main() -> None:
    """Run one source, print the tables, write them as JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", type=Path)
    parser.add_argument("--country", default="CN")
    parser.add_argument("--first")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--days", type=int, default=92)
    parser.add_argument("--refit", type=int, default=10)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    source = (
        from_table(asked.table, asked.country, asked.first) if asked.table else from_operator(asked.seed, asked.days)
    )
    agents: list[dict[str, object]] = []
    totals: list[dict[str, object]] = []
    clocks: list[dict[str, object]] = []
    alarms: list[pd.DataFrame] = []
    for planned in planned_days(source, asked.refit):
        agents += agents_rows(planned)
        totals += totals_rows(planned)
        clocks += clock_rows(planned)
        alarms.append(alarm_rows(planned, source.counts))
    tables = {
        "agents": agents_table(agents),
        "day totals": totals_table(totals),
        "rest of the day": clock_table(clocks),
    }
    every = pd.concat(alarms, ignore_index=True)
    outages = true_outages(asked.seed, source) if asked.seed else None
    say(f"{len(every)} alarms")
    if outages is not None:
        tables["alarms"] = alarm_table(every, source, outages, planned.model.series)
    for name, table in tables.items():
        print_table(table, name)
    if asked.json:
        records = {name: json.loads(table.to_json(orient="records")) for name, table in tables.items()}
        asked.json.write_text(json.dumps({"tables": records}, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
