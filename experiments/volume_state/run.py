"""Does the customers' own state tell tomorrow's calls beyond what the calendar and past calls tell?

The misses of the next day's expected total (`features.day_level`, log scale) beside what is known of the customers at
the day's start: contacts left unresolved, complaints open, plans changed; each against its own last four weeks. Where
neither the correlations nor a regression that was fitted on earlier days tells anything of later ones, the forecast
need not read them.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.linear_model import RidgeCV

from data.console import print_table, say
from data.known import as_known
from data.lake import Lake, open_lake
from data.settings import load_settings
from data.simulate import simulate
from features.block_level import LevelVariances
from features.call_counts import KEYS, call_counts
from features.day_level import DayLevel
from features.intervals import FloatArray, Grid, own_interval, to_grid
from features.origins import pairs_within
from features.volume_history import Calendar

MONTHS = 15
USUAL = 28  # days before, which a state is told against
LEARNT_FROM = 90  # first day whose miss is looked at
FAR = 0.6  # log units: storms and outages, which events tell of


def misses(grid: Grid, calendar: Calendar) -> FloatArray:
    """(series, days): log of the day's calls over what was expected the evening before; NaN where far off."""
    every_day = np.arange(len(grid.days))
    level = DayLevel(grid, calendar, LevelVariances.fit(grid, calendar).day)
    expected = level.expected(pairs_within(grid, every_day, np.ones_like(every_day)))
    found = np.log1p(np.nansum(grid.counts, axis=2)) - np.log1p(expected)
    found[:, :LEARNT_FROM] = np.nan
    return np.where(np.abs(found) < FAR, found, np.nan)


def states(lake: Lake, days: pd.DatetimeIndex) -> pd.DataFrame:
    """A row a day: each state at the day's start, log of it over its mean of the USUAL days before."""
    contacts = lake["contacts"].select("started_at", "resolved").to_pandas()
    unresolved = per_day(contacts.loc[contacts["resolved"] == False, "started_at"], days)  # noqa: E712 # nulls say nothing
    complaints = lake["complaints"].select("opened_at", "closed_at").to_pandas()
    opened, closed = (per_day(complaints[name], days).cumsum() for name in ("opened_at", "closed_at"))
    changed = per_day(lake["subscriptions"].select("starts_on").to_pandas()["starts_on"], days)
    known = {
        "unresolved contacts, 3 days": unresolved.rolling(3).sum().shift(),
        "unresolved contacts, 7 days": unresolved.rolling(7).sum().shift(),
        "open complaints": (opened - closed).shift(),
        "plans changed, 3 days": changed.rolling(3).sum(),  # plans change on days that are known beforehand
    }
    return pd.DataFrame({name: np.log1p(s) - np.log1p(s.rolling(USUAL).mean().shift()) for name, s in known.items()})


def per_day(at: pd.Series, days: pd.DatetimeIndex) -> pd.Series:
    """How many fall on each day."""
    return pd.to_datetime(at).dt.normalize().value_counts().reindex(days).fillna(0.0)


def one_seed(seed: int, customers: int) -> pd.DataFrame:
    """queue, state, days; correlation with the next day's miss; of all states together `explained_later`."""
    folder = Path("var") / "volume_state" / str(seed)
    simulate(customers=customers, months=MONTHS, seed=seed, out=folder)
    lake = open_lake(folder / "lake", load_settings(lake=folder / "lake", var=folder / "var"))
    counts = call_counts(as_known(lake, lake.default_as_of()))
    grid = to_grid(counts, KEYS, own_interval(counts["starts_at"]))
    known, missed = states(lake, grid.days), misses(grid, Calendar(lake.settings.country))
    rows = []
    for queue, miss in zip(grid.series["queue"], missed, strict=True):
        usable = np.isfinite(miss) & known.notna().all(axis=1).to_numpy()
        x, y = known[usable].to_numpy(), miss[usable]
        for number, name in enumerate(known):
            r = float(np.corrcoef(x[:, number], y)[0, 1])
            rows.append({"queue": queue, "state": name, "days": len(y), "correlation": r})
        rows.append({"queue": queue, "state": "all together", "days": len(y), "explained_later": explained(x, y)})
    return pd.DataFrame(rows)


def explained(x: FloatArray, y: FloatArray) -> float:
    """Share of the later half's squared misses that a ridge regression of the earlier half takes away."""
    half = len(y) // 2
    line = RidgeCV(np.logspace(-2, 4, 13)).fit(x[:half], y[:half])
    left, constant = y[half:] - line.predict(x[half:]), y[half:] - y[:half].mean()
    return float(1.0 - left @ left / (constant @ constant))


def main() -> None:
    """Run the seeds, print the table over queues' centres and seeds, write it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", required=True)
    parser.add_argument("--customers", type=int, default=60_000)
    parser.add_argument("--json", type=Path, required=True)
    asked = parser.parse_args()
    found = []
    for seed in map(int, asked.seeds.split(",")):
        say(f"operator of seed {seed}")
        found.append(one_seed(seed, asked.customers))
    table = pd.concat(found).groupby(["state", "queue"], sort=False).mean().reset_index()
    print_table(table, "misses of the next day's total")
    tables = {"misses of the next day's total": json.loads(table.to_json(orient="records"))}
    asked.json.write_text(json.dumps({"tables": tables}, ensure_ascii=False), "utf-8")


if __name__ == "__main__":
    main()
