"""An area that calls more than the others: outages that are too small to show in a queue's total.

Contacts of two intervals, by the caller's area and the queue or channel, are held against the area's usual share of
what the others send at the same time, so that busy days and campaigns cancel out. The score is a likelihood ratio of
Poisson counts (Kulldorff 1997, a scan over areas), the alternative being what past outages did, in some strength. Which
queues and channels count is learned from past outages too; the limit from past days without any.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.caller_areas import outages_of
from features.intervals import MINUTES_A_DAY, BoolArray, FloatArray

FALSE_ALARMS_A_MONTH = 0.15  # per queue: all areas together raise so many for each queue
DAYS_A_MONTH = 30.4
HISTORY_DAYS = 280
LEAST_RISE, LEAST_CONTACTS = 2.0, 10.0  # a queue counts that rises so many times in past outages, seen so often there
OTHERS = 5.0  # contacts: fewer from other areas say little of how busy it is
STRENGTHS = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)  # of an outage, against past ones
TAIL = pd.Timedelta(hours=6)  # after an outage's end its calls are still no usual ones
NO_TAIL = pd.Timedelta(0)
COLUMNS = ["area", "queue", "starts_at", "seen_at", "contacts", "expected"]


@dataclass(frozen=True)
class AreaWatch:
    """usual (areas, kinds, intervals) contacts; rise (kinds,) times as many in an outage; `limit` of a score."""

    areas: pd.Index
    kinds: pd.Index
    interval_min: int
    usual: FloatArray
    rise: FloatArray
    limit: float

    @classmethod
    def fit(cls, contacts: pd.DataFrame, events: pd.DataFrame, interval_min: int, queues: int) -> AreaWatch | None:
        """From whole past days and the events of areas (`features.caller_areas`); None where there were no outages.

        `queues`: how many queues share the false alarms.
        """
        outages = outages_of(events)
        contacts = contacts[contacts["starts_at"] >= contacts["starts_at"].max() - pd.Timedelta(days=HISTORY_DAYS)]
        if contacts.empty or outages.empty:
            return None
        areas, kinds = (pd.Index(sorted(contacts[name].unique())) for name in ("area", "kind"))
        days = pd.date_range(contacts["starts_at"].min().normalize(), contacts["starts_at"].max().normalize())
        plain = cls(areas, kinds, interval_min, np.empty(0), np.empty(0), np.inf)
        counts = plain.counts(contacts, days)
        lasting, felt = plain.cells(outages, days), plain.cells(events, days, TAIL)
        usual = _usual(counts, felt)
        inside = (counts * lasting[:, None]).sum(axis=(0, 2, 3))
        rise = (inside + 1.0) / ((usual[:, :, None] * lasting[:, None]).sum(axis=(0, 2, 3)) + 1.0)
        told = (rise >= LEAST_RISE) & (inside >= LEAST_CONTACTS)
        if not told.any():
            return None
        learned = cls(areas, kinds[told], interval_min, usual[:, told], rise[told], np.inf)
        highest = np.where(felt, 0.0, learned.scores(counts[:, told])[0]).max(axis=(0, 2))
        return cls(areas, kinds[told], interval_min, usual[:, told], rise[told], _limit(highest, queues))

    def scores(self, counts: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """(areas, days, intervals) each: the score of two intervals, their contacts, those expected.

        counts (areas, kinds, days, intervals); 0 at the day's first interval.
        """
        came, usual = _twos(counts), _twos(np.broadcast_to(self.usual[:, :, None], counts.shape))
        busy = (OTHERS + came.sum(axis=0) - came) / (OTHERS + usual.sum(axis=0) - usual)
        expected = usual * busy
        times = 1.0 + np.array(STRENGTHS)[:, None] * (self.rise - 1.0)
        gain = np.einsum("akdi,tk->tadi", came, np.log(times), optimize=True)
        score = (gain - np.einsum("akdi,tk->tadi", expected, times - 1.0, optimize=True)).max(axis=0)
        return np.maximum(score, 0.0), came.sum(axis=1), expected.sum(axis=1)

    def alarms(self, contacts: pd.DataFrame, until: pd.Timestamp, known: pd.DataFrame) -> pd.DataFrame:
        """One row per area and run of alarmed intervals of `until`'s day; only whole intervals before it are read.

        Areas of a `known` event, announced before the day, are expected to call: no alarm. queue: the kind that rises
        most in outages. contacts, expected: of the run's intervals.
        """
        day, width = until.normalize(), pd.Timedelta(minutes=self.interval_min)
        ended = (until - day) // width
        whole = contacts[contacts["starts_at"] < day + ended * width]
        score, came, expected = (one[:, 0] for one in self.scores(self.counts(whole, pd.DatetimeIndex([day]))))
        rows, queue = [], self.kinds[int(self.rise.argmax())]
        alarmed = (score >= self.limit) & ~self.cells(known, pd.DatetimeIndex([day]), TAIL)[:, 0]
        for area, first, last in _runs(alarmed[:, :ended]):
            starts = day + (first - 1) * width
            both = slice(first, last + 1, 2)
            numbers = float(came[area, both].sum()), float(expected[area, both].sum())
            rows.append((self.areas[area], queue, starts, starts + 2 * width, *numbers))
        return pd.DataFrame(rows, columns=COLUMNS)

    def counts(self, contacts: pd.DataFrame, days: pd.DatetimeIndex) -> FloatArray:
        """(areas, kinds, days, intervals) contacts of those days."""
        at = pd.DatetimeIndex(contacts["starts_at"])
        rows = (self.areas.get_indexer(pd.Index(contacts["area"])), self.kinds.get_indexer(pd.Index(contacts["kind"])))
        place = (*rows, days.get_indexer(at.normalize()), (at.hour * 60 + at.minute).to_numpy() // self.interval_min)
        known = (np.array(place) >= 0).all(axis=0)
        counts = np.zeros((len(self.areas), len(self.kinds), len(days), MINUTES_A_DAY // self.interval_min))
        np.add.at(counts, tuple(one[known] for one in place), contacts["contacts"].to_numpy(float)[known])
        return counts

    def cells(self, events: pd.DataFrame, days: pd.DatetimeIndex, tail: pd.Timedelta = NO_TAIL) -> BoolArray:
        """(areas, days, intervals) in which an event of the area lasted, or had ended less than `tail` before."""
        cells = np.zeros((len(self.areas), len(days), MINUTES_A_DAY // self.interval_min), dtype=bool)
        flat, start, width = cells.reshape(len(self.areas), -1), days[0], pd.Timedelta(minutes=self.interval_min)
        row = self.areas.get_indexer(pd.Index(events["area"]))
        begins_at, ends_at = (pd.DatetimeIndex(events[name]) for name in ("starts_at", "ends_at"))
        first = np.maximum(np.asarray((begins_at - start) // width), 0)
        last = np.maximum(np.asarray(-((start - ends_at - tail) // width)), 0)
        for area, begins, ends in zip(row, first, last, strict=True):
            flat[area, begins:ends] |= area >= 0
        return cells


def _usual(counts: FloatArray, felt: BoolArray) -> FloatArray:
    """(areas, kinds, intervals): an area's share of a kind times the kind's course of the day, outages left out."""
    calm = np.where(felt[:, None], 0.0, counts)
    known = (~felt).sum(axis=1)  # (areas, intervals) days
    course = calm.sum(axis=(0, 2)) / np.maximum(known.mean(axis=0), 1.0)  # (kinds, intervals) a day, all areas
    told = (course * known[:, None]).sum(axis=2)
    share = calm.sum(axis=(2, 3)) / np.where(told > 0, told, 1.0)
    return np.asarray(share[:, :, None] * course)


def _twos(counts: FloatArray) -> FloatArray:
    """Each interval with the one before it; 0 at the day's first."""
    both = np.zeros_like(counts)
    both[..., 1:] = counts[..., 1:] + counts[..., :-1]
    return both


def _runs(alarmed: BoolArray) -> list[tuple[int, int, int]]:
    """(row, first, last) of each run."""
    edge = np.zeros((len(alarmed), 1), dtype=bool)
    step = np.diff(np.concatenate([edge, alarmed, edge], axis=1).astype(np.int8), axis=1)
    pairs = zip(np.argwhere(step == 1), np.argwhere(step == -1), strict=True)
    return [(int(begun[0]), int(begun[1]), int(ended[1]) - 1) for begun, ended in pairs]


def _limit(highest: FloatArray, queues: int) -> float:
    """The score that past days (days,) pass no more often than wanted; never passed where they are too few."""
    allowed = FALSE_ALARMS_A_MONTH * queues * len(highest) / DAYS_A_MONTH
    return float(np.quantile(highest, 1 - allowed / len(highest))) if allowed >= 1 else np.inf
