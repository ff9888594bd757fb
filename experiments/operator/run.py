"""Models beside their baselines on embedded operators of unused seeds, and what their offers bring by the hidden truth.

For each seed: simulate, back-test uptake and churn by month, fit uptake on every pitch known at the as-of date, ask it
about randomised pitches of the weeks after, let every policy pitch one plan to the same targets of each Cartesian
rule, and hold the first offer of `score`, of whatever kind, against the truth. Means and standard deviations are over
seeds.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from data.console import print_table, say
from data.lake import Lake, as_date, open_lake
from data.settings import load_settings
from data.simulate import simulate
from features.examples import Examples, days
from features.held_windows import learnable
from features.snapshots import Snapshots
from models.artefact import MODEL as ARTEFACT_MODEL
from models.base import Rows
from models.metrics import probability_metrics
from models.uptake import UptakeModel
from serving.bulk import Listing, score
from training.artefacts import card_of
from training.backtest import Fit, Predict, backtest, months_or_persons
from training.learned_response import learned_response
from training.main_job import with_text_labels
from training.offers_truth import beside_the_log, by_kind, by_policy, read_listed
from training.paired_gain import paired_auc_gain
from training.policy_table import cartesian_rules, policy_table, read_menu, read_truth
from training.randomised_table import randomised_rows, randomised_table
from training.registry import Registry
from training.selection_weights import selection_weights
from training.tasks import IN_BULK, MODEL, TASKS, fit_uptake

MONTHS = 15
PITCHES = 50_000  # randomised, a seed
WEIGHTED = "selection weighted"
TRUTH = "true probability"
LOG_DAYS = 90
KEYS = {"policies": ["rule", "policy"], "offers of all kinds, ours by kind": ["kind"]}


@dataclass(frozen=True)
class Judged:
    """Tables by name; `rows` and `drawn`: customer_id, y and p_<contender> of the pitches made and of those drawn."""

    tables: dict[str, pd.DataFrame]
    rows: pd.DataFrame = field(default_factory=pd.DataFrame)
    drawn: pd.DataFrame = field(default_factory=pd.DataFrame)


def pitched(lake: Lake) -> Judged:
    """Uptake by the back-test's months, on pitches as they were made; `selection weighted` undoes who was pitched."""
    task, as_of = TASKS["uptake"], lake.default_as_of()
    examples = task.examples(lake, as_of, Snapshots(lake))
    learners = task.learners(lake, task.settings) | {WEIGHTED: weighted_fit(lake, as_of)}
    rows = backtest(examples, months_or_persons(task.tests), learners, probability_metrics).predictions
    drawn = lake["exposures"].select("exposure_id", "randomised").to_pandas()
    rows = rows.merge(drawn, on="exposure_id")
    truth = pd.DataFrame([{"policy": TRUTH, "auc": true_auc(rows, lake.folder.parent / "truth", "uptake")}])
    tables = {name: judged(rows[kept]) for name, kept in {"all": rows["y"] >= 0, "random": rows["randomised"]}.items()}
    return Judged({"uptake": pd.concat([tables["all"], truth]), "uptake, randomised slice": tables["random"]}, rows)


def drawn(lake: Lake, seed: int) -> Judged:
    """The same contenders, fitted on every known pitch, on randomised pitches of the weeks after.

    To callers as they call, by all agents; the other tables are of pitches by the log's pilot team, and of all lines
    alike, most of whom do not call.
    """
    task, as_of = TASKS["uptake"], lake.default_as_of()
    examples = task.examples(lake, as_of, Snapshots(lake))
    learners = task.learners(lake, task.settings) | {WEIGHTED: weighted_fit(lake, as_of)}
    fitted = {name: fit(examples) for name, fit in learners.items()}
    trials = {"": {}, ", by the log's pilot team": {"pilot": True}, ", to all lines alike": {"callers": False}}
    found = {
        f"randomised pitches{name}": _predicted(fitted, *randomised_rows(lake, as_of, PITCHES, seed, **trial))
        for name, trial in trials.items()
    }
    return Judged({name: judged(rows) for name, rows in found.items()}, found["randomised pitches"])


def _predicted(fitted: Mapping[str, Predict], rows: pd.DataFrame, features: pd.DataFrame) -> pd.DataFrame:
    day = days(rows["at"])
    asked = Examples(rows[["customer_id"]], features, rows["y"].to_numpy(), day, day, np.arange(len(rows)))
    found = {f"p_{name}": predict(asked) for name, predict in fitted.items()}
    return rows[["customer_id", "y"]].assign(**found, **{f"p_{TRUTH}": rows["accept_probability"]})


def weighted_fit(lake: Lake, as_of: dt.date) -> Fit:
    """The uptake model with each pitch weighted by how unlikely it was to be shown and pitched."""
    weights = selection_weights(lake, as_of)

    def fit(past: Examples) -> Predict:
        rows = Rows(groups=past.groups, weights=past.keys["exposure_id"].map(weights).fillna(1.0).to_numpy())
        model = UptakeModel(response=learned_response(lake, as_date(past.known_on.max()), past)).fit(
            learnable(lake, past), past.target, rows
        )
        return lambda test: model.predict(test.features)

    return fit


def judged(rows: pd.DataFrame) -> pd.DataFrame:
    """AUC, log loss and calibration of every p_ column."""
    named = [str(name) for name in rows if str(name).startswith("p_")]
    found = {name.removeprefix("p_"): rows[name].to_numpy() for name in named}
    return randomised_table(rows["y"].to_numpy(), found)


def gains(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """AUC of the model less another's, over all operators, with its 90 % interval by customers."""
    pairs = [(MODEL, "cartesian_saving"), (IN_BULK, "cartesian_saving"), (MODEL, IN_BULK), (WEIGHTED, MODEL)]
    found = [(f"{one} − {other}", paired_auc_gain(parts, f"p_{one}", f"p_{other}")) for one, other in pairs]
    return pd.DataFrame([{"difference of AUC": name, **asdict(gain)} for name, gain in found])


def churn(lake: Lake) -> pd.DataFrame:
    """Pooled metrics of the back-test's predictions, and the true probability's AUC on the same rows."""
    task = TASKS["churn"]
    examples = task.examples(lake, lake.default_as_of(), Snapshots(lake))
    rows = backtest(
        examples, months_or_persons(task.tests), task.learners(lake, task.settings), probability_metrics
    ).predictions
    learners = [name.removeprefix("p_") for name in rows if name.startswith("p_")]
    table = [
        {"policy": name, **probability_metrics(rows["y"].to_numpy(), rows[f"p_{name}"].to_numpy())} for name in learners
    ]
    table.append({"policy": TRUTH, "auc": true_auc(rows, lake.folder.parent / "truth", "churn")})
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
    as_of = lake.default_as_of()
    examples = TASKS["uptake"].examples(lake, as_of, Snapshots(lake))
    model = fit_uptake(lake, as_of, examples)
    return policy_table(read_menu(lake, as_of, model, most=10**9), cartesian_rules(lake, as_of))


def offers(lake: Lake, seed: int) -> dict[str, pd.DataFrame]:
    """`score --limit 0` by the uptake model of every known pitch, its first offers and others of its list by the truth.

    The log's rule: each line's latest offer of the last LOG_DAYS that was not drawn, wherever it still is an offer.
    """
    as_of = lake.default_as_of()
    examples = TASKS["uptake"].examples(lake, as_of, Snapshots(lake))
    make_champion(lake, as_of, examples)
    rows = score(lake, as_of, lake.settings, Listing(limit=0))
    listed = read_listed(rows, read_truth(lake.folder.parent / "truth"))
    return {
        "offers of all kinds": by_policy(listed, seed),
        "offers of all kinds, lines of the log": beside_the_log(listed, logged(lake, as_of)),
        "offers of all kinds, ours by kind": by_kind(listed),
    }


def make_champion(lake: Lake, as_of: dt.date, examples: Examples) -> None:
    """Fit uptake and what acceptances do to leaving as `train` does, without the back-test, and promote the version."""
    model = fit_uptake(lake, as_of, examples)
    learned = TASKS["uptake"].leaving
    leaving = learned(lake, as_of, examples).to_json() if learned else {}
    folder = lake.settings.var / "artefacts" / "uptake"
    model.save(folder / ARTEFACT_MODEL)
    card_of("uptake", lake, as_of, feature_schema_hash=model.schema.fingerprint, leaving_effect=leaving).write(folder)
    registry = Registry(lake.settings)
    registry.promote(registry.register("uptake", str(folder.resolve()), "", {}), {})


def logged(lake: Lake, as_of: dt.date) -> pd.Series:
    """offer_id by customer_id: what the log showed last within LOG_DAYS, draws apart."""
    shown = lake["exposures"].select("customer_id", "offer_id", "decided_at", "randomised").to_pandas()
    days_before = (pd.Timestamp(as_of) - shown["decided_at"]).dt.days
    kept = shown["offer_id"].notna() & ~shown["randomised"] & days_before.between(0, LOG_DAYS)
    return (
        shown[kept]
        .sort_values("decided_at")
        .drop_duplicates("customer_id", keep="last")
        .set_index("customer_id")["offer_id"]
    )


def one_seed(seed: int, customers: int, parts: list[str]) -> Judged:
    """The tables of one operator, and the rows on which rankings are compared."""
    folder = Path("var") / "operators" / str(seed)
    simulate(customers=customers, months=MONTHS, seed=seed, out=folder)
    settings = load_settings(lake=folder / "lake", var=folder / "var")
    lake = with_text_labels(open_lake(settings.lake, settings), settings)
    found = Judged({})
    if "uptake" in parts:
        of_pitches, of_drawn = pitched(lake), drawn(lake, seed)
        found = Judged(of_pitches.tables | of_drawn.tables, of_pitches.rows, of_drawn.rows)
    if "churn" in parts:
        found.tables["churn"] = churn(lake)
    if "policies" in parts:
        found.tables["policies"] = policies(lake)
    if "offers" in parts:
        found.tables.update(offers(lake, seed))
    return found


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
    parser.add_argument("--parts", default="uptake,churn,policies")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    found = []
    for seed in map(int, asked.seeds.split(",")):
        say(f"operator of seed {seed}")
        found.append(one_seed(seed, asked.customers, asked.parts.split(",")))
    tables = {
        name: over_seeds([one.tables[name] for one in found], KEYS.get(name, ["policy"])) for name in found[0].tables
    }
    if "uptake" in tables:
        tables["uptake, gains"] = gains([one.rows for one in found])
        tables["randomised pitches, gains"] = gains([one.drawn for one in found])
    for name, table in tables.items():
        print_table(table, name)
    if asked.json:
        records = {name: json.loads(table.to_json(orient="records")) for name, table in tables.items()}
        asked.json.write_text(json.dumps({"tables": records}, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
