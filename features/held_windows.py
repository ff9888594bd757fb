"""Which labels a model may learn from rows of the past: those whose window the lake had seen on most of them.

In the first year of a lake "the most in twelve months" is the most in three or in ten. Such a label grows with the
lake's age and not with the customer, and a model that learns from it is off in its mean once all windows are full.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from data.lake import Lake
from features.examples import Examples
from features.label_table import LABELS
from features.snapshots import first_month

LONG_DAYS = 200  # shorter windows fill soon, and tell too much to go without
MOST = 0.5  # of the rows
DAYS_OF = {"days": 1.0, "months": 30.4}
WINDOW = re.compile(r"(\d+) (?:closed )?(days|months)$")


def long_windows() -> dict[str, float]:
    """Days of the window of each label that looks back for more than LONG_DAYS.

    >>> round(long_windows()["resolved_share_12m"]), "contacts_90d" in long_windows()
    (365, False)
    """
    found = {label.name: WINDOW.search(label.window) for label in LABELS}
    days = {name: int(match[1]) * DAYS_OF[match[2]] for name, match in found.items() if match}
    return {name: length for name, length in days.items() if length > LONG_DAYS}


def partly_seen(lake: Lake, past: Examples) -> list[str]:
    """The features whose window began before the lake on most rows, in their order."""
    start = np.datetime64(first_month(lake), "D")
    age = (past.as_of - start) / np.timedelta64(1, "D")
    windows = long_windows()
    return [
        name for name in map(str, past.features.columns) if name in windows and np.mean(age >= windows[name]) < MOST
    ]


def learnable(lake: Lake, past: Examples) -> pd.DataFrame:
    """The features without those that were partly seen."""
    return past.features.drop(columns=partly_seen(lake, past))
