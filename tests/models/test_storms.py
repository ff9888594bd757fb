"""Storm days: found, kept out of the base spread, and told apart as a plan of their own."""

import numpy as np
import pandas as pd
import pytest

from features.volume_history import Calendar
from models.erlang import Queue
from models.forecast_table import Span, forecast_table
from models.staffing import StaffingGoal
from models.storms import storm_days
from models.volume import VolumeModel
from models.volume_spread import Spread
from models.volume_trees import PastForecasts
from tests.models.volume_counts import made_counts

GOAL = StaffingGoal(0.8, Queue(20, 180), None, 0.0)


def _past(storms: int) -> PastForecasts:
    random = np.random.default_rng(4)
    forecast = np.full((2, 200, 10), 40.0)
    actual = random.poisson(forecast * random.gamma(60, 1 / 60, (2, 200, 1))).astype(float)
    actual[0, :storms] *= 3.0
    return PastForecasts(forecast, actual, np.ones(200, dtype=np.int64))


def test_only_storms_are_found() -> None:
    found = storm_days(_past(8))
    assert found[0, :8].all()
    assert found.sum() <= 10


def test_the_base_spread_is_the_one_without_storms() -> None:
    level, lead = np.full((2, 1, 10), 40.0), np.ones(1, dtype=np.int64)
    stormy, calm = Spread.fit(_past(8)), Spread.fit(_past(0))
    top = np.array([0.99])
    assert stormy.calm.quantiles(level, lead, top)[0, 0] == pytest.approx(
        calm.calm.quantiles(level, lead, top)[0, 0], rel=0.05
    )
    assert (stormy.bands.quantiles(level, lead, top)[0, 0] > 1.3 * stormy.calm.quantiles(level, lead, top)[0, 0]).all()
    assert stormy.storms.ratio[0] == pytest.approx(3.0, rel=0.1)


def test_a_storm_plan_is_a_day_of_its_own_that_still_adds_up() -> None:
    counts = made_counts()
    days = counts["starts_at"].dt.normalize()
    stormy = days.isin(days.drop_duplicates().sample(6, random_state=1))
    counts["offered"] = np.where(stormy, counts["offered"] * 4, counts["offered"])
    model = VolumeModel(Calendar("CN")).fit(counts)
    span = Span(pd.Timestamp("2025-12-29"), 2)
    base, storm = (forecast_table(model, Span(span.start, 2, plan=plan), GOAL) for plan in ("base", "storm"))
    assert storm["mean"].sum() > 2 * base["mean"].sum()
    assert storm["agents_on_phone"].sum() > 1.5 * base["agents_on_phone"].sum()
    causes = [name for name in map(str, storm) if name.startswith("cause_")]
    assert "cause_storm" in causes
    assert np.allclose(storm[causes].sum(axis=1), storm["mean"])
    quiet = forecast_table(VolumeModel(Calendar("CN")).fit(made_counts()), span, GOAL)
    assert base["agents_on_phone"].sum() < 1.15 * quiet["agents_on_phone"].sum(), "no storm in the base plan"
