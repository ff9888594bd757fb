"""Many queues: computed some at a time with the same numbers, and learnt from however many there are."""

import numpy as np
import pandas as pd
import pytest

from features.volume_history import Calendar
from models import volume_learning, volume_trees
from models.forecast_table import Span, forecast_table
from models.volume import VolumeModel, counts_grid
from models.volume_learning import MIN_PAIRS, training_pairs
from tests.models.volume_counts import made_counts


def _table(counts: pd.DataFrame) -> pd.DataFrame:
    model = VolumeModel(Calendar("CN")).fit(counts)
    return forecast_table(model, Span(model.history_end, 10))


def test_series_some_at_a_time_give_the_same_forecast_to_the_last_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = made_counts(100)
    whole = _table(counts)
    monkeypatch.setattr(volume_trees, "TOGETHER", 2)
    pd.testing.assert_frame_equal(_table(counts), whole, check_exact=True)


def test_hundreds_of_queues_are_learnt_from_and_not_left_to_the_average(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(volume_learning, "MAX_CELLS", 100)
    monkeypatch.setattr(volume_learning, "MAX_ROWS", 500)
    counts = made_counts(100)
    pairs = training_pairs(counts_grid(counts, 60), 28, seed=1)
    assert len(pairs) == MIN_PAIRS
    model = VolumeModel(Calendar("CN")).fit(counts)
    assert model.trees.boosters
    told = model.forecast_days(model.history_end, 7).median
    assert np.nanmin(told) >= 0
