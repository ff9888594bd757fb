"""The call-volume model and its table: laws of the quantiles, sums, saving, little history, messages."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.errors import BadInput
from features.volume_history import Calendar
from models.erlang import Queue
from models.forecast_table import QUANTILES, Span, forecast_table
from models.staffing import StaffingGoal
from models.volume import VolumeModel
from tests.models.volume_counts import LEVEL, made_counts

START = pd.Timestamp("2025-12-29")


@pytest.fixture(scope="module")
def model() -> VolumeModel:
    return VolumeModel(Calendar("CN")).fit(made_counts())


@pytest.fixture(scope="module")
def table(model: VolumeModel) -> pd.DataFrame:
    return forecast_table(model, Span(START, 14))


def _parts(table: pd.DataFrame) -> pd.DataFrame:
    return table[(table["queue"] != "ALL") & (table["centre"] != "ALL")]


def test_every_open_interval_of_every_group_has_one_row(table: pd.DataFrame) -> None:
    assert not table.duplicated(["queue", "centre", "starts_at"]).any()
    groups = len(LEVEL) + 2 + 2 + 1
    assert len(table) == groups * 14 * 8
    assert table["starts_at"].dt.hour.between(9, 16).all()


def test_quantiles_do_not_cross_and_are_not_negative(table: pd.DataFrame) -> None:
    values = table[list(QUANTILES)].to_numpy()
    assert (values >= 0).all()
    assert (np.diff(values, axis=1) >= 0).all()


def test_causes_add_up_to_the_mean(table: pd.DataFrame) -> None:
    causes = [name for name in table if name.startswith("cause_")]
    assert np.allclose(table[causes].sum(axis=1), table["mean"])


def test_means_and_agents_of_all_are_the_sums_of_the_parts(table: pd.DataFrame) -> None:
    whole = table[(table["queue"] == "ALL") & (table["centre"] == "ALL")].set_index("starts_at")
    sums = _parts(table).groupby("starts_at")[["mean", "agents_on_phone", "agents_scheduled"]].sum()
    assert np.allclose(whole[sums.columns].astype(float), sums.astype(float))


def test_the_whole_is_relatively_surer_than_its_parts_but_less_sure_than_if_they_were_independent(
    table: pd.DataFrame,
) -> None:
    width = table["q90"] - table["q10"]
    parts = width[_parts(table).index].groupby(table["starts_at"])
    whole = width[(table["queue"] == "ALL") & (table["centre"] == "ALL")].to_numpy()
    assert whole.mean() < parts.sum().mean()
    assert whole.mean() > parts.agg(np.linalg.norm).mean()


def test_it_forecasts_better_than_the_mean_of_all_past(table: pd.DataFrame) -> None:
    later = made_counts(days=164)
    truth = _parts(table).merge(later[later["starts_at"] >= START], on=["queue", "centre", "starts_at"])
    assert len(truth) == len(LEVEL) * 14 * 8
    flat = made_counts().groupby(["queue", "centre"])["offered"].transform("mean")
    error = (truth["q50"] - truth["offered"]).abs().sum() / truth["offered"].sum()
    assert error < 0.3 < (made_counts()["offered"] - flat).abs().sum() / made_counts()["offered"].sum()


def test_staffing_meets_the_goal_in_every_interval(model: VolumeModel) -> None:
    goal = StaffingGoal(share=0.9, queue=Queue(20, patience_s=240), shrinkage=0.25)
    parts = _parts(forecast_table(model, Span(START, 2), goal))
    assert (parts["service_level"] >= 0.9).all()
    assert (parts["occupancy"] <= 0.85).all()
    assert (parts["agents_scheduled"] >= parts["agents_on_phone"] / 0.75).all()
    assert parts["aht_s"].to_numpy() == pytest.approx(200)


@pytest.mark.parametrize("interval", ["day", "month"])
def test_days_and_months_have_the_same_mean_as_their_intervals(
    model: VolumeModel, table: pd.DataFrame, interval: str
) -> None:
    coarse = forecast_table(model, Span(START, 14, interval))
    assert coarse["mean"].sum() == pytest.approx(table["mean"].sum())
    hours = model.interval_min / 60
    assert coarse["agent_hours"].sum() == pytest.approx(table["agents_scheduled"].astype(float).sum() * hours)
    assert (np.diff(coarse[list(QUANTILES)].to_numpy(), axis=1) >= 0).all()


def test_rows_begin_at_the_start_even_inside_a_day(model: VolumeModel) -> None:
    rows = forecast_table(model, Span(START + pd.Timedelta(hours=13), 1))
    assert rows["starts_at"].dt.hour.min() == 13


def test_a_saved_model_forecasts_the_same_without_the_lake(
    model: VolumeModel, table: pd.DataFrame, tmp_path: Path
) -> None:
    model.save(tmp_path)
    pd.testing.assert_frame_equal(forecast_table(VolumeModel.load(tmp_path), Span(START, 14)), table)


def test_a_changed_file_is_refused(model: VolumeModel, tmp_path: Path) -> None:
    model.save(tmp_path)
    with (tmp_path / "trees_0.txt").open("a") as file:
        file.write("\n")
    with pytest.raises(BadInput, match=r"trees_0\.txt"):
        VolumeModel.load(tmp_path)


def test_a_refit_is_the_same_and_leaves_the_counts_untouched(table: pd.DataFrame) -> None:
    counts = made_counts()
    again = VolumeModel(Calendar("CN")).fit(counts)
    pd.testing.assert_frame_equal(forecast_table(again, Span(START, 14)), table)
    pd.testing.assert_frame_equal(counts, made_counts())


def test_newer_history_moves_the_forecast_without_a_refit(model: VolumeModel, tmp_path: Path) -> None:
    model.save(tmp_path)
    counts = made_counts()
    doubled = counts.assign(offered=counts["offered"] * 2)
    busier = forecast_table(VolumeModel.load(tmp_path).with_history(doubled), Span(START, 7))
    assert busier["mean"].sum() == pytest.approx(2 * forecast_table(model, Span(START, 7))["mean"].sum(), rel=0.1)


def test_queues_may_come_and_go_after_the_fit(model: VolumeModel, table: pd.DataFrame, tmp_path: Path) -> None:
    model.save(tmp_path)
    counts = made_counts()
    gone = counts[counts["centre"] != "wh"]
    come = gone[gone["queue"] == "tech"].assign(queue="appeals")
    rows = forecast_table(VolumeModel.load(tmp_path).with_history(pd.concat([come, gone])), Span(START, 14))
    same = ["queue", "centre", "starts_at", "mean", *QUANTILES]
    tech, before = (_parts(t)[_parts(t)["queue"] == "tech"][same].reset_index(drop=True) for t in (rows, table))
    pd.testing.assert_frame_equal(tech, before)
    width = (rows["q90"] - rows["q10"]).groupby(rows["queue"]).mean()
    assert width["appeals"] > width["tech"], "nothing is known of how far a new queue is missed"


@pytest.mark.parametrize("days", [3, 10, 30])
def test_a_short_history_still_gives_a_forecast(days: int) -> None:
    counts = made_counts(days=days)
    end = counts["starts_at"].max().normalize() + pd.Timedelta(days=1)
    rows = forecast_table(VolumeModel(Calendar("CN")).fit(counts), Span(end, 7))
    assert (rows["mean"] > 0).all()
    assert rows["mean"].to_numpy().max() < 10 * counts["offered"].max()


def test_a_queue_of_a_few_days_beside_old_ones_is_forecast_too() -> None:
    counts = made_counts()
    young = counts[(counts["queue"] == "tech") & (counts["starts_at"] >= "2025-12-22")].assign(queue="new")
    rows = forecast_table(VolumeModel().fit(pd.concat([counts, young], ignore_index=True)), Span(START, 7))
    assert rows.loc[rows["queue"] == "new", "mean"].between(0, 100).all()
    assert (rows["queue"] == "new").sum() == 2 * 7 * 8


def test_closed_weekdays_stay_closed() -> None:
    counts = made_counts()
    weekdays = counts[counts["starts_at"].dt.weekday < 5]
    rows = forecast_table(VolumeModel().fit(weekdays), Span(START, 14))
    assert rows["starts_at"].dt.weekday.max() == 4


def test_without_handle_times_there_are_calls_but_no_agents() -> None:
    rows = forecast_table(VolumeModel().fit(made_counts(days=40).assign(handle_s=np.nan)), Span(START, 1))
    assert rows["agents_on_phone"].isna().all()
    assert rows["mean"].notna().all()


@pytest.mark.parametrize(
    ("span", "message"),
    [
        (Span(START, 7, 30), "wanted one of 60, day, month"),
        (Span(START, 0), "at least 1"),
        (Span(pd.Timestamp("2020-01-01"), 7), "history begins"),
    ],
)
def test_a_span_that_cannot_be_answered_says_why(model: VolumeModel, span: Span, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        forecast_table(model, span)


def test_two_days_are_too_few() -> None:
    with pytest.raises(BadInput, match="at least 3"):
        VolumeModel().fit(made_counts(days=2))
