"""The web API as an ASGI app: who may call, what is asked, what is answered. It decides nothing itself."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse

from models.reasons import code_table
from serving import planner, problems
from serving.allowed import Allowed
from serving.churn import churn_risk
from serving.decide import RequestReused, decide
from serving.forecast import forecast
from serving.outcomes import NotDecided, record_outcome
from serving.problems import problem_response
from serving.profile import profile
from serving.room import PUBLICATION, Room, UnknownCustomer
from serving.schemas import (
    ForecastAnswer,
    ForecastRequest,
    LineRequest,
    OfferAnswer,
    OfferRequest,
    OutcomeAnswer,
    OutcomeRequest,
    ProfileAnswer,
    RiskAnswer,
)

CALLS = (
    "POST /next_best_offer",
    "POST /outcomes",
    "POST /churn_risk",
    "POST /profile",
    "POST /forecast",
    "GET /planner",
    "GET /codes",
)
OPEN = ("GET /livez", "GET /readyz", "GET /healthz", "GET /metrics", "GET /docs.json")
INDEX = """<!doctype html><html lang="zh"><meta charset="utf-8"><title>Nextcall</title>
<body style="font-family:sans-serif;max-width:40em;margin:3em auto"><h1>Nextcall</h1><ul>{}</ul></body></html>"""


router = APIRouter()


@router.post("/next_best_offer", response_model=OfferAnswer)
def next_best_offer(
    body: OfferRequest, room: Annotated[Room, Depends(Allowed("next_best_offer", ("uptake", PUBLICATION)))]
) -> Any:
    """The offers to make to a line now, with reasons, or why there is none."""
    return JSONResponse(decide(body, room).answer)


@router.post("/outcomes", response_model=OutcomeAnswer)
def outcomes(body: OutcomeRequest, room: Annotated[Room, Depends(Allowed("outcomes"))]) -> Any:
    """What became of an offer; on the disk before the answer."""
    return JSONResponse(record_outcome(body, room))


@router.post("/churn_risk", response_model=RiskAnswer)
def risk(body: LineRequest, room: Annotated[Room, Depends(Allowed("churn_risk", ("churn", PUBLICATION)))]) -> Any:
    """The probability that a line leaves."""
    return JSONResponse(churn_risk(body, room))


@router.post("/profile", response_model=ProfileAnswer)
def labels(body: LineRequest, room: Annotated[Room, Depends(Allowed("profile", (PUBLICATION,)))]) -> Any:
    """The user labels of a line."""
    return JSONResponse(profile(body, room))


@router.post("/forecast", response_model=ForecastAnswer)
def volume(body: ForecastRequest, room: Annotated[Room, Depends(Allowed("forecast", ("volume",)))]) -> Any:
    """Calls, agents and causes by interval."""
    return JSONResponse(forecast(body, room))


@router.get("/codes", dependencies=[Depends(Allowed("codes"))])
def codes() -> Any:
    """The table of reason and suppression codes."""
    return JSONResponse(code_table().to_dict("records"))


@router.get("/", include_in_schema=False)
def index() -> Any:
    """What can be called; loads nothing from outside."""
    return HTMLResponse(INDEX.format("".join(f"<li><code>{call}</code></li>" for call in (*CALLS, *OPEN))))


def create_app(room: Callable[[], Room]) -> FastAPI:
    """The app; `room` gives the worker's room once it is there."""
    app = FastAPI(title="Nextcall", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.room = room
    problems.install(app)
    for error, status in ((UnknownCustomer, 404), (RequestReused, 409)):
        app.add_exception_handler(error, _as_problem(status))
    app.add_exception_handler(NotDecided, _not_decided)
    app.include_router(router)
    app.include_router(planner.router)
    return app


def _as_problem(status: int) -> Callable[[Request, Exception], JSONResponse]:
    return lambda _, error: problem_response(status, str(error))


def _not_decided(_: Request, error: Exception) -> JSONResponse:
    errors = [{"field": "offer_id", "message": str(error)}]
    return problem_response(HTTPStatus.UNPROCESSABLE_ENTITY, str(error), errors)
