"""How far the forecasts of a lake's series may miss, alone and together; fitted once on the held-out past."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from features.intervals import IntArray
from models.alarms import AlarmBand
from models.dependence import Dependence
from models.miss_scores import SCORE_GRID, normal_scores, score_curves
from models.storms import Storms, storm_days, without
from models.trouble import Trouble
from models.volume_bands import Bands
from models.volume_trees import PastForecasts


@dataclass(frozen=True)
class Spread:
    """`bands` of all days (what is shown), `calm` without storm days (what is staffed for), by series.

    `trouble`: what events that nobody announced add to a day; not in the bands.
    """

    bands: Bands
    calm: Bands
    dependence: Dependence
    storms: Storms
    alarms: AlarmBand
    trouble: Trouble

    @classmethod
    def without_past(cls, series: int) -> Spread:
        """Wide bands, and the dependence of other centres."""
        bands = Bands.without_past(series)
        rest = Dependence.without_past(series), Storms.without_past(series), AlarmBand.without_past(series)
        return cls(bands, bands, *rest, Trouble.without_past(series))

    @classmethod
    def fit(cls, past: PastForecasts) -> Spread:
        """From held-out forecasts and what came; of trouble nothing is known."""
        bands = Bands.fit(past.forecast, past.actual, past.lead, past.age)
        stormy = storm_days(past)
        quiet = without(past, stormy)
        calm = Bands.fit(quiet.forecast, quiet.actual, quiet.lead, quiet.age) if stormy.any() else bands
        curves = score_curves(calm, quiet.forecast, quiet.lead)
        width = curves[SCORE_GRID == 1.0][0] - curves[SCORE_GRID == -1.0][0]
        scores = normal_scores(curves, quiet.actual)
        dependence = Dependence.fit(scores, np.nan_to_num(width), quiet.lead)
        last = _last_looks(quiet)
        alarms = AlarmBand.fit(curves[:, :, last], quiet.actual[:, last], dependence)
        trouble = Trouble.without_past(len(past.forecast))
        return cls(bands, calm, dependence, Storms.fit(past, stormy), alarms, trouble)

    def rows(self, series: IntArray) -> Spread:
        """Of some series by row; -1 = one that training never saw."""
        bands, calm = self.bands.rows(series), self.calm.rows(series)
        rest = self.dependence.rows(series), self.storms.rows(series), self.alarms.rows(series)
        return Spread(bands, calm, *rest, self.trouble.rows(series))

    def to_json(self) -> dict[str, Any]:
        """Nested lists."""
        return {name: part.to_json() for name, part in vars(self).items()}

    @classmethod
    def from_json(cls, state: dict[str, Any]) -> Spread:
        """What `to_json` gave."""
        bands, calm = Bands.from_json(state["bands"]), Bands.from_json(state["calm"])
        rest = Dependence.from_json(state["dependence"]), Storms.from_json(state["storms"])
        return cls(bands, calm, *rest, AlarmBand.from_json(state["alarms"]), Trouble.from_json(state["trouble"]))


def _last_looks(past: PastForecasts) -> IntArray:
    """Of each day that was forecast the pair of the shortest lead."""
    if past.age is None:
        return np.flatnonzero(past.lead == past.lead.min())
    order = np.lexsort((past.lead, past.age))
    return np.asarray(order[np.unique(past.age[order], return_index=True)[1]], dtype=np.int64)
