"""The web API as an ASGI app: who may call, what is asked, what is answered. It decides nothing itself."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse

from data.errors import BadInput
from models.reasons import code_table
from serving import problems
from serving.auth import authorise
from serving.churn import churn_risk
from serving.decide import RequestReused, decide
from serving.forecast import forecast
from serving.outcomes import NotDecided, record_outcome
from serving.problems import Problem, problem_response
from serving.profile import profile
from serving.room import Room, UnknownCustomer
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

CALLS = ("POST /next_best_offer", "POST /outcomes", "POST /churn_risk", "POST /profile", "POST /forecast", "GET /codes")
OPEN = ("GET /livez", "GET /readyz", "GET /healthz", "GET /metrics", "GET /docs.json")
INDEX = """<!doctype html><html lang="zh"><meta charset="utf-8"><title>Nextcall</title>
<body style="font-family:sans-serif;max-width:40em;margin:3em auto"><h1>Nextcall</h1><ul>{}</ul></body></html>"""


def create_app(room: Callable[[], Room]) -> FastAPI:
    """The app; `room` gives the worker's room once it is there."""
    app = FastAPI(title="Nextcall", docs_url=None, redoc_url=None, openapi_url=None)
    problems.install(app)
    for error, status in ((UnknownCustomer, 404), (RequestReused, 409)):
        app.add_exception_handler(error, _as_problem(status))
    app.add_exception_handler(NotDecided, _not_decided)
    _add_calls(app, room)
    return app


def _add_calls(app: FastAPI, room: Callable[[], Room]) -> None:
    def allowed(call: str) -> Callable[[Request], Room]:
        def check(request: Request) -> Room:
            authorise(request, room().settings.serving, call)
            return room()

        return check

    def ready(call: str) -> Callable[[Request], Room]:
        def check(request: Request) -> Room:
            return _ready(allowed(call)(request))

        return check

    @app.post("/next_best_offer", response_model=OfferAnswer)
    def next_best_offer(body: OfferRequest, to: Annotated[Room, Depends(ready("next_best_offer"))]) -> Any:
        """The offers to make to a line now, with reasons, or why there is none."""
        return JSONResponse(decide(body, to).answer)

    @app.post("/outcomes", response_model=OutcomeAnswer)
    def outcomes(body: OutcomeRequest, to: Annotated[Room, Depends(allowed("outcomes"))]) -> Any:
        """What became of an offer; on the disk before the answer."""
        return JSONResponse(record_outcome(body, to))

    @app.post("/churn_risk", response_model=RiskAnswer)
    def churn(body: LineRequest, to: Annotated[Room, Depends(ready("churn_risk"))]) -> Any:
        """The probability that a line leaves."""
        return JSONResponse(churn_risk(body, to))

    @app.post("/profile", response_model=ProfileAnswer)
    def labels(body: LineRequest, to: Annotated[Room, Depends(ready("profile"))]) -> Any:
        """The user labels of a line."""
        published, line = to.line(body.customer_id)
        as_of = published.layout.as_of.isoformat()
        return JSONResponse({"customer_id": body.customer_id, "as_of": as_of, "labels": profile(line)})

    @app.post("/forecast", response_model=ForecastAnswer)
    def volume(body: ForecastRequest, to: Annotated[Room, Depends(ready("forecast"))]) -> Any:
        """Calls, agents and causes by interval."""
        return JSONResponse(forecast(body, to))

    @app.get("/codes", dependencies=[Depends(allowed("codes"))])
    def codes() -> Any:
        """The table of reason and suppression codes."""
        return JSONResponse(code_table().to_dict("records"))

    @app.get("/", include_in_schema=False)
    def index() -> Any:
        """What can be called; loads nothing from outside."""
        return HTMLResponse(INDEX.format("".join(f"<li><code>{call}</code></li>" for call in (*CALLS, *OPEN))))


def _ready(room: Room) -> Room:
    try:
        missing = room.missing()
    except BadInput as error:  # the champions do not fit what is published
        missing = str(error)
    if missing:
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, missing)
    return room


def _as_problem(status: int) -> Callable[[Request, Exception], JSONResponse]:
    return lambda _, error: problem_response(status, str(error))


def _not_decided(_: Request, error: Exception) -> JSONResponse:
    errors = [{"field": "offer_id", "message": str(error)}]
    return problem_response(HTTPStatus.UNPROCESSABLE_ENTITY, str(error), errors)
