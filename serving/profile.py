"""The labels of one line with their names and units."""

from __future__ import annotations

from typing import Any

import numpy as np

from features.label_table import LABELS
from models.feature_schema import Column
from serving.layout import Lines
from serving.room import Room
from serving.schemas import LineRequest


def profile(request: LineRequest, room: Room) -> dict[str, Any]:
    """The answer of `profile`; raises UnknownCustomer, and BadInput where nothing can answer."""
    published, line = room.line(request.customer_id)
    as_of = published.layout.as_of.isoformat()
    return {"customer_id": request.customer_id, "as_of": as_of, "labels": described_labels(line)}


def described_labels(line: Lines) -> list[dict[str, Any]]:
    """name, name_zh (中文名), value, unit, window and definition of each label of the first line, in their order."""
    known = {label.name: label for label in LABELS}
    values = zip(line.layout.labels.columns, line.labels[0].tolist(), strict=True)
    return [
        {
            "name": column.name,
            "name_zh": known[column.name].chinese,
            "value": _value(column, value, known[column.name].kind),
            "unit": known[column.name].unit,
            "window": known[column.name].window,
            "definition": known[column.name].definition,
        }
        for column, value in values
        if column.name in known
    ]


def _value(column: Column, value: float, kind: str) -> float | str | bool | None:
    if np.isnan(value):
        return None
    if column.levels is not None:
        return column.levels[int(value)]
    return bool(value) if kind == "bool" else value
