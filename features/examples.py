"""Rows to learn from: what was known, what came of it, when it was asked and when the answer was known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Positions = NDArray[np.intp]


@dataclass(frozen=True)
class Examples:
    """One row an example.

    keys: what identifies a row (with as_of). features: known at the start of `as_of`. target: 0 or 1.
    known_on: the first day at whose start the target was known. groups: rows of one person carry one value.
    """

    keys: pd.DataFrame
    features: pd.DataFrame
    target: NDArray[np.float64]
    as_of: NDArray[np.datetime64]
    known_on: NDArray[np.datetime64]
    groups: NDArray[Any]

    def __len__(self) -> int:
        return len(self.target)

    def take(self, positions: Positions) -> Examples:
        """Some of the rows, by position."""
        return Examples(
            keys=self.keys.iloc[positions],
            features=self.features.iloc[positions],
            target=self.target[positions],
            as_of=self.as_of[positions],
            known_on=self.known_on[positions],
            groups=self.groups[positions],
        )

    def known_at(self, day: np.datetime64) -> Positions:
        """Positions of the rows whose target was known at the start of `day`."""
        return np.flatnonzero(self.known_on <= day)


def days(values: Any) -> NDArray[np.datetime64]:
    """Dates or timestamps as days.

    >>> days(pd.Series([pd.Timestamp("2025-03-01 10:00")])).tolist()
    [datetime.date(2025, 3, 1)]
    """
    return np.asarray(pd.to_datetime(values).to_numpy().astype("datetime64[D]"))


def code_groups(values: pd.Series) -> NDArray[np.int64]:
    """Group names as numbers, in the order of their first row."""
    return np.asarray(pd.factorize(values)[0], dtype=np.int64)
