"""The planner's page: what it asks for over the API, who may see it, and what a real browser shows."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator

import pandas as pd
import pytest
import uvicorn
from openpyxl import load_workbook
from starlette.testclient import TestClient

from data.settings import KeySettings
from models.forecast_table import Span, forecast_table
from models.staffing import StaffingGoal
from serving.app import create_app
from serving.auth import key_sha256
from serving.forecast_override import override
from serving.forecast_versions import Asked, save_version
from serving.room import Room
from tests.conftest import BROWSERS

ALL = {"queue": "ALL", "centre": "ALL"}
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture(scope="module")
def versions(room: Room) -> tuple[int, int]:
    """A version, and one that overrides it."""
    model = room.champions["volume"].model
    span, goal = Span(model.history_end, 2), StaffingGoal()
    first = save_version(
        room.settings, forecast_table(model, span, goal), Asked(span.start.date(), span, goal), "<b>计划</b>"
    )
    change = pd.DataFrame([ALL | {"starts_at": span.start, "ends_at": span.start + pd.Timedelta(days=1), "factor": 2}])
    return first.version_id, override(room.settings, first.version_id, change, "campaign").version_id


def test_the_page_loads_nothing_from_outside(client: TestClient) -> None:
    answer = client.get("/planner")
    assert answer.status_code == 200
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert not re.search(r"https?://(?!www\.w3\.org)", answer.text)
    assert not re.search(r"<(link|img|iframe)|src=", answer.text)
    assert "话务预测与座席需求" in answer.text
    assert "innerHTML" not in answer.text


def test_options_name_what_can_be_asked(client: TestClient) -> None:
    options = client.get("/planner/options").json()
    assert options["queues"][0] == options["centres"][0] == "ALL"
    assert 1440 in options["interval_minutes"]
    assert options["causes"]["bill_day"] == {"zh": "出账日", "en": "bill day"}


def test_a_forecast_is_downloaded_as_csv_and_as_a_workbook(client: TestClient) -> None:
    told = client.post("/forecast", json={"days": 2, **ALL}).json()["rows"]
    answer = client.get("/planner/forecast.csv", params={"days": 2, **ALL})
    assert 'filename="forecast.csv"' in answer.headers["content-disposition"]
    table = pd.read_csv(io.BytesIO(answer.content))
    assert table["mean"].to_list() == pytest.approx([row["mean"] for row in told])
    assert table["starts_at"].iloc[0].replace(" ", "T") == told[0]["starts_at"][:19]
    answer = client.get("/planner/forecast.xlsx", params={"days": 2, "lang": "en"})
    assert answer.headers["content-type"] == WORKBOOK
    assert load_workbook(io.BytesIO(answer.content)).sheetnames[0] == "Summary"


def test_versions_are_listed_shown_and_downloaded(client: TestClient, versions: tuple[int, int]) -> None:
    first, second = versions
    listed = {row["version"]: row for row in client.get("/planner/versions").json()}
    assert listed[str(second)]["parent"] == str(first)
    assert listed[str(second)]["reason"] == "campaign"
    one, two = (client.get(f"/planner/versions/{number}.json", params=ALL).json() for number in versions)
    assert sum(row["mean"] for row in two) > 1.3 * sum(row["mean"] for row in one)
    book = load_workbook(io.BytesIO(client.get(f"/planner/versions/{second}.xlsx").content))
    assert {row[0]: row[1] for row in book["概要"].iter_rows(values_only=True)}["调整原因"] == "campaign"


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [
        ("versions/999.json", 404, "there is none"),
        ("versions/one.json", 422, "integer"),
        ("forecast.pdf", 422, "csv"),
        ("forecast.csv?days=0", 422, "days"),
        ("forecast.csv?queue=none", 422, "queue"),
    ],
)
def test_what_is_wrong_is_told(client: TestClient, path: str, status: int, told: str) -> None:
    answer = client.get(f"/planner/{path}")
    assert answer.status_code == status
    assert told in answer.json()["detail"]


def test_a_planner_shows_the_key_as_a_password_and_a_scorer_is_refused(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = {role: KeySettings(role=role, sha256=key_sha256(f"{role}'s key")) for role in ("planner", "scorer")}
    serving = room.settings.serving.model_copy(update={"keys": keys})
    monkeypatch.setattr(room, "settings", room.settings.model_copy(update={"serving": serving}))
    client = TestClient(create_app(lambda: room), client=("10.0.0.9", 5))
    refused = client.get("/planner")
    assert refused.status_code == 401
    assert "Basic" in refused.headers["www-authenticate"]
    assert client.get("/planner", auth=("anybody", "planner's key")).status_code == 200
    assert client.get("/planner/options", headers={"Authorization": "Bearer planner's key"}).status_code == 200
    assert client.get("/planner", auth=("anybody", "scorer's key")).status_code == 403
    assert client.get("/planner", headers={"Authorization": "Basic ???"}).status_code == 401


@pytest.fixture(scope="module")
def address(room: Room) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(create_app(lambda: room), port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.mark.browser
@pytest.mark.parametrize(
    ("query", "words"),
    [("", ["日常话务", "预测来电量", "调整自", "排班人数"]), ("?lang=en", ["normal load", "Agent-hours", "Overrides"])],
)
def test_a_browser_draws_the_forecast_and_lists_versions(
    address: str, versions: tuple[int, int], query: str, words: list[str]
) -> None:
    shown = _browse(f"{address}/planner{query}")
    assert "data-failed" not in shown
    assert int(re.findall(r'data-shown="(\d+)"', shown)[0]) > 100
    drawn = re.findall(r'<path d="(M[^"]+)" class="(\w+)"', shown)
    assert {look for _, look in drawn} == {"band95", "band80", "band50", "median", "agents"}
    assert not [path for path, _ in drawn if "NaN" in path]
    assert all(word in shown for word in words)
    assert f"/planner/versions/{versions[1]}.xlsx" in shown
    assert "&lt;b&gt;计划" in shown


def _browse(url: str) -> str:
    """The page after its scripts have run."""
    browser = next(path for path in map(shutil.which, BROWSERS) if path)
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=20000", "--dump-dom"]
    done = subprocess.run([browser, *flags, url], capture_output=True, text=True, timeout=120, check=True)
    return done.stdout
