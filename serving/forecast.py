"""The answer of `forecast`: calls by interval with quantiles, agents and causes, from the calls the champion knows."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import pandas as pd

from data.errors import BadInput
from models.erlang import Queue
from models.forecast_table import QUANTILES, Span, forecast_table
from models.staffing import StaffingGoal
from models.volume import VolumeModel, levels
from models.volume_totals import ALL
from models.watch import day_alarms
from models.what_if import with_asked
from serving.clock import to_local, to_outside
from serving.problems import Problem
from serving.room import Room
from serving.schemas import ForecastRequest
from serving.today import calls_so_far
from serving.what_if_verb import asked_event

DAY_MINUTES = 1440


def forecast(request: ForecastRequest, room: Room) -> dict[str, Any]:
    """The answer of `forecast`, from the calls that the champion knows; Problem 422 names a field that is wrong."""
    champion = room.champions["volume"]
    model = _with_events(champion.model, request, room.settings.timezone)
    start = to_local(request.start, room.settings.timezone) if request.start else model.history_end
    quantiles = {f"q{share:g}": share for share in request.quantiles} if request.quantiles else QUANTILES
    moment = pd.Timestamp(start)
    seen = calls_so_far(model, moment, request.seen, room.settings)
    whole = request.seen is None
    span = Span(moment, request.days, _interval(request, model), quantiles, seen, request.plan, whole)
    try:
        table, alarms = forecast_table(model, span, _goal(request)), day_alarms(model, moment, seen, whole)
    except BadInput as error:  # the span lies outside what the history can tell
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, str(error), "start") from error
    return {
        "model_version": champion.version,
        "start": to_outside(span.start.to_pydatetime(), room.settings.timezone),
        "days": request.days,
        "degraded": ["DAY_NOT_SEEN"] if moment > moment.normalize() and model.seen(moment, seen) is None else [],
        "alarms": _rows(_of(alarms, request), room.settings.timezone),
        "rows": _rows(_asked(table, request), room.settings.timezone),
    }


def _with_events(model: VolumeModel, request: ForecastRequest, timezone: str) -> VolumeModel:
    try:
        return with_asked(model, [asked_event(event, timezone) for event in request.events or []])
    except BadInput as error:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, str(error), "events") from error


def _interval(request: ForecastRequest, model: VolumeModel) -> int | str | None:
    known = levels(model.interval_min)
    if request.interval_minutes is not None and request.interval_minutes not in known:
        wanted = f"interval_minutes came as {request.interval_minutes}; wanted one of {', '.join(map(str, known))}"
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, wanted, "interval_minutes")
    return "day" if request.interval_minutes == DAY_MINUTES else request.interval_minutes


def _goal(request: ForecastRequest) -> StaffingGoal:
    goal, level = StaffingGoal(), request.service_level
    within_s = level.seconds if level else goal.queue.within_s
    return StaffingGoal(
        share=level.share if level else goal.share,
        queue=Queue(within_s, request.patience_s, level.definition if level else "of_offered"),
        max_occupancy=request.max_occupancy,
        held_over=request.promise,
        shrinkage=goal.shrinkage if request.shrinkage is None else request.shrinkage,
    )


def _asked(table: pd.DataFrame, request: ForecastRequest) -> pd.DataFrame:
    for name in ("queue", "centre"):
        value = getattr(request, name)
        if value is None:
            continue
        known = sorted(table[name].unique())
        if value not in known:
            detail = f"{name} came as {value}; wanted one of {', '.join(known)}"
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, name)
        table = table[table[name] == value]
    return table


def _of(alarms: pd.DataFrame, request: ForecastRequest) -> pd.DataFrame:
    """The alarms of the asked queue and centre; ALL asks for every one's."""
    for name in ("queue", "centre"):
        value = getattr(request, name)
        alarms = alarms if value in (None, ALL) else alarms[alarms[name] == value]
    return alarms


def _rows(table: pd.DataFrame, timezone: str) -> list[dict[str, Any]]:
    times = [name for name in ("starts_at", "seen_at") if name in table]
    texts = {at: to_outside(at.to_pydatetime(), timezone) for name in times for at in table[name].unique()}
    frame = table.assign(**{name: table[name].map(texts) for name in times}).astype(object)
    return [{str(k): v for k, v in row.items()} for row in frame.where(frame.notna(), None).to_dict("records")]
