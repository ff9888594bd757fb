"""How many agents an interval needs: the fewest that reach the service level expected over the forecast's scenarios.

Staffing at the mean misses the target, staffing at a high quantile overshoots it: the share answered in time is
averaged over scenarios, each weighted by its calls (answered in time over offered, in the long run).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from data.errors import BadInput
from features.intervals import FloatArray
from models.erlang import Queue


@dataclass(frozen=True)
class StaffingGoal:
    """The promise (`share` of the calls as `queue` defines it), the occupancy cap (None = off) and the shrinkage."""

    share: float = 0.8
    queue: Queue = field(default_factory=Queue)
    max_occupancy: float | None = 0.85
    shrinkage: float = 0.30

    def __post_init__(self) -> None:
        _hold(0 < self.share < 1, "service-level", self.share, "a share between 0 and 1, e.g. 0.8,30")
        _hold(self.queue.within_s >= 0, "service-level", self.queue.within_s, "seconds of at least 0")
        _hold(0 <= self.shrinkage < 1, "shrinkage", self.shrinkage, "a share from 0 to below 1")
        cap = self.max_occupancy
        _hold(cap is None or 0 < cap <= 1, "max-occupancy", cap, "a share above 0 and at most 1, or none")
        patience = self.queue.patience_s
        _hold(patience is None or patience > 0, "patience-s", patience, "seconds above 0, or none")


@dataclass(frozen=True)
class Demand:
    """Scenarios of what comes in an interval.

    calls: (cells, scenarios); weight: (scenarios,) adding up to 1; handle_s: (cells,); interval_s: length of a cell.
    """

    calls: FloatArray
    weight: FloatArray
    handle_s: FloatArray
    interval_s: float

    @property
    def load(self) -> FloatArray:
        """(cells, scenarios) in Erlang."""
        return self.calls * self.handle_s[:, None] / self.interval_s

    def part(self, cells: np.ndarray) -> Demand:
        """Some of the cells."""
        return Demand(self.calls[cells], self.weight, self.handle_s[cells], self.interval_s)


def staff(demand: Demand, goal: StaffingGoal) -> pd.DataFrame:
    """One row per cell: agents_on_phone, agents_scheduled (after shrinkage), service_level and occupancy expected.

    No calls in any scenario need no agents; their service level is 1.
    """
    agents = agents_needed(demand, goal)
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
    """(cells,): the fewest agents that meet the goal, found by bisection (both conditions are monotone in agents)."""
    load = demand.load
    low = np.zeros(len(load))
    high = np.ceil(load.max(axis=1) + 10 * np.sqrt(load.max(axis=1) + 1) + 5)
    if goal.max_occupancy is not None:
        high = np.maximum(high, np.ceil(load.max(axis=1) / goal.max_occupancy) + 1)
    low[load.max(axis=1) > 0] = 1
    high[load.max(axis=1) == 0] = 0
    while (open_cells := np.flatnonzero(low < high)).size:
        middle = np.floor((low[open_cells] + high[open_cells]) / 2)
        enough = _enough(demand.part(open_cells), middle, goal)
        high[open_cells] = np.where(enough, middle, high[open_cells])
        low[open_cells] = np.where(enough, low[open_cells], middle + 1)
    return high


def expected(demand: Demand, agents: FloatArray, queue: Queue) -> tuple[FloatArray, FloatArray]:
    """(cells,) service level weighted by calls, and occupancy, both expected over the scenarios."""
    line = queue.line(agents[:, None], demand.load, demand.handle_s[:, None])
    weight = demand.weight * demand.calls
    total = weight.sum(axis=1)
    service = np.where(total > 0, (weight * line.service_level).sum(axis=1) / np.where(total > 0, total, 1.0), 1.0)
    return service, (line.occupancy * demand.weight).sum(axis=1)


def _enough(demand: Demand, agents: FloatArray, goal: StaffingGoal) -> np.ndarray:
    service, occupancy = expected(demand, agents, goal.queue)
    enough = service >= goal.share
    return enough & (occupancy <= goal.max_occupancy) if goal.max_occupancy is not None else enough


def _hold(rule: bool, flag: str, came: object, wanted: str) -> None:
    if not rule:
        raise BadInput(f"{flag}: came {came}, wanted {wanted}.")
