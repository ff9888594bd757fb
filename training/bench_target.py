"""What is yes and no in anybody's table, and who was treated."""

from __future__ import annotations

import numpy as np
import pandas as pd

from data.errors import BadInput
from models.feature_schema import Floats

YES = ("1", "true", "yes")
MIN_ROWS = 10  # of each class: two a fold


def spelling(values: pd.Series) -> pd.Series:
    """Values as they are compared with what a person typed: lower case, no blanks around, whole numbers without `.0`.

    >>> spelling(pd.Series([1.0, None])).tolist(), spelling(pd.Series([True])).tolist()
    (['1', <NA>], ['true'])
    """
    return values.astype("string").str.strip().str.lower().str.replace(r"^(-?\d+)\.0+$", r"\1", regex=True)


def positives(values: pd.Series, positive: str | None) -> Floats:
    """1 for yes and 0 for no; raises BadInput that lists the values where yes is not clear or too rare."""
    spelt = spelling(values)
    wanted = YES if positive is None else (str(spelling(pd.Series([positive]))[0]),)
    yes: Floats = np.asarray(spelt.isin(wanted), dtype=np.float64)
    name = f"--target {values.name}"
    if positive is None and spelt.nunique() > 2:
        raise BadInput(f"{name} has {spelt.nunique()} values ({listed(values)}); say with --positive which one is yes")
    if not yes.any():
        came = "1, true or yes" if positive is None else repr(positive)
        raise BadInput(f"{name} never is {came}; its values are {listed(values)}; name one of them with --positive")
    rarest = int(min(yes.sum(), len(yes) - yes.sum()))
    if rarest < MIN_ROWS:
        raise BadInput(f"{name} has {rarest} rows of the rarer class in {len(yes)}; wanted at least {MIN_ROWS}")
    return yes


def in_arm(values: pd.Series, arm: str, flag: str) -> pd.Series:
    """Which rows are of the arm; raises BadInput that lists the arms where none is."""
    found = spelling(values) == str(spelling(pd.Series([arm]))[0])
    if not found.any():
        raise BadInput(f"{flag} {arm!r} is not in {values.name}; its values are {listed(values)}")
    return found.fillna(False).astype(bool)


def listed(values: pd.Series) -> str:
    """The commonest values with their rows, as text."""
    counts = values.value_counts().head(8)
    return ", ".join(f"{value!s} ({rows:,})" for value, rows in counts.items()) or "all null"
