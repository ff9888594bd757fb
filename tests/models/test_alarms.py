"""Alarms: a jump is seen within two intervals, quiet days stay quiet, and nothing later is read."""

import numpy as np
import pandas as pd
import pytest

from features.volume_history import Calendar
from models.alarms import FALSE_ALARMS_A_MONTH, AlarmBand, departures
from models.dependence import Dependence
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


def test_nothing_after_the_moment_is_read(model: VolumeModel, counts: pd.DataFrame) -> None:
    until = DAY + pd.Timedelta(hours=13)
    quiet, loud = _today(counts, 1.0), _today(counts, 5.0, since="13:00")
    pd.testing.assert_frame_equal(day_alarms(model, until, quiet), day_alarms(model, until, loud))


def test_past_days_raise_few_alarms(model: VolumeModel, counts: pd.DataFrame) -> None:
    days = pd.date_range("2025-11-01", "2025-12-28")
    alarms = [len(day_alarms(model, day + pd.Timedelta(hours=23), counts)) for day in days]
    assert sum(alarms) <= 3 * len(days) / 30 * 2 * FALSE_ALARMS_A_MONTH, "three series"


def test_without_a_past_or_calls_there_is_no_alarm(model: VolumeModel, counts: pd.DataFrame) -> None:
    assert day_alarms(model, pd.Timestamp("2026-01-05 12:00")).empty
    young = VolumeModel(Calendar("CN")).fit(made_counts(days=10))
    start = young.history_end - pd.Timedelta(days=1)
    assert day_alarms(young, start + pd.Timedelta(hours=14)).empty


def test_limits_keep_the_rate_that_is_wanted() -> None:
    random = np.random.default_rng(3)
    rooms = Dependence.without_past(2)
    band = AlarmBand.fit(random.standard_normal((2, 400, 20)), rooms)
    beyond = departures(np.moveaxis(random.standard_normal((2, 600, 20)), 1, 2), rooms)
    alarmed = (beyond >= np.moveaxis(band.limit, 0, 1)[:, :, None, None]).any(axis=2)
    assert 0.6 < alarmed.any(axis=0).mean() * 30.4 / FALSE_ALARMS_A_MONTH < 1.4
