"""The answer of `forecast`."""

from __future__ import annotations

from typing import Any

from data.errors import WorkFailed
from serving.room import Room
from serving.schemas import ForecastRequest


def forecast(request: ForecastRequest, room: Room) -> dict[str, Any]:
    """Not there yet."""
    raise WorkFailed("not there yet")
