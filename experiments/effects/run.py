"""Learning what a pitch does to leaving: meta-learners on randomised decisions of an operator with known truth."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pandas as pd

from data.console import print_table, say
from data.lake import open_lake
from data.settings import load_settings
from data.simulate import simulate
from training.effect_table import drawn_decisions, effect_table
from training.main_job import with_text_labels
from training.randomised_table import randomised_rows

MONTHS = 15


def one_seed(seed: int, customers: int, sizes: list[int], test: int) -> pd.DataFrame:
    """The table of one operator."""
    folder = Path("var") / "operators" / str(seed)
    if not (folder / "truth" / "README.json").is_file():
        simulate(customers=customers, months=MONTHS, seed=seed, out=folder)
    settings = load_settings(lake=folder / "lake", var=folder / "var")
    lake = with_text_labels(open_lake(settings.lake, settings), settings)
    pitches, features = randomised_rows(lake, lake.default_as_of(), int(1.05 * (max(sizes) + test)), seed)
    return effect_table(drawn_decisions(pitches, features, seed), sizes, test)


def main() -> None:
    """Run the seeds, print the mean table, write it as JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="201,202")
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--sizes", default="3645,30000,100000")
    parser.add_argument("--test", type=int, default=20_000)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    tables = []
    for seed in map(int, asked.seeds.split(",")):
        say(f"operator of seed {seed}")
        tables.append(one_seed(seed, asked.customers, [int(size) for size in asked.sizes.split(",")], asked.test))
    grouped = pd.concat(tables).groupby(["decisions", "learner"], sort=False)
    means, spread = grouped.mean(), grouped["rmse_over_zero"].std()
    table = means.assign(rmse_over_zero_sd=spread).reset_index()
    print_table(table, "effect of a pitch on leaving within 90 days")
    if asked.json:
        records = json.loads(table.to_json(orient="records"))
        asked.json.write_text(json.dumps({"tables": {"churn effect": records}}, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
