"""The service as a process of its own, on a free port: it answers like the bulk verbs, and loses nothing."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Iterator
from typing import Any

import httpx
import psutil
import pytest

from data.errors import BadInput
from data.lake import Lake
from data.settings import ServingSettings
from serving.auth import check_binding
from serving.bulk import churn_scores, score
from serving.launch import curl, not_ready, start, stop, wait_until_up
from serving.room import Room
from tests.serving.small_service import AS_OF

AT = f"{AS_OF}T00:00:00"


@pytest.fixture(scope="module")
def served(room: Room) -> Iterator[httpx.Client]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    process = start(room.settings, port)
    try:
        assert wait_until_up(process, port)
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            yield client
    finally:
        stop(process)


def close(came: float | None, wanted: float) -> bool:
    return (came is None and wanted != wanted) or (
        came is not None and abs(came - wanted) <= 1e-9 * max(1.0, abs(wanted))
    )


def test_what_is_served_is_what_the_bulk_verbs_write(served: httpx.Client, room: Room, lake: Lake) -> None:
    rows = score(lake, AS_OF, room.settings).groupby("customer_id")
    some = list(rows.groups)[::7][:50]
    assert len(some) == 50
    numbers = ["accept_probability", "margin_uplift_cny", "expected_value_cny", "current_total_cny"]
    numbers += ["expected_total_cny", "total_fee_ratio", "rent_ratio"]
    for customer in some:
        wanted = rows.get_group(customer).to_dict("records")
        body = {"customer_id": customer, "channel": "hotline", "at": AT}
        answer = served.post("/next_best_offer", json=body).json()
        if wanted[0]["offer_id"] is None or wanted[0]["offer_id"] != wanted[0]["offer_id"]:
            assert (answer["recommendations"], [answer["no_offer_reason"]]) == ([], wanted[0]["reasons"])
            continue
        for came, row in zip(answer["recommendations"], wanted, strict=True):
            same = ("rank", "offer_id", "kind", "popup_priority")
            assert {name: came[name] for name in same} == {name: row[name] for name in same}
            assert came["effective_on"] == str(row["effective_on"])
            assert [reason["code"] for reason in came["reasons"]] == row["reasons"]
            assert all(close(came[name], row[name]) for name in numbers)


def test_the_served_risk_is_the_bulk_verbs(served: httpx.Client, room: Room, lake: Lake) -> None:
    for row in churn_scores(lake, AS_OF, room.settings).iloc[::20].to_dict("records"):
        answer = served.post("/churn_risk", json={"customer_id": row["customer_id"]}).json()
        assert close(answer["probability"], row["churn_probability"])
        assert [reason["code"] for reason in answer["reasons"]] == row["reasons"]


def test_bentoml_serves_health_metrics_and_docs_and_no_page_from_outside(served: httpx.Client) -> None:
    assert [served.get(path).status_code for path in ("/livez", "/readyz", "/healthz", "/metrics")] == [200] * 4
    paths = served.get("/docs.json").json()["paths"]
    assert {"/next_best_offer", "/outcomes", "/churn_risk", "/profile", "/forecast"} <= set(paths)
    page = served.get("/").text
    assert "next_best_offer" in page
    assert "http" not in page
    answer = served.post("/next_best_offer", json={"channel": "hotline"})
    assert (answer.status_code, answer.json()["field"]) == (422, "customer_id")


def test_acknowledged_outcomes_survive_a_killed_worker(served: httpx.Client, room: Room) -> None:
    def body(number: int) -> dict[str, Any]:
        key = {"decision_id": "d", "offer_id": "o", "stage": "accepted", "idempotency_key": f"before-kill-{number}"}
        return {**key, "at": AT}

    for number in range(20):
        assert served.post("/outcomes", json=body(number)).status_code == 200
    for worker in _workers(served):
        worker.send_signal(signal.SIGKILL)
    assert all(room.store.outcome(f"before-kill-{number}") for number in range(20))
    assert _when_back(served, body(3))["repeated"] is True


def _workers(served: httpx.Client) -> list[psutil.Process]:
    """The processes that answer on the port but for the one that watches them."""
    port = served.base_url.port
    ours = [p for p in psutil.Process().children(recursive=True) if "--fd" in _command(p)]
    found = [p for p in ours if str(port) in _command(p.parent())]
    assert found
    return found


def _command(process: psutil.Process | None) -> str:
    """The process's command line; empty for one that has just ended (another test's child, not yet collected)."""
    try:
        return " ".join(process.cmdline()) if process else ""
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return ""


def _when_back(served: httpx.Client, body: dict[str, Any]) -> dict[str, Any]:
    for _ in range(300):
        try:
            answer = served.post("/outcomes", json=body)
            if answer.status_code == 200:
                return dict(answer.json())
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise AssertionError("the service did not come back")


def test_the_printed_call_names_a_line_that_is_published(room: Room) -> None:
    command = curl(room.settings, 3000)
    assert "http://127.0.0.1:3000/next_best_offer" in command
    assert '"customer_id": "U' in command


def test_a_service_that_is_not_ready_says_what_of_it_answers() -> None:
    assert "/forecast and /planner answer" in not_ready(3000, ["uptake", "churn"])
    assert "/forecast" not in not_ready(3000, ["volume"])


def test_a_service_without_keys_never_stands_open_to_a_network() -> None:
    with pytest.raises(BadInput, match=r"serving.keys"):
        check_binding(ServingSettings(host="0.0.0.0"))
    assert "only callers on this machine" in check_binding(ServingSettings())
