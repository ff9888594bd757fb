"""What an operating indicator is: a sum over counted records, divided by another or standing alone.

numerator = Σ amount, denominator = Σ weight, both over the records that are `counted`; value = scale · numerator /
denominator, null where the denominator is 0. A total has no denominator: its value is its numerator.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ibis

from data.lake import Lake
from features.windows import add_months

DIMENSIONS = ("queue", "centre", "team", "agent", "area", "offer")


@dataclass(frozen=True)
class Period:
    """Days from `start` (included) to `end` (excluded) within one month."""

    start: dt.date
    end: dt.date


def periods(first: dt.date, end: dt.date) -> list[Period]:
    """The months of [first, end), the outer ones cut to it.

    >>> [(p.start.day, p.end.isoformat()) for p in periods(dt.date(2025, 11, 20), dt.date(2026, 1, 1))]
    [(20, '2025-12-01'), (1, '2026-01-01')]
    """
    found: list[Period] = []
    start = first
    while start < end:
        found.append(Period(start, min(add_months(start, 1), end)))
        start = found[-1].end
    return found


@dataclass(frozen=True)
class Indicator:
    """One indicator; `amount`, `counted` and `weight` are expressions over the records of its group."""

    name: str
    chinese: str
    numerator: str
    denominator: str
    unit: str
    amount: Any
    counted: Any
    weight: Any = 1
    scale: float = 1.0

    @property
    def is_total(self) -> bool:
        """Whether the value is the numerator alone."""
        return not self.denominator


@dataclass(frozen=True)
class IndicatorGroup:
    """Indicators over the same records.

    `records` gives rows with `day` (date), `person` (whom a small group would expose; null = nobody) and the
    dimensions named in `grain`; it is given the periods for sources that count the lines of each.
    """

    sources: tuple[str, ...]
    grain: tuple[str, ...]
    records: Callable[[Lake, list[Period]], ibis.Table]
    indicators: tuple[Indicator, ...]
    holds_persons: bool = True

    def is_there(self, lake: Lake) -> bool:
        """Whether the lake has every source."""
        return all(lake.has(source) for source in self.sources)
