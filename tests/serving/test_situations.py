"""What a call, a channel, a queue and stored outcomes change in a decision."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data.decision_settings import ChannelSettings, ExplorationSettings, PopupSettings
from data.errors import BadInput
from data.lake import Lake
from data.outcome_log import Told
from data.settings import ValueSettings
from features.request_features import CATEGORIES, REQUEST_FEATURES, Call, request_features
from models.feature_schema import Column, FeatureSchema
from models.staffing import StaffingGoal
from serving.binding import Binding
from serving.bulk import FACTOR_COLUMNS, SCORE_COLUMNS, Listing, score
from serving.choice import choose
from serving.layers import PAIR_CODES
from serving.layout import LINE_FACTS, Lines
from serving.news import with_news
from serving.queue_load import forecast_rates, publish_forecast_rates, publish_measured_rates
from serving.room import Room
from serving.scoring import Scored, score_lines
from serving.situation import MonthToDate, Situation
from tests.serving.everybody import NOON, all_lines, situation, some, with_label, with_pair
from tests.serving.small_service import AS_OF


@pytest.fixture(scope="module")
def lines(room: Room) -> Lines:
    return all_lines(room)


def scored(room: Room, lines: Lines, now: Situation, **groups: object) -> Scored:
    return score_lines(lines, now, room.published().uptake, room.settings.model_copy(update=groups))


def codes(found: Scored) -> set[str]:
    """What closes the lines that no consent or list closes."""
    mine = ("DO_NOT_MARKET", "NO_CONSENT", "PORT_OUT_REQUESTED", "SUSPENDED", "NO_PLAN")
    return {found.held.line_code(line) for line in range(len(found.lines))} - set(mine)


def test_the_model_reads_the_request_as_training_does(lines: Lines) -> None:
    columns = tuple(Column(name, ("overage", "tariff") if name in CATEGORIES else None) for name in REQUEST_FEATURES)
    binding = Binding.of(FeatureSchema(columns), lines.layout, "a model")
    line, offers = some(lines, np.arange(len(lines)) == 0), lines.layout.offers
    everything = np.ones((1, len(offers)), dtype=bool)
    came = binding.pair_matrix(line, everything, Call("overage", "tariff", NOON))
    rows = {"intent": "overage", "queue": "tariff", "at": NOON, "offer_kind": [offer.kind for offer in offers]}
    wanted = FeatureSchema(columns).encode(request_features(pd.DataFrame(rows)))
    np.testing.assert_array_equal(came, wanted)
    assert np.isnan(binding.pair_matrix(line, everything, Call(at=NOON))).all()
    assert np.isnan(binding.pair_matrix(line, everything, Call("unheard of"))[:, 0]).all()


def test_use_that_runs_past_the_quota_raises_what_covers_it_and_nothing_else(room: Room, lines: Lines) -> None:
    found = scored(room, lines, situation(at=NOON + dt.timedelta(days=14), month_to_date=MonthToDate(50_000.0, 0.0)))
    quotas = np.array([offer.quota_mb for offer in lines.layout.offers])
    pack = np.array([offer.kind == "data_pack" for offer in lines.layout.offers])
    limited = np.isfinite(lines.of_plan("quota_mb"))
    assert (found.factors.context[limited][:, pack & (quotas > 0)] > 1).all()
    assert (found.factors.context[:, (quotas == 0)] == 1).all()
    little = scored(room, lines, situation(month_to_date=MonthToDate(0.0, 0.0), at=NOON + dt.timedelta(days=30)))
    assert (little.factors.context < 1.01).all()


def test_a_busy_queue_stops_agents_but_no_machine(room: Room, lines: Lines) -> None:
    assert codes(scored(room, lines, situation(busy=True))) == {"QUEUE_BUSY"}
    assert "QUEUE_BUSY" not in codes(scored(room, lines, situation(busy=True, channel="app")))


def test_people_are_called_only_after_their_own_interest(room: Room, lines: Lines) -> None:
    for interest, wanted in ((0.0, True), (1.0, False)):
        found = scored(room, lines.with_fact("interest", interest), situation(channel="outbound"))
        assert ("NO_INTEREST" in codes(found)) is wanted


def test_a_complaint_is_solved_before_anything_is_sold(room: Room, lines: Lines) -> None:
    assert codes(scored(room, lines, situation(intent="Complaint"))) == {"COMPLAINT_CALL"}
    complains = lines.with_fact("complaint_opened_on", float(AS_OF.toordinal() - 3))
    assert codes(scored(room, complains, situation())) == {"COMPLAINT_OPEN"}
    later = situation(at=NOON + dt.timedelta(days=60))
    assert "COMPLAINT_OPEN" not in codes(scored(room, complains, later))


def test_three_pitches_in_thirty_days_are_enough(room: Room, lines: Lines) -> None:
    tired = lines
    for i, days in enumerate((1, 5, 20), start=1):
        tired = tired.with_fact(f"pitched_on_{i}", float(AS_OF.toordinal() - days))
    assert codes(scored(room, tired, situation())) == {"FATIGUE"}
    assert "FATIGUE" not in codes(scored(room, tired, situation(at=NOON + dt.timedelta(days=12))))


def test_a_fresh_no_and_a_full_offer_keep_the_offer_away(room: Room, lines: Lines) -> None:
    offers = lines.layout.offers
    refused = scored(room, with_pair(lines, "rejected_on", float(AS_OF.toordinal() - 29)), situation())
    assert not refused.held.open.any()
    old = scored(room, with_pair(lines, "rejected_on", float(AS_OF.toordinal() - 31)), situation())
    assert old.held.open.any()
    full = scored(room, lines, situation(full=frozenset({offers[-1].offer_id})))
    assert not full.held.open[:, -1].any()
    np.testing.assert_array_equal(full.held.open[:, :-1], scored(room, lines, situation()).held.open[:, :-1])


def test_a_pack_is_not_offered_to_a_line_that_uses_nothing_of_it(room: Room, lines: Lines) -> None:
    packs = np.array([offer.kind == "data_pack" for offer in lines.layout.offers])
    unused, used, unknown = (with_label(lines, "data_mb_mean_3m", mb) for mb in (0.0, 1.0, np.nan))
    place = PAIR_CODES.index("NOT_USED")
    found = scored(room, unused, situation()).held
    assert not found.open[:, packs].any()
    assert (found.pair[:, packs] == place).any()
    assert not (found.pair[:, ~packs] == place).any()
    for some_use in (used, unknown):
        held = scored(room, some_use, situation()).held
        assert not (held.pair == place).any()
        assert held.open[:, packs].any()
        np.testing.assert_array_equal(held.open[:, ~packs], found.open[:, ~packs])
    this_month = scored(room, unused, situation(month_to_date=MonthToDate(3.0, 0.0)))
    assert not (this_month.held.pair == place).any()
    minutes_alone = scored(room, unused, situation(month_to_date=MonthToDate(0.0, 3.0)))
    np.testing.assert_array_equal(minutes_alone.held.open, found.open)


def test_on_a_months_last_evening_no_plan_is_changed(room: Room, lines: Lines) -> None:
    for hour, closed in ((18, False), (19, True)):
        found = scored(room, lines, situation(at=dt.datetime(2026, 1, 31, hour)))
        plans = [offer.kind == "plan" for offer in lines.layout.offers]
        assert found.held.open[:, plans].any() != closed
        assert found.held.open[:, ~np.array(plans)].any()


def test_a_channel_can_be_kept_to_some_kinds(room: Room, lines: Lines) -> None:
    found = scored(room, lines, situation(channel="sms"), channels={"sms": ChannelSettings(kinds=["data_pack"])})
    offers = found.shown(0)[2]
    assert {lines.layout.offers[place].kind for place in offers} == {"data_pack"}


def test_the_agents_time_costs_what_was_learned_and_only_where_somebody_talks(room: Room, lines: Lines) -> None:
    dear = ValueSettings(agent_cny_per_hour=36.0)
    pitch_s = lines.layout.pitch_s or 60.0
    by_hand, by_app = (scored(room, lines, situation(channel=name), value=dear) for name in ("hotline", "app"))
    cost = by_app.value - by_hand.value
    np.testing.assert_allclose(cost[~np.isnan(cost)], 36.0 * pitch_s / 3600.0)


def news(customer: str, offer: str, stage: str, days: int = 0, decision: str = "d") -> Told:
    return Told(customer, decision, offer, stage, NOON + dt.timedelta(days=days))


def test_outcomes_since_the_publication_count_for_the_whole_person(room: Room, lines: Lines) -> None:
    first, second, offer = lines.customers[0], lines.customers[1], lines.layout.offers[0].offer_id
    told = [news(first, offer, "pitched", day, f"d{day}") for day in range(3)] + [
        news(first, offer, "rejected", 2, "d2")
    ]
    alone = with_news(lines, told, {})
    together = with_news(lines, told, {first: "p", second: "p"})
    today = AS_OF.toordinal()
    for found, tired in ((alone, [True, False]), (together, [True, True])):
        assert (found.fact("pitched_on_3")[:2] >= today).tolist() == tired
        assert (found.pair("rejected_on")[:2, 0] == today + 2).tolist() == tired
    assert np.array_equal(alone.numbers[2:], lines.numbers[2:], equal_nan=True)


def test_an_accepted_pack_is_held_until_it_is_reversed(lines: Lines) -> None:
    place = next(i for i, offer in enumerate(lines.layout.offers) if offer.kind == "data_pack")
    yes = news(lines.customers[0], lines.layout.offers[place].offer_id, "accepted")
    back = yes._replace(stage="reversed", at=NOON + dt.timedelta(hours=1))
    held = with_news(lines, [yes], {}).pair("held")
    assert held[0, place] == 1.0
    others = [i for i, offer in enumerate(lines.layout.offers) if offer.pack_group == "data" and i != place]
    assert len(others) == 5
    assert (held[0, others] > 0).all()
    np.testing.assert_array_equal(held[1:], lines.pair("held")[1:])
    assert with_news(lines, [yes, back], {}).pair("held")[0, place] == lines.pair("held")[0, place]


def test_controls_are_shown_nothing_and_told_apart(room: Room, lines: Lines) -> None:
    place = int(np.flatnonzero(scored(room, lines, situation()).held.open.any(axis=1))[0])
    settings = room.settings.model_copy(update={"exploration": ExplorationSettings(control_share=0.999)})
    found = score_lines(some(lines, np.arange(len(lines)) == place), situation(), room.published().uptake, settings)
    choice = choose(found, 3, settings, "any")
    assert (choice.arm, choice.offers, choice.instead) == ("control", [], "CONTROL")
    assert choice.propensity == 0.999


def test_channels_differ_in_reach_and_one_can_be_chosen_for_each_line(room: Room, lake: Lake) -> None:
    listing = Listing(channels=["hotline", "app", "outbound"], factors=True)
    rows = score(lake, AS_OF, room.settings, listing)
    assert tuple(rows.columns) == (*SCORE_COLUMNS, *FACTOR_COLUMNS)
    shown = rows[rows["expected_value_cny"].notna()]
    worth = shown["reach"] * shown["expected_value_cny"] - shown["contact_cost_cny"]
    np.testing.assert_allclose(shown["contact_value_cny"], worth)
    best = score(lake, AS_OF, room.settings, Listing(channels=listing.channels, factors=True, one_channel=True))
    pairs = best[["customer_id", "channel"]].drop_duplicates()
    assert pairs["customer_id"].is_unique
    assert len(set(pairs["channel"])) > 1
    most = shown[shown["rank"] == 1].groupby("customer_id")["contact_value_cny"].max()
    chosen = best[(best["rank"] == 1) & best["expected_value_cny"].notna()].set_index("customer_id")
    pd.testing.assert_series_equal(chosen["contact_value_cny"], most, check_names=False)
    assert set(rows.loc[rows["offer_id"].isna(), "layer"]) >= {"eligibility", "applicability"}


def test_a_rate_comes_from_the_calls_expected_and_the_agents_who_usually_sit_there() -> None:
    at = pd.to_datetime(["2026-01-05 09:00", "2026-01-05 09:30"])
    forecast = pd.DataFrame({"queue": "q", "centre": "c", "starts_at": at, "mean": [100.0, 40.0], "aht_s": 180.0})
    total = forecast.assign(queue="ALL")
    agents = pd.DataFrame({"queue": "q", "centre": "c", "weekday": 0, "minute": [540, 570], "agents": [14.0, 14.0]})
    rates = forecast_rates(pd.concat([forecast, total]), agents, StaffingGoal())
    assert rates["ends_at"].tolist() == [at[1], at[1] + pd.Timedelta(minutes=30)]
    assert rates["answer_rate"].iloc[0] == pytest.approx(0.9106, abs=0.0001)  # 10 Erlang, 14 agents, 30 s
    assert rates["answer_rate"].iloc[1] > 0.999


def test_every_queue_has_a_forecast_rate_for_the_days_ahead(room: Room, lake: Lake) -> None:
    assert publish_forecast_rates(lake, AS_OF, room.store, days=3) > 0
    volumes = lake["call_volumes"].to_pandas()
    noon = dt.datetime.combine(AS_OF, dt.time(12))
    rates = [room.store.answer_rate(queue, noon) for queue in sorted(set(volumes["queue"]))]
    assert all(rate is not None and 0 <= rate <= 1 for rate in rates)
    room.store.put_answer_rates("forecast", [])


def test_a_measured_rate_counts_before_the_forecast_and_only_in_its_time(room: Room, tmp_path: Path) -> None:
    half_hour = {"queue": "q", "starts_at": NOON, "ends_at": NOON + dt.timedelta(minutes=30)}
    room.store.put_answer_rates("forecast", [{**half_hour, "answer_rate": 0.5}])
    assert room.is_busy("q", NOON)
    assert not room.is_busy("q", NOON + dt.timedelta(minutes=30))
    assert not room.is_busy("other", NOON)
    assert not room.is_busy(None, NOON)
    file = tmp_path / "rates.csv"
    file.write_text(f"queue,starts_at,ends_at,answer_rate\nq,{NOON},{half_hour['ends_at']},0.95\n")
    assert publish_measured_rates(file, room.store) == 1
    assert not room.is_busy("q", NOON)
    off = room.settings.model_copy(update={"popup": PopupSettings(busy_below=None)})
    room.store.put_answer_rates("measured", [])
    assert room.is_busy("q", NOON)
    quiet = Room(off)
    assert not quiet.is_busy("q", NOON)
    quiet.store.close()
    room.store.put_answer_rates("forecast", [])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("queue,starts_at,ends_at\n", "answer_rate"),
        (f"queue,starts_at,ends_at,answer_rate\nq,{NOON},{NOON},2\n", "line 2"),
    ],
)
def test_wrong_measured_rates_are_refused(room: Room, tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "rates.csv"
    file.write_text(text)
    with pytest.raises(BadInput, match=told):
        publish_measured_rates(file, room.store)


def test_facts_have_a_place_for_every_kept_pitch() -> None:
    assert [name for name in LINE_FACTS if name.startswith("pitched_on_")] == [f"pitched_on_{i}" for i in range(1, 6)]


def test_a_request_in_a_busy_queue_is_answered_with_the_reason(client: Any, room: Room, lines: Lines) -> None:
    line = int(np.flatnonzero(scored(room, lines, situation()).held.open.any(axis=1))[0])
    span = {"queue": "busy", "starts_at": NOON, "ends_at": NOON + dt.timedelta(hours=1)}
    room.store.put_answer_rates("measured", [{**span, "answer_rate": 0.1}])
    body = {"customer_id": lines.customers[line], "channel": "hotline", "queue": "busy", "at": NOON.isoformat()}
    answer = client.post("/next_best_offer", json=body).json()
    room.store.put_answer_rates("measured", [])
    assert (answer["recommendations"], answer["no_offer_reason"]) == ([], "QUEUE_BUSY")
    record = room.store.decision(answer["decision_id"]) or {}
    assert {(row["suppressed"], row["layer"]) for row in record["candidates"]} == {("QUEUE_BUSY", "applicability")}
