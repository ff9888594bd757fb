"""How alike two days are, part by part: the kernels whose weighted sum is the covariance of days' log totals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.calendar import FAR_DAYS
from features.intervals import FloatArray
from features.origins import Calendar

PARTS = {  # part -> its variance before any day was seen, in squared log units
    "weekday": 0.3,
    "level_4_days": 0.005,
    "level_20_days": 0.005,
    "level_100_days": 0.01,
    "month": 0.01,
    "month_narrow": 0.003,
    "holiday": 1.0,
    "one_holiday": 0.3,
    "after_holiday": 0.02,
    "before_holiday": 0.03,
    "festival": 0.02,
    "makeup_workday": 0.02,
    "after_closure": 0.02,
}
LEVEL_DAYS = (4, 20, 100)  # over which a level falls back to the mean by 1/e
MONTH_SCALES = (0.7, 0.3)  # of the periodic kernel (MacKay 1998): a month's wave, and a peak of a few days
AFTER_DAYS, BEFORE_DAYS = 3, 2  # of a holiday that are unlike other days
FESTIVAL_DAYS = 2.0  # over which a day's place around a lunar festival is forgotten


@dataclass(frozen=True)
class DayTable:
    """What the kernels look at, one entry a day."""

    number: FloatArray  # of the day
    weekday: FloatArray
    phase: FloatArray  # place in the month, 0 to 1
    facts: pd.DataFrame
    after_closure: FloatArray

    @classmethod
    def of(cls, days: pd.DatetimeIndex, gap_days: FloatArray, usual_gap: FloatArray, calendar: Calendar) -> DayTable:
        """Of these days; after a closure = `gap_days` since the open day before are more than its weekday's usual."""
        weekday = days.weekday.to_numpy()
        number = (days - pd.Timestamp("2000-01-01")) / pd.Timedelta(days=1)
        phase = (days.day.to_numpy() - 0.5) / days.days_in_month.to_numpy()
        closure = (gap_days > usual_gap[weekday]).astype(float)
        return cls(number.to_numpy(), weekday.astype(float), phase, calendar.facts(days), closure)

    def kernels(self, other: DayTable | None = None) -> FloatArray:
        """(parts, days, days of `other`): 1 = alike, 0 = nothing in common; `other` None = these days themselves."""
        there = other or self
        apart = np.abs(self.number[:, None] - there.number)
        turn = np.sin(np.pi * (self.phase[:, None] - there.phase))
        same = apart == 0
        kernels = {
            "weekday": self.weekday[:, None] == there.weekday,
            **{f"level_{days}_days": np.exp(-apart / days) for days in LEVEL_DAYS},
            "month": np.exp(-2 * (turn / MONTH_SCALES[0]) ** 2),
            "month_narrow": np.exp(-2 * (turn / MONTH_SCALES[1]) ** 2),
            "holiday": _both(self._flag("is_holiday"), there._flag("is_holiday")),
            "one_holiday": _both(self._flag("is_holiday"), there._flag("is_holiday")) * same,
            "after_holiday": _alike(*(t._near("days_since_holiday", AFTER_DAYS) for t in (self, there))),
            "before_holiday": _alike(*(t._near("days_to_holiday", BEFORE_DAYS) for t in (self, there))),
            "festival": _festivals(self.facts, there.facts),
            "makeup_workday": _both(self._flag("is_makeup_workday"), there._flag("is_makeup_workday")),
            "after_closure": _both(self.after_closure, there.after_closure),
        }
        return np.stack([np.asarray(kernels[part], dtype=float) for part in PARTS])

    def _flag(self, name: str) -> FloatArray:
        return self.facts[name].to_numpy(float)

    def _near(self, name: str, reach: int) -> FloatArray:
        """Days from the holiday, 0 where it is further than `reach`."""
        days = np.abs(self._flag(name))
        return np.where(days <= reach, days, 0.0)


def _both(here: FloatArray, there: FloatArray) -> FloatArray:
    return here[:, None] * there


def _alike(here: FloatArray, there: FloatArray) -> FloatArray:
    """1 where both are the same and not 0."""
    return ((here[:, None] == there) & (here[:, None] > 0)).astype(float)


def _festivals(here: pd.DataFrame, there: pd.DataFrame) -> FloatArray:
    total = np.zeros((len(here), len(there)))
    for name in ("spring_festival_offset", "mid_autumn_offset"):
        a, b = here[name].to_numpy(float)[:, None], there[name].to_numpy(float)
        near = (np.abs(a) < FAR_DAYS) & (np.abs(b) < FAR_DAYS)
        total += near * np.exp(-0.5 * ((a - b) / FESTIVAL_DAYS) ** 2)
    return total
