"""Accuracy of versions once the calls are known: against sums by hand, and the override against what it replaced."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from data.errors import BadInput
from data.settings import Settings
from models.actual_calls import actual_calls
from models.forecast_table import QUANTILES, Span
from models.volume_totals import ALL
from serving.forecast_accuracy import accuracy
from serving.forecast_override import override
from serving.forecast_versions import Asked, save_version, with_store
from tests.serving.planned import COUNTS, DAYS, GOAL, KNOWN, START, planned

SEEN = COUNTS[COUNTS["starts_at"] < START + pd.Timedelta(days=2)]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(var=tmp_path)


def saved(settings: Settings) -> int:
    return save_version(settings, planned(), Asked(START.date(), Span(START, DAYS), GOAL), "plan").version_id


def test_a_series_is_measured_as_by_hand(settings: Settings) -> None:
    saved(settings)
    store = with_store(settings)
    row = accuracy(store, store.heads(), SEEN).query("queue == 'tech' and centre == 'hz'").iloc[0]
    cells = planned().merge(SEEN.query("queue == 'tech'"), on=["queue", "centre", "starts_at"])
    assert row["cells"] == len(cells) == 16
    assert row["calls"] == cells["offered"].sum()
    assert row["wape"] == pytest.approx((cells["offered"] - cells["q50"]).abs().sum() / cells["offered"].sum())
    assert row["bias"] == pytest.approx(cells["mean"].sum() / cells["offered"].sum() - 1)
    judged = cells[(cells["offered"] > 0) | (cells["q90"] > 0.5)]
    inside = (judged["offered"] >= judged["q10"] // 1) & (judged["offered"] <= -(-judged["q90"] // 1))
    assert row["cover_80"] == pytest.approx(inside.mean())


def test_totals_are_measured_too(settings: Settings) -> None:
    saved(settings)
    store = with_store(settings)
    table = accuracy(store, store.heads(), SEEN)
    total = table[(table["queue"] == ALL) & (table["centre"] == ALL)].iloc[0]
    assert total["calls"] == SEEN.loc[SEEN["starts_at"] >= START, "offered"].sum()
    assert len(table) == 3 + 2 + 2 + 1


@pytest.mark.parametrize(("worse", "helped"), [(1.0, True), (4.0, False)])
def test_an_override_is_held_against_its_parent_on_what_it_changed(
    settings: Settings, worse: float, helped: bool
) -> None:
    truth = actual_calls(SEEN, 60).query("queue == 'billing' and centre == 'hz' and starts_at >= @START")
    mean_over_median = planned()["mean"] / planned()["q50"]
    rows = planned().assign(ratio=mean_over_median).merge(truth, on=["queue", "centre", "starts_at"])
    wanted = rows.assign(mean=rows["actual"] * rows["ratio"] * worse)[["queue", "centre", "starts_at", "mean"]]
    override(settings, saved(settings), wanted, "we knew")
    store = with_store(settings)
    newest = accuracy(store, store.heads()[:1], SEEN).query("queue == 'billing' and centre == 'hz'").iloc[0]
    assert newest["changed_cells"] == 16
    assert newest["helped"] is helped
    assert newest["wape_changed"] == pytest.approx(worse - 1)
    assert newest["wape_before"] > 0


def test_what_no_one_knows_yet_is_not_measured(settings: Settings) -> None:
    saved(settings)
    store = with_store(settings)
    with pytest.raises(BadInput, match="no forecast version covers"):
        accuracy(store, store.heads(), KNOWN)


def test_a_version_by_day_is_measured_by_day(settings: Settings) -> None:
    days = planned().assign(starts_at=lambda t: t["starts_at"].dt.normalize())
    sums = days.groupby(["queue", "centre", "starts_at"], as_index=False)[["mean", *QUANTILES]].sum()
    save_version(settings, sums, Asked(START.date(), Span(START, DAYS, "day"), GOAL))
    store = with_store(settings)
    assert set(accuracy(store, store.heads(), SEEN)["cells"]) == {2}


def test_a_finer_version_than_the_calls_is_told() -> None:
    with pytest.raises(BadInput, match="not a multiple"):
        actual_calls(COUNTS, 30)
