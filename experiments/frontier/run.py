"""Is the policy worth having? Judged by the hidden truth of embedded operators whose seeds nobody had used before.

For each seed: uptake is learnt from the operator's own log of pitches, then every policy pitches one plan to the same
customers. The learning curve gives the same learner randomised pitches instead. Spreads and gains are over seeds.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from data.console import print_table, say
from data.lake import Lake, open_lake
from data.settings import load_settings
from data.simulate import simulate
from data.simulate.worlds import world_named
from features.offer_features import KIND
from features.snapshots import Snapshots
from models.base import ProbabilityModel, Rows
from models.bill_response import BillResponse
from models.feature_schema import Floats
from models.uptake import UptakeModel
from training.policy_frontier import against_rules, default_points, shares_of_the_possible
from training.policy_table import Menu, cartesian_rules, read_menus
from training.randomised_table import randomised_rows, randomised_table
from training.tasks import TASKS, fit_uptake
from training.value_bias import value_bias

MONTHS = 15
JUDGED = 50_000  # randomised pitches that nobody learns from
LOG = "the operator's log"
KEYS = {"rules": ["learnt from", "rule"], "defaults": ["policy"], "possible": ["learnt from"]}
KEYS |= {"acceptance": ["pitches to", "policy"], "value": ["V", "pitches_of", "kind"]}


@dataclass(frozen=True)
class Judged:
    """The tables of one operator, and the points of its plot."""

    tables: dict[str, pd.DataFrame]
    frontier: Floats
    oracle: Floats
    rules: pd.DataFrame


def operator(world: str, seed: int, customers: int) -> Lake:
    """The operator's lake; simulated where it does not lie there yet."""
    folder = Path("var") / "frontier" / world / str(seed)
    if not (folder / "lake" / "offers.parquet").is_file():
        simulate(customers=customers, months=MONTHS, seed=seed, out=folder, world=world_named(world))
    settings = load_settings(lake=folder / "lake", var=folder / "var")
    return open_lake(settings.lake, settings)


def judge(lake: Lake, seed: int, curve: Sequence[int]) -> Judged:
    """All tables of one operator; the learners of the curve are asked about the same menu and the same pitches."""
    as_of = lake.default_as_of()
    models, pitches, features = learners(lake, as_of, seed, curve)
    menus = read_menus(lake, as_of, models, most=10**9, seed=seed)
    rules = cartesian_rules(lake, as_of)
    own = menus[LOG]
    by_learner = {name: against_rules(menu, rules) for name, menu in menus.items()}
    tables = {
        "rules": pd.concat([table.assign(**{"learnt from": name}) for name, table in by_learner.items()]),
        "defaults": default_points(own, seed),
        "possible": pd.DataFrame([_possible(name, menu, seed) for name, menu in menus.items()]),
        "acceptance": whose_acceptance(lake, as_of, seed, (pitches, features), models),
        "value": values(lake, pitches, features, models[LOG].response),
    }
    truth = own.frontier(own.true_probability, own.true_margin)
    return Judged(tables, own.frontier(own.probability, own.value), truth, whole(own, rules))


def learners(
    lake: Lake, as_of: dt.date, seed: int, curve: Sequence[int]
) -> tuple[dict[str, UptakeModel], pd.DataFrame, pd.DataFrame]:
    """Uptake models of the log and of the first so many randomised pitches, all with the log's response of bills.

    And the pitches that are left to judge them.
    """
    examples = TASKS["uptake"].examples(lake, as_of, Snapshots(lake))
    say(f"{len(examples.target):,} pitches in the log, {examples.target.mean():.1%} accepted")
    own = fit_uptake(lake, as_of, examples)
    print_table(own.response.table(), "what acceptances did to bills")
    models = {LOG: own}
    most = max(curve, default=0)
    rows, features = randomised_rows(lake, as_of, most + JUDGED, seed)
    order = np.random.default_rng([seed, 5]).permutation(len(rows))
    for size in curve:
        some = order[:size]
        say(f"learning from {size:,} randomised pitches")
        groups = pd.factorize(rows["customer_id"].iloc[some])[0]
        model = UptakeModel(response=own.response)
        model.fit(features.iloc[some], rows["y"].to_numpy()[some], Rows(groups=groups))
        models[f"{size:,} randomised pitches"] = model
    held = order[most:]
    return models, rows.iloc[held].reset_index(drop=True), features.iloc[held].reset_index(drop=True)


def whose_acceptance(
    lake: Lake,
    as_of: dt.date,
    seed: int,
    callers: tuple[pd.DataFrame, pd.DataFrame],
    models: dict[str, ProbabilityModel],
) -> pd.DataFrame:
    """`acceptance` by the trial: to callers by all agents or by those of the log's randomised pitches; to all lines."""
    trials = {
        "callers": callers,
        "callers, by the log's pilot team": randomised_rows(lake, as_of, JUDGED, seed, pilot=True),
        "all lines alike": randomised_rows(lake, as_of, JUDGED, seed, callers=False),
    }
    return pd.concat([acceptance(*trial, models).assign(**{"pitches to": name}) for name, trial in trials.items()])


def acceptance(pitches: pd.DataFrame, features: pd.DataFrame, models: dict[str, ProbabilityModel]) -> pd.DataFrame:
    """Each learner, a constant and the truth on the randomised pitches that are left."""
    target = pitches["y"].to_numpy()
    found = {name: model.predict(features) for name, model in models.items()}
    found |= {"constant": np.full(len(target), target.mean())}
    plans = (features[KIND] == "plan").to_numpy()
    table = randomised_table(target, found).assign(pitches=len(target))
    return table.assign(auc_of_plans=randomised_table(target[plans], {n: p[plans] for n, p in found.items()})["auc"])


def values(lake: Lake, pitches: pd.DataFrame, features: pd.DataFrame, learned: BillResponse) -> pd.DataFrame:
    """V beside the truth: as learned, restrained and re-rated, on all pitches and on the accepted."""
    said = {"learned": learned, "restrained": learned.under("restrained"), "re-rated": learned.under("rerated")}
    taken = (pitches["y"] == 1).to_numpy()
    whose = {"all pitches": np.ones(len(taken), dtype=np.bool_), "accepted": taken}
    tables = [
        value_bias(lake, pitches[rows], features[rows], response).assign(V=name, pitches_of=which)
        for name, response in said.items()
        for which, rows in whose.items()
    ]
    return pd.concat(tables)


def _possible(name: str, menu: Menu, seed: int) -> dict[str, object]:
    points = default_points(menu, seed)
    return {"learnt from": name, "margin": points["margin"].iloc[0], **shares_of_the_possible(points)}


def whole(menu: Menu, rules: dict[str, pd.Series]) -> pd.DataFrame:
    """Each rule over all customers, who get nothing where they are not its targets: accepted, margin, for the plot."""
    rows = []
    for name, offers in rules.items():
        chosen = menu.offers.get_indexer(pd.Index(offers.reindex(menu.customers)))
        places = np.arange(len(chosen))
        made = (chosen >= 0) & menu.allowed[places, chosen]
        accepted = np.where(made, menu.true_probability[places, chosen], 0.0)
        margin = accepted * np.where(made, menu.true_margin[places, chosen], 0.0)
        rows.append({"rule": name, "accepted": 100 * accepted.mean(), "margin": margin.mean()})
    return pd.DataFrame(rows)


def over_seeds(tables: Sequence[pd.DataFrame], keys: list[str]) -> list[dict[str, object]]:
    """Mean and standard deviation over seeds of every number; of a gain also its standard error, least, and count."""
    rows = []
    for key, found in pd.concat(tables).groupby(keys, sort=False):
        row: dict[str, object] = dict(zip(keys, key, strict=True))
        for name in (name for name in found if name not in keys):
            row[name] = float(found[name].mean())
            row |= gain(name, found[name]) if name.endswith("_gain") else {f"{name}_sd": float(found[name].std())}
        rows.append(row)
    return rows


def gain(name: str, found: pd.Series) -> dict[str, object]:
    """How sure a paired gain is; a seed whose frontier does not reach the rule's point counts as no gain."""
    error = float(found.std() / np.sqrt(len(found))) if len(found) > 1 else None
    return {
        f"{name}_se": error,
        f"{name}_least": float(found.min()),
        f"{name}_in": f"{(found > 0).sum()} of {len(found)}",
    }


def plot(found: Sequence[Judged], path: Path) -> None:
    """The frontier of each seed, the oracle's and the rules over all customers."""
    figure = Figure(figsize=(7, 5), layout="constrained")
    axes = figure.add_subplot()
    for one, label in zip(found, [True] + [False] * len(found), strict=False):
        axes.plot(*one.oracle.T, color="grey", linewidth=1, label="oracle" if label else None)
        axes.plot(*one.frontier.T, color="tab:blue", linewidth=1, label="ours" if label else None)
    for rule, points in pd.concat([one.rules for one in found]).groupby("rule", sort=False):
        axes.scatter(points["accepted"], points["margin"], s=16, label=f"cartesian {rule}")
    axes.set(xlabel="accepted per 100 customers", ylabel="12-month margin a customer, CNY")
    axes.legend()
    figure.savefig(path, dpi=110, metadata={"Software": None})


def main() -> None:
    """Judge the seeds, print the tables, write the report and the plot beside it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", required=True)
    parser.add_argument("--customers", type=int, default=60_000)
    parser.add_argument("--worlds", default="default")
    parser.add_argument("--curve", default="", help="randomised pitches that the same learner is given, 1000,3645")
    parser.add_argument("--json", type=Path, required=True)
    asked = parser.parse_args()
    curve = [int(size) for size in asked.curve.split(",") if size]
    tables: dict[str, list[dict[str, object]]] = {}
    for world in asked.worlds.split(","):
        found: list[Judged] = []
        for seed in map(int, asked.seeds.split(",")):
            say(f"world {world}, seed {seed}")
            found.append(judge(operator(world, seed, asked.customers), seed, curve))
            tables |= summary(world, found)
            write(tables, asked.json)
        plot(found, asked.json.with_name(f"frontier_{world}.png"))
    for title, table in tables.items():
        print_table(pd.DataFrame(table), title)


def summary(world: str, found: Sequence[Judged]) -> dict[str, list[dict[str, object]]]:
    """The tables over the seeds so far, by title."""
    titles = {name: name if world == "default" else f"{world}: {name}" for name in KEYS}
    return {titles[name]: over_seeds([one.tables[name] for one in found], keys) for name, keys in KEYS.items()}


def write(tables: dict[str, list[dict[str, object]]], path: Path) -> None:
    """The report so far; what is not a number becomes null."""
    path.write_text(json.dumps({"tables": json.loads(pd.Series(tables).to_json())}, ensure_ascii=False), "utf-8")


if __name__ == "__main__":
    main()
