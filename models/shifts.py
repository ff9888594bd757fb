"""Shifts that cover a requirement: how many agents take each template, by CP-SAT (the extra `shifts`).

A template starts at a time of day, lasts some hours and has breaks; paid breaks count as paid time, not as phone time.
What is missing costs most, then the paid time, then what is too much: the least of all three in that order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from data.errors import BadInput, WorkFailed
from features.intervals import FloatArray, IntArray

SHORT, LONG = 1_000, 1  # price of an agent missing or too many for one interval; a paid interval costs PAID
PAID = 10
PATIENCE_S = 30.0
SCALE = 60  # shares of an interval as whole numbers


@dataclass(frozen=True)
class ShiftTemplate:
    """Times in minutes; `breaks` (start after the shift's start, length), of which `paid_breaks` are paid."""

    name: str
    start_min: int
    length_min: int
    breaks: tuple[tuple[int, int], ...] = ()
    paid_breaks: bool = True

    def __post_init__(self) -> None:
        inside = all(start >= 0 and length > 0 and start + length <= self.length_min for start, length in self.breaks)
        if self.length_min <= 0 or not 0 <= self.start_min < 24 * 60 or not inside:
            raise BadInput(
                f"template {self.name}: came start {self.start_min}, length {self.length_min}, breaks {self.breaks} "
                "minutes; wanted a start within the day, a positive length, and breaks inside the shift."
            )

    @property
    def paid_min(self) -> int:
        """Minutes that are paid."""
        return self.length_min - (0 if self.paid_breaks else sum(length for _, length in self.breaks))


@dataclass(frozen=True)
class Roster:
    """counts (templates, days), agents on the phone by interval beside what was needed."""

    counts: IntArray
    covered: FloatArray
    needed: FloatArray
    optimal: bool

    @property
    def missing(self) -> FloatArray:
        """Agents that are missing in each interval."""
        return np.maximum(self.needed - self.covered, 0.0)

    @property
    def spare(self) -> FloatArray:
        """Agents too many in each interval."""
        return np.maximum(self.covered - self.needed, 0.0)


def phone_time(templates: list[ShiftTemplate], days: int, interval_min: int) -> FloatArray:
    """(templates, days, intervals of all days): share of an interval on the phone, of a shift begun on each day."""
    minutes = np.zeros((len(templates), days, (days + 1) * 24 * 60))
    for row, template in enumerate(templates):
        for day in range(days):
            begin = day * 24 * 60 + template.start_min
            minutes[row, day, begin : begin + template.length_min] = 1.0
            for start, length in template.breaks:
                minutes[row, day, begin + start : begin + start + length] = 0.0
    by_interval = minutes.reshape(len(templates), days, -1, interval_min).mean(axis=3)
    return by_interval[:, :, : days * 24 * 60 // interval_min]


def cover(
    needed: FloatArray, templates: list[ShiftTemplate], interval_min: int, most_agents: int | None = None
) -> Roster:
    """needed (days, intervals) agents on the phone → how many take each template on each day.

    `most_agents`: shifts a day at most. BadInput without templates or the extra; WorkFailed where nothing is found.
    """
    if not templates:
        raise BadInput("templates: came none, wanted at least one shift template.")
    whole = np.ceil(np.nan_to_num(needed))
    most = most_agents if most_agents is not None else int(whole.max()) * 3 + 1
    task = _Task(whole, phone_time(templates, len(whole), interval_min), most)
    counts, optimal = task.solve(np.array([template.paid_min * PAID / interval_min for template in templates]))
    covered = np.einsum("td,tdi->i", counts, task.share).reshape(whole.shape)
    return Roster(counts, covered, whole, optimal)


@dataclass(frozen=True)
class _Task:
    """needed (days, intervals); share (templates, days, intervals of all days) on the phone; most shifts a day."""

    needed: FloatArray
    share: FloatArray
    most: int

    def solve(self, paid: FloatArray) -> tuple[IntArray, bool]:
        """(templates, days) counts for the price of a shift, and whether nothing cheaper exists."""
        cp_model = _solver()
        model = cp_model.CpModel()
        count = [
            [model.new_int_var(0, self.most, f"{template}_{day}") for day in range(self.share.shape[1])]
            for template in range(len(self.share))
        ]
        for row in zip(*count, strict=True):
            model.add(sum(row) <= self.most)
        misses = self._misses(model, count)
        pay = sum(int(SCALE * price) * one for price, row in zip(paid, count, strict=True) for one in row)
        model.minimize(misses + pay)
        solver = cp_model.CpSolver()
        solver.parameters.max_time_in_seconds, solver.parameters.random_seed = PATIENCE_S, 1
        solver.parameters.num_workers = 1
        status = solver.solve(model)
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            raise WorkFailed(f"shifts: no roster was found within {PATIENCE_S:g} s ({solver.status_name(status)}).")
        found = np.array([[solver.value(one) for one in row] for row in count], dtype=np.int64)
        return found, bool(status == cp_model.OPTIMAL)

    def _misses(self, model: Any, count: list[list[Any]]) -> Any:
        """What is missing and too much, priced; on the phone + short - over = needed in every interval."""
        weights = np.rint(self.share * SCALE).astype(int)
        price = 0
        for interval, need in enumerate(self.needed.reshape(-1).astype(int)):
            short = model.new_int_var(0, int(need) * SCALE, f"short_{interval}")
            over = model.new_int_var(0, self.most * len(count) * SCALE, f"over_{interval}")
            there = np.argwhere(weights[:, :, interval] > 0)
            on_phone = sum(int(weights[t, d, interval]) * count[t][d] for t, d in there)
            model.add(on_phone + short - over == int(need) * SCALE)
            price = price + SHORT * short + LONG * over
        return price


def _solver() -> Any:
    try:
        from ortools.sat.python import cp_model
    except ImportError as error:
        raise BadInput("shifts need OR-tools; install the extra: pip install 'nextcall[shifts]'") from error
    return cp_model


def read_templates(frame: pd.DataFrame) -> list[ShiftTemplate]:
    """From a table: name, start (HH:MM), hours, breaks ("02:00+15 04:00+30": after the start, minutes), paid_breaks?.

    BadInput names the row and what was wanted.
    """
    wanted = {"name", "start", "hours"} - set(frame)
    if wanted:
        raise BadInput(
            f"templates: columns {', '.join(sorted(wanted))} are missing; wanted name, start, hours, breaks."
        )
    return [_template(row, number + 1) for number, row in enumerate(frame.to_dict("records"))]


def _template(row: dict[str, object] | dict, number: int) -> ShiftTemplate:
    try:
        texts = str(row.get("breaks") or "").replace("nan", "").split()
        breaks = tuple((_minutes(text.split("+")[0]), int(text.split("+")[1])) for text in texts)
        paid = str(row.get("paid_breaks", True)).strip().lower() not in ("false", "0", "no")
        hours = float(str(row["hours"]))
        return ShiftTemplate(str(row["name"]), _minutes(str(row["start"])), round(hours * 60), breaks, paid)
    except (ValueError, IndexError) as error:
        raise BadInput(
            f"templates: row {number} came as {row}; wanted start HH:MM, hours a number, breaks like 02:00+15 04:00+30."
        ) from error


def _minutes(text: str) -> int:
    hours, minutes = text.split(":")[:2]
    return int(hours) * 60 + int(minutes)
