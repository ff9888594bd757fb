"""Outages within the day, on embedded operators beside the hidden truth: how many are seen, how often for nothing.

Every day of the last months is watched as `nextcall watch` does, from what was known at its start and what came since:
queues' totals (`models.watch`), areas (`models.area_watch`), announcements. The models are fitted anew every `--refit`
days. An outage is seen where an alarm of more calls has been raised by the end of the second whole interval after its
start, in the queue and centre (or area) that feels it most; `added` are its mean calls in those two intervals there,
by the truth. The simulator gives an outage's calls to the whole interval in which it starts, so that some are seen
sooner than they could be. An alarm is false where no outage, storm or maintenance was felt in its queue and centre, nor
in the two hours before (of an area: took place there, nor in six hours before; of a day's level: earlier on that day);
every alarm of fewer calls is false. Alarms of a day's level (`models.day_level`) are counted apart.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import ndtri
from scipy.stats import nbinom

from data.console import print_table, say, track
from data.known import as_known
from data.lake import Lake, open_lake
from data.settings import load_settings
from data.simulate import simulate
from features.call_counts import KEYS, call_counts
from features.call_drivers import read_drivers
from features.caller_areas import area_contacts, area_events
from features.event_calendar import announced_by, read_events
from features.volume_history import Calendar
from models.area_watch import HISTORY_DAYS, TAIL, AreaWatch
from models.volume import VolumeModel
from models.watch import day_alarms

USES = ("call_volumes", "contacts", "customers", "events", "exposures")
WIDTH = pd.Timedelta(minutes=30)
FELT_SHARE, FELT_CALLS = 0.1, 3.0  # an interval in which an outage is felt: of the other calls, or calls
QUEUE_TAIL = pd.Timedelta(hours=2)
BY_ADDED, BY_SHARE = ("added", (10.0, 20.0, 50.0, 150.0)), ("share", (0.3, 0.6, 1.0, 2.0))
NAMES = ["in_totals", "by_area", "seen", "oracle_in_totals", "announced_by_then"]
ORACLE_FALSE = 0.25  # alarms of more calls per series and month at which the true rates' own detector is read
GAMMA_SHAPE = 30.0  # of the simulator's interval noise
AT = [*KEYS, "starts_at"]


@dataclass(frozen=True)
class Operator:
    """One seed: its lake, and by queue, centre and interval the true calls of outages and of all else."""

    folder: Path
    lake: Lake
    truth: pd.DataFrame
    days: pd.DatetimeIndex
    calendar: Calendar

    @property
    def months(self) -> float:
        """Length of what is watched."""
        return len(self.days) / 30.4

    @property
    def felt(self) -> pd.DataFrame:
        """The rows of the truth in which an outage is felt."""
        much = (self.truth["outage"] > FELT_SHARE * self.truth["base"]) | (self.truth["outage"] > FELT_CALLS)
        return self.truth[much]


def operator_of(seed: int, customers: int, days: int) -> Operator:
    """Simulate (once) and read."""
    folder = Path("var") / "alarms" / f"{seed}_{customers}"
    if not (folder / "truth" / "call_rates.parquet").is_file():
        simulate(customers=customers, months=15, seed=seed, out=folder)
    settings = load_settings(lake=folder / "lake", var=folder / "var")
    lake = open_lake(settings.lake, settings, uses=USES)
    causes = pd.read_parquet(folder / "truth" / "call_causes.parquet")
    causes["outage"] = np.where(causes["cause"] == "outage", causes["mean_calls"], 0.0)
    truth = causes.groupby(AT, as_index=False)[["outage", "mean_calls", "calls"]].sum()
    truth = truth.assign(base=truth["mean_calls"] - truth["outage"])
    rates = pd.read_parquet(folder / "truth" / "call_rates.parquet")
    truth = truth.merge(rates[[*AT, "day_factor"]], on=AT)
    every = pd.DatetimeIndex(truth["starts_at"].dt.normalize().unique()).sort_values()[-days:]
    return Operator(folder, lake, truth[truth["starts_at"] >= every[0]], every, Calendar(settings.country))


def watched_days(operator: Operator, refit_days: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The alarms of queues and of areas on all days; each reads only what came before it."""
    counts, events = call_counts(operator.lake), read_events(operator.lake)
    whole = (operator.days[0] - pd.Timedelta(days=HISTORY_DAYS), operator.days[-1] + pd.Timedelta(days=1))
    contacts = area_contacts(operator.lake["contacts"], operator.lake["customers"], whole, 30)
    queues, areas = [], []
    for number, day in enumerate(track(list(operator.days), "days")):
        drivers, end = read_drivers(as_known(operator.lake, day.date())), day + pd.Timedelta(days=1, nanoseconds=-1)
        before = counts[counts["starts_at"] < day]
        if number % refit_days == 0:
            model = VolumeModel(operator.calendar).fit(before, drivers=drivers)
            past, local = contacts[contacts["starts_at"] < day], area_events(events, day)
            watch = AreaWatch.fit(past, local, model.interval_min, model.series["queue"].nunique())
        else:
            model.with_history(before, drivers)
        queues.append(day_alarms(model, end, counts))
        if watch is not None:
            today = contacts[contacts["starts_at"].dt.normalize() == day]
            areas.append(watch.alarms(today, end, area_events(announced_by(events, day), end)))
    return _together(queues), _together(areas)


def _together(parts: list[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat([part for part in parts if len(part)], ignore_index=True)


def outages_of(operator: Operator) -> pd.DataFrame:
    """One row per outage that begins and is felt for two intervals in the days, where it adds most calls.

    Columns event_id, area, starts_at, ends_at, announced_at, queue, centre, added, share (of the other calls).
    """
    events = read_events(operator.lake)
    inside = (events["starts_at"] >= operator.days[0] + WIDTH) & (events["kind"] == "outage")
    by_interval, rows = operator.truth.set_index("starts_at").sort_index(), []
    for event in events[inside].to_dict("records"):
        first = event["starts_at"].ceil("30min")
        two = by_interval.loc[first : first + WIDTH].groupby(KEYS)[["outage", "base"]].sum()
        if two.empty:
            continue
        earlier = by_interval.loc[first - 2 * WIDTH : first - 2 * WIDTH].groupby(KEYS)["outage"].sum()
        added = two["outage"] - 2 * earlier.reindex(two.index).fillna(0.0)
        most = int(added.to_numpy().argmax())
        told = {name: event[name] for name in ("event_id", "area", "starts_at", "ends_at", "announced_at")}
        place = dict(zip(KEYS, added.index[most], strict=True))
        felt = {"added": added.iloc[most], "share": added.iloc[most] / two["base"].iloc[most]}
        rows.append(told | place | felt | {"by": first + 2 * WIDTH})
    return pd.DataFrame(rows)


def seen(outages: pd.DataFrame, alarms: pd.DataFrame, keys: list[str]) -> list[bool]:
    """Whether an alarm with the outage's `keys` was raised after its start and in time."""
    found = []
    for outage in outages.to_dict("records"):
        here = (alarms[keys] == [outage[key] for key in keys]).all(axis=1)
        in_time = (alarms["seen_at"] > outage["starts_at"]) & (alarms["seen_at"] <= outage["by"])
        found.append(bool((here & in_time).any()))
    return found


def false_queue_alarms(operator: Operator, alarms: pd.DataFrame) -> list[bool]:
    """Whether no outage was felt in an alarm's queue and centre."""
    felt, found = operator.felt, []
    for alarm in alarms.to_dict("records"):
        day = alarm["starts_at"].normalize()
        since = day if alarm["kind"] == "level" else alarm["starts_at"] - QUEUE_TAIL
        near = felt["starts_at"].between(since, alarm["seen_at"], inclusive="left")
        here = (felt["queue"] == alarm["queue"]) & (felt["centre"] == alarm["centre"])
        found.append(alarm["direction"] == "fewer" or not (near & here).any())
    return found


def false_area_alarms(operator: Operator, alarms: pd.DataFrame) -> list[bool]:
    """Whether no trouble took place in an alarm's area."""
    events, found = read_events(operator.lake), []
    events = events[events["kind"].isin(["outage", "weather", "maintenance"])]
    for alarm in alarms.to_dict("records"):
        near = (events["starts_at"] < alarm["seen_at"]) & (events["ends_at"] + TAIL >= alarm["starts_at"])
        found.append(not (near & (events["area"] == alarm["area"])).any())
    return found


def oracle_seen(operator: Operator, outages: pd.DataFrame) -> list[bool]:
    """Outages seen in the totals by one who knows every rate and day factor, at `ORACLE_FALSE` alarms for nothing."""
    cells = operator.truth.sort_values(AT)
    expected = cells["base"] * cells["day_factor"]
    both = cells.assign(expected=expected)
    pair = both.groupby(KEYS)[["calls", "expected", "outage"]].rolling(2).sum().reset_index(level=[0, 1], drop=True)
    variance = pair["expected"] + pair["expected"] ** 2 / (2 * GAMMA_SHAPE)
    size, chance = pair["expected"] ** 2 / (variance - pair["expected"]), pair["expected"] / variance
    tail = nbinom.sf(pair["calls"], size, chance) + nbinom.pmf(pair["calls"], size, chance) / 2
    score = pd.Series(-ndtri(np.clip(tail, 1e-200, 1.0)), index=pair.index)
    calm = score[pair["outage"] < 0.5].dropna()
    wanted = ORACLE_FALSE * cells[KEYS].drop_duplicates().shape[0] * operator.months
    limit = float(np.sort(calm)[-int(wanted)])
    alarms = cells[score >= limit].assign(seen_at=lambda t: t["starts_at"] + WIDTH)
    return seen(outages, alarms, KEYS)


def one_seed(operator: Operator, refit_days: int) -> tuple[pd.DataFrame, dict[str, float]]:
    """The outages with how each was seen; alarms for nothing per queue and month, by kind of alarm."""
    queues, areas = watched_days(operator, refit_days)
    outages = outages_of(operator)
    outages = outages.assign(
        in_totals=seen(outages, queues[(queues["direction"] == "more") & (queues["kind"] == "sudden")], KEYS),
        by_area=seen(outages, areas, ["area"]),
        oracle_in_totals=oracle_seen(operator, outages),
        announced_by_then=outages["announced_at"] <= outages["by"],
    )
    share = operator.truth["queue"].nunique() * operator.months
    false = queues[false_queue_alarms(operator, queues)]
    sudden = false[false["kind"] == "sudden"]["direction"].value_counts()
    counts = {"more calls": sudden.get("more", 0), "fewer calls": sudden.get("fewer", 0)}
    counts["level of the day"] = int((false["kind"] == "level").sum())
    counts["areas"] = int(np.sum(false_area_alarms(operator, areas)))
    outages = outages.assign(seen=outages["in_totals"] | outages["by_area"])
    return outages, {name: number / share for name, number in counts.items()}


def seen_table(outages: pd.DataFrame, by: tuple[str, tuple[float, ...]]) -> pd.DataFrame:
    """How many were seen, by the size of outages, and over all."""
    column, edges = by
    names = [f"under {edges[0]:g}", *(f"from {edge:g}" for edge in edges)]
    number = np.searchsorted(np.array(edges), outages[column], side="right")
    parts = {name: outages[number == row] for row, name in enumerate(names)}
    parts |= {"all": outages, "all that add 20 calls or more": outages[outages["added"] >= 20]}
    rows = [{column: part, "outages": len(rows)} | rows[NAMES].sum().to_dict() for part, rows in parts.items()]
    return pd.DataFrame(rows)


def main() -> None:
    """Run the seeds, print the tables, write them as JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="521,522")
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--days", type=int, default=92)
    parser.add_argument("--refit", type=int, default=31)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    found, false = [], []
    for seed in map(int, asked.seeds.split(",")):
        say(f"operator of seed {seed}")
        outages, rates = one_seed(operator_of(seed, asked.customers, asked.days), asked.refit)
        found.append(outages.assign(seed=seed))
        false.append(rates | {"all": sum(rates.values()), "seed": seed})
    every = pd.concat(found, ignore_index=True)
    tables = {
        "outages by added calls": seen_table(every, BY_ADDED),
        "outages by added share": seen_table(every, BY_SHARE),
        "false alarms per queue and month": pd.DataFrame(false).round(3),
        "each outage": every.drop(columns=["by"]).sort_values("added").round(2),
    }
    for name, table in tables.items():
        print_table(table, name)
    if asked.json:
        records = {n: json.loads(t.to_json(orient="records", date_format="iso")) for n, t in tables.items()}
        asked.json.write_text(json.dumps({"tables": records}, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
