"""How well topics and moods are read from texts: later texts of templates that were never seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import StratifiedGroupKFold

from models.contact_text import TextClassifier, TextSettings
from models.text_encoder import Encoder

FOLDS = 5
TRAIN_SHARE = 0.75  # of the time: what is known later is for the test
MOST_ROWS = 4_000  # on each side of a fold
LEAST_ROWS = 50  # on each side of a fold; below that nothing is claimed

Fold = tuple[np.ndarray, np.ndarray]  # train and test positions
Predictor = Callable[[pd.Series, pd.Series, pd.Series], np.ndarray]


@dataclass(frozen=True)
class TextTask:
    """Texts with a class each (`text`, `known_at`, `target`) and the group that is never split (`group`)."""

    name: str
    rows: pd.DataFrame
    seed: int


def compare_text_models(task: TextTask, encoder: Encoder | None = None) -> pd.DataFrame:
    """One row a model: task, model, accuracy and macro-F1 with their standard deviation over folds, mean test rows.

    Classes of a single group cannot be tested so and are left out; `classes` counts the others. Empty where the texts
    are too few, or of too few groups, for a test that means anything.
    """
    rows = task.rows[task.rows.groupby("target").group.transform("nunique") > 1]
    folds = list(_folds(rows, task.seed))
    scored = compare_on_folds(rows, folds, encoder) if folds else pd.DataFrame()
    scored.insert(0, "task", task.name)
    return scored


def compare_on_folds(rows: pd.DataFrame, folds: list[Fold], encoder: Encoder | None = None) -> pd.DataFrame:
    """The same on given folds, for rows with `text` and `target`."""
    return pd.DataFrame([_scored(name, predict, rows, folds) for name, predict in _predictors(encoder).items()])


def _folds(rows: pd.DataFrame, seed: int) -> Iterator[Fold]:
    """(train, test) positions: test later than train, no group in both."""
    if rows.group.nunique() < FOLDS or rows.target.value_counts().min() < FOLDS:
        return
    draw = np.random.default_rng(seed)
    late = (rows.known_at >= rows.known_at.quantile(TRAIN_SHARE)).to_numpy()
    splitter = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    for train, test in splitter.split(rows, rows.target, rows.group):
        sides = [draw.permutation(side)[:MOST_ROWS] for side in (train[~late[train]], test[late[test]])]
        if min(map(len, sides)) >= LEAST_ROWS and len(rows.target.iloc[sides[0]].unique()) > 1:
            yield sides[0], sides[1]


def _predictors(encoder: Encoder | None) -> dict[str, Predictor]:
    found: dict[str, Predictor] = {
        "majority": _majority,
        "jieba words": _linear(TextSettings(unit="words")),
        "characters": _linear(TextSettings()),
    }
    return found | ({"characters + encoder": _linear(TextSettings(), encoder)} if encoder else {})


def _majority(_: pd.Series, target: pd.Series, new: pd.Series) -> np.ndarray:
    return np.full(len(new), target.mode().iloc[0])


def _linear(settings: TextSettings, encoder: Encoder | None = None) -> Predictor:
    def predict(texts: pd.Series, target: pd.Series, new: pd.Series) -> np.ndarray:
        return np.asarray(TextClassifier(settings, encoder).fit(texts.tolist(), target).predict(new.tolist()))

    return predict


def _scored(name: str, predict: Predictor, rows: pd.DataFrame, folds: list[Fold]) -> dict[str, object]:
    scores = []
    for train, test in folds:
        said = predict(rows.text.iloc[train], rows.target.iloc[train], rows.text.iloc[test])
        truth = rows.target.iloc[test]
        scores.append((accuracy_score(truth, said), f1_score(truth, said, average="macro", zero_division=0)))
    (accuracy, f1), (accuracy_sd, f1_sd) = np.mean(scores, axis=0), np.std(scores, axis=0)
    tested = int(np.mean([len(test) for _, test in folds]))
    return {
        "model": name,
        "accuracy": float(accuracy),
        "accuracy_sd": float(accuracy_sd),
        "macro_f1": float(f1),
        "macro_f1_sd": float(f1_sd),
        "classes": len(rows.target.unique()),
        "folds": len(folds),
        "test_rows": tested,
    }
