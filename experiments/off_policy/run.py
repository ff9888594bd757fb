"""Do the estimators of `nextcall evaluate` tell the truth? Logs are drawn again and again from a world that knows it.

The world is an embedded operator's lines x offers with their true acceptance and margin. A log: a quarter of the
decisions randomised and always pitched, the rest by a greedy window (one in five explores) and agents who pitch high
bills and fitting offers more (confounding). The chance of being pitched is estimated, the outcome model is a plain
logistic regression, cross-fitted: both as wrong as in life. Truth is the policy's mean over all lines.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from data.console import print_table, track
from data.known import as_known
from data.lake import Lake, open_lake
from data.settings import load_settings
from data.simulate import simulate
from features.offer_features import with_offer_features
from features.offer_pairs import offer_pairs
from models.cartesian import RULES
from models.feature_schema import Floats
from models.tariff import first_offers
from training.person_folds import FOLDS, fold_of
from training.pitch_chance import pitch_chances
from training.policies import best, listed_policy, random_policy, rule_targets
from training.policy_choices import Choices
from training.policy_truth import truth_at
from training.policy_value import MEASURES, Judging, policy_table

LINES, MONTHS, AGENTS = 20_000, 15, 40
DECISIONS, REPLICATIONS = 8_000, 100
SLICE, WHOLE = "randomised slice, 2,000 decisions", "whole log, 8,000 decisions"
PILOT, EXPLORE, PITCHED = 0.25, 0.2, 0.3  # shares: randomised decisions, exploring windows, pitches of ordinary ones
SEEN = (
    "saving_cny",
    "restrained_saving_cny",
    "worst_month_saving_cny",
    "offer_fee_cny",
    "rent_rise_cny",
    "current_total",
)


@dataclass(frozen=True)
class World:
    """Lines x offers: what everybody sees (`lines`, `seen`), what is true, and the policies that are judged."""

    lines: Choices
    seen: Floats
    kinds: np.ndarray
    chance: Floats
    margin: Floats
    policies: dict[str, Floats]

    def truth(self, policy: Floats, measure: str) -> float:
        """A policy's mean over all lines, in the measure's unit."""
        worth = self.chance * (self.lines.value if measure == "margin CNY" else 1.0)
        return float((policy * np.nan_to_num(worth)).sum(axis=1).mean()) * MEASURES[measure]


def read_world(lake: Lake) -> World:
    """The lines as of the lake's end, each a possible decision."""
    known = as_known(lake, lake.default_as_of())
    wanted = ["customer_id", "offer_id", "offer_kind", *dict.fromkeys((*SEEN, "total_after"))]
    pairs = with_offer_features(offer_pairs(known)).select(*wanted).to_pandas().dropna(subset=list(SEEN))
    customers, offers = pd.Index(sorted(pairs["customer_id"].unique())), pd.Index(sorted(pairs["offer_id"].unique()))
    place = customers.get_indexer(pd.Index(pairs["customer_id"])), offers.get_indexer(pd.Index(pairs["offer_id"]))
    seen = np.full((len(customers), len(offers), len(SEEN)), np.nan)
    seen[place] = pairs[list(SEEN)].to_numpy(dtype=np.float64)
    windows = pd.DataFrame({"customer_id": customers, "person": customers, "as_of": pd.Timestamp(known.as_of)})
    terms = lake.settings.value
    blank = np.zeros(seen.shape[:2])
    value = -terms.margin_share * terms.horizon_months * seen[:, :, SEEN.index("restrained_saving_cny")]
    fee = seen[:, :, SEEN.index("offer_fee_cny")]
    lines = Choices(windows, offers, ~np.isnan(value), blank, value, fee)
    chance, margin = truth_at(lake, lines)
    lines = Choices(windows, offers, lines.allowed & ~np.isnan(chance), blank, value, fee)
    kinds = pairs.drop_duplicates("offer_id").set_index("offer_id")["offer_kind"].reindex(offers).to_numpy()
    some = lines.allowed.any(axis=1)
    world = World(lines.of(some), seen[some], kinds, chance[some], margin[some], {})
    return World(**{**vars(world), "policies": _policies(lake, world)})


def _policies(lake: Lake, world: World) -> dict[str, Floats]:
    lines, saving = world.lines, world.seen[:, :, SEEN.index("saving_cny")]
    likely = 1.0 / (1.0 + np.exp(2.5 - saving / 40.0))
    known = as_known(lake, lake.default_as_of())
    told = rule_targets(known).merge(first_offers(known).to_pandas(), on="offered_plan_id")
    rules = {f"cartesian {rule}": told[told["rule"] == rule].drop(columns="rule") for rule in RULES}
    return {
        "random": random_policy(lines),
        **{name: listed_policy(lines, frame) for name, frame in rules.items()},
        "most saving": best(lines, saving),
        "guessed propensity x value": best(lines, np.where(lines.value > 0, likely * lines.value, np.nan)),
    }


def draw_log(world: World, rng: np.random.Generator) -> tuple[Judging, np.ndarray]:
    """One log, judged by models of others; and which lines its decisions were of."""
    rows = rng.integers(0, len(world.lines.windows), DECISIONS)
    lines = world.lines.of(rows)
    allowed, pilot = lines.allowed, rng.random(DECISIONS) < PILOT
    count = allowed.sum(axis=1)
    greedy = np.argmax(np.where(allowed, world.seen[rows, :, 0], -np.inf), axis=1)
    drawn = np.argmax(np.where(allowed, rng.random(allowed.shape), -1.0), axis=1)
    offer = np.where(pilot | (rng.random(DECISIONS) < EXPLORE), drawn, greedy)
    propensity = np.where(pilot, 1.0 / count, EXPLORE / count + (1 - EXPLORE) * (offer == greedy))
    agent = rng.integers(0, AGENTS, DECISIONS)
    pitched = pilot | (rng.random(DECISIONS) < _pitches(world, rows, offer, agent))
    accepted = pitched & (rng.random(DECISIONS) < np.nan_to_num(world.chance[rows, offer]))
    windows = lines.windows.assign(
        decision=np.arange(DECISIONS),
        offer_id=lines.offers[offer],
        agent_id=agent.astype(str),
        propensity=propensity,
        randomised=pilot,
        shown=True,
        pitched=pitched,
        accepted=accepted.astype(np.float64),
        offer_kind=world.kinds[offer],
        saving_cny=world.seen[rows, offer, 0],
        current_total=world.seen[rows, offer, SEEN.index("current_total")],
    )
    folds = fold_of(windows["person"])
    believed = _believed(world, rows, windows, folds)
    choices = Choices(windows, lines.offers, allowed, believed, lines.value, lines.fee)
    chance = propensity * pitch_chances(windows, folds)
    return Judging(choices, chance, 0), rows


def _pitches(world: World, rows: np.ndarray, offer: np.ndarray, agent: np.ndarray) -> Floats:
    """Agents pitch who pays much and saves something, each at a rate of their own."""
    bill = np.log(np.maximum(world.seen[rows, offer, SEEN.index("current_total")], 10.0) / 75.0)
    fits = np.clip(world.seen[rows, offer, 0] / 50.0, -2.0, 2.0)
    skill = np.random.default_rng(1).normal(0.0, 0.4, AGENTS)[agent]
    return np.asarray(1.0 / (1.0 + np.exp(-(np.log(PITCHED / (1 - PITCHED)) + 0.8 * bill + 0.5 * fits + skill))))


def _believed(world: World, rows: np.ndarray, windows: pd.DataFrame, folds: np.ndarray) -> Floats:
    """P(accepted | pitched) of every decision x offer by a logistic regression on the pitches of other persons."""
    logged = world.lines.offers.get_indexer(pd.Index(windows["offer_id"]))
    pitched = windows["pitched"].to_numpy(dtype=np.bool_)
    found = np.full((len(rows), len(world.lines.offers)), np.nan)
    for fold in range(FOLDS):
        learn, held = pitched & (folds != fold), folds == fold
        curve = make_pipeline(StandardScaler(), LogisticRegression(max_iter=300))
        curve.fit(_columns(world, rows[learn], logged[learn]), windows["accepted"][learn].to_numpy())
        decision, offer = np.nonzero(held[:, None] & world.lines.allowed[rows])
        found[decision, offer] = curve.predict_proba(_columns(world, rows[decision], offer))[:, 1]
    return found


def _columns(world: World, rows: np.ndarray, offers: np.ndarray) -> Floats:
    kinds = np.column_stack([world.kinds[offers] == kind for kind in ("plan", "data_pack", "handset")])
    return np.column_stack([np.clip(world.seen[rows, offers], -300.0, 300.0), kinds])


def replicate(world: World, seed: int) -> dict[str, pd.DataFrame]:
    """One log, asked whole and by its randomised slice: rows of `policy_table` beside the truth."""
    judging, rows = draw_log(world, np.random.default_rng(seed))
    kept = judging.choices.windows["randomised"].to_numpy(dtype=np.bool_)
    part = Judging(judging.choices.of(kept), judging.chance[kept], 0)
    return {SLICE: _judged(world, part, rows[kept], seed), WHOLE: _judged(world, judging, rows, seed)}


def _judged(world: World, judging: Judging, rows: np.ndarray, seed: int) -> pd.DataFrame:
    table = policy_table(judging, {name: chances[rows] for name, chances in world.policies.items()}, seed)
    table = table[table["policy"].isin(world.policies)]
    asked = zip(table["policy"], table["measure"], strict=True)
    return table.assign(true=[world.truth(world.policies[policy], measure) for policy, measure in asked])


def summary(replications: pd.DataFrame) -> list[dict[str, object]]:
    """A row a policy and measure: the truth, each estimator's bias, and how often the interval held the truth."""
    rows = []
    for (policy, measure), found in replications.groupby(["policy", "measure"], sort=False):
        told = found[found["refused"] == ""]
        held = (told["low"] <= told["true"]) & (told["true"] <= told["high"])
        row: dict[str, object] = {"policy": policy, "measure": measure, "true": float(found["true"].iloc[0])}
        row |= {f"{name} bias": _mean(told[name] - told["true"]) for name in ("naive", "model", "ips", "snips", "dr")}
        row |= {"se of dr bias": _mean_error(told["dr"]), "dr sd": _sd(told["dr"]), "ips sd": _sd(told["ips"])}
        row |= {"95 % interval holds": _mean(held.astype(float)), "judged": len(told), "of": len(found)}
        rows.append(row)
    return rows


def _mean(values: pd.Series) -> float | None:
    return float(values.mean()) if len(values) else None


def _sd(values: pd.Series) -> float | None:
    return float(values.std()) if len(values) > 1 else None


def _mean_error(values: pd.Series) -> float | None:
    return float(values.std() / np.sqrt(len(values))) if len(values) > 1 else None


def main() -> None:
    """Draw the logs and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--replications", type=int, default=REPLICATIONS)
    parser.add_argument("--json", type=Path, required=True)
    asked = parser.parse_args()
    folder = Path("var") / "operators" / str(asked.seed)
    if not (folder / "lake").is_dir():
        simulate(customers=LINES, months=MONTHS, seed=asked.seed, out=folder)
    world = read_world(open_lake(folder / "lake", load_settings(lake=folder / "lake")))
    logs = [replicate(world, seed) for seed in track(range(asked.replications), "logs")]
    tables = {name: summary(pd.concat([log[name] for log in logs])) for name in (SLICE, WHOLE)}
    for name, table in tables.items():
        print_table(pd.DataFrame(table), name)
    asked.json.write_text(json.dumps({"tables": tables}, ensure_ascii=False), "utf-8")


if __name__ == "__main__":
    main()
