"""Models beside their baselines on embedded operators of unused seeds, and what their offers bring by the hidden truth.

For each seed: simulate, back-test uptake and churn by month, fit uptake on every pitch known at the as-of date, and let
every policy pitch one plan to the same targets of each Cartesian rule. Means and standard deviations are over seeds.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pandas as pd
from sklearn.metrics import roc_auc_score

from data.console import print_table, say
from data.lake import Lake, open_lake
from data.settings import load_settings
from data.simulate import simulate
from features.snapshots import Snapshots
from models.metrics import probability_metrics
from training.backtest import backtest, months_or_persons
from training.main_job import with_text_labels
from training.policy_table import cartesian_rules, policy_table, read_menu
from training.tasks import TASKS

MONTHS = 15


def ranking(lake: Lake, kind: str) -> pd.DataFrame:
    """Pooled metrics of the back-test's predictions; for churn the true probability's AUC on the same rows."""
    task = TASKS[kind]
    examples = task.examples(lake, lake.default_as_of(), Snapshots(lake))
    rows = backtest(
        examples, months_or_persons(task.tests), task.learners(task.settings), probability_metrics
    ).predictions
    learners = [name.removeprefix("p_") for name in rows if name.startswith("p_")]
    table = [
        {"policy": name, **probability_metrics(rows["y"].to_numpy(), rows[f"p_{name}"].to_numpy())} for name in learners
    ]
    table.append({"policy": "true probability", "auc": true_auc(rows, lake.folder.parent / "truth", kind)})
    return pd.DataFrame(table)


def true_auc(rows: pd.DataFrame, truth: Path, kind: str) -> float:
    """AUC of the simulator's own probability on the tested rows."""
    keys = {"churn": ["customer_id", "as_of"], "uptake": ["exposure_id"]}[kind]
    column = {"churn": "churn_probability", "uptake": "accept_probability"}[kind]
    hidden = pd.read_parquet(truth / {"churn": "churn", "uptake": "exposures"}[kind])
    as_text = {"as_of": lambda frame: pd.to_datetime(frame["as_of"]).dt.strftime("%F")} if "as_of" in keys else {}
    joined = rows.assign(**as_text).merge(hidden.assign(**as_text), on=keys)
    return float(roc_auc_score(joined["y"], joined[column]))


def policies(lake: Lake) -> pd.DataFrame:
    """The policy table with the uptake model of every pitch known at the as-of date."""
    task, as_of = TASKS["uptake"], lake.default_as_of()
    model = task.fit(task.examples(lake, as_of, Snapshots(lake)), task.settings)
    return policy_table(read_menu(lake, as_of, model, most=10**9), cartesian_rules(lake, as_of))


def one_seed(seed: int, customers: int, folder: Path) -> dict[str, pd.DataFrame]:
    """The three tables of one operator."""
    simulate(customers=customers, months=MONTHS, seed=seed, out=folder)
    settings = load_settings(lake=folder / "lake", var=folder / "var")
    lake = with_text_labels(open_lake(settings.lake, settings), settings)
    tables = {kind: ranking(lake, kind) for kind in ("uptake", "churn")}
    return tables | {"policies": policies(lake)}


def over_seeds(tables: list[pd.DataFrame], keys: list[str]) -> pd.DataFrame:
    """Mean and sd over seeds of every number, and in how many of the seeds a rule was beaten."""
    joined = pd.concat(tables)
    order = list(dict.fromkeys(joined[keys].itertuples(index=False, name=None)))
    numbers = [name for name in joined if name not in (*keys, "beats_rule")]
    grouped = joined.groupby(keys, sort=False)
    parts = {name: grouped[name].mean() for name in numbers} | {f"{name}_sd": grouped[name].std() for name in numbers}
    if "beats_rule" in joined:
        parts["beats_rule_in"] = grouped["beats_rule"].sum().astype(str) + f" of {len(tables)}"
    table = pd.DataFrame(parts)
    return table.loc[order if len(keys) > 1 else [key for (key,) in order]].reset_index()


def main() -> None:
    """Run the seeds, print the tables, write one of them as JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="101,102,103")
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    found = []
    for seed in map(int, asked.seeds.split(",")):
        say(f"operator of seed {seed}")
        found.append(one_seed(seed, asked.customers, Path("var") / "operators" / str(seed)))
    tables = {
        name: over_seeds([tables[name] for tables in found], ["rule", "policy"] if name == "policies" else ["policy"])
        for name in found[0]
    }
    for name, table in tables.items():
        print_table(table, name)
    if asked.json:
        records = {name: json.loads(table.to_json(orient="records")) for name, table in tables.items()}
        asked.json.write_text(json.dumps({"tables": records}, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
