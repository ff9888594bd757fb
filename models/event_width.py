"""How unsure events make a forecast: their own spread on top of the bands of ordinary days."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from features.intervals import FloatArray, IntArray
from models.volume_bands import Bands

ONE_SD = np.array([0.1587, 0.5, 0.8413])


@dataclass(frozen=True)
class Booked:
    """(series, days, intervals): expected calls by cause, and the sd that events add to their sum."""

    causes: dict[str, FloatArray]
    event_sd: FloatArray


@dataclass(frozen=True)
class Middle:
    """What bands are laid around: medians (series, pairs, intervals), the lead of each pair, the sd of events."""

    median: FloatArray
    lead: IntArray
    event_sd: FloatArray


def quantiles_with_events(bands: Bands, middle: Middle, at: FloatArray) -> FloatArray:
    """(quantiles, series, pairs, intervals): the bands, stretched about their middle where events are unsure.

    Variances add: sd² = band² + events². Never negative, never crossing.
    """
    plain = bands.quantiles(middle.median, middle.lead, at)
    if not (middle.event_sd > 0).any():
        return plain
    low, centre, high = bands.quantiles(middle.median, middle.lead, ONE_SD)
    half = np.maximum((high - low) / 2, 1e-9)
    stretch = np.sqrt(1.0 + (middle.event_sd / half) ** 2)
    return np.maximum(centre + (plain - centre) * stretch, 0.0)
