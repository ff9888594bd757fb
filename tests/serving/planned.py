"""A small forecast for tests of what planners do with one: three series, ten days, agents and causes."""

from __future__ import annotations

from functools import cache

import pandas as pd

from models.forecast_table import Span, forecast_table
from models.staffing import StaffingGoal
from models.volume import VolumeModel
from tests.models.volume_counts import made_counts

KNOWN_DAYS, DAYS = 40, 5
GOAL = StaffingGoal()
COUNTS = made_counts(KNOWN_DAYS + DAYS)
KNOWN = COUNTS[COUNTS["starts_at"] < "2025-09-10"]
START = pd.Timestamp("2025-09-10")


@cache
def _model() -> VolumeModel:
    return VolumeModel().fit(KNOWN, horizon=7)


@cache
def _planned(interval: str | None) -> pd.DataFrame:
    return forecast_table(_model(), Span(START, DAYS, interval), GOAL)


def planned(interval: str | None = None) -> pd.DataFrame:
    """The forecast's rows; a copy, so that a test that changes it harms no other."""
    return _planned(interval).copy()
