"""How many agents an interval needs: the fewest that reach the service level expected over the forecast's scenarios.

Staffing at the mean misses the target, staffing at a high quantile overshoots it: the share answered in time is
averaged over scenarios, each weighted by its calls (answered in time over offered, in the long run).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
import pandas as pd
from scipy.special import ndtri

from data.errors import BadInput
from features.intervals import FloatArray, IntArray
from models.erlang import Queue, ServiceLevel
from models.fewest import fewest

HeldOver = Literal["interval", "day"]


@dataclass(frozen=True)
class StaffingGoal:
    """The promise (`share` of the calls as `queue` defines it), the occupancy cap (None = off) and the shrinkage.

    `held_over` interval: the promise is met in every interval; day: over each queue's day, with fewer agents.
    """

    share: float = 0.8
    queue: Queue = field(default_factory=Queue)
    max_occupancy: float | None = 0.85
    shrinkage: float = 0.30
    held_over: HeldOver = "interval"

    def __post_init__(self) -> None:
        _hold(0 < self.share < 1, "service-level", self.share, "a share between 0 and 1, e.g. 0.8,30")
        _hold(self.queue.within_s >= 0, "service-level", self.queue.within_s, "seconds of at least 0")
        _hold(0 <= self.shrinkage < 1, "shrinkage", self.shrinkage, "a share from 0 to below 1")
        cap = self.max_occupancy
        _hold(cap is None or 0 < cap <= 1, "max-occupancy", cap, "a share above 0 and at most 1, or none")
        _hold(self.held_over in get_args(HeldOver), "promise", self.held_over, "interval or day")
        known = get_args(ServiceLevel)
        _hold(self.queue.definition in known, "service-level", self.queue.definition, "one of " + ", ".join(known))
        patience = self.queue.patience_s
        _hold(patience is None or patience > 0, "patience-s", patience, "seconds above 0, or none")


@dataclass(frozen=True)
class Demand:
    """Scenarios of what comes in an interval.

    calls: (cells, scenarios); weight: (scenarios,) adding up to 1; handle_s: (cells,) or, where the handle time is
    uncertain too, (cells, scenarios); interval_s: length of a cell.
    """

    calls: FloatArray
    weight: FloatArray
    handle_s: FloatArray
    interval_s: float

    @property
    def handle_by_scenario(self) -> FloatArray:
        """(cells, 1 or scenarios) seconds."""
        return self.handle_s if self.handle_s.ndim == 2 else self.handle_s[:, None]

    @property
    def load(self) -> FloatArray:
        """(cells, scenarios) in Erlang."""
        return self.calls * self.handle_by_scenario / self.interval_s

    def part(self, cells: np.ndarray) -> Demand:
        """Some of the cells."""
        return Demand(self.calls[cells], self.weight, self.handle_s[cells], self.interval_s)


def staff(demand: Demand, goal: StaffingGoal, agents: FloatArray | None = None) -> pd.DataFrame:
    """One row per cell: agents_on_phone, agents_scheduled (after shrinkage), service_level and occupancy expected.

    `agents` (cells,): a plan that is already made; default: the fewest in every interval. No calls in any scenario
    need no agents; their service level is 1.
    """
    agents = agents_needed(demand, goal) if agents is None else agents
    service, occupancy = expected(demand, agents, goal.queue)
    return pd.DataFrame(
        {
            "agents_on_phone": agents.astype(np.int64),
            "agents_scheduled": np.ceil(agents / (1 - goal.shrinkage) - 1e-9).astype(np.int64),
            "service_level": service,
            "occupancy": occupancy,
        }
    )


def agents_needed(demand: Demand, goal: StaffingGoal) -> FloatArray:
    """(cells,): the fewest agents that meet the goal; both its conditions rise with every agent."""
    load = demand.load
    top = load.max(axis=1)
    found = np.zeros(len(load))
    busy = np.flatnonzero(top > 0)
    high = np.ceil(top + 10 * np.sqrt(top + 1) + 5)
    if goal.max_occupancy is not None:
        high = np.maximum(high, np.ceil(top / goal.max_occupancy) + 1)

    def margin(cells: IntArray, agents: FloatArray) -> FloatArray:
        return _margin(demand.part(busy[cells]), agents, goal)

    spread = np.sqrt(load.var(axis=1) + load.mean(axis=1))
    guess = np.ceil(load.mean(axis=1) + max(ndtri(goal.share), 0.3) * spread)
    found[busy] = fewest(margin, guess[busy], high[busy])
    return found


def agents_at(load: FloatArray, handle_s: FloatArray, share: FloatArray, queue: Queue) -> FloatArray:
    """(cells,): the fewest agents that answer `share` of a load (Erlang) known for certain, each cell with its own."""
    found = np.zeros(len(load))
    busy = np.flatnonzero(load > 0)

    def margin(cells: IntArray, agents: FloatArray) -> FloatArray:
        row = busy[cells]
        return _distance(queue.line(agents, load[row], handle_s[row]).service_level, share[row])

    guess = np.ceil(load + ndtri(np.maximum(share, 0.6)) * np.sqrt(load))
    high = np.ceil(load + 10 * np.sqrt(load + 1) + 5)
    found[busy] = fewest(margin, guess[busy], high[busy])
    return found


def expected(demand: Demand, agents: FloatArray, queue: Queue) -> tuple[FloatArray, FloatArray]:
    """(cells,) service level weighted by calls, and occupancy, both expected over the scenarios."""
    line = queue.line(agents[:, None], demand.load, demand.handle_by_scenario)
    weight = demand.weight * demand.calls
    total = weight.sum(axis=1)
    service = np.where(total > 0, (weight * line.service_level).sum(axis=1) / np.where(total > 0, total, 1.0), 1.0)
    return service, (line.occupancy * demand.weight).sum(axis=1)


def _margin(demand: Demand, agents: FloatArray, goal: StaffingGoal) -> FloatArray:
    service, occupancy = expected(demand, agents, goal.queue)
    margin = _distance(service, np.full(len(service), goal.share))
    return margin if goal.max_occupancy is None else np.minimum(margin, goal.max_occupancy - occupancy)


def _distance(service: FloatArray, share: FloatArray) -> FloatArray:
    """How far a service level lies above its goal, on a scale on which each agent adds about the same."""
    return np.asarray(ndtri(np.clip(service, 1e-9, 1 - 1e-9)) - ndtri(share))


def _hold(rule: bool, flag: str, came: object, wanted: str) -> None:
    if not rule:
        raise BadInput(f"{flag}: came {came}, wanted {wanted}.")
