"""Storm days: so many more calls than forecast that they belong to no ordinary spread, and what such a day needs.

A base plan that staffs for them would staff for a storm every day; so they are kept out of its spread and told apart.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from features.intervals import BoolArray, FloatArray, IntArray
from models.volume_trees import PastForecasts

OUTLIER = 3.5  # robust standard deviations: Iglewicz & Hoaglin 1993, chapter 3
MAD_TO_SD = 1.4826
MIN_STORMS = 5  # a series with fewer days of its own leans on those of all


@dataclass(frozen=True)
class Storms:
    """ratio (series,): calls of a storm day over its forecast; spread (series,): its standard deviation."""

    ratio: FloatArray
    spread: FloatArray

    @classmethod
    def without_past(cls, series: int) -> Storms:
        """Nothing is known of storms: as forecast."""
        return cls(np.ones(series), np.zeros(series))

    @classmethod
    def fit(cls, past: PastForecasts, stormy: BoolArray) -> Storms:
        """From the days of `storm_days`; where there was none yet, the day that was missed most stands for one."""
        ratio = _day_ratio(past)
        worst = ratio >= np.nanmax(ratio, axis=1, keepdims=True)
        days = stormy if stormy.any() else worst
        pool = ratio[days & ~np.isnan(ratio)]
        own = [ratio[row][days[row]] for row in range(len(ratio))]
        used = [values if len(values) >= MIN_STORMS else pool for values in own]
        return cls(np.array([max(x.mean(), 1.0) for x in used]), np.array([x.std() for x in used]))

    def rows(self, series: IntArray) -> Storms:
        """Of some series by row; -1 = one without a past, like the mean of the others."""
        known = series >= 0
        parts = (np.where(known, x[series.clip(0)], x.mean()) for x in (self.ratio, self.spread))
        return Storms(*parts)

    def to_json(self) -> dict[str, Any]:
        """Plain lists."""
        return {"ratio": self.ratio.tolist(), "spread": self.spread.tolist()}

    @classmethod
    def from_json(cls, state: dict[str, Any]) -> Storms:
        """What `to_json` gave."""
        return cls(np.array(state["ratio"], float), np.array(state["spread"], float))


def storm_days(past: PastForecasts) -> BoolArray:
    """(series, pairs): days whose calls lie that far above their forecast, on the root scale, by their series' MAD."""
    miss = np.sqrt(_day_ratio(past)) - 1
    middle = np.nanmedian(miss, axis=1, keepdims=True)
    scale = MAD_TO_SD * np.nanmedian(np.abs(miss - middle), axis=1, keepdims=True)
    return np.asarray(np.nan_to_num(miss - middle, nan=0.0) > OUTLIER * np.maximum(scale, 1e-9))


def without(past: PastForecasts, stormy: BoolArray) -> PastForecasts:
    """The past with nothing known of those days."""
    return replace(past, actual=np.where(stormy[:, :, None], np.nan, past.actual))


def _day_ratio(past: PastForecasts) -> FloatArray:
    """(series, pairs) calls over forecast, NaN where either is unknown or nothing was expected."""
    known = ~(np.isnan(past.forecast) | np.isnan(past.actual))
    came, told = (np.where(known, x, 0.0).sum(axis=2) for x in (past.actual, past.forecast))
    return np.where(told > 0, came / np.where(told > 0, told, 1.0), np.nan)
