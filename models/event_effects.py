"""What events do to calls: the lift of each cell by cause, learned per kind and phase, drawn towards all kinds.

lift = calls that an event adds, as a share of the cell's ordinary load = effect of its kind in that phase x dose x
the event's own strength x (in its own queue: its area's part in the centre; in another queue: the kind's spill).
dose = (people addressed / usual x usual load / load) ^ size power x (hours / usual) ^ length power: at a size power of
1 twice the people make twice the calls whatever the load, at 0 the load alone decides.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from features.event_calendar import CAUSE_OF, CAUSES, LIKE_OTHER_CALLS, PHASES, Pieces, pieces_of, with_likely_ends
from features.intervals import BoolArray, FloatArray

USUAL = ("usual_size", "usual_load", "usual_hours", "size_power", "length_power")
LEAST_TOTAL = 0.2  # of the ordinary load: what events leave at the least


@dataclass(frozen=True)
class KindEffect:
    """One kind: `effect` and its `spread` (sd) by phase, shares of the load; `strength_sd`: between events, relative.

    `usual_size` people, `usual_load` calls a day and `usual_hours` make a dose of 1; learned from `events` events.
    """

    effect: FloatArray
    spread: FloatArray
    strength_sd: float = 0.4
    usual_size: float = float("nan")
    usual_load: float = float("nan")
    usual_hours: float = float("nan")
    size_power: float = 0.0
    length_power: float = 0.0
    events: int = 0


@dataclass(frozen=True)
class EventEffects:
    """All kinds; `unknown` stands for one that was never seen. Spill by (kind, queue), parts by (area, centre).

    `strength` by event_id: what a past event did beyond its kind, relative, and the sd of that against what it did;
    `assumed` by event_id: the course of an event that is only thought of (never saved).
    """

    kinds: dict[str, KindEffect] = field(default_factory=dict)
    unknown: KindEffect | None = None
    spill: dict[tuple[str, str], float] = field(default_factory=dict)
    area_part: dict[tuple[str, str], float] = field(default_factory=dict)
    strength: dict[str, tuple[float, float]] = field(default_factory=dict)
    assumed: dict[str, KindEffect] = field(default_factory=dict)

    def of(self, kind: str) -> KindEffect:
        """The effect of a kind, or of one that was never seen."""
        return self.kinds.get(kind) or self.unknown or KindEffect(np.zeros(PHASES), np.zeros(PHASES))

    def of_each(self, events: pd.DataFrame) -> list[KindEffect]:
        """The effect of each event: its own where one is assumed, else its kind's."""
        pairs = zip(events["event_id"].astype(str), events["kind"], strict=True)
        return [self.assumed.get(name) or self.of(kind) for name, kind in pairs]

    def to_json(self) -> dict[str, Any]:
        """Nested lists and strings."""
        return {
            "kinds": {name: _effect_json(kind) for name, kind in self.kinds.items()},
            "unknown": _effect_json(self.unknown) if self.unknown else None,
            "spill": [[*key, value] for key, value in self.spill.items()],
            "area_part": [[*key, value] for key, value in self.area_part.items()],
            "strength": self.strength,
        }

    @classmethod
    def from_json(cls, state: dict[str, Any]) -> EventEffects:
        """What `to_json` gave."""
        return cls(
            {name: _effect_of(kind) for name, kind in state["kinds"].items()},
            _effect_of(state["unknown"]) if state["unknown"] else None,
            {(kind, queue): value for kind, queue, value in state["spill"]},
            {(area, centre): value for area, centre, value in state["area_part"]},
            {name: (value, sd) for name, (value, sd) in state["strength"].items()},
        )


@dataclass(frozen=True)
class Lift:
    """(series, days, intervals) each: shares of the ordinary load by cause, and the sd of their sum."""

    causes: dict[str, FloatArray]
    spread: FloatArray

    @property
    def total(self) -> FloatArray:
        """All causes together."""
        return np.sum(list(self.causes.values()), axis=0)

    def at(self, level: FloatArray) -> FloatArray:
        """All causes together on days that have `level` (series, days) of the ordinary load."""
        parts = [part * level[:, :, None] if cause in LIKE_OTHER_CALLS else part for cause, part in self.causes.items()]
        return np.sum(parts, axis=0)


@dataclass(frozen=True)
class Place:
    """Where events are felt: series by queue and centre, days, interval, ordinary load (series, days, intervals)."""

    series: pd.DataFrame
    days: pd.DatetimeIndex
    interval_min: int
    load: FloatArray

    def pieces(self, events: pd.DataFrame) -> Pieces:
        """The pieces of the events on these days, their unknown ends guessed as seen from the first day."""
        return pieces_of(with_likely_ends(events, self.days[0]), self.days, self.interval_min)


def lift_of(effects: EventEffects, events: pd.DataFrame, place: Place) -> Lift:
    """What the events add on these days. One pass over the events' pieces, a few thousand small blocks."""
    pieces = place.pieces(events)
    causes = {cause: np.zeros(place.load.shape) for cause in CAUSES}
    variance = np.zeros(place.load.shape)
    felt = weights(effects, events, place.series)
    dose = doses(effects, events, pieces, place)
    kinds = effects.of_each(events)
    own_sd = _own_sds(effects, events)
    cause = [CAUSE_OF[str(kind)] for kind in events["kind"]]
    for number, (event, day, phase) in enumerate(zip(pieces.event, pieces.day, pieces.phase, strict=True)):
        kind, share = kinds[event], (felt[event] * dose[number])[:, None]
        cells = (slice(None), day, slice(pieces.first[number], pieces.last[number]))
        causes[cause[event]][cells] += kind.effect[phase] * share
        variance[cells] += (kind.spread[phase] ** 2 + (own_sd[event] * kind.effect[phase]) ** 2) * share**2
    return Lift(_bounded(causes), np.sqrt(variance))


def _own_sds(effects: EventEffects, events: pd.DataFrame) -> list[float]:
    """(events,): the sd of each one's strength; one that was not seen yet is as unsure as events of its kind differ."""
    pairs = zip(events["event_id"].astype(str), effects.of_each(events), strict=True)
    return [effects.strength.get(name, (0.0, kind.strength_sd))[1] for name, kind in pairs]


def _bounded(causes: dict[str, FloatArray]) -> dict[str, FloatArray]:
    """Events that keep people away leave some of them."""
    total = np.sum(list(causes.values()), axis=0)
    least = LEAST_TOTAL - 1.0
    kept = np.where(total < least, least / np.minimum(total, least), 1.0)
    return {cause: part * kept for cause, part in causes.items()}


def own_queue(events: pd.DataFrame, series: pd.DataFrame) -> BoolArray:
    """(events, series): the event names the series' queue, or none at all."""
    named = events["queue"].to_numpy(object)[:, None]
    return (named == series["queue"].to_numpy(object)) | pd.isna(named)


def weights(effects: EventEffects, events: pd.DataFrame, series: pd.DataFrame) -> FloatArray:
    """(events, series): how much of its kind's effect an event has in a series."""
    own = own_queue(events, series)
    strength = np.maximum(1.0 + strengths(effects, events), 0.0)[:, None]
    part = np.maximum(1.0 + area_parts(effects, events, series), 0.0)
    return strength * np.where(own, part, spills(effects, events, series))


def strengths(effects: EventEffects, events: pd.DataFrame) -> FloatArray:
    """(events,): what each did beyond its kind, relative; 0 for one that is not over."""
    return np.array([effects.strength.get(str(name), (0.0, 0.0))[0] for name in events["event_id"]], dtype=float)


def area_parts(effects: EventEffects, events: pd.DataFrame, series: pd.DataFrame) -> FloatArray:
    """(events, series): how much more than elsewhere the event's area is felt in the series' centre, relative."""
    centres = series["centre"].tolist()
    of = {area: [effects.area_part.get((area, c), 0.0) for c in centres] for area in events["area"].dropna().unique()}
    return np.array([of.get(area, [0.0] * len(centres)) for area in events["area"]]).reshape(len(events), len(series))


def spills(effects: EventEffects, events: pd.DataFrame, series: pd.DataFrame) -> FloatArray:
    """(events, series): what the event does to a queue that is not its own, against its own: it takes no calls away."""
    queues = series["queue"].tolist()
    kinds = events["kind"].unique()
    of = {kind: [max(effects.spill.get((kind, queue), 0.0), 0.0) for queue in queues] for kind in kinds}
    return np.array([of[kind] for kind in events["kind"]]).reshape(len(events), len(series))


def doses(effects: EventEffects, events: pd.DataFrame, pieces: Pieces, place: Place) -> FloatArray:
    """(pieces,): see the module; 1 where neither size nor length is known to matter."""
    kinds = effects.of_each(events)
    usual = {n: np.array([getattr(k, n) for k in kinds], dtype=float)[pieces.event] for n in USUAL}
    people = events["size"].to_numpy(float)[pieces.event] / usual["usual_size"]
    people = people * usual["usual_load"] / np.maximum(loads_met(events, pieces, place), 1e-9)
    length = hours_of(events)[pieces.event] / usual["usual_hours"]
    return _power(people, usual["size_power"]) * _power(length, usual["length_power"])


def hours_of(events: pd.DataFrame) -> FloatArray:
    """(events,): how long each lasts, at least a quarter of an hour."""
    ends = with_likely_ends(events, events["starts_at"].min())["ends_at"] if len(events) else events["ends_at"]
    return np.asarray(np.maximum((ends - events["starts_at"]).dt.total_seconds() / 3600.0, 0.25), dtype=float)


def _power(ratio: FloatArray, power: FloatArray) -> FloatArray:
    known = (ratio > 0) & np.isfinite(ratio)
    return np.where(known, np.where(known, ratio, 1.0) ** power, 1.0)


def loads_met(events: pd.DataFrame, pieces: Pieces, place: Place) -> FloatArray:
    """(pieces,): ordinary calls of the piece's day in the queues that its event names."""
    daily = np.nansum(place.load, axis=2)
    return np.asarray((own_queue(events, place.series)[pieces.event] * daily[:, pieces.day].T).sum(axis=1), dtype=float)


def _effect_json(kind: KindEffect) -> dict[str, Any]:
    state = asdict(kind) | {"effect": kind.effect.tolist(), "spread": kind.spread.tolist()}
    return {name: None if isinstance(v, float) and np.isnan(v) else v for name, v in state.items()}


def _effect_of(state: dict[str, Any]) -> KindEffect:
    arrays = {name: np.array(state[name], dtype=float) for name in ("effect", "spread")}
    numbers = {name: np.nan if state[name] is None else state[name] for name in USUAL}
    return KindEffect(**(state | arrays | numbers))
