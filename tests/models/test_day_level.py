"""The level of a day: days of the scenarios keep to the promised rate, one high from its first hour on is told."""

import numpy as np
import pytest

from features.intervals import FloatArray
from models.alarms import DAYS_A_MONTH
from models.day_level import BACK, FALSE_ALARMS_A_MONTH, DayLevel, two_in_a_row
from models.dependence import Dependence, Kernel
from models.miss_scores import SCORE_GRID
from models.scenarios import Outlook, draw_days

LEVEL = np.array([60.0, 40.0, 25.0])[:, None] * (1 + np.sin(np.arange(24) / 4.0) / 2)
UNSEEN = np.full(LEVEL.shape, np.nan)


@pytest.fixture(scope="module")
def outlook() -> Outlook:
    """Cells that miss by 20 %, more upward than downward, most of it a day factor that queues share."""
    curves = LEVEL * np.exp(0.2 * SCORE_GRID)[:, None, None]
    loadings = np.array([[0.9, 0.0], [0.8, 0.3], [0.6, -0.5]])
    rooms = Dependence(np.array([0.7, 0.6, 0.6]), loadings, Kernel(0.2, 0.95), Kernel(0.2, 0.5))
    return Outlook(curves[:, :, None], rooms)


@pytest.fixture(scope="module")
def level(outlook: Outlook) -> DayLevel:
    return DayLevel.of(outlook, UNSEEN)


def _days(outlook: Outlook, days: int) -> FloatArray:
    """(series, intervals, days) whole calls."""
    return np.asarray(np.round(next(draw_days(outlook, days, seed=7))))


def test_days_of_the_scenarios_alarm_as_rarely_as_promised(outlook: Outlook, level: DayLevel) -> None:
    beyond = two_in_a_row(level.scores(_days(outlook, 20_000))) >= level.limit[:, None, None, None]
    rate = beyond.any(axis=2).mean(axis=(1, 2)) * DAYS_A_MONTH
    assert (rate <= 1.15 * np.array(FALSE_ALARMS_A_MONTH)).all()
    assert rate.sum() > 0.4 * sum(FALSE_ALARMS_A_MONTH)


def test_a_day_that_is_high_from_its_first_hour_is_told_in_the_morning(level: DayLevel) -> None:
    found = level.departures(np.round(1.8 * LEVEL))
    assert {(side, series) for side, series, _, _ in found} == {(0, 0), (0, 1), (0, 2)}
    assert all(first <= 4 and last == LEVEL.shape[1] - 1 for _, _, first, last in found)
    assert level.departures(np.round(LEVEL)) == []
    low = level.departures(np.round(0.4 * LEVEL))
    assert {side for side, *_ in low} == {1}


def test_a_quiet_day_of_the_scenarios_is_not_told(outlook: Outlook, level: DayLevel) -> None:
    days = np.moveaxis(_days(outlook, 200), 2, 0)
    assert sum(len(level.departures(day)) for day in days) <= 1


def test_one_departure_is_told_again_only_after_the_day_has_come_back(level: DayLevel) -> None:
    first, later = LEVEL.copy(), LEVEL.copy()
    first[:, :6] *= 2.5
    first[:, 6:] *= 0.4
    later[:] = first
    later[:, 14:] *= 30.0
    once, twice = (sorted(level.departures(np.round(day))) for day in (first, later))
    assert [row[:2] for row in once if row[0] == 0] == [(0, 0), (0, 1), (0, 2)]
    assert [row[:2] for row in twice if row[0] == 0] == [(0, 0), (0, 0), (0, 1), (0, 1), (0, 2), (0, 2)]
    scores = level.scores(np.round(first)[..., None])[..., 0]
    side, series, begun, last = once[0]
    assert scores[side, series, last] >= BACK > scores[side, series, last + 1]
    assert begun < last


def test_what_is_not_reported_is_neither_high_nor_low(outlook: Outlook) -> None:
    day = np.round(1.8 * LEVEL)
    day[0] = np.nan
    day[1, 3:5] = np.nan
    day[:, 12:] = np.nan
    level = DayLevel.of(outlook, day)
    assert np.isnan(level.expected[1, 3:5]).all()
    told = level.expected[1, 5] - level.expected[1, 2]
    assert told == pytest.approx(LEVEL[1, 5], rel=0.1), "the gap's calls are not expected either"
    assert {(side, series) for side, series, _, _ in level.departures(day)} == {(0, 1), (0, 2)}


def test_nothing_that_comes_later_is_read(outlook: Outlook) -> None:
    whole = np.round(1.8 * LEVEL)
    so_far = np.where(np.arange(24) < 12, whole, np.nan)
    early, late = (DayLevel.of(outlook, seen).departures(seen) for seen in (so_far, whole))
    assert [row[:3] for row in early] == [row[:3] for row in late]
