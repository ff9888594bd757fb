"""Reads the lake's texts: trains topic and mood, measures them, and writes the table of model-made labels.

Only texts known at the as-of date are read. A text is labelled by a model that was fitted on other customers' texts
(two halves), so that a label of the past is as uncertain as one of tomorrow; the saved model is fitted on both halves.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from data.console import track
from data.derived import write_model_labels
from data.known import as_known
from data.lake import Lake, model_labels_path
from data.settings import Settings
from models.contact_text import TextClassifier, TextSettings
from models.text_causes import root_cause_terms
from models.text_encoder import Encoder, load_encoder
from training.text_folds import TextTask, compare_text_models
from training.text_rows import POSITIVE, known_texts, template_groups

LEAST_TEXTS = 20  # of a class; a rarer one is not learned
MOST_TRAINING_TEXTS = 8_000
TASKS = {"topic": "topic", "sentiment": "mood"}  # label: column of weak or own labels
SETTINGS = {
    "topic": TextSettings(),
    "sentiment": TextSettings(
        inverse_penalty=0.3
    ),  # satisfaction is a weak sign: its noise is not for learning by heart
}


@dataclass(frozen=True)
class TextReport:
    """What was made of the texts.

    metrics: one row a task and model, on later texts of templates never seen (`training.text_folds`).
    terms: root-cause terms by topic. labels: rows written to `labels_path` (None: there was nothing to learn from).
    models: folder of the saved models, `topic` and `sentiment`.
    """

    texts: int
    metrics: pd.DataFrame
    terms: pd.DataFrame
    labels: int
    labels_path: Path | None
    models: Path


def label_texts(lake: Lake, settings: Settings) -> TextReport:
    """Train on what the lake knew at `settings.as_of` (default: the lake's), label every text, write `model_labels`.

    A lake opened before does not see the table: open it again.
    """
    rows = known_texts(as_known(lake, settings.as_of or lake.default_as_of()))
    rows = rows.assign(group=template_groups(rows, lake.folder))
    encoder = load_encoder(settings.encoder) if settings.encoder else None
    folder = settings.var / "text_models" / model_labels_path(lake.folder, settings).stem
    done = [
        _Task(label, rows, encoder, settings.seed).run(folder / label)
        for label in track(TASKS, "reading texts")
        if _learnable(rows, TASKS[label]).any()
    ]
    labels = pd.concat([task.labels for task in done]) if done else pd.DataFrame()
    path = write_model_labels(labels, lake.folder, settings) if done else None
    metrics = pd.concat([task.metrics for task in done], ignore_index=True) if done else pd.DataFrame()
    return TextReport(len(rows), metrics, _terms(rows, labels), len(labels), path, folder)


@dataclass(frozen=True)
class _Done:
    labels: pd.DataFrame
    metrics: pd.DataFrame


@dataclass(frozen=True)
class _Task:
    label: str
    rows: pd.DataFrame
    encoder: Encoder | None
    seed: int

    def run(self, folder: Path) -> _Done:
        """Measure, label by halves, fit on all, save."""
        column = TASKS[self.label]
        labelled = self.rows[_learnable(self.rows, column)].assign(target=lambda f: f[column])
        metrics = compare_text_models(TextTask(self.label, labelled, self.seed, SETTINGS[self.label]), self.encoder)
        model = self._fit(labelled)
        model.save(folder)
        return _Done(self._labels(labelled, model), metrics)

    def _fit(self, labelled: pd.DataFrame) -> TextClassifier:
        some = labelled.sample(min(len(labelled), MOST_TRAINING_TEXTS), random_state=self.seed)
        return TextClassifier(SETTINGS[self.label], self.encoder).fit(some.text.tolist(), some.target)

    def _labels(self, labelled: pd.DataFrame, whole: TextClassifier) -> pd.DataFrame:
        halves = [self._half(labelled, half, whole) for half in (0, 1)]
        return pd.concat(halves).assign(model_version=f"text-{self.label}-{whole.version}")

    def _half(self, labelled: pd.DataFrame, half: int, whole: TextClassifier) -> pd.DataFrame:
        """The labels of one half of the customers, by a model of the other half (of all where a class is missing)."""
        others = labelled[_halves(labelled) != half]
        enough = set(others.target) == set(labelled.target)
        return _as_labels(self.rows[_halves(self.rows) == half], self.label, self._fit(others) if enough else whole)


def _learnable(rows: pd.DataFrame, column: str) -> pd.Series:
    """Rows whose class has enough texts; none where fewer than two classes have."""
    counts = rows[column].value_counts()
    common = counts.index[counts >= LEAST_TEXTS]
    return rows[column].isin(common if len(common) > 1 else [])


def _halves(rows: pd.DataFrame) -> np.ndarray:
    return np.asarray(pd.util.hash_array(rows.customer_id.to_numpy(dtype=object)) % 2)


def _as_labels(rows: pd.DataFrame, label: str, model: TextClassifier) -> pd.DataFrame:
    """Topic: the likeliest class as text, its probability as value. Sentiment: -1 negative … 1 positive."""
    codes, texts = pd.factorize(rows.text)
    probabilities = model.predict_proba(list(texts))
    labels = rows[["customer_id", "known_at"]].assign(label=label)
    if label == "sentiment":
        return labels.assign(label_value=(2 * probabilities[:, model.classes.index(POSITIVE)] - 1)[codes])
    names = np.array(model.classes, dtype=object)[probabilities.argmax(axis=1)]
    return labels.assign(label_text=names[codes], label_value=probabilities.max(axis=1)[codes])


def _terms(rows: pd.DataFrame, labels: pd.DataFrame) -> pd.DataFrame:
    known = rows[rows.topic.notna()]
    if labels.empty or len(known.topic.unique()) < 2:
        return pd.DataFrame(columns=["topic", "term", "texts", "share", "z"])
    some = known.sample(min(len(known), MOST_TRAINING_TEXTS), random_state=0)
    return root_cause_terms(some.text.tolist(), some.topic)
