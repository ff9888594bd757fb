"""Alarms: a jump is seen within two intervals, quiet days stay quiet, and nothing later is read."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtri
from scipy.stats import poisson

from features.intervals import FloatArray
from features.volume_history import Calendar
from models.alarms import DAYS_A_MONTH, FALSE_ALARMS_A_MONTH, NEVER, AlarmBand, departures
from models.dependence import Dependence, Kernel
from models.miss_scores import SCORE_GRID
from models.volume import VolumeModel
from models.watch import day_alarms
from tests.models.volume_counts import made_counts

DAY = pd.Timestamp("2025-12-20")


@pytest.fixture(scope="module")
def counts() -> pd.DataFrame:
    return made_counts()


@pytest.fixture(scope="module")
def model(counts: pd.DataFrame) -> VolumeModel:
    return VolumeModel(Calendar("CN")).fit(counts)


def _today(counts: pd.DataFrame, factor: float, since: str = "12:00") -> pd.DataFrame:
    """The day's calls, those of one queue multiplied from an hour on."""
    today = counts[counts["starts_at"].dt.normalize() == DAY].copy()
    hit = (today["queue"] == "billing") & (today["centre"] == "hz") & (today["starts_at"] >= f"{DAY:%F} {since}")
    today["offered"] = np.where(hit, (today["offered"] * factor).round(), today["offered"])
    return today


@pytest.mark.parametrize(("factor", "direction"), [(3.0, "more"), (0.15, "fewer")])
def test_a_jump_is_told_two_intervals_later_with_its_size(
    model: VolumeModel, counts: pd.DataFrame, factor: float, direction: str
) -> None:
    found = day_alarms(model, DAY + pd.Timedelta(hours=14), _today(counts, factor))
    alarm = found[(found["queue"] == "billing") & (found["centre"] == "hz")].to_dict("records")[0]
    assert (alarm["direction"], alarm["starts_at"], alarm["seen_at"]) == (
        direction,
        DAY + pd.Timedelta(hours=12),
        DAY + pd.Timedelta(hours=14),
    )
    assert alarm["excess_share"] == pytest.approx(factor - 1, abs=0.6)
    assert day_alarms(model, DAY + pd.Timedelta(hours=13), _today(counts, factor)).empty, "one interval is no alarm"


def test_a_day_that_is_high_from_its_first_hour_is_told_by_its_level(model: VolumeModel, counts: pd.DataFrame) -> None:
    today = counts[counts["starts_at"].dt.normalize() == DAY].copy()
    today["offered"] = (today["offered"] * 1.8).round()
    found = day_alarms(model, DAY + pd.Timedelta(hours=17), today).query("kind == 'level'")
    alarm = found[(found["queue"] == "billing") & (found["centre"] == "hz")].to_dict("records")[0]
    assert alarm["direction"] == "more"
    assert alarm["seen_at"] <= DAY + pd.Timedelta(hours=12)
    hz = today[(today["queue"] == "billing") & (today["centre"] == "hz")]
    assert alarm["calls"] == hz["offered"].sum()
    assert alarm["excess_share"] == pytest.approx(0.8, abs=0.4)


def test_nothing_after_the_moment_is_read(model: VolumeModel, counts: pd.DataFrame) -> None:
    until = DAY + pd.Timedelta(hours=13)
    quiet, loud = _today(counts, 1.0), _today(counts, 5.0, since="13:00")
    pd.testing.assert_frame_equal(day_alarms(model, until, quiet), day_alarms(model, until, loud))


def test_past_days_raise_few_alarms(model: VolumeModel, counts: pd.DataFrame) -> None:
    days = pd.date_range("2025-11-01", "2025-12-28")
    alarms = [len(day_alarms(model, day + pd.Timedelta(hours=23), counts)) for day in days]
    assert sum(alarms) <= 2 * 3 * sum(FALSE_ALARMS_A_MONTH) * len(days) / 30.4, "three series"


def test_a_model_of_many_weeks_of_leads_still_alarms(model: VolumeModel) -> None:
    """The limit is learned from every day that was held out, whatever leads were drawn for it."""
    assert (model.spread().alarms.limit < 9).all()


def test_without_a_past_or_calls_there_is_no_alarm(model: VolumeModel, counts: pd.DataFrame) -> None:
    assert day_alarms(model, pd.Timestamp("2026-01-05 12:00")).empty
    young = VolumeModel(Calendar("CN")).fit(made_counts(days=10))
    start = young.history_end - pd.Timedelta(days=1)
    assert day_alarms(young, start + pd.Timedelta(hours=14)).empty


def _told(days: int, seed: int) -> tuple[FloatArray, FloatArray]:
    """Curves (scores, 2, days, 20) of a hundred calls with a spread of 10 %, and calls that keep to them."""
    random = np.random.default_rng(seed)
    rate = 100.0 * random.gamma(100.0, 0.01, (2, days, 20))
    curves = np.broadcast_to((100.0 + 14.0 * SCORE_GRID)[:, None, None, None], (len(SCORE_GRID), *rate.shape))
    return curves, random.poisson(rate).astype(float)


def test_limits_keep_the_rate_that_is_wanted() -> None:
    rooms = Dependence.without_past(2)
    band = AlarmBand.fit(*_told(3000, 3), rooms)
    beyond = departures(*_told(1500, 4), band, rooms)
    passed = (np.nan_to_num(beyond, nan=-NEVER) >= band.limit[:, None, None, None]).any(axis=3)
    rate = passed.mean(axis=(1, 2)) * DAYS_A_MONTH
    np.testing.assert_allclose(rate, FALSE_ALARMS_A_MONTH, rtol=0.4)


def test_a_count_is_scored_by_its_tail() -> None:
    """Two intervals of 100 calls each with Poisson's spread: 240 and more have a probability of 0.0030."""
    curves, came = _told(30, 5)
    rooms = Dependence(np.full(2, 0.01), np.zeros((2, 2)), Kernel(0.0, 0.0), Kernel(0.0, 0.0))
    came[:, :, 9:11] = 120.0
    band = AlarmBand(np.ones(2), np.tile([1.0, 0.0], (2, 1)), np.full(2, 3.0))
    assert departures(curves, came, band, rooms)[0, :, :, 10] == pytest.approx(-ndtri(poisson.sf(239, 200)), abs=0.15)


def test_a_band_is_saved_whole() -> None:
    band = AlarmBand.fit(*_told(200, 6), Dependence.without_past(2))
    again = AlarmBand.from_json(band.to_json())
    assert all(np.array_equal(part, getattr(again, name)) for name, part in vars(band).items())
