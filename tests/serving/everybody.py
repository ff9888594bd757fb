"""All published lines of a room, to be changed and scored in tests."""

from __future__ import annotations

import datetime as dt

import numpy as np

from serving.layout import PAIR_FACTS, Lines
from serving.room import Room
from serving.situation import Situation
from tests.serving.small_service import AS_OF

NOON = dt.datetime.combine(AS_OF, dt.time(12))


def all_lines(room: Room) -> Lines:
    """The newest publication's lines."""
    publication = room.published().publication
    pieces = list(room.store.lines(publication.publication_id))
    customers = [customer for ids, _ in pieces for customer in ids]
    return Lines.read(room.published().layout, customers, b"".join(raw for _, raw in pieces))


def with_pair(lines: Lines, name: str, value: float) -> Lines:
    """The lines with a pair fact of every offer set anew."""
    fresh = Lines(lines.layout, lines.customers, lines.numbers.copy())
    fresh.pairs[:, :, PAIR_FACTS.index(name)] = value
    return fresh


def with_label(lines: Lines, name: str, value: float) -> Lines:
    """The lines with a numeric label set anew."""
    fresh = Lines(lines.layout, lines.customers, lines.numbers.copy())
    fresh.labels[:, lines.layout.labels.names.index(name)] = value
    return fresh


def situation(**more: object) -> Situation:
    """Noon of the as-of day on the hotline."""
    return Situation(**{"at": NOON, **more})  # type: ignore[arg-type] # names and kinds are the caller's


def some(lines: Lines, chosen: np.ndarray) -> Lines:
    """Some of the lines."""
    places = np.flatnonzero(chosen)
    return Lines(lines.layout, [lines.customers[i] for i in places.tolist()], lines.numbers[places])
