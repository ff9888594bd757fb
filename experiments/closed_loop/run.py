"""A year of monthly retraining: does the policy get better by what it learns, and is exploration worth its price?

The lines are an embedded operator's at its window's end; each calls once in the year and the year does not change them.
The operator has pitched by a Cartesian rule for a month and knows the answers to that. Then every arm pitches one plan
to the same callers of each month, the answers are drawn from the truth (the same luck for every arm), and the arms
that learn are fitted anew on all their own pitches. What is shown is the true expectation of what they choose.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.console import print_table, say
from data.known import as_known
from data.lake import Lake, open_lake
from data.settings import load_settings
from data.simulate import simulate
from features.examples import code_groups
from features.offer_features import OFFER_FEATURES
from features.snapshots import Snapshots
from features.uptake_rows import UPTAKE_LABELS, priced_offers, uptake_features
from models.base import Rows
from models.bill_response import BillResponse
from models.feature_schema import Floats
from models.uptake import UPTAKE_SETTINGS, UptakeModel
from training.learned_response import learned_response
from training.policies import rule_targets
from training.policy_table import read_truth
from training.tasks import TASKS
from training.value_bias import believed_value

MONTHS, YEAR = 15, 12
CALLERS = 200  # pitched a month; an operator of 55,000 targets by the seed's funnel 15 % x 27 % x 9 %
EXPLORES = (0.0, 0.02, 0.1)  # shares of callers who get a random allowed plan
START, OTHER = "min_total_within_bands", "max_revenue_within_bands"
NO_EXPLORATION = "ours, no exploration"
LIGHT = replace(UPTAKE_SETTINGS, ensemble=1, folds=3, num_threads=1)  # a year is 24 fits


@dataclass(frozen=True)
class Callers:
    """Pairs of callers and the plans they may be offered: `rows` and `features` of the same order, by caller.

    response: what the log before the year tells of bills after a yes.
    """

    rows: pd.DataFrame
    features: pd.DataFrame
    response: BillResponse

    def best(self, within: NDArray[np.intp], score: Floats) -> NDArray[np.intp]:
        """Positions of the pairs of the highest score, one a caller, of the pairs `within`."""
        order = np.lexsort((-score, self.rows["customer_id"].to_numpy()[within]))
        first = ~self.rows["customer_id"].iloc[within[order]].duplicated().to_numpy()
        return np.asarray(within[order][first])


@dataclass
class Arm:
    """A policy, what it has pitched so far (positions of pairs), and what was answered."""

    name: str
    explores: float = 0.0
    learns: bool = True
    pitched: list[NDArray[np.intp]] = field(default_factory=list)
    answers: list[Floats] = field(default_factory=list)

    def choose(self, callers: Callers, within: NDArray[np.intp], rng: np.random.Generator) -> NDArray[np.intp]:
        """One pair for each caller among the pairs `within`: ours by P x V, a rule by its list, else by the start's."""
        drawn = callers.best(within, rng.random(len(within)))
        lucky = rng.random(len(drawn)) < self.explores
        return np.where(lucky, drawn, callers.best(within, self._score(callers, within)))

    def _score(self, callers: Callers, within: NDArray[np.intp]) -> Floats:
        if not self.learns:
            listed = callers.rows.iloc[within]
            return (2.0 * listed[self.name] + listed[f"cartesian {START}"]).to_numpy(dtype=np.float64)
        past, answers = np.concatenate(self.pitched), np.concatenate(self.answers)
        value = callers.rows["value"].to_numpy(dtype=np.float64)[within]
        if len(np.unique(answers)) < 2:
            return value
        groups = code_groups(callers.rows["customer_id"].iloc[past])
        model = UptakeModel(LIGHT, callers.response).fit(callers.features.iloc[past], answers, Rows(groups=groups))
        return model.predict(callers.features.iloc[within]) * value


def read_callers(lake: Lake, seed: int) -> Callers:
    """The year's callers, who are the Cartesian rule's targets, with the plans that the truth allows them."""
    as_of = lake.default_as_of()
    told = rule_targets(as_known(lake, as_of))
    plans = lake["offers"].filter(lake["offers"].kind == "plan").select("offer_id", offered_plan_id="plan_id")
    lists = told.merge(plans.to_pandas(), on="offered_plan_id")
    truth = read_truth(lake.folder.parent / "truth")
    truth = truth[truth["eligible"] & truth["offer_id"].isin(lists["offer_id"])]
    begun = lists.loc[lists["rule"] == START].merge(truth, on=["customer_id", "offer_id"])
    people = np.random.default_rng([seed, 1]).permutation(begun["customer_id"].sort_values().to_numpy())
    month = pd.Series(np.arange(len(people)) // CALLERS, index=people, name="month")
    month = month[month <= YEAR]
    if len(month) < CALLERS * (YEAR + 1):
        raise SystemExit(f"{len(people):,} targets are too few for {YEAR + 1} months of {CALLERS}: more --customers")
    pairs = truth[truth["customer_id"].isin(month.index)]
    return _priced(lake, pairs.assign(month=pairs["customer_id"].map(month)), lists)


def _priced(lake: Lake, pairs: pd.DataFrame, lists: pd.DataFrame) -> Callers:
    as_of = lake.default_as_of()
    response = learned_response(lake, as_of, TASKS["uptake"].examples(lake, as_of, Snapshots(lake)))
    labels = Snapshots(lake).table([as_of]).select("customer_id", *UPTAKE_LABELS).to_pandas()
    rows = pairs.merge(priced_offers(lake, as_of, pairs[["customer_id", "offer_id"]]), on=["customer_id", "offer_id"])
    for rule in (START, OTHER):
        mine = lists.loc[lists["rule"] == rule, ["customer_id", "offer_id"]].assign(**{f"cartesian {rule}": 1.0})
        rows = rows.merge(mine, on=["customer_id", "offer_id"], how="left")
    rows = rows.merge(labels, on="customer_id").sort_values(["customer_id", "offer_id"], ignore_index=True)
    features = uptake_features(rows)
    rows = rows.assign(value=believed_value(lake, rows, features, response))
    told = [f"cartesian {rule}" for rule in (START, OTHER)]
    rows[told] = rows[told].fillna(0.0)
    return Callers(rows.drop(columns=[*UPTAKE_LABELS, *OFFER_FEATURES]), features, response)


def year(callers: Callers, seed: int) -> pd.DataFrame:
    """policy, month (1 to 12), accepted (per 100 pitches), margin (CNY a pitch): the truth of what each arm chose."""
    luck = np.random.default_rng([seed, 2]).random(len(callers.rows))
    arms = [Arm(f"ours, {share:.0%} exploring" if share else NO_EXPLORATION, share) for share in EXPLORES]
    arms += [Arm(f"cartesian {rule}", learns=False) for rule in (START, OTHER)]
    found = []
    for month in range(YEAR + 1):
        within = np.flatnonzero(callers.rows["month"] == month)
        for number, arm in enumerate(arms):
            rng = np.random.default_rng([seed, 3, month, number])
            first = Arm(f"cartesian {START}", learns=False) if month == 0 else arm
            chosen = first.choose(callers, within, rng)
            arm.pitched.append(chosen)
            arm.answers.append((luck[chosen] < _true(callers, "true_probability", chosen)).astype(np.float64))
            found.append({"policy": arm.name, "month": month, **_brings(callers, chosen)})
        found.append({"policy": "oracle", "month": month, **_brings(callers, _oracle(callers, within))})
    return pd.DataFrame(found)


def _true(callers: Callers, name: str, chosen: NDArray[np.intp]) -> Floats:
    return callers.rows[name].to_numpy(dtype=np.float64)[chosen]


def _oracle(callers: Callers, within: NDArray[np.intp]) -> NDArray[np.intp]:
    earned = _true(callers, "true_probability", within) * _true(callers, "true_margin", within)
    return callers.best(within, earned)


def _brings(callers: Callers, chosen: NDArray[np.intp]) -> dict[str, float]:
    accepted = _true(callers, "true_probability", chosen)
    margin = accepted * _true(callers, "true_margin", chosen)
    return {"accepted": 100 * float(accepted.mean()), "margin": float(margin.mean())}


def by_month(years: pd.DataFrame) -> list[dict[str, object]]:
    """A row a month: each policy's margin a pitch, mean over seeds; month 0 is the Cartesian start."""
    wide = years.pivot_table(index="month", columns="policy", values="margin", sort=False)
    return [{"month": int(str(month)), **row} for month, row in wide.to_dict("index").items()]


def by_policy(years: pd.DataFrame) -> list[dict[str, object]]:
    """A row a policy: the year's means over seeds with their spread, and what it gains on no exploration, paired."""
    learnt = years[years["month"] > 0]
    each = learnt.groupby(["policy", "seed"], sort=False)[["accepted", "margin"]].mean()
    late = learnt[learnt["month"] > YEAR - 3].groupby(["policy", "seed"], sort=False)["margin"].mean()
    rows = []
    for policy in each.index.unique("policy"):
        own = each.loc[policy]
        gain = own["margin"] - each.loc[NO_EXPLORATION, "margin"]
        last = late.loc[policy] - late.loc[NO_EXPLORATION]
        row: dict[str, object] = {"policy": policy}
        for name in ("accepted", "margin"):
            row |= {name: float(own[name].mean()), f"{name}_sd": float(own[name].std())}
        row |= {"gain_on_no_exploration": float(gain.mean()), "se": float(gain.std() / np.sqrt(len(gain)))}
        row |= {"gain_in_last_3_months": float(last.mean()), "last_se": float(last.std() / np.sqrt(len(last)))}
        rows.append(row)
    return rows


def main() -> None:
    """Live the year once a seed; write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", required=True)
    parser.add_argument("--customers", type=int, default=30_000)
    parser.add_argument("--json", type=Path, required=True)
    asked = parser.parse_args()
    found = []
    for seed in map(int, asked.seeds.split(",")):
        say(f"a year of seed {seed}")
        folder = Path("var") / "closed_loop" / str(seed)
        simulate(customers=asked.customers, months=MONTHS, seed=seed, out=folder)
        lake = open_lake(folder / "lake", load_settings(lake=folder / "lake", var=folder / "var"))
        found.append(year(read_callers(lake, seed), seed).assign(seed=seed))
    years = pd.concat(found)
    tables = {"the year": by_policy(years), "margin a pitch by month": by_month(years)}
    for name, table in tables.items():
        print_table(pd.DataFrame(table), name)
    asked.json.write_text(json.dumps({"tables": tables}, ensure_ascii=False), "utf-8")


if __name__ == "__main__":
    main()
