"""Events in the call forecast: taken out of the history that it learns from, put back by cause on coming days."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from features.call_drivers import FOLLOWERS, Drivers
from features.event_calendar import CAUSES, announced_by
from features.intervals import FloatArray, Grid
from features.volume_history import Calendar
from models.event_effects import EventEffects, Place, lift_of
from models.event_fit import fit_events, strengths_of
from models.event_misses import Learned
from models.event_width import Booked

EVENTS_FILE = "events.parquet"


@dataclass(frozen=True)
class VolumeEvents:
    """What is known of events and of calls that follow on something, and what events do."""

    drivers: Drivers = field(default_factory=Drivers)
    effects: EventEffects = field(default_factory=EventEffects)

    @classmethod
    def fit(cls, grid: Grid, calendar: Calendar, drivers: Drivers) -> tuple[VolumeEvents, Grid]:
        """Learn from the days of the grid; also the grid without the calls of events."""
        learned = fit_events(grid, announced_by(drivers.events, _end(grid)), calendar.unusual(grid.days))
        return cls(drivers, learned.effects), _ordinary(grid, learned)

    def renewed(self, grid: Grid, calendar: Calendar, drivers: Drivers | None) -> tuple[VolumeEvents, Grid]:
        """The same effects beside newer days and events (None: those known before)."""
        known = replace(self, drivers=drivers or self.drivers)
        events = announced_by(known.drivers.events, _end(grid))
        learned = strengths_of(self.effects, grid, events, calendar.unusual(grid.days))
        return replace(known, effects=learned.effects), _ordinary(grid, learned)

    def came(self, grid: Grid, calendar: Calendar, day: pd.Timestamp) -> dict[str, FloatArray]:
        """(series, 1, intervals) calls of events by cause on a day that is past: as `Learned.came` has them."""
        events = announced_by(self.drivers.events, _end(grid))
        came = strengths_of(self.effects, grid, events, calendar.unusual(grid.days)).came(grid)
        return {cause: np.nan_to_num(part[:, grid.days == day]) for cause, part in came.items()}

    def with_events(self, events: pd.DataFrame, strength: dict[str, tuple[float, float]]) -> VolumeEvents:
        """These and more events, some of known strength beside their kind."""
        every = pd.concat([self.drivers.events, events], ignore_index=True) if len(events) else self.drivers.events
        effects = replace(self.effects, strength=self.effects.strength | strength)
        return VolumeEvents(replace(self.drivers, events=every), effects)

    def booked(self, parts: dict[str, FloatArray], place: Place, moment: pd.Timestamp, *, past: bool) -> Booked:
        """The forecast by cause, `parts` being its load without events, as known at `moment`.

        In the `past`, what events that last had done later is left out. Causes add up to the forecast.
        """
        load = np.sum(list(parts.values()), axis=0)
        effects = replace(self.effects, strength={}) if past else self.effects
        lift = lift_of(effects, announced_by(self.drivers.events, moment), replace(place, load=load))
        causes = parts | {cause: parts.get(cause, 0.0) + load * lift.causes[cause] for cause in CAUSES}
        for cause in FOLLOWERS:
            share = self._follower_share(cause, place.series)[:, None, None]
            moved = parts["normal"] * share
            causes[cause] = causes.get(cause, 0.0) + moved
            causes["normal"] = causes["normal"] - moved
        return Booked(causes, load * lift.spread)

    def to_json(self) -> dict[str, Any]:
        """The effects and followers; events are saved as a table."""
        return {"effects": self.effects.to_json(), "followers": self.drivers.followers.to_dict(orient="list")}

    @classmethod
    def from_json(cls, state: dict[str, Any], events: pd.DataFrame) -> VolumeEvents:
        """What `to_json` gave, and the events."""
        followers = pd.DataFrame(state["followers"]).astype({"share": float})
        return cls(Drivers(events, followers), EventEffects.from_json(state["effects"]))

    def _follower_share(self, cause: str, series: pd.DataFrame) -> FloatArray:
        known = self.drivers.followers
        share = known[known["cause"] == cause].set_index("queue")["share"]
        return series["queue"].map(share).fillna(0.0).to_numpy(float)


def _end(grid: Grid) -> pd.Timestamp:
    return grid.days[-1] + pd.Timedelta(days=1)


def _ordinary(grid: Grid, learned: Learned) -> Grid:
    return grid.with_counts(grid.counts - sum(learned.came(grid).values()))
