"""One loop for every back-test: a split, what to fit, how to score, as three arguments.

Rolling origins: each test month is judged by learners that saw only rows whose outcome was known when that month began.
Where the history is too short for one such month, persons are held out instead, and a warning says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.console import warn
from data.errors import BadInput
from features.examples import Examples, Positions
from models.feature_schema import Floats

Predict = Callable[[Examples], Floats]
Fit = Callable[[Examples], Predict]
Score = Callable[[Floats, Floats], Mapping[str, float]]

LEAST_OF_A_CLASS = 10  # fewer positives (or negatives) say nothing about a ranking
PERSON_FOLDS = 3


@dataclass(frozen=True)
class Fold:
    """Positions to learn from and to be judged on; named after the test month, or after the persons held out."""

    name: str
    learn: Positions
    test: Positions


Split = Callable[[Examples], Sequence[Fold]]


@dataclass(frozen=True)
class Backtest:
    """`predictions`: keys, as_of, y and p_<learner> of every tested row. `scores`: a row per fold and learner."""

    predictions: pd.DataFrame
    scores: pd.DataFrame
    folds: pd.DataFrame


def rolling_months(tests: int) -> Split:
    """The last `tests` as-of dates that can be judged, each with all rows known by then (the embargo)."""

    def split(examples: Examples) -> list[Fold]:
        return _usable(examples, [_month(examples, day) for day in np.unique(examples.as_of)])[-tests:]

    return split


def months_or_persons(tests: int) -> Split:
    """`rolling_months`; where no month can be judged, a third of the persons in turn, with a warning."""

    def split(examples: Examples) -> list[Fold]:
        months = list(rolling_months(tests)(examples))
        if months or not len(examples):
            return months
        warn(
            f"the history ({examples.as_of.min()} to {examples.as_of.max()}) is too short to judge a month by what was "
            "known before it: persons are held out instead, which flatters a model that time will test"
        )
        return _usable(examples, [_persons(examples, part) for part in range(PERSON_FOLDS)])

    return split


def _usable(examples: Examples, folds: Sequence[Fold]) -> list[Fold]:
    return [fold for fold in folds if _both(examples, fold.learn) and _both(examples, fold.test)]


def _month(examples: Examples, day: np.datetime64) -> Fold:
    return Fold(str(day), examples.known_at(day), np.flatnonzero(examples.as_of == day))


def _persons(examples: Examples, part: int) -> Fold:
    held = np.random.default_rng(0).permutation(examples.groups.max() + 1)[examples.groups] % PERSON_FOLDS == part
    return Fold(f"persons {part + 1} of {PERSON_FOLDS}", np.flatnonzero(~held), np.flatnonzero(held))


def _both(examples: Examples, positions: Positions) -> bool:
    positive = examples.target[positions].sum()
    return min(positive, len(positions) - positive) >= LEAST_OF_A_CLASS


def backtest(examples: Examples, split: Split, learners: Mapping[str, Fit], score: Score) -> Backtest:
    """Fit every learner on the past of every fold and score it on the fold; BadInput where no fold can be made."""
    folds = split(examples)
    if not folds:
        raise BadInput(too_short(examples))
    parts = [(fold, _predictions(examples, fold, learners)) for fold in folds]
    return Backtest(
        predictions=pd.concat([part for _, part in parts], ignore_index=True),
        scores=pd.concat([_scores(fold, part, learners, score) for fold, part in parts], ignore_index=True),
        folds=pd.DataFrame([_dates(examples, fold) for fold in folds]),
    )


def too_short(examples: Examples) -> str:
    """Why these examples give no fold."""
    span = f"as-of dates {examples.as_of.min()} to {examples.as_of.max()}" if len(examples) else "none at all"
    return (
        f"nothing can be back-tested: {len(examples)} rows with a known outcome ({int(examples.target.sum())} "
        f"positive), {span}; wanted at least {LEAST_OF_A_CLASS} of each class in a test month and among the rows "
        "whose outcome was known before it. Give a lake with more months or more customers."
    )


def _predictions(examples: Examples, fold: Fold, learners: Mapping[str, Fit]) -> pd.DataFrame:
    past, test = examples.take(fold.learn), examples.take(fold.test)
    probabilities = {f"p_{name}": fit(past)(test) for name, fit in learners.items()}
    known = test.keys.reset_index(drop=True).assign(as_of=test.as_of, y=test.target)
    return known.assign(**probabilities)


def _scores(fold: Fold, part: pd.DataFrame, learners: Mapping[str, Fit], score: Score) -> pd.DataFrame:
    target = part["y"].to_numpy()
    rows = [{"learner": name, **score(target, part[f"p_{name}"].to_numpy())} for name in learners]
    return pd.DataFrame(rows).assign(fold=fold.name)


def _dates(examples: Examples, fold: Fold) -> dict[str, object]:
    learned = examples.take(fold.learn)
    return {
        "fold": fold.name,
        "train_from": str(learned.as_of.min()),
        "train_to": str(learned.as_of.max()),
        "train_known_by": str(learned.known_on.max()),
        "train_rows": len(learned),
        "train_positives": int(learned.target.sum()),
        "test_rows": len(fold.test),
        "test_positives": int(examples.target[fold.test].sum()),
    }


def summary(scores: pd.DataFrame, first: str | None = None) -> pd.DataFrame:
    """One row a learner: mean and, as <metric>_sd, the standard deviation over the test months (null for one month).

    Sorted as the scores name the learners, `first` on top.
    """
    grouped = scores.drop(columns="fold").groupby("learner", sort=False)
    means, spreads = grouped.mean(), grouped.std(ddof=1)
    columns = {name: values for m in means for name, values in ((m, means[m]), (f"{m}_sd", spreads[m]))}
    table = pd.DataFrame(columns).reset_index()
    return table.sort_values("learner", key=lambda names: names != first, kind="stable", ignore_index=True)
