"""The calls of a day that has begun: from the request, from what the model knows, or from the lake as it is now."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from data.errors import BadInput
from data.lake import Lake, open_lake
from data.settings import Settings
from features.call_counts import call_counts
from models.volume import VolumeModel
from serving.clock import to_local
from serving.schemas import SeenCalls


def calls_of_day(lake: Lake, until: pd.Timestamp) -> pd.DataFrame:
    """The calls of `until`'s day before it, in `call_counts`' columns; no rows where the lake has none yet."""
    try:
        return call_counts(_Cut(lake, until.normalize(), until))
    except BadInput:  # nothing has come yet
        return _no_calls()


def calls_so_far(
    model: VolumeModel, until: pd.Timestamp, seen: Sequence[SeenCalls] | None, settings: Settings
) -> pd.DataFrame | None:
    """What a forecast from inside a day may use; None = what the model's own history has of it.

    Those of a request may be of some queues only; those of the lake are whole (`models.seen_calls`).
    """
    if seen is not None:
        rows = [one.model_dump() | {"starts_at": to_local(one.starts_at, settings.timezone)} for one in seen]
        return pd.concat([_no_calls(), pd.DataFrame(rows)]) if rows else _no_calls()
    if until == until.normalize() or model.seen(until) is not None:
        return None
    try:
        return calls_of_day(open_lake(settings.lake, settings, uses=("call_volumes",)), until)
    except BadInput:  # the service needs no lake: without one the day is told as from before it
        return None


def _no_calls() -> pd.DataFrame:
    types = {"queue": "object", "centre": "object", "starts_at": "datetime64[us]", "offered": "float64"}
    return pd.DataFrame(columns=list(types)).astype(types)


class _Cut:
    """A lake's calls of a span of time."""

    def __init__(self, lake: Lake, since: pd.Timestamp, until: pd.Timestamp) -> None:
        self.lake, self.since, self.until = lake, since, until

    def has(self, name: str) -> bool:
        """As the lake."""
        return self.lake.has(name)

    def __getitem__(self, name: str) -> object:
        """The lake's table, its rows of the span."""
        table = self.lake[name]
        at = table["started_at" if name == "contacts" else "starts_at"]
        return table.filter(at >= self.since.to_pydatetime(), at < self.until.to_pydatetime())
