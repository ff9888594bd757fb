"""Why a day answered fewer calls in time than planned: an exact Shapley division of the shortfall among its causes.

Players: the volume of each cause, handle time, staffing (agents scheduled) and shrinkage. A coalition takes its
players' actual values and the plan's for all others; its worth is the day's service level by Erlang. The Shapley value
(Shapley 1953; Lundberg & Lee 2017 for its use in explaining) is averaged over all coalitions, none is sampled. What
Erlang does not explain of the observed level is a part of its own, so the parts always add up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import comb

import numpy as np
import pandas as pd

from features.intervals import BoolArray, FloatArray
from models.erlang import Queue

MOST_VOLUMES = 8  # volume players apart; the smallest are taken together beyond that
OTHER_VOLUMES = "smaller_causes"
OPERATIONS = ("handle_time", "staffing", "shrinkage")
CHUNK_CELLS = 400_000


@dataclass(frozen=True)
class Situation:
    """Cells (an interval of a queue in a centre each): calls by cause, handle time, agents scheduled; the shrinkage."""

    calls: dict[str, FloatArray]
    handle_s: FloatArray
    scheduled: FloatArray
    shrinkage: float

    @property
    def total(self) -> FloatArray:
        """(cells,) calls of all causes."""
        return np.maximum(np.sum(list(self.calls.values()), axis=0), 0.0)


@dataclass(frozen=True)
class DayPair:
    """The plan and what came, on the same cells of `interval_s` seconds; how calls are promised to be answered.

    `effective` (cells,): how much of an Erlang agent an agent is.
    """

    plan: Situation
    came: Situation
    queue: Queue
    interval_s: float
    effective: FloatArray


def shortfall(days: DayPair, observed: float, promised: float | None = None) -> pd.DataFrame:
    """Columns part, calls_planned, calls_came, points: percentage points that each part takes off the service level.

    `observed`: the share answered in time that was counted. The points add up to promised - observed; `plan` is what
    the plan itself fell short of the promise (left out where nothing is promised: the plan's own level counts).
    """
    volumes = _volumes(days)
    names = [*volumes, *OPERATIONS]
    worth, ends = _worth(days, volumes), np.array([np.zeros(len(names), bool), np.ones(len(names), bool)])
    expected, explained = worth(ends)
    parts = dict(zip(names, -shapley(worth, len(names)), strict=True))
    rows = [
        (name, _sum(days.plan, volumes.get(name)), _sum(days.came, volumes.get(name)), part)
        for name, part in parts.items()
    ]
    rows.append(("unexplained", np.nan, np.nan, explained - observed))
    if promised is not None:
        rows.append(("plan", np.nan, np.nan, promised - expected))
    table = pd.DataFrame(rows, columns=["part", "calls_planned", "calls_came", "points"])
    return table.assign(points=100 * table["points"]).sort_values("points", ascending=False, ignore_index=True)


def shapley(worth: Callable[[BoolArray], FloatArray], players: int) -> FloatArray:
    """(players,): each one's mean marginal worth over all orders; `worth` takes (coalitions, players).

    >>> shapley(lambda inside: inside @ np.array([1.0, 2.0]) + 3.0 * inside.all(axis=1), 2).tolist()
    [2.5, 3.5]
    """
    numbers = np.arange(2**players)
    inside = (numbers[:, None] >> np.arange(players)) % 2 == 1
    value, size = worth(inside), inside.sum(axis=1)
    weight = np.array([1.0 / (players * comb(players - 1, others)) for others in range(players)])
    gains = []
    for player in range(players):
        without = numbers[~inside[:, player]]
        gains.append((weight[size[without]] * (value[without | 1 << player] - value[without])).sum())
    return np.array(gains)


def level(days: DayPair, calls: FloatArray, handle_s: FloatArray, agents: FloatArray) -> FloatArray:
    """(…,): share answered in time over the cells (last axis), by Erlang, weighted by calls; 1 without calls."""
    line = days.queue.line(np.maximum(agents * days.effective, 0.0), calls * handle_s / days.interval_s, handle_s)
    whole = calls.sum(axis=-1)
    return np.where(whole > 0, (calls * line.service_level).sum(axis=-1) / np.where(whole > 0, whole, 1.0), 1.0)


def _volumes(days: DayPair) -> dict[str, list[str]]:
    """Volume players and the causes in each: those that moved most stand alone."""
    moved = {name: float(np.abs(days.came.calls[name] - calls).sum()) for name, calls in days.plan.calls.items()}
    order = sorted((name for name, by in moved.items() if by > 0), key=lambda name: -moved[name])
    alone = order if len(order) <= MOST_VOLUMES else order[: MOST_VOLUMES - 1]
    rest = order[len(alone) :]
    return {name: [name] for name in alone} | ({OTHER_VOLUMES: rest} if rest else {})


def _worth(days: DayPair, volumes: dict[str, list[str]]) -> Callable[[BoolArray], FloatArray]:
    plan, came = days.plan, days.came
    moves = [sum(came.calls[name] - plan.calls[name] for name in names) for names in volumes.values()]
    move = np.array(moves).reshape(len(volumes), len(plan.handle_s))
    usual = np.sum(list(plan.calls.values()), axis=0)

    def some(inside: BoolArray) -> FloatArray:
        calls = np.maximum(usual + inside[:, : len(volumes)] @ move, 0.0)
        handled, staffed, shrunk = (inside[:, [len(volumes) + n]] for n in range(len(OPERATIONS)))
        present = 1.0 - np.where(shrunk, came.shrinkage, plan.shrinkage)
        scheduled = np.where(staffed, came.scheduled, plan.scheduled)
        return level(days, calls, np.where(handled, came.handle_s, plan.handle_s), scheduled * present)

    def worth(inside: BoolArray) -> FloatArray:
        step = max(CHUNK_CELLS // max(len(usual), 1), 1)
        return np.concatenate([some(inside[first : first + step]) for first in range(0, len(inside), step)])

    return worth


def _sum(situation: Situation, names: list[str] | None) -> float:
    return float(sum(situation.calls[name].sum() for name in names)) if names else float("nan")
