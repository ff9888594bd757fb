"""The call-volume model of a lake: fitted on counts per queue, centre and interval, saved with the history it needs.

A saved model is a folder: `model.json`, `trees_*.txt` (where there was enough history), `history.parquet`,
`events.parquet`. It learns ordinary days, from a history without the calls of events, and books those by cause.
It answers without the lake; `with_history` gives it newer counts and events without a refit.
"""

from __future__ import annotations

import copy
import hashlib
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Self

import lightgbm as lgb
import numpy as np
import pandas as pd

from data.errors import BadInput
from features.call_counts import KEYS
from features.call_drivers import Drivers
from features.event_calendar import no_events, tidy_events
from features.intervals import MINUTES_A_DAY, FloatArray, Grid, IntArray, own_interval, to_grid
from features.open_days import OpenDays
from features.volume_history import Calendar, History, Pairs, pairs_from_origin
from models.event_effects import Place
from models.handle_spread import day_spread
from models.handle_time import average_handle_time
from models.seen_calls import seen_calls
from models.trouble import Trouble, unannounced
from models.volume_correction import Correction
from models.volume_events import EVENTS_FILE, VolumeEvents
from models.volume_learning import TreeSettings
from models.volume_spread import Spread
from models.volume_totals import Groups
from models.volume_trees import Trees, fit_trees

FORMAT = 9  # 5 had other alarm limits, 6 knew of no unannounced trouble, 7 and 8 had fewer phases of events
KEPT_DAYS = 280  # open days of history that the day level is read from
MEASURES = ("offered", "answered", "handle_s")
HORIZON_DAYS = 28
MIN_DAYS = 3


@dataclass(frozen=True)
class DayForecast:
    """Forecast days of all series: (series, days, intervals). `causes` add up to `median`; NaN = closed.

    `event_sd`: how unsure the calls of events are; `handle_s` (series, intervals) seconds, `handle_spread` (series,)
    how unsure the day's handle time is (log).
    """

    pairs: Pairs
    median: FloatArray
    causes: dict[str, FloatArray]
    handle_s: FloatArray
    event_sd: FloatArray
    handle_spread: FloatArray


class VolumeModel:
    """Calls per queue, centre and interval, with quantiles."""

    name: ClassVar[str] = "volume"

    def __init__(self, calendar: Calendar | None = None, settings: TreeSettings | None = None) -> None:
        self.calendar = calendar or Calendar()
        self.settings = settings or TreeSettings()
        self.trees = Trees(self.calendar)
        self.fitted_series = pd.DataFrame(columns=KEYS)
        self._spread = Spread.without_past(0)  # of the fitted series
        self.events = VolumeEvents()
        self._open_on_holidays = np.empty(0, dtype=bool)  # of the fitted series
        self.interval_min = 30
        self._history: pd.DataFrame | None = None
        self._openings: dict[int, OpenDays] = {}  # the newest asked for, by the days that were known

    def fit(self, counts: pd.DataFrame, horizon: int = HORIZON_DAYS, drivers: Drivers | None = None) -> Self:
        """From `features.call_counts.call_counts`; `horizon` = open days ahead that it learns to see.

        `drivers`: events and what makes people call again (`features.call_drivers`), as known at the last day's end.

        BadInput under three open days; with less history than a learner needs, the average stands alone.
        """
        self.interval_min = own_interval(counts["starts_at"])
        grid = counts_grid(counts, self.interval_min)
        if len(grid.days) < MIN_DAYS:
            raise BadInput(
                f"{len(grid.days)} days with calls before the as-of; wanted at least {MIN_DAYS} to forecast."
            )
        self.events, grid = VolumeEvents.fit(grid, self.calendar, drivers or Drivers())
        self.trees, past = fit_trees(grid, self.calendar, horizon, self.settings)
        self.fitted_series = grid.series
        spread = Spread.without_past(len(grid.series)) if past is None else Spread.fit(past)
        self._spread = replace(spread, trouble=Trouble.fit(unannounced(self.events, grid), grid.counts))
        self._open_on_holidays = OpenDays.of(grid, self.calendar).holidays
        return self.with_history(counts)

    def with_history(self, counts: pd.DataFrame, drivers: Drivers | None = None) -> Self:
        """Keep the newest days of these counts as the history that forecasts start from; queues may come and go.

        `drivers` None: those that it knows already.
        """
        days = counts["starts_at"].dt.normalize()
        newest = np.sort(days.unique())[-KEPT_DAYS:]
        kept = counts[days >= newest[0]]
        self._history = kept[[*KEYS, "starts_at", *MEASURES]].reset_index(drop=True)
        came = counts_grid(self._history, self.interval_min)
        self.events, self._grid = self.events.renewed(came, self.calendar, drivers)
        codes = rows_in(self._grid.series, self.fitted_series)
        self._openings = {}
        self._past = History(self._grid, self.calendar, np.where(codes >= 0, codes, np.nan))
        self.groups = Groups.of(self._grid.series)
        handled, answered = (
            counts_grid(self._history, self.interval_min, name).counts for name in ("handle_s", "answered")
        )
        self._handle_s = average_handle_time(handled, answered)
        self._handle_spread = day_spread(handled, answered, self._handle_s)
        return self

    @property
    def history_end(self) -> pd.Timestamp:
        """The start of the day after the last known one."""
        return self._grid.days[-1] + pd.Timedelta(days=1)

    @property
    def series(self) -> pd.DataFrame:
        """The queues and centres that the history knows, in the order of every array of series."""
        return self._grid.series

    def with_events(self, events: VolumeEvents) -> Self:
        """The same model beside other events."""
        model = copy.copy(self)
        model.events = events
        return model

    def without_events(self) -> Self:
        """The same model on days on which nothing happens."""
        return self.with_events(replace(self.events, drivers=replace(self.events.drivers, events=no_events())))

    def events_came(self, counts: pd.DataFrame, day: pd.Timestamp) -> dict[str, FloatArray]:
        """(series, 1, intervals) calls that events brought on a past day of `counts`, by cause."""
        grid = counts_grid(counts[counts["starts_at"] >= self._grid.days[0]], self.interval_min)
        return self.events.came(grid, self.calendar, day)

    def spread(self) -> Spread:
        """How far the present series may miss; the usual for a queue that training never saw."""
        return self._spread.rows(rows_in(self._grid.series, self.fitted_series))

    def seen(self, until: pd.Timestamp, counts: pd.DataFrame | None = None, whole: bool = True) -> FloatArray | None:
        """(series, intervals) of `until`'s day that had come by then, from `counts` or else the model's own history.

        `whole` as in `seen_calls`; the model's own history is whole.
        """
        known = self._history if counts is None else counts
        return None if known is None else seen_calls(known, self._grid.series, until, self.interval_min, whole)

    def open_days(self, start: pd.Timestamp, days: int) -> pd.DatetimeIndex:
        """The days of the span on which any series answers, as known at `start`."""
        return self._opening(start).days(start, days)

    def _opening(self, start: pd.Timestamp) -> OpenDays:
        known = max(self._grid.known_before(start.normalize()), MIN_DAYS)
        opening = self._openings.get(known)
        if opening is None:
            row = rows_in(self._grid.series, self.fitted_series)
            fitted = np.append(self._open_on_holidays, np.nan)[row]
            opening = OpenDays.of(self._grid.until(known), self.calendar, fitted)
            self._openings = {known: opening}
        return opening

    def forecast_days(self, start: pd.Timestamp, days: int) -> DayForecast:
        """Every day from `start` on that is open for any series, as seen from the last known day before it."""
        known = self._grid.known_before(start.normalize())
        if known < MIN_DAYS:
            raise BadInput(f"from {start:%F}: the model's history begins on {self._grid.days[0]:%F}; start later.")
        opening, last = self._opening(start), self._grid.days[known - 1]
        gap, targets = opening.days(last + pd.Timedelta(days=1), (start - last).days), opening.days(start, days)
        if targets.empty:
            raise BadInput(f"{days} days from {start:%F}: all closed in the history; ask for a longer span.")
        ahead = pd.DatetimeIndex(gap[gap < start.normalize()].append(targets))
        pairs = pairs_from_origin(self._grid, known, ahead).part(slice(len(ahead) - len(targets), None))
        opened = opening.on(targets)[:, :, None]
        parts = {name: np.where(opened, part, np.nan) for name, part in self.trees.causes(self._past, pairs).items()}
        place = Place(self._grid.series, targets, self.interval_min, parts["normal"])
        booked = self.events.booked(parts, place, start, past=start < self.history_end)
        median = np.sum(list(booked.causes.values()), axis=0)
        return DayForecast(pairs, median, booked.causes, self._handle_s, booked.event_sd, self._handle_spread)

    def save(self, folder: Path) -> None:
        """Write the folder (made where missing), `model.json` last."""
        folder.mkdir(parents=True, exist_ok=True)
        if self._history is None:
            raise BadInput("the volume model is not fitted yet: call fit, or load a saved one")
        self._history.to_parquet(folder / "history.parquet", index=False, coerce_timestamps="us")
        self.events.drivers.events.to_parquet(folder / EVENTS_FILE, index=False, coerce_timestamps="us")
        for number, booster in enumerate(self.trees.boosters):
            (folder / f"trees_{number}.txt").write_text(booster.trees.model_to_string(), encoding="utf-8")
        document = {
            "format": FORMAT,
            "model": self.name,
            "calendar": asdict(self.calendar),
            "settings": asdict(self.settings),
            "interval_min": self.interval_min,
            "open_on_holidays": self._open_on_holidays.tolist(),
            "events": self.events.to_json(),
            "spread": self._spread.to_json(),
            "slopes": [booster.slopes.tolist() for booster in self.trees.boosters],
            "trees": self.trees.state(),
            "series": self.fitted_series.to_dict(orient="list"),
            "files": {path.name: _digest(path) for path in _files(folder, len(self.trees.boosters))},
        }
        (folder / "model.json").write_text(json.dumps(document, allow_nan=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The model that `save` wrote: forecasts the same. BadInput where the folder is not whole."""
        document = _document(folder)
        model = cls(Calendar(**document["calendar"]), TreeSettings(**document["settings"]))
        texts = [folder / name for name in sorted(document["files"]) if name.startswith("trees_")]
        boosters = [
            Correction(np.array(slopes), lgb.Booster(model_str=text.read_text(encoding="utf-8")))
            for slopes, text in zip(document["slopes"], texts, strict=True)
        ]
        model.trees = Trees.of_state(document["trees"], model.calendar, boosters)
        model.interval_min = document["interval_min"]
        model.fitted_series = pd.DataFrame(document["series"], columns=KEYS)
        model._open_on_holidays = np.broadcast_to(document["open_on_holidays"], len(model.fitted_series))
        model.events = VolumeEvents.from_json(document["events"], tidy_events(pd.read_parquet(folder / EVENTS_FILE)))
        model._spread = Spread.from_json(document["spread"])
        return model.with_history(pd.read_parquet(folder / "history.parquet"))


def counts_grid(counts: pd.DataFrame, interval_min: int, measure: str = "offered") -> Grid:
    """The counts of queues and centres as a grid."""
    return to_grid(counts, KEYS, interval_min, measure)


def rows_in(wanted: pd.DataFrame, known: pd.DataFrame) -> IntArray:
    """The row of `known` that each queue and centre of `wanted` has there, -1 = none."""
    return pd.MultiIndex.from_frame(known[KEYS]).get_indexer(pd.MultiIndex.from_frame(wanted[KEYS])).astype(np.int64)


def levels(interval_min: int) -> list[int]:
    """The interval lengths that a model of such data can answer in, in minutes.

    >>> levels(30)
    [30, 60, 1440]
    """
    return [m for m in sorted({interval_min, 15, 30, 60, MINUTES_A_DAY}) if m >= interval_min and m % interval_min == 0]


def _files(folder: Path, boosters: int) -> list[Path]:
    return [
        folder / "history.parquet",
        folder / EVENTS_FILE,
        *(folder / f"trees_{number}.txt" for number in range(boosters)),
    ]


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _document(folder: Path) -> dict[str, Any]:
    path = folder / "model.json"
    if not path.is_file():
        raise BadInput(f"{folder} holds no model.json; wanted the folder of a saved volume model.")
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if document.get("model") != VolumeModel.name:
        raise BadInput(f"{folder} holds a model of {document.get('model')!r}; wanted 'volume'.")
    if document.get("format") != FORMAT:
        raise BadInput(
            f"{folder} is a volume model of format {document.get('format')}; wanted {FORMAT}: train it again."
        )
    broken = [n for n, d in document["files"].items() if not (folder / n).is_file() or _digest(folder / n) != d]
    if broken:
        raise BadInput(f"{folder}: {', '.join(broken)} missing or changed after saving; save the model again.")
    return document
