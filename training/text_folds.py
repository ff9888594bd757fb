"""How well topics and moods are read from texts: later texts of templates that were never seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pandas as pd
from sklearn.model_selection import StratifiedGroupKFold

from models.contact_text import TextSettings
from models.text_encoder import Encoder
from training.text_scores import Fold, compare_on_folds

FOLDS = 5
TRAIN_SHARE = 0.75  # of the time: what is known later is for the test
MOST_ROWS = 8_000  # of a task, drawn before it is split
LEAST_ROWS = 50  # on each side of a fold; below that nothing is claimed


@dataclass(frozen=True)
class TextTask:
    """Texts with a class each (`text`, `known_at`, `target`) and the group that is never split (`group`).

    Texts whose group is null are not used: they might be of a group of the other side.
    """

    name: str
    rows: pd.DataFrame
    seed: int
    settings: TextSettings = field(default_factory=TextSettings)


def compare_text_models(task: TextTask, encoder: Encoder | None = None) -> pd.DataFrame:
    """One row a model: task, and what `training.text_scores` says of it.

    Classes of a single group cannot be tested so and are left out; `classes` counts the others. Empty where the texts
    are too few, or of too few groups, for a test that means anything.
    """
    grouped = task.rows[task.rows.group.notna()]
    several = grouped[grouped.groupby("target").group.transform("nunique") > 1]
    rows = several.sample(min(len(several), MOST_ROWS), random_state=task.seed)
    folds = list(_folds(rows, task.seed))
    scored = compare_on_folds(rows, folds, encoder, task.settings) if folds else pd.DataFrame()
    scored.insert(0, "task", task.name)
    return scored


def _folds(rows: pd.DataFrame, seed: int) -> Iterator[Fold]:
    """(train, test) positions: test later than train, no group in both."""
    if rows.group.nunique() < FOLDS or rows.target.value_counts().min() < FOLDS:
        return
    late = (rows.known_at >= rows.known_at.quantile(TRAIN_SHARE)).to_numpy()
    splitter = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    for train, test in splitter.split(rows, rows.target, pd.factorize(rows.group)[0]):
        early, later = train[~late[train]], test[late[test]]
        if min(len(early), len(later)) >= LEAST_ROWS and len(rows.target.iloc[early].unique()) > 1:
            yield early, later
