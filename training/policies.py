"""The policies that stand side by side: what each would offer in each logged decision, as chances (decisions, offers).

A row of zeros is "no offer". All choose among the same allowed offers, behind the same guards; ties go to the first.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from data.console import track
from data.errors import BadInput
from data.known import Known
from data.lake import Lake, as_date
from models.band_preview import Grid, read_pairs, targets
from models.cartesian import RULES, TariffOptions
from models.feature_schema import Floats
from models.tariff import first_offers
from training.policy_choices import Choices
from training.policy_log import OfLines

MODEL_POLICIES = ("propensity", "propensity x fee", "propensity x value", "ours")


def model_policies(choices: Choices) -> dict[str, Floats]:
    """By the model: the likeliest; times the typed-in monthly fee; times the value (without what stays by fewer
    departures, `models.leaving_effect`); and ours.

    Ours is what `score` ranks first: propensity x value, and no offer where none is above 0.
    """
    earned = choices.probability * choices.value
    scores = {
        "propensity": choices.probability,
        "propensity x fee": choices.probability * choices.fee,
        "propensity x value": earned,
        "ours": np.where(earned > 0, earned, np.nan),
    }
    return {name: best(choices, score) for name, score in scores.items()}


def random_policy(choices: Choices) -> Floats:
    """Any allowed offer with the same chance."""
    count = choices.allowed.sum(axis=1, keepdims=True)
    return choices.allowed / np.maximum(count, 1)


def best(choices: Choices, score: Floats) -> Floats:
    """The allowed offer of the highest score; none where no allowed offer has a score."""
    keys = np.where(choices.allowed & ~np.isnan(score), score, -np.inf)
    return one_hot(np.where(np.isfinite(keys).any(axis=1), np.argmax(keys, axis=1), -1), keys.shape[1])


def one_hot(columns: np.ndarray, width: int) -> Floats:
    """Chance 1 for each row's column; a row of -1 is empty.

    >>> one_hot(np.array([1, -1]), 2).tolist()
    [[0.0, 1.0], [0.0, 0.0]]
    """
    return np.asarray(columns[:, None] == np.arange(width)[None, :], dtype=np.float64)


def cartesian_policies(lake: Lake, choices: Choices) -> dict[str, Floats]:
    """Each rule with the seed's bands: the plan that it recommends to a target, no offer to anybody else."""
    months = sorted(choices.windows["as_of"].unique())
    told = pd.concat([_targets(lake, choices.windows, m) for m in track(months, "Cartesian rules")])
    return {f"cartesian {rule}": listed_policy(choices, told[told["rule"] == rule]) for rule in RULES}


def _targets(lake: Lake, windows: pd.DataFrame, month: pd.Timestamp) -> pd.DataFrame:
    """customer_id, offer_id, rule, as_of of the month's targets among the lines in the log."""
    known = OfLines(lake, as_date(month), windows.loc[windows["as_of"] == month, "customer_id"])
    told = rule_targets(known)
    return told.merge(first_offers(known).to_pandas(), on="offered_plan_id").assign(as_of=month)


def rule_targets(known: Known) -> pd.DataFrame:
    """customer_id, offered_plan_id, rule: whom each rule targets with the seed's bands; the lines are priced once."""
    seed = TariffOptions()
    pairs, frames = read_pairs(known, seed), []
    for rule in RULES:
        [columns] = targets(pairs, Grid(rule, (seed.total_band,), (seed.rent_band,)))
        rows = np.flatnonzero(columns >= 0)
        chosen = {"customer_id": pairs.customers[rows], "offered_plan_id": pairs.plans[columns[rows]]}
        frames.append(pd.DataFrame(chosen).assign(rule=rule))
    return pd.concat(frames)


def listed_policy(choices: Choices, chosen: pd.DataFrame) -> Floats:
    """A policy as a list: customer_id, offer_id, as_of (the month; absent = every month); others get no offer."""
    keys = ["customer_id", "as_of"] if "as_of" in chosen else ["customer_id"]
    once = chosen.dropna(subset=["offer_id"]).drop_duplicates(keys)
    offers = choices.windows[["customer_id", "as_of"]].merge(once, on=keys, how="left")["offer_id"]
    columns = choices.offers.get_indexer(pd.Index(offers))
    allowed = choices.allowed[np.arange(len(columns)), columns] & (columns >= 0)
    return one_hot(np.where(allowed, columns, -1), len(choices.offers))


def read_policies(choices: Choices, table: pd.DataFrame) -> dict[str, Floats]:
    """Policies of a file: customer_id, offer_id, perhaps as_of and policy (its name); the first row of a key counts."""
    missing = {"customer_id", "offer_id"} - set(table)
    if missing:
        raise BadInput(f"--policies: the file lacks {', '.join(sorted(missing))}; it has {', '.join(table.columns)}")
    strange = set(table["offer_id"].dropna()) - set(choices.offers)
    if strange:
        raise BadInput(
            f"--policies names offers that the lake does not have: {', '.join(sorted(map(str, strange))[:5])}"
        )
    table = table.assign(policy=table.get("policy", "listed"))
    if "as_of" in table:
        table = table.assign(as_of=pd.to_datetime(table["as_of"]).dt.to_period("M").dt.start_time)
    named: Mapping[str, pd.DataFrame] = {str(name): rows for name, rows in table.groupby("policy")}
    return {name: listed_policy(choices, rows.drop(columns="policy")) for name, rows in named.items()}
