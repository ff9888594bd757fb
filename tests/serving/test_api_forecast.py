"""The forecast of the web API: rows that add up, events that are asked about, the rest of a day, staffing goals."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from serving.schemas import ForecastRequest


def test_a_forecast_has_quantiles_agents_and_causes_that_add_up(client: TestClient) -> None:
    body = {"days": 2, "queue": "ALL", "centre": "ALL", "quantiles": [0.1, 0.9]}
    answer = client.post("/forecast", json=body).json()
    row = max(answer["rows"], key=lambda r: r["mean"])
    assert row["starts_at"].endswith("+08:00")
    assert row["q0.1"] <= row["q0.9"]
    assert row["agents_scheduled"] >= row["agents_on_phone"] > 0
    assert sum(value for name, value in row.items() if name.startswith("cause_")) == pytest.approx(row["mean"])
    assert answer["degraded"] == []


def test_an_event_in_the_request_adds_its_calls_as_a_cause(client: TestClient) -> None:
    body = {"days": 9, "interval_minutes": 1440, "queue": "ALL", "centre": "ALL"}
    event = {"kind": "campaign", "starts_at": "2026-01-02T01:00:00Z", "ends_at": "2026-01-03T00:00:00", "size": 20000}
    plain, asked = (
        client.post("/forecast", json=body | {"events": events}).json()["rows"]
        for events in ([], [event | {"call_share": 0.1}])
    )
    added = sum(row["cause_campaign"] for row in asked) - sum(row["cause_campaign"] for row in plain)
    assert added == pytest.approx(2000, rel=0.02)
    assert sum(row["mean"] for row in asked) - sum(row["mean"] for row in plain) == pytest.approx(2000, rel=0.02)


@pytest.mark.parametrize("event", [{"kind": "campaign"}, {"kind": "party", "starts_at": "x", "ends_at": "y"}])
def test_an_event_that_cannot_be_read_is_named(client: TestClient, event: dict[str, str]) -> None:
    answer = client.post("/forecast", json={"days": 2, "events": [event]})
    assert answer.status_code == 422
    assert "event" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"days": 0}, "days"),
        ({"queue": "x"}, "queue"),
        ({"interval_minutes": 7}, "interval_minutes"),
        ({"start": "1999-01-01T00:00:00"}, "start"),
    ],
)
def test_a_bad_forecast_request_names_its_field(client: TestClient, change: dict[str, Any], field: str) -> None:
    answer = client.post("/forecast", json={"days": 1, **change})
    assert (answer.status_code, answer.json()["field"]) == (422, field)


def _noon(client: TestClient) -> tuple[str, list[dict[str, Any]]]:
    """The noon of the day after the history, and twice the expected calls until then."""
    first = client.post("/forecast", json={"days": 1}).json()["rows"][0]["starts_at"]
    noon = first[:10] + "T12:00:00"
    rows = client.post("/forecast", json={"days": 1, "interval_minutes": 30}).json()["rows"]
    parts = [row for row in rows if "ALL" not in (row["queue"], row["centre"]) and row["starts_at"] < noon]
    keys = ("queue", "centre", "starts_at")
    return noon, [{key: row[key] for key in keys} | {"offered": round(2 * row["mean"])} for row in parts]


def test_from_inside_a_day_its_rest_is_told_from_what_was_seen(client: TestClient) -> None:
    noon, seen = _noon(client)
    body = {"days": 1, "start": noon, "queue": "ALL", "centre": "ALL"}
    told = client.post("/forecast", json=body | {"seen": seen}).json()
    blind = client.post("/forecast", json=body | {"seen": []}).json()
    assert told["rows"][0]["starts_at"].startswith(noon[:13])
    assert len(told["rows"]) == len(blind["rows"])
    assert sum(row["mean"] for row in told["rows"]) > 1.1 * sum(row["mean"] for row in blind["rows"])
    assert (blind["degraded"], blind["alarms"]) == (["DAY_NOT_SEEN"], [])
    assert told["degraded"] == []


def test_one_queue_seen_as_expected_moves_nothing_and_says_nothing_of_the_others(client: TestClient) -> None:
    noon, seen = _noon(client)
    one = seen[0]["queue"], seen[0]["centre"]
    usual = [row | {"offered": round(row["offered"] / 2)} for row in seen if (row["queue"], row["centre"]) == one]
    blind, told = (
        client.post("/forecast", json={"days": 1, "start": noon, "seen": rows}).json() for rows in ([], usual)
    )
    assert (told["alarms"], told["degraded"]) == ([], [])
    for queue, centre in (one, ("ALL", "ALL")):
        before, after = (
            sum(row["mean"] for row in answer["rows"] if (row["queue"], row["centre"]) == (queue, centre))
            for answer in (blind, told)
        )
        assert after == pytest.approx(before, rel=0.08)


def test_what_a_missing_row_means_is_told() -> None:
    assert "not known" in ForecastRequest.model_json_schema()["properties"]["seen"]["description"]


def test_the_staffing_goal_of_a_forecast_can_be_chosen_whole(client: TestClient) -> None:
    def agents(**change: Any) -> float:
        rows = client.post("/forecast", json={"days": 1, "patience_s": 120, **change}).json()["rows"]
        return float(sum(row["agents_on_phone"] for row in rows if row["agents_on_phone"]))

    level = {"share": 0.8, "seconds": 20}
    offered, answered = (
        agents(service_level=level | {"definition": name}, max_occupancy=None) for name in ("of_offered", "of_answered")
    )
    assert answered < offered, "those who hang up do not count"
    assert agents(max_occupancy=0.5) > agents(max_occupancy=None)
    assert agents(promise="day", max_occupancy=None) <= agents(max_occupancy=None)
    assert agents(plan="storm") >= agents()
