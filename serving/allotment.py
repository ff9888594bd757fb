"""Offers of which there are only so many, in a list for everybody: they go to the lines for which they are worth most.

A line asks for what its list shows; an offer that more lines ask for than there are left keeps those of the highest
priority, and the others' next offers move up, which may be short as well: in rounds until nothing changes (deferred
acceptance: Gale and Shapley 1962). Who is refused is refused for good, so the order of the offers does not matter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.arbitration import Flags, Floats
from serving.layers import layer_of

CODE = "CAPACITY"
OF_THE_LINE = (  # what a row without an offer still says, beside its reason
    "decision_id",
    "as_of",
    "customer_id",
    "channel",
    "current_total_cny",
    "model_version",
    "reach",
    "contact_cost_cny",
)
Places = NDArray[np.intp]


def allot(rows: pd.DataFrame, left: Mapping[str, int], limit: int) -> pd.DataFrame:
    """The rows with each offer of `left` in the lists of at most so many lines, ranked anew from 1.

    `rows`: customer_id, channel, rank, offer_id, priority and more, by customer, channel and rank; of longer lists
    `limit` offers are kept (0 = all). A line counts once for an offer, whatever its channels and ranks; ties go to the
    first customer, and lines without a priority (not personal) come last. Of a list that loses all its offers one row
    stays, with the reason CAPACITY.

    >>> both = {"rank": 1, "channel": "app", "offer_id": "x", "layer": None, "reasons": [["EXPECTED_VALUE"]] * 2}
    >>> found = allot(pd.DataFrame({"customer_id": ["a", "b"], "priority": [1.0, 2.0], **both}), {"x": 1}, limit=3)
    >>> found["reasons"].tolist()
    [['CAPACITY'], ['EXPECTED_VALUE']]
    """
    lists = _Lists.of(rows, list(left))
    place, shown = lists.shown(_refused(lists, list(left.values()), limit), limit)
    emptied = lists.emptied(shown)
    kept = shown | emptied | ~lists.offered
    return _emptied(rows.assign(rank=pd.array(place, dtype="Int64"))[kept], emptied[kept], ~shown[kept])


@dataclass(frozen=True)
class _Lists:
    """Rows of lists (a line on a channel): (rows,) of `list_of`, `line`, `scarce` (-1: enough for all), `offered`.

    starts: (lists,) the first row of each. worth: (lines, scarce offers + 1), the highest priority over the channels.
    """

    list_of: Places
    starts: Places
    line: Places
    scarce: Places
    offered: Flags
    worth: Floats

    @classmethod
    def of(cls, rows: pd.DataFrame, scarce: Sequence[str]) -> _Lists:
        line = pd.factorize(rows["customer_id"])[0]
        channel = pd.factorize(rows["channel"])[0]
        first = np.diff(line, prepend=-1) != 0
        first |= np.diff(channel, prepend=-1) != 0
        column = pd.Index(scarce).get_indexer(pd.Index(rows["offer_id"]))
        worth = np.full((line.max(initial=-1) + 1, len(scarce) + 1), -np.inf)
        priority = rows["priority"].to_numpy(dtype=np.float64)
        np.fmax.at(worth, (line, column), priority)
        return cls(
            np.cumsum(first) - 1, np.flatnonzero(first), line, column, rows["offer_id"].notna().to_numpy(), worth
        )

    def shown(self, refused: Flags, limit: int) -> tuple[Places, Flags]:
        """(rows,): the rank among what is not refused, and whether it is shown. The last column is never refused."""
        free = self.offered & ~refused[self.line, self.scarce]
        count = np.cumsum(free)
        place: Places = count - (count - free)[self.starts][self.list_of]
        return place, free & (place <= limit) if limit else free

    def emptied(self, shown: Flags) -> Flags:
        """(rows,): the first row of a list that had offers, of which none is shown."""
        some = np.zeros(len(self.starts), dtype=np.bool_)
        some[self.list_of[shown]] = True
        first = np.zeros(len(shown), dtype=np.bool_)
        first[self.starts] = True
        return first & self.offered & ~some[self.list_of]


def _refused(lists: _Lists, left: Sequence[int], limit: int) -> Flags:
    """(lines, scarce offers + 1): who does not get the offer."""
    refused = np.zeros(lists.worth.shape, dtype=np.bool_)
    while True:
        _, shown = lists.shown(refused, limit)
        asks = np.zeros_like(refused)
        asks[lists.line[shown], lists.scarce[shown]] = True
        too_many = [_too_many(asks[:, place], lists.worth[:, place], most) for place, most in enumerate(left)]
        if not any(len(lines) for lines in too_many):
            return refused
        for place, lines in enumerate(too_many):
            refused[lines, place] = True


def _too_many(asks: Flags, worth: Floats, most: int) -> Places:
    """The lines that ask beyond the first `most` by worth, ties by their order."""
    lines = np.flatnonzero(asks)
    return lines[np.argsort(-worth[lines], kind="stable")[most:]]


def _emptied(rows: pd.DataFrame, emptied: Flags, without: Flags) -> pd.DataFrame:
    blank = rows.columns.difference([*OF_THE_LINE, "rank", "layer", "reasons"])
    reasons = [[CODE] if lost else why for lost, why in zip(emptied, rows["reasons"], strict=True)]
    return rows.assign(
        **{name: rows[name].mask(emptied) for name in blank},
        rank=rows["rank"].mask(without),
        layer=rows["layer"].mask(emptied, layer_of(CODE)),
        reasons=pd.Series(reasons, index=rows.index, dtype=object),
    ).reset_index(drop=True)
