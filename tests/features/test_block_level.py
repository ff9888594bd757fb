"""Blocks of the day: where they begin, that each follows its own level half-way, and that they survive being saved."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from features.block_level import BLOCKS, BlockLevels, LevelVariances, block_edges
from features.intervals import Grid
from features.origins import Calendar, pairs_from_origin

DAYS = pd.date_range("2024-01-01", periods=120)
CALENDAR = Calendar()


def _grid(evening: np.ndarray) -> Grid:
    """Twelve intervals a day, the last four with a level of their own."""
    mean = np.full((1, 120, 12), 50.0)
    mean[:, :, 8:] *= evening[None, :, None]
    return Grid(pd.DataFrame({"queue": ["a"]}), DAYS, 120, np.random.default_rng(0).poisson(mean).astype(float))


@settings(max_examples=50, deadline=None)
@given(arrays(float, (1, 3, 12), elements=st.floats(0, 1000)))
def test_blocks_cover_the_day_and_none_is_empty(counts: np.ndarray) -> None:
    edges = block_edges(counts)
    assert edges[0] == 0 and edges[-1] == 12
    assert (np.diff(edges) > 0).all() and len(edges) <= BLOCKS + 1


def test_an_evening_that_doubled_is_followed_half_way_and_the_morning_stays() -> None:
    evening = np.where(np.arange(120) < 90, 1.0, 2.0)
    grid = _grid(evening)
    variances = LevelVariances.fit(grid, CALENDAR)
    pairs = pairs_from_origin(grid, 115, DAYS[115:118])
    plain = np.full((1, 3, 12), 50.0)
    bent = BlockLevels(grid, CALENDAR, variances).bent(plain, pairs)
    edges = variances.edges
    assert bent[0, :, edges[0] : edges[1]] == pytest.approx(50, rel=0.1)
    assert bent[0, :, edges[-2] :] == pytest.approx(50 * np.sqrt(2), rel=0.15)


def test_closed_intervals_stay_closed_and_blocks_without_calls_change_nothing() -> None:
    grid = _grid(np.zeros(120))
    grid.counts[:, :, 11] = np.nan
    plain = np.full((1, 2, 12), 50.0)
    plain[:, :, 8:11], plain[:, :, 11] = 0.0, np.nan
    pairs = pairs_from_origin(grid, 100, DAYS[100:102])
    bent = BlockLevels(grid, CALENDAR, LevelVariances.fit(grid, CALENDAR)).bent(plain, pairs)
    assert np.isnan(bent[:, :, 11]).all() and (bent[:, :, 8:11] == 0).all()


def test_variances_survive_json() -> None:
    found = LevelVariances.fit(_grid(np.ones(120)), CALENDAR)
    again = LevelVariances.from_json(found.to_json())
    assert again.edges == found.edges
    np.testing.assert_array_equal(again.blocks[-1].parts, found.blocks[-1].parts)
