"""What would it do: events that planners think of, laid into the forecast, and the calls and agents that they add.

An event's calls come from its kind's past: per person addressed, fading by day. A planner may state the share of people
who will call instead (`call_share`); then only the course over the days is the kind's, and the total is theirs. How
the calls fall on days is taken as known. Phases in which the kind's past shows fewer calls than usual get none: that is
noise after an effect is over, and no day loses calls to an event.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.special import ndtri

from data.errors import BadInput
from features.event_calendar import CAUSE_OF, PHASES, RUNNING, TAIL_DAYS, announced_by, tidy_events
from models.event_effects import EventEffects, KindEffect, Place, lift_of
from models.forecast_table import Span, forecast_table
from models.staffing import StaffingGoal
from models.volume import VolumeModel
from models.volume_totals import ALL

FADE_DAYS = 2.0  # of an event of which nothing is known but its total
STATED_SD = 0.25  # how far a stated share may be off, relative; assumed
LOW, HIGH = 0.1, 0.9
KEY = ["queue", "centre", "starts_at"]


@dataclass(frozen=True)
class AskedEvent:
    """An event that a planner thinks of: when, how many people, where; the share of people who call, if stated."""

    kind: str
    starts_at: pd.Timestamp
    ends_at: pd.Timestamp
    size: float | None = None
    queue: str | None = None
    area: str | None = None
    call_share: float | None = None

    def __post_init__(self) -> None:
        if self.kind not in CAUSE_OF:
            raise BadInput(f"event kind: came {self.kind!r}, wanted one of {', '.join(CAUSE_OF)}.")
        if self.ends_at <= self.starts_at:
            raise BadInput(f"event: came {self.starts_at} to {self.ends_at}, wanted an end after the start.")
        if self.size is not None and self.size <= 0:
            raise BadInput(f"event size: came {self.size:g}, wanted people above 0.")
        if self.call_share is not None and (self.size is None or not 0 < self.call_share <= 1):
            raise BadInput(f"call_share: came {self.call_share}, wanted a share of the event's size, above 0 to 1.")


def with_asked(model: VolumeModel, asked: Sequence[AskedEvent]) -> VolumeModel:
    """The model as if these events had been announced; BadInput where nothing tells what one does."""
    queues = sorted(model.series["queue"].unique())
    for event in asked:
        if event.queue is not None and event.queue not in queues:
            raise BadInput(f"event queue: came {event.queue!r}, wanted one of {', '.join(queues)}.")
        model = _with_one(model, event, f"asked-{len(model.events.drivers.events)}")
    return model


def what_if(
    model: VolumeModel, asked: Sequence[AskedEvent], span: Span, goal: StaffingGoal | None = None
) -> pd.DataFrame:
    """What the events add, one row per queue, centre and interval on which they do; totals under `ALL`.

    Columns: queue, centre, starts_at, calls_before, calls_after, added_calls, added_q10, added_q90,
    agents_before, agents_after, added_agents (scheduled, of the busiest interval where rows are days).
    """
    after = with_asked(model, asked)
    tables = [forecast_table(one, span, goal).set_index(KEY) for one in (model, after)]
    before, later = (table[["mean", "agents_scheduled"]] for table in tables)
    both = before.join(later, lsuffix="_before", rsuffix="_after").reset_index()
    both = both.rename(columns={"mean_before": "calls_before", "mean_after": "calls_after"})
    both = both.rename(columns={f"agents_scheduled_{side}": f"agents_{side}" for side in ("before", "after")})
    both["added_calls"] = both["calls_after"] - both["calls_before"]
    relative = _relative_sd(after, len(asked), span)
    width = both["added_calls"].abs() * relative
    both["added_q10"], both["added_q90"] = (both["added_calls"] + float(ndtri(q)) * width for q in (LOW, HIGH))
    both["added_agents"] = both["agents_after"] - both["agents_before"]
    columns = [*KEY, "calls_before", "calls_after", "added_calls", "added_q10", "added_q90"]
    rows = both[both["added_calls"].abs() > 0.005]
    return rows[[*columns, "agents_before", "agents_after", "added_agents"]].reset_index(drop=True)


def _with_one(model: VolumeModel, event: AskedEvent, name: str) -> VolumeModel:
    times = {"starts_at": event.starts_at, "ends_at": event.ends_at, "announced_at": pd.Timestamp(0)}
    facts = {"event_id": name, "kind": event.kind, "area": event.area, "queue": event.queue, "size": event.size}
    row = tidy_events(pd.DataFrame([facts | times]))
    known = model.events.with_events(row, {})
    course = _course(known.effects.of(event.kind))
    effects = _with_assumed(known.effects, name, course)
    brought = _calls(model, effects, row)
    if event.call_share is None:
        if brought <= 0:
            raise BadInput(f"no past event tells how many calls a {event.kind} brings: state its call_share.")
        return model.with_events(replace(known, effects=effects))
    stated = replace(course, spread=np.zeros(PHASES)) if brought > 0 else _fading()
    effects = _with_assumed(effects, name, stated)
    factor = float(event.size or 0.0) * event.call_share / _calls(model, effects, row)
    strength = effects.strength | {name: (factor - 1.0, STATED_SD)}
    return model.with_events(replace(known, effects=replace(effects, strength=strength)))


def _calls(model: VolumeModel, effects: EventEffects, row: pd.DataFrame) -> float:
    """All calls that one event brings from its start to the end of its tail."""
    start = max(row["starts_at"].iloc[0].normalize(), model.history_end)
    days = (row["ends_at"].iloc[0].normalize() - start).days + 1 + TAIL_DAYS
    ahead = model.without_events().forecast_days(start, max(days, 1))
    place = Place(model.series, ahead.pairs.target, model.interval_min, ahead.median)
    bands = model.spread().bands
    lifted = ahead.median * (1.0 + lift_of(effects, row, place).total)
    added = bands.mean(lifted, ahead.pairs.lead) - bands.mean(ahead.median, ahead.pairs.lead)
    return float(np.nansum(added))


def _with_assumed(effects: EventEffects, name: str, course: KindEffect) -> EventEffects:
    return replace(effects, assumed=effects.assumed | {name: course})


def _course(kind: KindEffect) -> KindEffect:
    """The kind's course where it adds calls."""
    return replace(kind, effect=np.maximum(kind.effect, 0.0))


def _fading() -> KindEffect:
    """A course for an event of which nothing is known but its total: it fades from the start on."""
    effect = np.zeros(PHASES)
    effect[: len(RUNNING)] = np.exp(-np.array(RUNNING) / FADE_DAYS)
    return KindEffect(effect, np.zeros(PHASES))


def _relative_sd(after: VolumeModel, asked: int, span: Span) -> float:
    """The sd of what the asked events add over the span, against what they add."""
    events = after.events.drivers.events
    own = events[events["event_id"].astype(str).str.startswith("asked-")]
    days = after.without_events().forecast_days(span.start, span.days)
    place = Place(after.series, days.pairs.target, after.interval_min, days.median)
    lift = lift_of(after.events.effects, announced_by(own, span.start), place)
    added = float(np.nansum(days.median * lift.total))
    return float(np.nansum(days.median * lift.spread)) / abs(added) if asked and added else 0.0


def added_by_day(rows: pd.DataFrame) -> pd.DataFrame:
    """The totals over all queues and centres, for printing."""
    return rows[(rows["queue"] == ALL) & (rows["centre"] == ALL)].drop(columns=["queue", "centre"])
