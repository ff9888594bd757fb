"""What showing an offer adds, by score: uplift curves and Qini with their spread over persons, from drawn controls.

Treated are the decisions in which a drawn offer was shown, controls those in which it was held back by the draw; those
that kept their usual offer are neither: whether they had one followed from the line. Whom the
model ranks first should gain most; where nothing is to be gained the curve is flat and its interval holds 0.
"""

from __future__ import annotations

from collections.abc import Callable

import ibis
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.lake import Lake, as_date
from features.outcomes import left
from models.exploration import EXPLOIT
from models.feature_schema import Floats
from models.metrics import qini, uplift_at
from training.policy_choices import Choices

SHARES = (0.1, 0.2, 0.3, 0.5, 0.7, 1.0)
DRAWS = 100
LEAST_OF_AN_ARM = 30


def uplift_table(lake: Lake, choices: Choices, as_of: pd.Timestamp) -> pd.DataFrame:
    """A row an outcome (accepted; stayed 90 days): treated, controls, qini, uplift of the first 10 … 100 %, each with
    the standard deviation over redrawn persons. The score is the mean over allowed offers: the slice draws them evenly.
    Empty where controls lack.
    """
    windows = choices.windows
    first = ~windows["decision"].duplicated()
    drawn = (windows["randomised"].astype(np.bool_) & (windows["arm"] != EXPLOIT) & first).to_numpy()
    whole = windows.groupby("decision")[["accepted", "shown"]].transform("max").astype(np.float64)
    likely = np.where(choices.allowed, choices.probability, 0.0)
    score = likely.sum(axis=1) / np.maximum(choices.allowed.sum(axis=1), 1)
    outcomes = {"accepted": whole["accepted"].to_numpy()}
    if lake.has("departures"):
        outcomes["stayed 90 days"] = 1.0 - _left(lake, windows, as_of)
    rows = []
    for name, outcome in outcomes.items():
        there = drawn & ~np.isnan(outcome)
        treated = whole["shown"].to_numpy()[there]
        if min(treated.sum(), len(treated) - treated.sum()) >= LEAST_OF_AN_ARM:
            people = pd.factorize(windows["person"][there])[0]
            rows.append({"outcome": name, **uplift_row(outcome[there], treated, score[there], people)})
    return pd.DataFrame(rows)


def uplift_row(outcome: Floats, treated: Floats, score: Floats, person: NDArray[np.intp]) -> dict[str, float]:
    """treated, controls, qini, uplift_10 … uplift_100 with `_sd` over 100 draws of persons; shares by falling score."""
    measures: dict[str, Callable[[NDArray[np.intp]], float]] = {
        "qini": lambda rows: qini(outcome[rows], treated[rows], score[rows]),
        **{f"uplift_{100 * share:.0f}": _at(share, outcome, treated, score) for share in SHARES},
    }
    everybody, draws = np.arange(len(outcome)), _drawn_persons(person)
    found: dict[str, float] = {"treated": float(treated.sum()), "controls": float(len(treated) - treated.sum())}
    for name, measure in measures.items():
        values = np.array([measure(rows) for rows in draws])
        found |= {name: measure(everybody), f"{name}_sd": float(np.nanstd(values, ddof=1))}
    return found


def _at(share: float, outcome: Floats, treated: Floats, score: Floats) -> Callable[[NDArray[np.intp]], float]:
    return lambda rows: uplift_at(share, outcome[rows], treated[rows], score[rows])


def _drawn_persons(person: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    """Rows of as many persons, drawn with replacement, again and again."""
    rng, order = np.random.default_rng(0), np.argsort(person, kind="stable")
    rows = np.split(order, np.searchsorted(person[order], np.arange(1, person.max() + 1)))
    return [np.concatenate([rows[i] for i in rng.integers(0, len(rows), len(rows))]) for _ in range(DRAWS)]


def _left(lake: Lake, windows: pd.DataFrame, as_of: pd.Timestamp) -> Floats:
    """Whether each decision's line left within 90 days of the month's first day; null where that is not known yet."""
    months = sorted(windows["as_of"].unique())
    wanted = ibis.memtable(windows[["customer_id"]].drop_duplicates())
    parts = [left(lake, as_date(month), as_of.date()).semi_join(wanted, "customer_id").to_pandas() for month in months]
    known = pd.concat([part.assign(as_of=month) for part, month in zip(parts, months, strict=True)])
    joined = windows[["customer_id", "as_of"]].merge(known, on=["customer_id", "as_of"], how="left")
    return np.asarray(joined["left"].to_numpy(dtype=np.float64, na_value=np.nan))
