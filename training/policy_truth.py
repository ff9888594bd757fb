"""On a simulated lake: what each policy truly brings, beside what the log says of it naively and doubly robustly.

The truth is of the default as-of and of a call whose reason is not known, the log of the months before and of calls as
they came: the oracle and the order of policies can be read off, a difference of a few per cent is no estimator's error.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from data.lake import Lake
from models.feature_schema import Floats
from training.policies import best
from training.policy_choices import Choices
from training.policy_table import read_truth
from training.policy_value import MEASURES, all_policies

ORACLE = "oracle"


def has_truth(lake: Lake) -> bool:
    """Whether a simulator's truth lies beside the lake."""
    return (lake.folder.parent / "truth" / "pairs").is_dir()


def truth_at(lake: Lake, choices: Choices) -> tuple[Floats, Floats]:
    """P(accepted | pitched) and 12-month margin in CNY of each line x offer, null where the truth has none."""
    truth = read_truth(lake.folder.parent / "truth")
    rows = pd.Index(choices.windows["customer_id"]).get_indexer(pd.Index(truth["customer_id"]))
    columns = choices.offers.get_indexer(pd.Index(truth["offer_id"]))
    there = (rows >= 0) & (columns >= 0) & truth["eligible"].to_numpy(dtype=np.bool_)
    found = []
    for name in ("true_probability", "true_margin"):
        values = np.full(choices.allowed.shape, np.nan)
        values[rows[there], columns[there]] = truth[name].to_numpy(dtype=np.float64)[there]
        found.append(values)
    return found[0], found[1]


def true_values(lake: Lake, choices: Choices) -> pd.DataFrame:
    """policy, measure, true, possible: a row a policy and measure, the all-knowing oracle last.

    `choices`: lines as of the end. possible: the share of the policy's offers that the simulator can make; the others
    bring nothing, and no log of it can speak for them. The oracle offers the most true margin expected, and nothing
    where none is above 0.
    """
    probability, margin = truth_at(lake, choices)
    earned = probability * margin
    policies = all_policies(lake, choices) | {ORACLE: best(choices, np.where(earned > 0, earned, np.nan))}
    worth = {"accepted per 100": probability, "margin CNY": earned}
    known = ~np.isnan(probability)
    possible = {name: float((chances * known).sum() / max(chances.sum(), 1e-300)) for name, chances in policies.items()}
    rows = [
        (name, measure, float((chances * np.nan_to_num(worth[measure])).sum(axis=1).mean()) * scale, possible[name])
        for name, chances in policies.items()
        for measure, scale in MEASURES.items()
    ]
    return pd.DataFrame(rows, columns=["policy", "measure", "true", "possible"])


def lines_of(windows: pd.DataFrame, day: dt.date) -> pd.DataFrame:
    """The log's lines as decisions of one day, each once."""
    lines = windows.drop_duplicates("customer_id").assign(as_of=pd.Timestamp(day), offer_id=None)
    return lines.reset_index(drop=True)


def beside_truth(table: pd.DataFrame, truth: pd.DataFrame) -> pd.DataFrame:
    """The truth beside dr (low, high), naive and their biases; nulls where the log refused or is not asked."""
    told = truth.merge(table[["policy", "measure", "dr", "low", "high", "naive"]], on=["policy", "measure"], how="left")
    return told.assign(dr_bias=told["dr"] - told["true"], naive_bias=told["naive"] - told["true"])
