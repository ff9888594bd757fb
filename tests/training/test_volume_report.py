"""The planner's report: measures against sums by hand, a replay that cannot see ahead, a page that stands alone."""

from __future__ import annotations

import datetime as dt
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import poisson

from data.errors import BadInput
from data.known import as_known
from data.lake import Lake, open_lake
from data.settings import Settings
from features.call_counts import call_counts
from models.volume import VolumeModel
from tests.models.volume_counts import made_counts
from tests.tiny_lake import write_lake
from training.champion_report import report_champion
from training.volume_report import ReplayPlan, ReportDays, write_volume_report
from training.volume_report.charts import fan, heat, lines, stack
from training.volume_report.measures import by, by_event, coverage, in_force, leaves, overall, poisson_deviation
from training.volume_report.replay import AVERAGE, replay

AS_OF = dt.date(2025, 10, 30)
PLAN = ReplayPlan(origins=2, every=5, horizon=7)
EVENTS = pd.DataFrame(
    {
        "event_id": ["e1", "e2", "e3"],
        "kind": ["campaign", "outage", "campaign"],
        "queue": [None, "tech", None],
        "starts_at": pd.to_datetime(["2025-10-20 00:00", "2025-10-21 10:00", "2025-10-21 00:00"]),
        "ends_at": pd.to_datetime(["2025-10-22 00:00", "2025-10-21 12:00", "2025-10-23 00:00"]),
        "announced_at": pd.to_datetime(["2025-10-01 00:00", "2025-10-21 10:00", "2025-10-01 00:00"]),
    }
)


def lake_of(folder: Path, counts: pd.DataFrame) -> Lake:
    settings = Settings(lake=folder, var=folder / "var", today=dt.date(2026, 1, 1))
    volumes = counts.assign(abandoned=0.0)
    write_lake(folder, {"call_volumes": volumes, "events": EVENTS})
    return open_lake(folder, settings, needs=("call_volumes",))


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return lake_of(tmp_path_factory.mktemp("lake"), made_counts(90))


@pytest.fixture(scope="module")
def cells(lake: Lake) -> pd.DataFrame:
    return replay(lake, AS_OF, PLAN)


@pytest.fixture(scope="module")
def page(lake: Lake, tmp_path_factory: pytest.TempPathFactory) -> str:
    model = VolumeModel().fit(call_counts(as_known(lake, AS_OF)), horizon=7)
    path = tmp_path_factory.mktemp("page") / "below" / "report.html"
    days = ReportDays(7, PLAN)
    return write_volume_report(lake, AS_OF, model, path, {"model": "<volume/1>"}, days).read_text("utf-8")


@given(st.floats(0.01, 2000))
def test_the_floor_is_the_mean_deviation_of_a_poisson_count(expected: float) -> None:
    counts = np.arange(0, expected + 20 * np.sqrt(expected) + 30)
    summed = (np.abs(counts - expected) * poisson.pmf(counts, expected)).sum()
    assert poisson_deviation(np.array(expected)) == pytest.approx(summed, rel=1e-6)


def test_the_floor_of_a_large_bank_is_the_published_one() -> None:
    assert poisson_deviation(np.array(1150.0)) / 1150 == pytest.approx(0.023, abs=0.001)
    assert poisson_deviation(np.array(0.0)) == 0


def test_every_origin_forecasts_its_horizon_and_nothing_else(cells: pd.DataFrame) -> None:
    assert cells["origin"].unique().tolist() == [pd.Timestamp("2025-10-18"), pd.Timestamp("2025-10-23")]
    assert sorted(cells["lead"].unique()) == list(range(1, 8))
    assert cells["starts_at"].max() < pd.Timestamp(AS_OF)
    assert len(cells) == 2 * 7 * 8 * 8
    assert cells["actual"].notna().all()


def test_the_average_of_totals_is_the_sum_of_averages(cells: pd.DataFrame) -> None:
    own = leaves(cells).groupby(["origin", "starts_at"])[[AVERAGE, "actual"]].sum()
    total = cells[(cells["queue"] == "ALL") & (cells["centre"] == "ALL")].set_index(["origin", "starts_at"])
    pd.testing.assert_frame_equal(total[[AVERAGE, "actual"]].sort_index(), own.sort_index())


def test_calls_after_an_origin_never_change_what_it_said(cells: pd.DataFrame, tmp_path: Path) -> None:
    counts = made_counts(90)
    later = counts["starts_at"] >= "2025-10-23"
    counts.loc[later, ["offered", "answered", "handle_s"]] *= 5
    changed = replay(lake_of(tmp_path, counts), AS_OF, PLAN)
    told = ["mean", "q025", "q50", "q975", AVERAGE]
    pd.testing.assert_frame_equal(changed[told], cells[told])
    assert not np.allclose(changed["actual"], cells["actual"])


def test_a_history_too_short_to_replay_is_told() -> None:
    with pytest.raises(BadInput, match="wanted at least 63 days"):
        ReplayPlan(origins=3).days(AS_OF, dt.date(2025, 9, 20))


def test_measures_are_the_sums_by_hand(cells: pd.DataFrame) -> None:
    part = cells[(cells["queue"] == "tech") & (cells["centre"] == "hz")]
    found, calls = overall(part), part["actual"].sum()
    assert found["wape"] == pytest.approx((part["actual"] - part["q50"]).abs().sum() / calls)
    assert found["wape_average"] == pytest.approx((part["actual"] - part[AVERAGE]).abs().sum() / calls)
    assert found["bias"] == pytest.approx(part["mean"].sum() / calls - 1)
    assert found["floor"] == pytest.approx(poisson_deviation(part["mean"].to_numpy()).sum() / part["mean"].sum())
    judged = part[(part["actual"] > 0) | (part["q90"] > 0.5)]
    inside = (judged["actual"] >= np.floor(judged["q025"])) & (judged["actual"] <= np.ceil(judged["q975"]))
    assert found["cover_95"] == pytest.approx(inside.mean())


def test_cuts_share_out_all_calls(cells: pd.DataFrame) -> None:
    own = leaves(cells)
    for key in ("lead", "queue", own["starts_at"].dt.hour):
        assert by(own, key)["calls"].sum() == own["actual"].sum()


def test_coverage_stands_by_week_and_block_of_the_day(cells: pd.DataFrame) -> None:
    own = leaves(cells)
    table = coverage(own, "cover_80")
    assert table.index.tolist() == [1]
    assert table.columns.tolist() == ["8-12", "12-14", "14-18"]
    morning = own[own["starts_at"].dt.hour.between(8, 11)]
    assert table.loc[1, "8-12"] == pytest.approx(overall(morning)["cover_80"])


def test_an_event_runs_from_its_start_to_before_its_end_in_its_queue() -> None:
    moments = pd.to_datetime(["2025-10-21 09:59", "2025-10-21 10:00", "2025-10-21 11:59", "2025-10-21 12:00"])
    cells = pd.DataFrame({"queue": ["tech"] * 4 + ["billing"] * 4, "starts_at": [*moments, *moments]})
    assert in_force(cells, EVENTS.iloc[1:2]).tolist() == [False, True, True, False] + [False] * 4
    assert in_force(cells, EVENTS.iloc[[0, 2]]).all()


def test_cells_without_any_event_stand_apart(cells: pd.DataFrame) -> None:
    own = leaves(cells)
    table = by_event(own, EVENTS)
    assert table.index.tolist() == ["none", "campaign", "outage"]
    free = own[(own["starts_at"] < "2025-10-20") | (own["starts_at"] >= "2025-10-23")]
    assert table.loc["none", "cells"] == len(free)
    assert by_event(own, EVENTS.iloc[:0]).index.tolist() == ["none"]


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_the_page_loads_nothing_from_outside_and_escapes_what_it_shows(page: str) -> None:
    parser = _Links()
    parser.feed(page)
    assert not [
        tag for tag, attrs in parser.tags if tag in ("script", "link", "img") or "src" in attrs or "href" in attrs
    ]
    assert not re.search(r"https?://(?!www\.w3\.org)", page)
    assert "&lt;volume/1&gt;" in page
    assert len(page) < 1_000_000


def test_the_page_says_everything_in_both_languages(page: str) -> None:
    parser = _Links()
    parser.feed(page)
    looks = [attrs.get("class") for tag, attrs in parser.tags if tag == "span"]
    assert looks.count("zh") == looks.count("en") > 40
    assert '<html lang="zh-CN">' in page
    for words in ("泊松下限", "Poisson floor", "营销活动", "campaign", "覆盖率", "Coverage", "需要的座席"):
        assert words in page


def test_the_page_draws_fans_lines_causes_and_agents(page: str) -> None:
    titles = re.findall(r'<svg [^>]*aria-label="([^"]*)"', page)
    assert sorted(titles) == ["agents", "causes", "fan", "fan", "fan", "fan and agents", "lines", "lines"]
    assert "nan" not in re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL).lower().replace("finance", "")


def test_drawings_take_single_points_and_zero_calls() -> None:
    days = pd.Series(pd.date_range("2026-01-05", periods=2))
    told = pd.DataFrame({"starts_at": days, **dict.fromkeys(("q025", "q10", "q25", "q50", "q75", "q90", "q975"), 0.0)})
    past = pd.DataFrame({"starts_at": days[:0], "actual": []})
    assert "path" in fan(told, past)
    assert "path" in lines(pd.DataFrame({"wape": [0.1]}, index=[1]), {"wape": "ours"})
    assert "rect" in stack(pd.DataFrame({"cause_normal": [3.0], "cause_holiday": [-1.0]}, index=days[:1]))
    assert "rect" in heat(pd.DataFrame({9: [0.0]}, index=days[:1]))


def test_a_report_is_called_html(lake: Lake, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"ends in \.html"):
        report_champion(lake, AS_OF, tmp_path / "report.pdf", (7, 2))


def test_a_heat_map_of_agents_that_nobody_can_count_is_empty() -> None:
    assert "rgb(" not in heat(pd.DataFrame())
    assert "rgb(" not in heat(pd.DataFrame({9: [np.nan]}, index=[pd.Timestamp("2026-01-05")]))
