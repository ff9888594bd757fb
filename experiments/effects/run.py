"""Can the effect of an offer on leaving be learned? Both answers stand beside the hidden truth.

By one number a kind from an operator's log, as `train uptake` does, and by meta-learners from randomised decisions.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import pandas as pd

from data.console import print_table, say
from data.lake import Lake, open_lake
from data.settings import load_settings
from data.simulate import simulate
from features.snapshots import Snapshots
from features.uptake_rows import uptake_examples
from training.effect_table import drawn_decisions, effect_table
from training.learned_leaving import learned_leaving
from training.logged_effect import beside_true_effects, true_effects
from training.main_job import with_text_labels
from training.randomised_table import randomised_rows

MONTHS = 15
LOGGED = ["seed", "persons", "kind", "acceptances", "left", "expected", "ratio", "low", "high", "true_ratio", "told"]
LOGGED += ["change", "true_change"]
THIRD = 3  # of the persons: what an operator of a third of the lines could tell


def one_operator(seed: int, customers: int) -> Lake:
    """The lake, made where it is not there."""
    folder = Path("var") / "operators" / str(seed)
    if not (folder / "truth" / "README.json").is_file():
        simulate(customers=customers, months=MONTHS, seed=seed, out=folder)
    settings = load_settings(lake=folder / "lake", var=folder / "var")
    return with_text_labels(open_lake(settings.lake, settings), settings)


def by_the_log(lake: Lake, seed: int) -> pd.DataFrame:
    """`beside_true_effects` of the whole log, and of the log of every third person."""
    as_of = lake.default_as_of()
    examples, true = uptake_examples(lake, as_of, Snapshots(lake)), true_effects(lake.folder.parent)
    logs = {"all": examples, "a third": examples.take(np.flatnonzero(examples.groups % THIRD == 0))}
    tables = [
        beside_true_effects(learned_leaving(lake, as_of, some), true).assign(persons=name, seed=seed)
        for name, some in logs.items()
    ]
    return pd.concat(tables)


def by_draws(lake: Lake, seed: int, sizes: list[int], test: int) -> pd.DataFrame:
    """`effect_table` of one operator."""
    number = int(1.05 * (max(sizes) + test))
    pitches, features = randomised_rows(lake, lake.default_as_of(), number, seed, callers=False)
    return effect_table(drawn_decisions(pitches, features, seed), sizes, test)


def main() -> None:
    """Run the seeds, print the mean table, write it as JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", required=True)
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--sizes", default="3645,30000")
    parser.add_argument("--test", type=int, default=20_000)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    logged, drawn = [], []
    for seed in map(int, asked.seeds.split(",")):
        say(f"operator of seed {seed}")
        lake = one_operator(seed, asked.customers)
        logged.append(by_the_log(lake, seed))
        drawn.append(by_draws(lake, seed, [int(size) for size in asked.sizes.split(",")], asked.test))
    tables = {
        "change of the 90-day leaving probability by an acceptance, from the log": pd.concat(logged)[LOGGED],
        "effect of a pitch, by meta-learners on randomised decisions (means over operators)": _means(drawn),
    }
    for title, table in tables.items():
        print_table(table, title)
    if asked.json:
        records = {title: json.loads(table.to_json(orient="records")) for title, table in tables.items()}
        asked.json.write_text(json.dumps({"tables": records}, ensure_ascii=False, indent=1))


def _means(tables: list[pd.DataFrame]) -> pd.DataFrame:
    grouped = pd.concat(tables).groupby(["decisions", "learner"], sort=False)
    return grouped.mean().assign(rmse_over_zero_sd=grouped["rmse_over_zero"].std()).reset_index()


if __name__ == "__main__":
    main()
