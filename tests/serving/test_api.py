"""The web API in process: answers, errors that name the field, repeated requests, keys."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from data.lake import Lake
from data.settings import KeySettings, Settings, load_settings
from serving.app import create_app
from serving.auth import key_sha256
from serving.bulk import Listing, score
from serving.champions import need_champion
from serving.decide import warm_up
from serving.room import Room
from tests.serving.small_service import AS_OF, champion

AT = f"{AS_OF}T09:30:00"
OUTCOME = {"decision_id": "d", "offer_id": "o", "stage": "pitched", "at": AT}


def ask(client: TestClient, customer: str, **more: Any) -> dict[str, Any]:
    answer = client.post("/next_best_offer", json={"customer_id": customer, "channel": "hotline", "at": AT, **more})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


@pytest.fixture(scope="module")
def offered(room: Room, lake: Lake) -> str:
    rows = score(lake, AS_OF, room.settings)
    return str(rows.loc[rows["accept_probability"].notna(), "customer_id"].iloc[0])


def test_an_answer_says_what_when_and_why(client: TestClient, offered: str) -> None:
    answer = ask(client, offered)
    first = answer["recommendations"][0]
    assert answer["at"] == f"{AT}+08:00"
    assert answer["valid_until"] == "2026-02-01T00:00:00+08:00"
    assert answer["arm"] == "exploit"
    assert answer["degraded"] == []
    assert answer["model_versions"]["uptake"] == "nextcall-uptake/1"
    assert [month["month"] for month in first["months"]] == ["2025-10-01", "2025-11-01", "2025-12-01"][
        -len(first["months"]) :
    ]
    assert first["worst_month_cny"] == max(month["new_cny"] for month in first["months"])
    assert first["effective_on"] == ("2026-02-01" if first["kind"] == "plan" else str(AS_OF))
    assert all(0 < reason["weight"] <= 1 and reason["text"] for reason in first["reasons"])
    assert first["churn_uplift"] is None
    assert {"BILL_RISE", "PRESENT_PLAN"} & {pair["reason"] for pair in answer["suppressed"]}


def test_a_request_that_comes_again_gets_the_same_decision(client: TestClient, offered: str) -> None:
    body = {"customer_id": offered, "channel": "app", "request_id": "again"}
    first = client.post("/next_best_offer", json=body).json()
    assert client.post("/next_best_offer", json=body).json() == first
    other = client.post("/next_best_offer", json={**body, "channel": "web"})
    assert other.status_code == 409
    assert "request_id" in other.json()["detail"]


def test_the_record_keeps_what_was_weighed(client: TestClient, room: Room, offered: str) -> None:
    answer = ask(client, offered, limit=1)
    record = room.store.decision(answer["decision_id"]) or {}
    assert record["answer"] == answer
    assert record["propensity"] == 1.0
    assert len(record["candidates"]) == len(room.published().layout.offers)
    weighed = {row["offer_id"]: row for row in record["candidates"]}
    assert weighed[answer["recommendations"][0]["offer_id"]]["accept_probability"] is not None
    assert {row["suppressed"] for row in record["candidates"]} > {None}


def test_the_language_of_the_texts_can_be_chosen(client: TestClient, offered: str) -> None:
    texts = {lang: ask(client, offered, lang=lang)["recommendations"][0]["reasons"] for lang in ("zh", "en")}
    assert [r["code"] for r in texts["zh"]] == [r["code"] for r in texts["en"]]
    assert texts["en"][0]["text"].isascii()
    assert not texts["zh"][0]["text"].isascii()


def test_unpersonalised_on_request(client: TestClient, offered: str) -> None:
    answer = ask(client, offered, personalised=False)
    for offer in answer["recommendations"]:
        assert offer["accept_probability"] is None
        assert [reason["code"] for reason in offer["reasons"]] == ["UNPERSONALISED"]


def test_a_port_out_request_in_the_call_ends_all_offers(client: TestClient, offered: str) -> None:
    answer = ask(client, offered, intent="sqxz")
    assert answer["recommendations"] == []
    assert answer["no_offer_reason"] == "PORT_OUT_REQUESTED"


def test_an_accepted_plan_keeps_other_plans_away_until_it_is_reversed(
    client: TestClient, room: Room, lake: Lake
) -> None:
    rows = score(lake, AS_OF, room.settings, Listing(limit=0))
    first = rows[(rows["kind"] == "plan") & rows["accept_probability"].notna()].iloc[-1]
    decision = ask(client, first["customer_id"], limit=0)
    outcome = {"decision_id": decision["decision_id"], "offer_id": first["offer_id"], "at": AT}

    def plans() -> set[str]:
        answer = ask(client, first["customer_id"], limit=0)
        return {offer["kind"] for offer in answer["recommendations"]} | {p["reason"] for p in answer["suppressed"]}

    def tell(stage: str) -> None:
        client.post("/outcomes", json={**outcome, "stage": stage, "idempotency_key": f"plan-{stage}"})

    assert "plan" in plans()
    tell("accepted")
    assert "plan" not in plans()
    assert "PLAN_CHANGE_PENDING" in plans()
    tell("reversed")
    assert "plan" in plans()


def test_what_was_said_is_kept_without_what_identifies(client: TestClient, room: Room, offered: str) -> None:
    answer = ask(client, offered, text="我的号码是13800138000")
    record = room.store.decision(answer["decision_id"]) or {}
    assert "13800138000" not in str(record)
    assert "手机号" in record["asked"]["text"]


def test_old_labels_are_told(client: TestClient, offered: str) -> None:
    assert "LABELS_STALE" in ask(client, offered, at="2026-03-01T00:00:00Z")["degraded"]
    assert "LABELS_LATER" in ask(client, offered, at="2025-12-31T00:00:00")["degraded"]


def test_from_the_21st_plans_pop_up_first(client: TestClient, room: Room, lake: Lake) -> None:
    kinds = score(lake, AS_OF, room.settings, Listing(limit=0)).groupby("customer_id")["kind"].agg(set)
    has_both = str(kinds.index[kinds.map(lambda found: {"plan", "data_pack"} <= found)][0])
    for day, first in ((20, "data_pack"), (21, "plan")):
        shown = ask(client, has_both, at=f"2026-01-{day}T10:00:00", limit=0)["recommendations"]
        assert {offer["kind"] for offer in shown if offer["popup_priority"] == 1} == {first}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"customer_id": None}, "customer_id"),
        ({"customer_id": ""}, "customer_id"),
        ({"channel": "fax"}, "channel"),
        ({"at": "yesterday"}, "at"),
        ({"at": 5}, "at"),
        ({"at": "9999-12-31T23:59:59"}, "at"),
        ({"at": "0001-01-01T00:00:00Z"}, "at"),
        ({"limit": -1}, "limit"),
        ({"lang": "fr"}, "lang"),
        ({"month_to_date": {"data_mb": -1, "voice_min": 0}}, "month_to_date.data_mb"),
        ({"custmer": "x"}, "custmer"),
    ],
)
def test_a_bad_field_is_named(client: TestClient, change: dict[str, Any], field: str) -> None:
    answer = client.post("/next_best_offer", json={"customer_id": "U1", "channel": "hotline", **change})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["field"] == field
    assert field in answer.json()["detail"]


def test_what_is_no_json_or_no_call_is_a_problem_document_too(client: TestClient) -> None:
    assert client.post("/next_best_offer", content=b"{").json()["status"] == 422
    assert client.get("/next_best_offer").json()["status"] == 405


def test_an_unknown_customer_is_404_everywhere(client: TestClient) -> None:
    for call in ("next_best_offer", "churn_risk", "profile"):
        more = {"channel": "hotline"} if call == "next_best_offer" else {}
        answer = client.post(f"/{call}", json={"customer_id": "nobody", **more})
        assert (answer.status_code, "nobody" in answer.json()["detail"]) == (404, True)


def test_an_outcome_is_acknowledged_again_and_refused_where_it_differs(client: TestClient) -> None:
    body = {**OUTCOME, "idempotency_key": "once"}
    first, again = (client.post("/outcomes", json=body).json() for _ in range(2))
    assert (first["stored"], first["repeated"]) == (True, False)
    assert again == {**first, "repeated": True}
    assert client.post("/outcomes", json={**body, "stage": "accepted"}).status_code == 409


def test_an_outcome_of_an_offer_that_was_never_weighed_is_refused(client: TestClient, offered: str) -> None:
    decision = ask(client, offered)
    body = {**OUTCOME, "decision_id": decision["decision_id"], "idempotency_key": "k", "offer_id": "no_such"}
    answer = client.post("/outcomes", json=body)
    assert (answer.status_code, answer.json()["field"]) == (422, "offer_id")


@pytest.mark.parametrize(
    ("change", "field"), [({"stage": "sold"}, "stage"), ({"reason": "rain"}, "reason"), ({"at": None}, "at")]
)
def test_a_bad_outcome_names_its_field(client: TestClient, change: dict[str, Any], field: str) -> None:
    answer = client.post("/outcomes", json={**OUTCOME, "idempotency_key": "bad", **change})
    assert (answer.status_code, answer.json()["field"]) == (422, field)


def test_a_profile_has_names_and_units(client: TestClient, offered: str) -> None:
    labels = {label["name"]: label for label in client.post("/profile", json={"customer_id": offered}).json()["labels"]}
    assert labels["plan_fee_cny"]["unit"] == "CNY"
    assert labels["plan_fee_cny"]["name_zh"] == "套餐月租"
    assert isinstance(labels["plan_id"]["value"], str)


def test_a_risk_lies_in_its_band(client: TestClient, offered: str) -> None:
    risk = client.post("/churn_risk", json={"customer_id": offered}).json()
    limits = risk["band_limits"]
    assert limits == pytest.approx({"medium": 0.14, "high": 0.18})
    band = (
        "high"
        if risk["probability"] >= limits["high"]
        else "medium"
        if risk["probability"] >= limits["medium"]
        else "low"
    )
    assert risk["band"] == band
    assert risk["horizon_days"] == 90
    assert all(reason["text"] for reason in risk["reasons"])


def test_without_champions_503_says_what_to_run_and_outcomes_are_taken(operator: Settings, tmp_path: Path) -> None:
    room = Room(load_settings(lake=operator.lake, var=tmp_path))
    client = TestClient(create_app(lambda: room), client=("127.0.0.1", 1))
    answer = client.post("/next_best_offer", json={"customer_id": "U1", "channel": "hotline"})
    assert answer.status_code == 503
    assert "nextcall run --lake" in answer.json()["detail"]
    assert client.post("/outcomes", json={**OUTCOME, "idempotency_key": "early"}).status_code == 200
    room.store.close()


@pytest.fixture
def volume_only(operator: Settings, tmp_path: Path) -> Iterator[Room]:
    """The room of a planner who has call volumes alone: one champion, no published row."""
    settings = load_settings(lake=operator.lake, var=tmp_path, as_of=AS_OF, today=AS_OF)
    champion(settings, "volume", need_champion(operator, "volume").model)
    room = Room(settings)
    yield room
    room.store.close()


def test_a_volume_champion_alone_serves_forecasts_and_the_planner(volume_only: Room) -> None:
    client = TestClient(create_app(lambda: volume_only), client=("127.0.0.1", 1))
    assert client.post("/forecast", json={"days": 1}).json()["rows"]
    for path in ("/planner", "/planner/options", "/planner/forecast.csv?days=1"):
        assert client.get(path).status_code == 200
    assert volume_only.missing() is not None, "the room as a whole is not ready"
    warm_up(volume_only)


@pytest.mark.parametrize(
    ("call", "told", "not_told"),
    [
        (
            "next_best_offer",
            ["no champion of uptake yet", "nextcall train uptake", "nothing is published"],
            "churn yet",
        ),
        ("churn_risk", ["no champion of churn yet", "train churn", "nothing is published"], "uptake yet"),
        ("profile", ["nothing is published yet; run: nextcall run --lake DIR"], "champion"),
    ],
)
def test_a_call_that_cannot_answer_says_what_it_lacks_and_no_more(
    volume_only: Room, call: str, told: list[str], not_told: str
) -> None:
    client = TestClient(create_app(lambda: volume_only), client=("127.0.0.1", 1))
    channel = {"channel": "hotline"} if call == "next_best_offer" else {}
    answer = client.post(f"/{call}", json={"customer_id": "U1"} | channel)
    assert answer.status_code == 503
    assert all(text in answer.json()["detail"] for text in told)
    assert not_told not in answer.json()["detail"]


def test_a_risk_needs_no_uptake_champion_nor_an_offer_one_of_churn(room: Room, offered: str) -> None:
    def statuses(kind: str) -> list[int]:
        few = Room(room.settings)
        few.champions = {kind: room.champions[kind]}
        warm_up(few)
        client = TestClient(create_app(lambda: few), client=("127.0.0.1", 1))
        body = {"customer_id": offered}
        calls = [("next_best_offer", body | {"channel": "hotline"}), ("churn_risk", body), ("profile", body)]
        found = [client.post(f"/{call}", json=asked).status_code for call, asked in calls]
        few.store.close()
        return [*found, client.post("/forecast", json={"days": 1}).status_code]

    assert statuses("uptake") == [200, 503, 200, 503]
    assert statuses("churn") == [503, 200, 200, 503]


def test_keys_have_roles(room: Room) -> None:
    keys = {role: KeySettings(role=role, sha256=key_sha256(f"{role}-key")) for role in ("scorer", "planner", "admin")}
    locked = Room(room.settings.model_copy(update={"serving": room.settings.serving.model_copy(update={"keys": keys})}))
    client = TestClient(create_app(lambda: locked), client=("10.0.0.7", 1))
    body = {"customer_id": "nobody", "channel": "hotline"}

    def status(key: str | None) -> int:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return int(client.post("/next_best_offer", json=body, headers=headers).status_code)

    assert [status(key) for key in (None, "guess", "planner-key", "scorer-key", "admin-key")] == [
        401,
        401,
        403,
        404,
        404,
    ]
    locked.store.close()


def test_without_keys_only_this_machine_is_answered(room: Room) -> None:
    client = TestClient(create_app(lambda: room), client=("10.0.0.7", 1))
    assert client.post("/churn_risk", json={"customer_id": "x"}).status_code == 403


def test_the_first_page_loads_nothing_from_outside(client: TestClient) -> None:
    page = client.get("/").text
    assert "next_best_offer" in page
    assert "http" not in page.replace("</html>", "")
