"""What every call depends on: the caller may make it, and the worker's room has what this call needs."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

from fastapi import Request

from serving.auth import authorise
from serving.problems import Problem
from serving.room import Room


class Allowed:
    """A dependency: the worker's room, if the caller may make the call and the room has its needs (`Room.missing`)."""

    def __init__(self, call: str, needs: Sequence[str] = ()) -> None:
        self.call = call
        self.needs = needs

    def __call__(self, request: Request) -> Room:
        """Raise a 401, 403 or 503 Problem, or give the room."""
        room: Room = request.app.state.room()
        authorise(request, room.settings.serving, self.call)
        missing = room.missing(self.needs)
        if missing:
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, missing)
        return room
