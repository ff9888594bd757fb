"""The calls of every series and own interval: mean, quantiles, and the scenarios that staffing averages over.

A day that has begun is told from joint draws bent by what was seen; all others straight from the bands.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from features.event_calendar import CAUSES
from features.intervals import FloatArray
from models.event_width import Middle, quantiles_with_events
from models.miss_scores import SCORE_GRID
from models.scenarios import Outlook, draw_days
from models.volume import DayForecast
from models.volume_bands import Bands
from models.volume_spread import Spread

_AT, _WEIGHT = np.polynomial.legendre.leggauss(9)
SHARES, SHARE_WEIGHTS = (_AT + 1) / 2, _WEIGHT / 2  # Gauss-Legendre: a mean over all quantiles, tails included
AHEAD = 1.04  # days ahead are missed wider than held-out weeks, whose neighbours were learned from (development data)


@dataclass(frozen=True)
class ForecastCells:
    """Forecast days, how far they may miss, and what has come of the first one (series, intervals; None = nothing)."""

    days: DayForecast
    spread: Spread
    seen: FloatArray | None = None

    def mean(self) -> FloatArray:
        """(series, days, intervals) expected calls; what has come, where it has."""
        mean = self.spread.bands.mean(self.days.median, self.days.pairs.lead)
        if self.seen is not None:
            mean[:, 0] = self._first_day(self.spread.bands).mean(axis=-1)
        return mean

    def unannounced(self, mean: FloatArray) -> FloatArray:
        """(series, days, intervals) expected calls of trouble that nobody knows of yet, beside `mean`; 0 = closed.

        Trouble adds to ordinary calls: those of announced events bring no more of it.
        """
        announced = sum(part for cause, part in self.days.causes.items() if cause in CAUSES)
        median = np.where(self.days.median > 0, self.days.median, np.nan)
        ordinary = mean * np.clip(1 - announced / median, 0.0, 1.0) * self.expected()
        return np.nan_to_num(ordinary) * self.spread.trouble.expected()[:, None, None]

    def quantiles(self, shares: FloatArray) -> FloatArray:
        """(shares, series, days, intervals)."""
        return self._told(self.spread.bands, shares)

    def scenarios(self) -> tuple[FloatArray, FloatArray]:
        """Calls that staffing is for (series, days, intervals, scenarios) and the scenarios' weights, adding up to 1.

        Storm days are not in their spread; unannounced trouble is, as often and as hard as it was.
        """
        roots = np.sqrt(np.moveaxis(self._told(self.spread.calm, SHARES), 0, -1))
        middle = roots[..., len(SHARES) // 2, None]
        calls = np.maximum(middle + AHEAD * (roots - middle), 0.0) ** 2
        return self.spread.trouble.beside(calls, SHARE_WEIGHTS)

    def outlook(self) -> Outlook:
        """What joint draws are made from."""
        return self._outlook(self.spread.bands)

    def expected(self) -> FloatArray:
        """(series, days, intervals) 1 where calls are still to come, NaN where they have come or nobody answers."""
        to_come = np.where(np.isnan(self.days.median), np.nan, 1.0)
        if self.seen is not None:
            to_come[:, 0][~np.isnan(self.seen)] = np.nan
        return to_come

    def _told(self, bands: Bands, shares: FloatArray) -> FloatArray:
        told = self._plain(bands, shares)
        if self.seen is not None:
            told[:, :, 0] = np.quantile(self._first_day(bands), shares, axis=-1)
        return told

    def _plain(self, bands: Bands, shares: FloatArray) -> FloatArray:
        return quantiles_with_events(bands, Middle(self.days.median, self.days.pairs.lead, self.days.event_sd), shares)

    def _outlook(self, bands: Bands) -> Outlook:
        return Outlook(self._plain(bands, ndtr(SCORE_GRID)), self.spread.dependence, self.seen)

    def _first_day(self, bands: Bands) -> FloatArray:
        return next(draw_days(self._outlook(bands)))
