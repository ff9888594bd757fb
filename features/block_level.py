"""The level of each part of the day beside that of the whole: mornings and evenings do not always move together.

The open day is cut where a third and two thirds of the calls have come, over all series and days. Each block has a
day level of its own (`features.day_level`); the shape of twelve weeks is bent half-way to it, on the log scale: a block
alone is noisier than the day, and half was best on origins before the public series' test days.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from features.day_level import DayLevel, DayVariances
from features.intervals import FloatArray, Grid, IntArray
from features.origins import Calendar, Pairs

BLOCKS = 3
BENT = 0.5  # of the way from the shape to the block's own level
FURTHEST = 4.0  # a block is told at most so many times what the shape says, or its inverse


@dataclass(frozen=True)
class LevelVariances:
    """Variances of the day's level and of its blocks'; block b runs from interval edges[b] up to edges[b + 1]."""

    day: DayVariances
    blocks: tuple[DayVariances, ...]
    edges: tuple[int, ...]

    @classmethod
    def fit(cls, grid: Grid, calendar: Calendar) -> LevelVariances:
        """Those of every series of the grid."""
        edges = block_edges(grid.counts)
        blocks = tuple(DayVariances.fit(part, calendar) for part in parts_of(grid, edges))
        return cls(DayVariances.fit(grid, calendar), blocks, edges)

    def rows(self, series: IntArray) -> LevelVariances:
        """Those of some series; the prior for -1 = never seen."""
        return LevelVariances(self.day.rows(series), tuple(block.rows(series) for block in self.blocks), self.edges)

    def to_json(self) -> dict[str, Any]:
        """Nested lists."""
        blocks = [block.to_json() for block in self.blocks]
        return {"day": self.day.to_json(), "blocks": blocks, "edges": list(self.edges)}

    @classmethod
    def from_json(cls, state: dict[str, Any]) -> LevelVariances:
        """What `to_json` gave."""
        blocks = tuple(DayVariances.from_json(block) for block in state["blocks"])
        return cls(DayVariances.from_json(state["day"]), blocks, tuple(state["edges"]))


class BlockLevels:
    """What was expected of each block of any day at any origin, on one grid."""

    def __init__(self, grid: Grid, calendar: Calendar, variances: LevelVariances) -> None:
        self.edges = variances.edges
        parts = parts_of(grid, self.edges)
        self._levels = [DayLevel(one, calendar, v) for one, v in zip(parts, variances.blocks, strict=True)]

    def bent(self, levelled: FloatArray, pairs: Pairs, without: Collection[str] = ()) -> FloatArray:
        """(series, pairs, intervals) calls, each block moved half-way to its own level; `without` as in `DayLevel`."""
        factor = np.ones(levelled.shape)
        for level, low, high in zip(self._levels, self.edges[:-1], self.edges[1:], strict=True):
            told, expected = np.nansum(levelled[:, :, low:high], axis=2), level.expected(pairs, without)
            usable = (told > 0) & (expected > 0)
            ratio = np.where(usable, expected / np.where(usable, told, 1.0), 1.0)
            factor[:, :, low:high] = ratio.clip(1 / FURTHEST, FURTHEST)[:, :, None] ** BENT
        return levelled * factor


def block_edges(counts: FloatArray) -> tuple[int, ...]:
    """Where the blocks of (series, days, intervals) begin and end: equal shares of all calls, no block empty.

    >>> block_edges(np.ones((1, 2, 6)))
    (0, 2, 4, 6)
    """
    calls = np.nansum(counts, axis=(0, 1))
    reached = np.cumsum(calls) / max(calls.sum(), 1e-9)
    inner = np.searchsorted(reached, np.arange(1, BLOCKS) / BLOCKS - 1e-9) + 1
    edges = sorted({0, *(int(edge) for edge in inner if edge < len(calls)), len(calls)})
    return tuple(edges)


def parts_of(grid: Grid, edges: tuple[int, ...]) -> list[Grid]:
    """The grid cut into its blocks."""
    return [replace(grid, counts=grid.counts[:, :, low:high]) for low, high in pairwise(edges)]
