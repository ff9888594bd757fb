"""When a day as a whole lies outside what was told before it began: its calls so far, against joint scenarios.

An alarm against what the day itself lets expect (`models.alarms`) is blind to a day that is high from its first hour
on. Here nothing of the day moves the expectation: scenarios of the evening before know how the intervals of a day, and
queues, miss together, so that they give the distribution of the calls so far. The limit of a score is one that two
successive intervals of so many scenario days reach as false alarms are wanted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from features.intervals import BoolArray, FloatArray
from models.scenarios import Outlook, draw_days

FALSE_ALARMS_A_MONTH = (0.035, 0.015)  # per queue in a centre, of more and of fewer calls; .1 of a queue in two centres
DAYS_A_MONTH = 30.4
SERIES_DAYS = 16_000  # scenario days of all series together that the limit is read from
FEWEST_DRAWS, MOST_DRAWS = 400, 8000
TWO = np.array(
    [0.97725, 0.5, 0.02275]
)  # shares of a normal distribution below two standard deviations, 0 and minus two
FEWEST_CALLS = 20.0  # expected so far: before, a day says little of its level
SHOWN = 0.002  # of all days: the rarest scores that so few draws show well
BACK = 1.96  # a score below: the day is back inside its 95 % band


@dataclass(frozen=True)
class DayLevel:
    """The calls so far of a day as told before it: expected (series, intervals), and the middle of their square root.

    spread (2, series, intervals): the root's standard deviation upward and downward, a half of two of them. `limit`
    (2,): the score that two successive intervals must reach. NaN = closed, a gap in what was reported, or too early.
    """

    expected: FloatArray
    middle: FloatArray
    spread: FloatArray
    limit: FloatArray

    @classmethod
    def of(cls, outlook: Outlook, seen: FloatArray) -> DayLevel:
        """Of the outlook's first day; intervals that lie before a series' last `seen` one and lack there do not count.

        outlook: nothing of the day seen; seen (series, intervals), NaN = not reported.
        """
        counted = _counted(outlook.curves[0, :, 0], seen)
        draws = int(np.clip(SERIES_DAYS // len(seen), FEWEST_DRAWS, MOST_DRAWS))
        so_far = _so_far(next(draw_days(Outlook(outlook.curves[:, :, :1], outlook.dependence), draws)), counted)
        expected = np.where(counted, so_far.mean(axis=-1), np.nan)
        root = np.sqrt(so_far)
        high, middle, low = np.quantile(root, TWO, axis=-1)
        spread = np.where(expected >= FEWEST_CALLS, np.stack([high - middle, middle - low]) / 2, np.nan)
        pairs = np.nan_to_num(two_in_a_row(_scores(root, middle, spread)), nan=-np.inf).max(axis=2)
        limit = [_limit(*side) for side in zip(pairs, FALSE_ALARMS_A_MONTH, strict=True)]
        return cls(expected, middle, spread, np.array(limit))

    def scores(self, calls: FloatArray) -> FloatArray:
        """(2, series, intervals, days) of days (series, intervals, days): how far the calls so far lie above, below."""
        return _scores(np.sqrt(_so_far(calls, ~np.isnan(self.expected))), self.middle, self.spread)

    def departures(self, calls: FloatArray) -> list[tuple[int, int, int, int]]:
        """(side, series, first, last) of a day (series, intervals), once until it has come back.

        first: the earlier of two intervals beyond the limit; last: the latest before the day was back in its band.
        """
        scores = self.scores(calls[..., None])[..., 0]
        beyond = two_in_a_row(scores) >= self.limit[:, None, None]
        found = []
        for side, series in np.argwhere(beyond.any(axis=2)):
            back = np.flatnonzero(scores[side, series] < BACK)
            starts = np.flatnonzero(beyond[side, series])
            ends = np.append(back, calls.shape[1])[np.searchsorted(back, starts)]
            for end in np.unique(ends):
                found.append((int(side), int(series), int(starts[ends == end][0]) - 1, int(end) - 1))
        return found


def two_in_a_row(scores: FloatArray) -> FloatArray:
    """The lesser score of each interval (axis 2) and the one before it; NaN where one is not known."""
    both = np.full_like(scores, np.nan)
    both[:, :, 1:] = np.minimum(scores[:, :, 1:], scores[:, :, :-1])
    return both


def _counted(open_at: FloatArray, seen: FloatArray) -> BoolArray:
    """(series, intervals) that are open and have been reported, or are still to come after the last that was."""
    reported = ~np.isnan(seen)
    to_come = ~np.logical_or.accumulate(reported[:, ::-1], axis=1)[:, ::-1]
    return np.asarray((reported | to_come) & ~np.isnan(open_at))


def _so_far(calls: FloatArray, counted: BoolArray) -> FloatArray:
    """Sums of days (series, intervals, days) over the intervals that count; NaN in those that do not."""
    known = counted[..., None] & ~np.isnan(calls)
    return np.where(known, np.where(known, calls, 0.0).cumsum(axis=1), np.nan)


def _scores(root: FloatArray, middle: FloatArray, spread: FloatArray) -> FloatArray:
    above = root - middle[..., None]
    return np.stack([above / spread[0][..., None], -above / spread[1][..., None]])


def _limit(highest: FloatArray, wanted: float) -> float:
    """Of (series, draws): passed as often as false alarms are wanted, a normal tail beyond what the draws show well."""
    share = wanted / DAYS_A_MONTH
    return float(np.quantile(highest, 1 - SHOWN) * ndtri(share) / ndtri(SHOWN))
