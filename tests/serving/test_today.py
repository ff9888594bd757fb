"""A day that has begun, from the lake: what watch and a forecast from inside a day read, and what they do not."""

import dataclasses
import time

import pandas as pd

from data.lake import Lake
from data.settings import Settings
from features.call_counts import call_counts
from features.event_calendar import read_events
from models.forecast_table import Span, forecast_table
from models.staffing import StaffingGoal
from models.volume import VolumeModel
from serving.champions import need_champion
from serving.forecast_verb import GoalFlags, forecast_lake
from serving.today import calls_of_day, calls_so_far
from serving.watch_verb import alarms_at

DAY = pd.Timestamp("2025-12-16")
NOON = DAY + pd.Timedelta(hours=12)


def _parts(table: pd.DataFrame) -> pd.DataFrame:
    return table[(table["queue"] != "ALL") & (table["centre"] != "ALL")]


def test_only_calls_before_the_moment_are_read(lake: Lake) -> None:
    today = calls_of_day(lake, NOON)
    assert today["starts_at"].between(DAY, NOON, inclusive="left").all()
    assert len(today) == len(call_counts(lake).query("@DAY <= starts_at < @NOON"))
    assert calls_of_day(lake, pd.Timestamp("2030-01-01 12:00")).empty


def test_a_forecast_from_noon_uses_the_morning_and_is_surer(lake: Lake) -> None:
    goal = StaffingGoal()
    blind, told = (
        forecast_lake(lake, DAY.date(), Span(NOON, 1, seen=seen), goal) for seen in (pd.DataFrame(columns=_SEEN), None)
    )
    assert told["starts_at"].min() == NOON
    width = [(_parts(table)["q90"] - _parts(table)["q10"]).sum() for table in (blind, told)]
    assert width[1] < width[0]


def test_the_whole_day_holds_what_has_come(lake: Lake) -> None:
    whole = _parts(forecast_lake(lake, DAY.date(), Span(NOON, 1, "day"), StaffingGoal()))
    rest = _parts(forecast_lake(lake, DAY.date(), Span(NOON, 1), StaffingGoal()))
    came = calls_of_day(lake, NOON)["offered"].sum()
    assert abs(whole["mean"].sum() - rest["mean"].sum() - came) < 1e-6 * whole["mean"].sum()


def test_the_answer_comes_within_a_second(lake: Lake, operator: Settings) -> None:
    model: VolumeModel = need_champion(operator, "volume").model
    after = model.history_end + pd.Timedelta(hours=10)
    seen = call_counts(lake).query("@DAY <= starts_at < @NOON")
    seen = seen.assign(starts_at=seen["starts_at"] + (model.history_end - DAY))
    started = time.process_time()
    forecast_table(model, Span(after, 1, seen=seen), StaffingGoal())
    assert time.process_time() - started < 1.0


def test_watch_lists_alarms_of_the_day_so_far(lake: Lake) -> None:
    late = alarms_at(lake, DAY + pd.Timedelta(hours=23))
    early = alarms_at(lake, NOON)
    assert (early["seen_at"] <= NOON).all()
    known = late[late["seen_at"] <= NOON]
    assert set(map(tuple, early[_ALARM].to_numpy())) == set(map(tuple, known[_ALARM].to_numpy()))


def test_without_a_lake_the_service_still_answers(operator: Settings) -> None:
    model: VolumeModel = need_champion(operator, "volume").model
    moved = operator.model_copy(update={"lake": operator.lake / "gone"})
    assert calls_so_far(model, model.history_end + pd.Timedelta(hours=10), None, moved) is None


def test_flags_choose_the_promise_whole() -> None:
    goal = GoalFlags("0.9,15,answered_or_abandoned", 0.2, 240.0, "none", "day").goal()
    assert dataclasses.asdict(goal) == {
        "share": 0.9,
        "queue": {"within_s": 15.0, "patience_s": 240.0, "definition": "answered_or_abandoned"},
        "max_occupancy": None,
        "shrinkage": 0.2,
        "held_over": "day",
    }


_SEEN = ["queue", "centre", "starts_at", "offered"]
_ALARM = ["queue", "centre", "starts_at", "direction"]


def test_watch_tells_an_outage_once_it_is_announced(lake: Lake) -> None:
    event = read_events(lake).query("kind == 'outage' and area.notna()").iloc[-1]
    before, after = (alarms_at(lake, event["announced_at"] + pd.Timedelta(minutes=late)) for late in (-1, 1))
    assert not before["about"].str.contains(event["event_id"]).any()
    told = after[after["direction"] == "announced"]
    assert told["about"].str.contains(event["event_id"]).any()
    assert set(told["centre"]) == {"ALL"}
