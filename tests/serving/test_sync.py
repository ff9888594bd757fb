"""Stored decisions come back as exposures of a lake that holds the contract, once, without what was said."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from starlette.testclient import TestClient

from data.decision_settings import ExplorationSettings
from data.errors import BadInput
from data.lake import Lake, open_lake
from data.settings import Settings
from features.outcomes import accepted
from serving.app import create_app
from serving.bulk import score
from serving.publish import publish
from serving.room import Room
from serving.sync import PART, sync
from tests.serving.conftest import with_store
from tests.serving.small_service import AS_OF
from training.policy_log import logged_windows

AT = f"{AS_OF}T09:30:00+08:00"


@pytest.fixture
def settings(operator: Settings, tmp_path: Path) -> Settings:
    copy = tmp_path / "lake"
    shutil.copytree(operator.lake, copy)
    explored = {"lake": copy, "exploration": ExplorationSettings(share=0.3, control_share=0.2)}
    return with_store(operator, tmp_path).model_copy(update=explored)


def decide(client: TestClient, customer: str, number: int) -> dict[str, Any]:
    body = {"customer_id": customer, "channel": "hotline", "at": AT, "request_id": f"{customer}-{number}"}
    answer = client.post("/next_best_offer", json={**body, "text": "我的号码是13800138000", "contact_id": "C1"})
    return dict(answer.json())


def test_decisions_and_outcomes_become_exposures_that_training_reads(settings: Settings, lake: Lake) -> None:
    room = Room(settings)
    publish(lake, AS_OF, settings)
    client = TestClient(create_app(lambda: room), client=("127.0.0.1", 50000))
    rows = score(lake, AS_OF, settings)
    customers = rows.loc[rows["accept_probability"].notna(), "customer_id"].unique()[:40]
    answers = [decide(client, customer, 0) for customer in customers]
    told: dict[str, tuple[str, str]] = {}
    for answer, stage in zip(
        [a for a in answers if a["recommendations"]], ["accepted", "rejected", "shown"], strict=False
    ):
        offer = answer["recommendations"][0]["offer_id"]
        outcome = {"decision_id": answer["decision_id"], "offer_id": offer, "stage": stage, "at": AT, "agent_id": "A1"}
        key = {"idempotency_key": f"sync-{stage}"} | ({"reason": "too_dear"} if stage == "rejected" else {})
        assert client.post("/outcomes", json=outcome | key).status_code == 200
        told[stage] = (answer["decision_id"], offer)
    confirmed = dict(zip(("decision_id", "offer_id"), told["accepted"], strict=True)) | {"stage": "confirmed", "at": AT}
    client.post("/outcomes", json=confirmed | {"idempotency_key": "sync-confirmed"})  # this operator's lake confirms
    path, count = sync(settings, room.store)
    before = path.read_bytes()
    assert sync(settings, room.store) == (path, count)
    assert path.read_bytes() == before
    assert b"13800138000" not in before
    frame = pd.read_parquet(path).set_index(["decision_id", "offer_id"])
    assert count == sum(max(1, len(a["recommendations"])) for a in answers)
    assert set(frame["arm"]) == {"exploit", "explore", "control"}
    assert frame["randomised"].all()  # every arm was left to chance, the exploiting one too
    assert frame["propensity"].between(0, 1, inclusive="right").all()
    kept = frame.to_dict("index")
    yes, no, seen = (kept[told[stage]] for stage in ("accepted", "rejected", "shown"))
    assert (yes["pitched"], yes["accepted"], yes["agent_id"]) == (True, True, "A1")
    assert (no["pitched"], no["accepted"], no["reject_reason"]) == (True, False, "too_dear")
    assert (seen["popped_up"], seen["pitched"]) == (True, False)
    grown = open_lake(settings.lake, settings)
    learnt = accepted(grown, (pd.Timestamp(AS_OF) + pd.Timedelta(days=60)).date()).to_pandas()
    found = learnt[learnt["exposure_id"].str.startswith(str(told["accepted"][0]))]
    assert found["accepted"].tolist() == [1]
    room.store.close()


def test_an_outcome_of_an_offer_that_was_weighed_but_not_recommended_comes_back(settings: Settings, lake: Lake) -> None:
    room = Room(settings)
    publish(lake, AS_OF, settings)
    client = TestClient(create_app(lambda: room), client=("127.0.0.1", 50000))
    rows = score(lake, AS_OF, settings)
    customers = rows.loc[rows["accept_probability"].notna(), "customer_id"].unique()[:12]
    told = {}
    for answer in [decide(client, customer, 0) for customer in customers]:
        record = room.store.decision(answer["decision_id"])
        assert record is not None
        shown = {offer["offer_id"] for offer in answer["recommendations"]}
        other = next(c["offer_id"] for c in record["candidates"] if c["offer_id"] not in shown)
        outcome = {"decision_id": answer["decision_id"], "offer_id": other, "at": AT, "agent_id": "A7"}
        for stage in ("accepted", "confirmed"):
            sent = client.post(
                "/outcomes", json={**outcome, "stage": stage, "idempotency_key": f"{other}-{stage}-{len(told)}"}
            )
            assert sent.json()["stored"]
        told[answer["decision_id"]] = (other, max(1, len(shown)))
    path, count = sync(settings, room.store)
    frame = pd.read_parquet(path)
    assert count == sum(1 + rows for _, rows in told.values())
    assert frame["exposure_id"].is_unique
    found = frame.set_index(["decision_id", "offer_id"]).loc[[(key, offer) for key, (offer, _) in told.items()]]
    assert found[["pitched", "accepted", "popped_up"]].all(axis=None)
    assert found["propensity"].isna().all()
    assert found["arm"].isna().all()
    assert not found["randomised"].any()
    assert set(found["agent_id"]) == {"A7"}
    grown = open_lake(settings.lake, settings)
    later = (pd.Timestamp(AS_OF) + pd.Timedelta(days=60)).date()
    learnt = accepted(grown, later).to_pandas().set_index("exposure_id")["accepted"]
    assert learnt[found["exposure_id"]].tolist() == [1] * len(told)
    assert not set(found["exposure_id"]) & set(logged_windows(grown, later, months=12)["exposure_id"])
    room.store.close()


def test_a_table_in_one_file_becomes_a_folder_and_mapped_ones_want_a_file(settings: Settings, tmp_path: Path) -> None:
    room = Room(settings)
    folder = settings.lake / "exposures"
    parts = sorted(folder.rglob("*.parquet"))
    whole = pd.concat([pd.read_parquet(part) for part in parts])
    shutil.rmtree(folder)
    whole.to_parquet(settings.lake / "exposures.parquet", coerce_timestamps="us", allow_truncated_timestamps=True)
    path, _ = sync(settings, room.store)
    assert sorted(file.name for file in folder.iterdir()) == [PART, "part-0.parquet"]
    assert path.name == PART
    (folder / "month=1").mkdir()
    with pytest.raises(BadInput, match="--out"):
        sync(settings, room.store)
    assert sync(settings, room.store, tmp_path / "own.parquet")[0].is_file()
    with pytest.raises(BadInput, match=r"\.parquet"):
        sync(settings, room.store, tmp_path / "own.csv")
    room.store.close()
