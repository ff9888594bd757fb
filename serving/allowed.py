"""What every call depends on: the caller may make it, and the worker's room can answer."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import Request

from serving.auth import authorise
from serving.problems import Problem
from serving.room import Room


class Allowed:
    """A dependency: the worker's room, if the caller may make the call and, unless `raw`, the room can answer."""

    def __init__(self, call: str, raw: bool = False) -> None:
        self.call = call
        self.raw = raw

    def __call__(self, request: Request) -> Room:
        """Raise a 401, 403 or 503 Problem, or give the room."""
        room: Room = request.app.state.room()
        authorise(request, room.settings.serving, self.call)
        missing = None if self.raw else room.missing()
        if missing:
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, missing)
        return room
