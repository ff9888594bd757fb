"""Events in the call forecast: they add up, wait for their announcement, and are not taken for ordinary days."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.call_drivers import Drivers
from features.event_calendar import CAUSE_OF, tidy_events
from features.volume_history import Calendar
from models.forecast_table import Span, forecast_table
from models.volume import VolumeModel
from models.volume_learning import TreeSettings
from tests.models.event_world import END, campaign, campaigns, world

FOLLOWERS = pd.DataFrame({"cause": ["complaints"], "queue": ["billing"], "share": [0.1]})
QUICK = TreeSettings(rounds=10, min_rounds=10)
TWO_DAYS = pd.Timedelta(days=2)


@pytest.fixture(scope="module")
def model() -> VolumeModel:
    counts, _ = world(campaigns())
    return VolumeModel(Calendar(), QUICK).fit(counts, drivers=Drivers(campaigns(), FOLLOWERS))


def _beside(model: VolumeModel, event: dict[str, object]) -> VolumeModel:
    return model.with_events(model.events.with_events(tidy_events(pd.DataFrame([event])), {}))


def _causes(table: pd.DataFrame) -> list[str]:
    return [name for name in map(str, table) if name.startswith("cause_")]


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.sampled_from(sorted(CAUSE_OF)),
    st.sampled_from(["tariff", "billing", None]),
    st.one_of(st.none(), st.floats(1, 1e6)),
    st.integers(-200, 200),
    st.integers(1, 300),
)
def test_causes_add_up_whatever_happens(
    model: VolumeModel, kind: str, queue: str | None, size: float | None, start_h: int, hours: int
) -> None:
    start = END + pd.Timedelta(hours=start_h)
    event = campaign(END, 1.0, "x") | {"kind": kind, "queue": queue, "size": size, "starts_at": start}
    event |= {"ends_at": start + pd.Timedelta(hours=hours), "announced_at": END - TWO_DAYS}
    days = _beside(model, event).forecast_days(END, 5)
    assert np.allclose(np.sum(list(days.causes.values()), axis=0), days.median, equal_nan=True)
    assert np.nanmin(days.median) >= 0
    assert np.nanmin(days.event_sd) >= 0


def test_the_table_books_causes_that_add_up(model: VolumeModel) -> None:
    table = forecast_table(_beside(model, campaign(END, 150_000.0, "new")), Span(END, 4, "day"))
    assert np.allclose(table[_causes(table)].sum(axis=1), table["mean"])
    tariff = table[(table["queue"] == "tariff") & (table["centre"] == "ALL")]
    assert tariff["cause_campaign"].iloc[0] > 0.15 * tariff["mean"].iloc[0]


def test_calls_that_follow_on_something_are_taken_out_of_the_normal_load(model: VolumeModel) -> None:
    days = model.forecast_days(END, 1)
    billing = (model.series["queue"] == "billing").to_numpy()
    follow, normal = (np.nansum(days.causes[name][billing]) for name in ("complaints", "normal"))
    assert follow == pytest.approx(0.1 * (follow + normal))
    assert np.nansum(days.causes["complaints"][~billing]) == 0


def test_nothing_uses_an_event_before_it_is_announced(model: VolumeModel) -> None:
    late = campaign(END, 500_000.0, "late") | {"announced_at": END + TWO_DAYS, "ends_at": END + 5 * TWO_DAYS}
    hidden = _beside(model, late).forecast_days(END, 3).median
    assert np.array_equal(hidden, model.forecast_days(END, 3).median, equal_nan=True)
    told = _beside(model, late | {"announced_at": END}).forecast_days(END, 3).median
    assert np.nansum(told) > 1.05 * np.nansum(hidden)


def test_a_forecast_of_the_past_ignores_what_was_announced_later() -> None:
    counts, _ = world(campaigns())
    origin = END - pd.Timedelta(days=40)
    changed = campaigns()
    changed.loc[changed["announced_at"] > origin, "size"] *= 10
    before = counts[counts["starts_at"] < origin]
    one, other = (
        VolumeModel(Calendar(), QUICK).fit(before, drivers=Drivers(events)).forecast_days(origin, 6).median
        for events in (campaigns(), changed)
    )
    assert np.array_equal(one, other, equal_nan=True)


def test_campaigns_of_the_last_weeks_are_not_taken_for_ordinary_days() -> None:
    weekly = [campaign(END - pd.Timedelta(days=6 + 7 * n), 150_000.0, f"w{n}", days=3) for n in range(1, 5)]
    events = tidy_events(pd.concat([campaigns(), pd.DataFrame(weekly)], ignore_index=True))
    counts, _ = world(events)
    calm, _ = world(campaigns().iloc[:0])
    day = END + pd.Timedelta(days=1)
    knowing, unknowing, calmly = (
        np.nansum(VolumeModel(Calendar(), QUICK).fit(one, drivers=Drivers(known)).forecast_days(day, 1).median[2:])
        for one, known in ((counts, events), (counts, events.iloc[:0]), (calm, events.iloc[:0]))
    )
    assert abs(knowing / calmly - 1) < 0.05
    assert unknowing / calmly > knowing / calmly + 0.05


def test_bands_widen_by_what_is_not_sure_of_an_event(model: VolumeModel) -> None:
    event = campaign(END, 150_000.0, "new")
    plain, busy = (forecast_table(m, Span(END, 1, "day")).iloc[-1] for m in (model, _beside(model, event)))
    assert busy["q90"] - busy["q10"] > 1.1 * (plain["q90"] - plain["q10"])


def test_a_loaded_model_books_the_same(model: VolumeModel, tmp_path: Path) -> None:
    told = _beside(model, campaign(END, 90_000.0, "new"))
    told.save(tmp_path)
    again = VolumeModel.load(tmp_path)
    pd.testing.assert_frame_equal(forecast_table(again, Span(END, 3)), forecast_table(told, Span(END, 3)))
