"""Text models beside their baselines on given folds: majority, jieba words, characters, characters with an encoder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
from sklearn.metrics import accuracy_score, f1_score, roc_auc_score

from models.contact_text import TextClassifier, TextSettings
from models.text_encoder import Encoder

Fold = tuple[np.ndarray, np.ndarray]  # train and test positions
Predictor = Callable[[pd.DataFrame, pd.DataFrame], pd.DataFrame]  # train, test -> (test rows, classes) probabilities


def compare_on_folds(
    rows: pd.DataFrame, folds: list[Fold], encoder: Encoder | None = None, settings: TextSettings | None = None
) -> pd.DataFrame:
    """One row a model, for rows with `text` and `target`: accuracy, macro-F1, AUC (of two classes, else null).

    Each is the mean over folds with its standard deviation; `test_rows` is the mean too.
    """
    contenders = _contenders(settings or TextSettings(), encoder)
    sizes = {
        "classes": len(rows.target.unique()),
        "folds": len(folds),
        "test_rows": int(np.mean([len(test) for _, test in folds])),
    }
    return pd.DataFrame([{"model": name, **_scored(p, rows, folds), **sizes} for name, p in contenders.items()])


def _contenders(settings: TextSettings, encoder: Encoder | None) -> dict[str, Predictor]:
    found: dict[str, Predictor] = {
        "majority": _majority,
        "jieba words": _linear(replace(settings, unit="words", min_texts=1)),
        "characters": _linear(settings),
    }
    return found | ({"characters + encoder": _linear(settings, encoder)} if encoder else {})


def _majority(train: pd.DataFrame, test: pd.DataFrame) -> pd.DataFrame:
    shares = train.target.value_counts(normalize=True).sort_index()
    return pd.DataFrame([shares.to_numpy()] * len(test), columns=shares.index)


def _linear(settings: TextSettings, encoder: Encoder | None = None) -> Predictor:
    def predict(train: pd.DataFrame, test: pd.DataFrame) -> pd.DataFrame:
        model = TextClassifier(settings, encoder).fit(train.text.tolist(), train.target)
        return pd.DataFrame(model.predict_proba(test.text.tolist()), columns=model.classes)

    return predict


def _scored(predict: Predictor, rows: pd.DataFrame, folds: list[Fold]) -> dict[str, float]:
    scores = []
    for train, test in folds:
        truth = rows.target.iloc[test].astype(str)
        scores.append(_scores(truth, predict(rows.iloc[train], rows.iloc[test])))
    table = pd.DataFrame(scores)
    found = {name: (float(table[name].mean()), float(table[name].std(ddof=0))) for name in table}
    return {f"{name}{end}": value for name, both in found.items() for end, value in zip(("", "_sd"), both, strict=True)}


def _scores(truth: pd.Series, probabilities: pd.DataFrame) -> dict[str, float]:
    said = probabilities.columns.to_numpy()[probabilities.to_numpy().argmax(axis=1)]
    two = probabilities.shape[1] == 2 and len(truth.unique()) == 2
    positive = probabilities.columns[-1]
    return {
        "accuracy": float(accuracy_score(truth, said)),
        "macro_f1": float(f1_score(truth, said, average="macro", zero_division=0)),
        "auc": float(roc_auc_score(truth == positive, probabilities[positive])) if two else float("nan"),
    }
