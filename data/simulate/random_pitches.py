"""Randomised pitches to a simulated operator after its window: as many as a learning curve wants.

Each pitch goes to a line that may be sold to and calls, with one of its eligible offers drawn uniformly, in a call
whose reason, day and agent are drawn as they would come; the answer is drawn from the truth beside the lake. Who has
had trouble calls more and accepts less, so that a trial on all lines alike, callers or not, is another one. So is one
by the pilot team alone: its agents sell better or worse than the others, which no feature tells.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.errors import BadInput
from data.simulate.acceptance import intent_logit, timing_logit
from data.simulate.calendar import Calendar
from data.simulate.catalogue import OFFER_KINDS
from data.simulate.contacts import INTENTS
from data.simulate.kinds import Floats, Ints, sigmoid
from data.simulate.pair_truth import MIDDLE_DAY, SHARE
from data.simulate.parameters import AcceptanceParameters

FUTURES = ("margin12", "value12", "churn90")


@dataclass(frozen=True)
class Truth:
    """What is drawn from: eligible `pairs` in the order of their customers, the lines' coming calls, the agents."""

    pairs: pd.DataFrame
    calls: pd.DataFrame
    agents: pd.DataFrame
    weights: AcceptanceParameters
    end_day: int

    def of_pilot(self) -> Truth:
        """The same, pitched by the pilot team alone: as the log's own randomised pitches go on."""
        return replace(self, agents=self.agents[self.agents["pilot"]])


def read_pitch_truth(folder: Path) -> Truth:
    """The truth of `folder` (which has `lake` and `truth`), lines with consent alone.

    BadInput where no truth lies beside the lake.
    """
    truth, lake = folder / "truth", folder / "lake"
    if not (truth / "README.json").is_file():
        raise BadInput(f"{folder} holds no truth: randomised pitches want a simulated operator (nextcall simulate)")
    said = json.loads((truth / "README.json").read_text("utf-8"))
    lines = pd.read_parquet(lake / "customers", columns=["customer_id", "marketing_consent", "do_not_market"])
    open_lines = lines.loc[lines["marketing_consent"] & ~lines["do_not_market"], "customer_id"]
    pairs = pd.read_parquet(truth / "pairs")
    pairs = pairs[pairs["eligible"] & pairs["customer_id"].isin(open_lines)]
    offers = pd.read_parquet(lake / "offers.parquet", columns=["offer_id", "kind"])
    pairs = pairs.merge(offers, on="offer_id").sort_values(["customer_id", "offer_id"], ignore_index=True)
    return Truth(
        pairs=pairs,
        calls=pd.read_parquet(truth / "next_calls").set_index("customer_id"),
        agents=pd.read_parquet(truth / "agents.parquet"),
        weights=_weights(said["parameters"]["acceptance"]),
        end_day=Calendar(said["last_month"], said["months"]).end_day,
    )


def _weights(told: dict[str, object]) -> AcceptanceParameters:
    """The world's own parameters, as its README keeps them."""
    known = {field.name: told[field.name] for field in fields(AcceptanceParameters)}
    known["matches"] = tuple(tuple(match) for match in told["matches"])  # type: ignore[attr-defined] # a list in JSON
    return AcceptanceParameters(**known)  # type: ignore[arg-type] # written by `asdict` of the same record


def randomised_pitches(truth: Truth, number: int, seed: int, *, callers: bool = True) -> pd.DataFrame:
    """`number` pitches in rows; independent of one another, also where they meet the same line.

    callers: lines are met as they call, at most once a month (the operator's own windows open at a first call);
    otherwise every line is as likely, whether it calls or not.
    Columns: customer_id, offer_id, kind, decided_at, intent, agent_id, propensity (of the offer), accepted; of the
    truth accept_probability, and margin12, value12 (CNY) and churn90, each `…_with` the offer and `…_without`.
    """
    rng = np.random.default_rng([seed, 3])
    customers = truth.pairs["customer_id"].to_numpy()
    row, propensity = _drawn_pairs(rng, customers, number, truth.calls["calls"] if callers else None)
    drawn = truth.pairs.iloc[row].reset_index(drop=True)
    calls = truth.calls.loc[drawn["customer_id"]]
    intent = _drawn_intents(rng, calls)
    day = truth.end_day + rng.integers(0, 28, number)
    agent = rng.integers(0, len(truth.agents), number)
    probability = _probability(truth, drawn, (intent, day, agent), calls["fullness"].to_numpy())
    futures = [name for name in drawn.columns if name.startswith(FUTURES)]
    clock = (9.0 + 12.0 * rng.random(number)) / 24.0
    return drawn[["customer_id", "offer_id", "kind"]].assign(
        decided_at=pd.to_datetime((day + clock) * 86_400, unit="s").floor("s"),
        intent=np.array(INTENTS)[intent],
        agent_id=truth.agents["agent_id"].to_numpy()[agent],
        propensity=propensity,
        accepted=rng.random(number) < probability,
        accept_probability=probability,
        **{name: drawn[name] for name in futures},
    )


def _drawn_pairs(
    rng: np.random.Generator, customers: NDArray[np.object_], number: int, calls: pd.Series | None
) -> tuple[Ints, Floats]:
    """Row numbers of pairs, and the propensity of the offer: a line by its chance to call in the month, then an offer.

    calls: expected in the month, by line; None: all lines alike.
    """
    lines, first, size = np.unique(customers, return_index=True, return_counts=True)
    chance = np.ones(lines.size) if calls is None else -np.expm1(-calls.reindex(lines).to_numpy())
    line = rng.choice(lines.size, number, p=chance / chance.sum())
    return first[line] + np.floor(rng.random(number) * size[line]).astype(np.int64), 1.0 / size[line]


def _drawn_intents(rng: np.random.Generator, calls: pd.DataFrame) -> Ints:
    shares = np.cumsum(calls.filter(like=SHARE).to_numpy(), axis=1)
    return (rng.random(len(calls))[:, None] * shares[:, -1:] > shares[:, :-1]).sum(axis=1)


def _probability(truth: Truth, drawn: pd.DataFrame, context: tuple[Ints, Ints, Ints], fullness: Floats) -> Floats:
    """P(accepted | pitched) of each drawn pair in its call; `context` = (intent, day, agent)."""
    intent, day, agent = context
    kind = drawn["kind"].map(OFFER_KINDS.index).to_numpy(np.int64)
    middle = np.full(day.size, truth.end_day + MIDDLE_DAY)
    timing = timing_logit(kind, day, fullness, truth.weights) - timing_logit(kind, middle, fullness, truth.weights)
    skill = truth.weights.skill * truth.agents["skill"].to_numpy()[agent]
    return sigmoid(drawn["accept_logit"].to_numpy() + timing + intent_logit(truth.weights)[kind, intent] + skill)
