"""Errors as problem documents (RFC 9457) that name the field."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from data.errors import BadInput, WorkFailed

MEDIA_TYPE = "application/problem+json"
CHALLENGE = 'Bearer, Basic realm="nextcall", charset="UTF-8"'


class Problem(Exception):
    """An answer that is a problem document; `field` is the request's field that is wrong, if one is."""

    def __init__(self, status: HTTPStatus, detail: str, field: str | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.field = field

    @property
    def headers(self) -> dict[str, str]:
        """What a 401 must say: how to show who one is (RFC 9110, 11.6.1); a browser asks its user for Basic."""
        return {"WWW-Authenticate": CHALLENGE} if self.status == HTTPStatus.UNAUTHORIZED else {}


def problem_response(status: int, detail: str, errors: Sequence[dict[str, Any]] = ()) -> JSONResponse:
    """The document; `errors` names each wrong field with what is wrong with it."""
    document: dict[str, Any] = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    document["detail"] = detail
    if errors:
        document |= {"field": errors[0]["field"], "errors": list(errors)}
    return JSONResponse(document, status, media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Let the app answer every error of ours, of its schemas and of its routes as a problem document."""
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(BadInput, _bad_input)
    app.add_exception_handler(WorkFailed, _work_failed)


def _problem(_: Request, error: Any) -> JSONResponse:
    errors = [{"field": error.field, "message": error.detail}] if error.field else []
    response = problem_response(error.status, error.detail, errors)
    response.headers.update(error.headers)
    return response


def _invalid(_: Request, error: Any) -> JSONResponse:
    errors = [{"field": _field(e["loc"]), "message": e["msg"]} for e in error.errors()]
    detail = "; ".join(f"{e['field']}: {e['message']}" for e in errors)
    return problem_response(HTTPStatus.UNPROCESSABLE_ENTITY, detail, errors)


def _field(place: Sequence[object]) -> str:
    """The field's path below the body.

    >>> _field(("body", "month_to_date", "data_mb")), _field(("body",))
    ('month_to_date.data_mb', 'body')
    """
    return ".".join(str(part) for part in place if part != "body") or "body"


def _http(_: Request, error: Any) -> JSONResponse:
    response = problem_response(error.status_code, str(error.detail))
    response.headers.update(error.headers or {})
    return response


def _bad_input(_: Request, error: Any) -> JSONResponse:
    return problem_response(HTTPStatus.UNPROCESSABLE_ENTITY, str(error))


def _work_failed(_: Request, error: Any) -> JSONResponse:
    return problem_response(HTTPStatus.SERVICE_UNAVAILABLE, str(error))
