"""Is the call forecast ever worse than the six-week average, on any queue and any number of days ahead, beyond noise?

The back-test of `training.volume_backtest` on public series and on embedded operators, every `--every`-th open day of
the test span an origin for `--ahead` open days; one table of series and days ahead for each source
(`training.volume_horizons`). Models are fitted as `nextcall train` fits them, to see four weeks (`--learn`).
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from data.console import print_table, say
from data.lake import open_lake
from data.settings import load_settings
from data.simulate import simulate
from features.call_counts import KEYS, call_counts
from features.intervals import Grid, own_interval, to_grid
from features.volume_history import Calendar
from models.volume import HORIZON_DAYS
from models.volume_learning import TreeSettings
from training.volume_backtest import BacktestPlan, Contenders
from training.volume_horizons import AVERAGE, WORSE, worse_by_chance

USES = ("call_volumes", "contacts")


@dataclass(frozen=True)
class Source:
    """Counts on a grid, their calendar, and the days that are tested."""

    name: str
    grid: Grid
    calendar: Calendar
    first: pd.Timestamp
    refit_days: int


def from_table(text: str, folder: Path) -> Source:
    """A public series from `FILE,COUNTRY,FIRST[,UNTIL]`; days from UNTIL on are not read."""
    file, country, first, *until = text.split(",")
    table = pd.read_csv(folder / file, parse_dates=["ts"])
    table = table[table["ts"] < pd.Timestamp(until[0])] if until else table
    rows = pd.DataFrame({"queue": "all", "centre": "one", "starts_at": table["ts"], "offered": table["y"]})
    grid = to_grid(rows, KEYS, own_interval(rows["starts_at"]))
    return Source(Path(file).stem, grid, Calendar(country), pd.Timestamp(first), 5)


def from_operator(seed: int, options: argparse.Namespace) -> Source:
    """The hotline of an embedded operator; its last `--days` open days are tested."""
    folder = Path("var") / "horizons" / f"{seed}_{options.customers}"
    if not (folder / "lake").is_dir():
        simulate(customers=options.customers, months=15, seed=seed, out=folder)
    settings = load_settings(lake=folder / "lake")
    counts = call_counts(open_lake(settings.lake, settings, uses=USES))
    grid = to_grid(counts, KEYS, own_interval(counts["starts_at"]))
    first = grid.days[-options.days]
    return Source(f"operator {seed}", grid, Calendar(settings.country), first, 28)


def judged(source: Source, options: argparse.Namespace) -> pd.DataFrame:
    """The table of a source: its name, then `by_horizon`'s columns."""
    refit = options.refit or source.refit_days
    plan = BacktestPlan(options.learn, source.first.date(), options.every, refit, baselines=(AVERAGE,))
    contenders = Contenders(source.grid, source.calendar, plan, TreeSettings())
    table = contenders.judge(plan.origins(source.grid), options.ahead).horizons()
    return table.assign(source=source.name)[["source", *table.columns]]


def summary(tables: pd.DataFrame) -> pd.DataFrame:
    """One row per source: how many series and horizons got which verdict, and how many would be worse by chance."""
    rows = [
        {"source": name, **part["verdict"].value_counts().to_dict(), "worse by chance, at most": worse_by_chance(part)}
        for name, part in tables.groupby("source", sort=False)
    ]
    return pd.DataFrame(rows).fillna(0.0)


def main() -> None:
    """The command of the experiment."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--public", type=Path, default=Path("../shared/data"))
    parser.add_argument("--table", action="append", default=[], help="FILE,COUNTRY,FIRST[,UNTIL] below --public")
    parser.add_argument("--seeds", default="", help="embedded operators, comma-separated")
    parser.add_argument("--customers", type=int, default=60_000)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--ahead", type=int, default=HORIZON_DAYS, help="open days that are forecast")
    parser.add_argument("--learn", type=int, default=HORIZON_DAYS, help="open days ahead that the model learns to see")
    parser.add_argument("--every", type=int, default=1, help="open days between origins")
    parser.add_argument("--refit", type=int, help="open days between fits; default: 5 for a table, 28 for an operator")
    parser.add_argument("--json", type=Path, required=True)
    options = parser.parse_args()
    found = [judged(from_table(text, options.public), options) for text in options.table]
    found += [judged(from_operator(int(seed), options), options) for seed in options.seeds.split(",") if seed]
    every = pd.concat(found, ignore_index=True)
    tables = {"series and horizons by verdict": summary(every), "by series and days ahead": every}
    for name, table in tables.items():
        print_table(table, name)
    say(f"{(every['verdict'] == WORSE).sum()} of {len(every)} worse than the average beyond noise")
    rows = {name: table.astype(object).where(table.notna(), None).to_dict("records") for name, table in tables.items()}
    options.json.write_text(json.dumps({"tables": rows}), encoding="utf-8")


if __name__ == "__main__":
    main()
