"""What the shipped list of `score` brings over all kinds of offers, by the hidden truth beside a simulated lake.

Each policy pitches one offer of the same listed ones to each line; the truth says what comes of the pitch, and whether
the operator could have made it at all. Only a simulated lake has such a truth: nothing here is used in training.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.feature_schema import Floats

OURS, ALWAYS = "ours", "ours, always an offer"
LISTED = {
    "rank": "rank",
    "probability": "accept_probability",
    "margin": "margin_uplift_cny",
    "value": "expected_value_cny",
}
TRUE = ("true_probability", "true_margin", "eligible")
Chosen = NDArray[np.intp]  # (lines,): columns of the offers, -1 = no offer


@dataclass(frozen=True)
class Listed:
    """Lines x offers: what `score` says of those it lists (else null), and what is true of all.

    rank from 1; probability: P(accepted | pitched); margin and value: CNY a pitch over 12 months (`margin_uplift_cny`,
    `expected_value_cny`). true_margin: CNY of an acceptance. eligible: 1 where the operator could make the offer.
    """

    lines: pd.Index
    offers: pd.Index
    kinds: NDArray[np.object_]
    rank: Floats
    probability: Floats
    margin: Floats
    value: Floats
    true_probability: Floats
    true_margin: Floats
    eligible: Floats

    def best(self, score: Floats, *, worth_it: bool = False) -> Chosen:
        """The listed offer of the highest score; with `worth_it` none where no score is above 0."""
        keys = np.where(np.isnan(self.rank + score), -np.inf, score)
        floor = 0.0 if worth_it else -np.inf
        return np.where(keys.max(axis=1) > floor, keys.argmax(axis=1), -1)


def read_listed(rows: pd.DataFrame, truth: pd.DataFrame) -> Listed:
    """The personal rows of `score --limit 0`, beside `policy_table.read_truth` of the same lake."""
    rows = rows[rows["accept_probability"].notna()]
    lines = pd.Index(rows["customer_id"].unique())
    offers = pd.Index(sorted(truth["offer_id"].unique()))
    kinds = rows.drop_duplicates("offer_id").set_index("offer_id")["kind"].reindex(offers)
    said = {name: _wide(rows, column, lines, offers) for name, column in LISTED.items()}
    true = {name: _wide(truth, name, lines, offers) for name in TRUE}
    return Listed(lines, offers, kinds.to_numpy(dtype=object), **said, **true)


def _wide(rows: pd.DataFrame, column: str, lines: pd.Index, offers: pd.Index) -> Floats:
    line, offer = lines.get_indexer(pd.Index(rows["customer_id"])), offers.get_indexer(pd.Index(rows["offer_id"]))
    there = (line >= 0) & (offer >= 0)
    found = np.full((len(lines), len(offers)), np.nan)
    found[line[there], offer[there]] = rows[column].to_numpy(dtype=np.float64)[there]
    return found


def by_policy(listed: Listed, seed: int = 0) -> pd.DataFrame:
    """A row a policy with the columns of `brings`, over all lines with a listed offer; both oracles know the truth.

    Ours is the first offer if its expected value is above 0, as `score` recommends.
    """
    first = np.where(listed.rank == 1, listed.value, np.nan)
    earned = listed.true_probability * listed.true_margin
    noise = np.random.default_rng(seed).random(earned.shape)
    chosen = {
        OURS: listed.best(first, worth_it=True),
        ALWAYS: listed.best(-listed.rank),
        "propensity only": listed.best(listed.probability),
        "value only": listed.best(listed.value / listed.probability),
        "random": listed.best(noise),
        "oracle": listed.best(earned, worth_it=True),
        "oracle of what can be made": listed.best(np.where(listed.eligible > 0, earned, np.nan), worth_it=True),
    }
    return pd.DataFrame([{"policy": name, **brings(listed, columns)} for name, columns in chosen.items()])


def beside_the_log(listed: Listed, logged: pd.Series) -> pd.DataFrame:
    """On the lines of a log (offer_id by customer_id): its offers, and ours to the same lines, as `by_policy`."""
    made = listed.offers.get_indexer(pd.Index(logged.reindex(listed.lines)))
    ours = {"the log's rule": made, ALWAYS: np.where(made >= 0, listed.best(-listed.rank), -1)}
    return pd.DataFrame([{"policy": name, **brings(listed, columns)} for name, columns in ours.items()])


def by_kind(listed: Listed) -> pd.DataFrame:
    """A row a kind of offer among our recommended first offers, with the columns of `brings`."""
    chosen = listed.best(np.where(listed.rank == 1, listed.value, np.nan), worth_it=True)
    kinds = np.where(chosen >= 0, listed.kinds[chosen], "")
    rows = [{"kind": kind, **brings(listed, np.where(kinds == kind, chosen, -1))} for kind in sorted(set(kinds) - {""})]
    return pd.DataFrame(rows)


def brings(listed: Listed, chosen: Chosen) -> dict[str, float]:
    """What a pitch to each line with a chosen offer brings by the truth, and what `score` tells of it.

    offered: share of the lines. accepted_per_100 and margin_per_pitch_cny: of the pitches, also of those that the
    operator could not make; margin_if_made_cny: those bring nothing. ineligible: their share. margin_per_line_cny: over
    all lines, nothing where no offer is made. told_…: what `score` says, over those offers that it lists.
    """
    lines = np.flatnonzero(chosen >= 0)
    place = lines, chosen[lines]
    accepted = listed.true_probability[place]
    margin, makes = accepted * listed.true_margin[place], listed.eligible[place] > 0
    return {
        "lines": float(len(listed.lines)),
        "offered": len(lines) / max(len(listed.lines), 1),
        "accepted_per_100": 100 * _mean(accepted),
        "told_accepted_per_100": 100 * _mean(listed.probability[place]),
        "margin_per_pitch_cny": _mean(margin),
        "told_margin_per_pitch_cny": _mean(listed.margin[place]),
        "margin_if_made_cny": _mean(margin * makes),
        "margin_per_line_cny": float(margin.sum()) / max(len(listed.lines), 1),
        "ineligible": 1.0 - _mean(makes.astype(np.float64)),
    }


def _mean(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")
