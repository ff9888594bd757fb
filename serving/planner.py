"""The planner's page and what it asks for beside `/forecast`: queues, versions, and files to download.

The page is one file without outside hosts. A browser sends the key as the password of Basic credentials.
"""

from __future__ import annotations

import tempfile
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any, Literal

import pandas as pd
from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import BaseModel, Field

from data.console import cell
from data.errors import BadInput
from data.forecast_store import VersionHead
from models import forecast_words as words
from models.staffing import StaffingGoal
from models.volume import VolumeModel, levels
from models.volume_totals import ALL
from serving.allowed import Allowed
from serving.champions import what_to_run
from serving.forecast import forecast
from serving.forecast_files import facts_of, write_rows_of
from serving.forecast_versions import goal_of, version_list, with_store
from serving.problems import Problem
from serving.room import Room
from serving.schemas import ForecastRequest, Lang, Time

PAGE = Path(__file__).with_name("planner.html")
POLICY = "default-src 'none'; connect-src 'self'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
TYPES = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
Ending = Literal["json", "csv", "xlsx"]


class Some(BaseModel):
    """One queue or centre (`ALL` is one too; none = all rows), with headings in a language."""

    queue: str | None = None
    centre: str | None = None
    lang: Lang = "zh"


class Wanted(Some):
    """What of the champion's forecast."""

    start: Time | None = None
    days: int = Field(default=28, ge=1, le=400)
    interval_minutes: int | None = Field(default=None, ge=1, le=1440)


router = APIRouter(prefix="/planner", include_in_schema=False)
Ask = Annotated[Room, Depends(Allowed("planner"))]


@router.get("")
def page(_: Ask) -> Any:
    """The page."""
    return HTMLResponse(_page(), headers={"Content-Security-Policy": POLICY})


@router.get("/options")
def options(room: Ask) -> Any:
    """What can be chosen."""
    return JSONResponse(_options(_model(room), room.champions["volume"].version))


@router.get("/forecast.{ending}")
def file(room: Ask, ending: Ending, wanted: Annotated[Wanted, Query()]) -> Any:
    """The champion's forecast as a file."""
    _model(room)
    asked = ForecastRequest.model_construct(**wanted.model_dump(exclude={"lang"}))
    table = _table(forecast(asked, room)["rows"])
    facts = {"model": room.champions["volume"].version, "from": table["starts_at"].min().to_pydatetime()}
    return _answer(table, StaffingGoal(), facts, (ending, wanted.lang))


@router.get("/versions")
def versions(room: Ask) -> Any:
    """All versions, the newest first."""
    table = version_list(with_store(room.settings).heads())
    return JSONResponse([{str(k): cell(v) for k, v in row.items()} for row in table.to_dict("records")])


@router.get("/versions/{number}.{ending}")
def version(room: Ask, number: int, ending: Ending, some: Annotated[Some, Query()]) -> Any:
    """A version, or one queue or centre of it."""
    head, table = _version(room, number)
    for name, value in some.model_dump(include={"queue", "centre"}, exclude_none=True).items():
        table = table[table[name] == value]
    return _answer(table, goal_of(head), facts_of(head), (ending, some.lang))


@cache
def _page() -> str:
    return PAGE.read_text(encoding="utf-8")


def _model(room: Room) -> VolumeModel:
    if "volume" not in room.champions:
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, what_to_run(["volume"]))
    model: VolumeModel = room.champions["volume"].model
    return model


def _options(model: VolumeModel, version: str) -> dict[str, Any]:
    keys = model.groups.keys
    return {
        "queues": [ALL, *sorted(set(keys["queue"]) - {ALL})],
        "centres": [ALL, *sorted(set(keys["centre"]) - {ALL})],
        "interval_minutes": levels(model.interval_min),
        "start": f"{model.history_end:%F}",
        "model_version": version,
        "causes": {name: {lang: words.cause(name, lang) for lang in ("zh", "en")} for name in words.CAUSES},
    }


def _version(room: Room, number: int) -> tuple[VersionHead, pd.DataFrame]:
    try:
        return with_store(room.settings).version(number)
    except BadInput as error:
        raise Problem(HTTPStatus.NOT_FOUND, str(error)) from error


def _table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """The API's rows as a frame in naive local time."""
    table = pd.DataFrame(rows)
    starts = pd.to_datetime(table["starts_at"]).dt.tz_localize(None)
    return table.assign(starts_at=starts.astype("datetime64[us]"))


def _answer(
    table: pd.DataFrame, goal: StaffingGoal, facts: dict[str, object], written: tuple[Ending, Lang]
) -> Response:
    ending, lang = written
    if ending == "json":
        return Response(table.to_json(orient="records", date_format="iso", force_ascii=False), media_type=TYPES["json"])
    with tempfile.TemporaryDirectory(prefix="nextcall-") as folder:
        path = Path(folder) / f"forecast.{ending}"
        write_rows_of(table, goal, facts, path, lang)
        content = path.read_bytes()
    headers = {"Content-Disposition": f'attachment; filename="forecast.{ending}"'}
    return Response(content, media_type=TYPES[ending], headers=headers)
