"""A promise held over a day instead of in every interval: the fewest agents in all, each put where it tells most.

Whole agents overshoot a small interval's goal; over a day the overshoot of one interval can pay for the next. No
interval falls below half of the promised share.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from features.intervals import FloatArray, IntArray
from models.staffing import Demand, StaffingGoal, agents_needed, expected

FEWER, MORE = 4, 2  # agents around each interval's own need that are looked at
FLOOR = 0.5  # of the promised share, in every interval


def agents_together(demand: Demand, goal: StaffingGoal, group: IntArray) -> FloatArray:
    """(cells,) agents: the fewest in each group (cells,) whose expected calls answered in time keep the promise there.

    Greedy by the calls that one more agent saves, which is optimal where they fall with every agent.
    """
    own = agents_needed(demand, goal)
    tried = np.maximum(own[:, None] + np.arange(-FEWER, MORE + 1), 0.0)
    levels, allowed = _levels(demand, goal, tried)
    start = allowed.argmax(axis=1)
    calls = (demand.calls * demand.weight).sum(axis=1)
    steps = _Steps.of(levels * calls[:, None], start, group)
    sums = _sum_by(group, levels[np.arange(len(own)), start] * calls, steps.groups)
    needed = goal.share * _sum_by(group, calls, steps.groups) - sums
    return np.asarray(tried[np.arange(len(own)), start] + steps.taken(needed, len(own)))


def _levels(demand: Demand, goal: StaffingGoal, tried: FloatArray) -> tuple[FloatArray, np.ndarray]:
    """(cells, tries) expected service levels, and which numbers keep the floor and the occupancy cap."""
    levels, allowed = np.empty(tried.shape), np.empty(tried.shape, dtype=bool)
    for column in range(tried.shape[1]):
        level, occupancy = expected(demand, tried[:, column], goal.queue)
        levels[:, column] = level
        allowed[:, column] = level >= FLOOR * goal.share
        if goal.max_occupancy is not None:
            allowed[:, column] &= occupancy <= goal.max_occupancy
    return levels, allowed


@dataclass(frozen=True)
class _Steps:
    """Every "one more agent here": its cell, its group (as a row of `groups`) and the calls it saves, best first."""

    cell: IntArray
    row: IntArray
    gain: FloatArray
    groups: IntArray

    @classmethod
    def of(cls, in_time: FloatArray, start: IntArray, group: IntArray) -> _Steps:
        gain = np.diff(in_time, axis=1)
        column = np.arange(gain.shape[1])
        usable = column >= start[:, None]
        order_by = np.minimum.accumulate(np.where(usable, gain, np.inf), axis=1)
        cell, step = np.nonzero(usable)
        groups, row = np.unique(group, return_inverse=True)
        order = np.lexsort((step, -order_by[cell, step], row[cell]))
        return cls(cell[order], row[cell][order], gain[cell, step][order], groups)

    def taken(self, needed: FloatArray, cells: int) -> FloatArray:
        """(cells,) how many steps of each cell are taken, best first, until each group has the calls it needs."""
        before = np.cumsum(self.gain) - self.gain
        first = np.searchsorted(self.row, np.arange(len(self.groups)))
        opening = np.append(before, 0.0)[first]
        wanted = before - opening[self.row] < needed[self.row] - 1e-9
        return np.bincount(self.cell[wanted], minlength=cells).astype(float)


def _sum_by(group: IntArray, values: FloatArray, groups: IntArray) -> FloatArray:
    return np.bincount(np.searchsorted(groups, group), weights=values, minlength=len(groups)).astype(float)
