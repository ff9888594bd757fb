"""What a cleaned contact text is about, or how it sounds: character n-grams and a linear head.

TF-IDF of characters 1 to 3 and, where an encoder is given, its centred sentence vectors beside them, under a softmax.
Characters beat words where labels are many; the words of `data.text_terms` are the baseline and say why
(`models.text_causes`). Saved as JSON and plain arrays.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.special import softmax
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from data.errors import BadInput
from data.text_terms import cut
from models.base import Vector
from models.feature_schema import Floats
from models.text_encoder import Encoder

FORMAT = 1
DOCUMENT, ARRAYS = "text_model.json", "weights.npz"
CHUNK = 20_000  # texts a time: the n-grams of more do not fit a small machine


@dataclass(frozen=True)
class TextSettings:
    """`unit`: `characters` (1 to 3 in a row) or `words` (jieba's). `inverse_penalty`: sklearn's C."""

    unit: str = "characters"
    min_texts: int = 2
    max_terms: int = 60_000
    inverse_penalty: float = 10.0
    max_iterations: int = 300


class TextClassifier:
    """P(class) of a text. Texts come cleaned (`data.contact_text.clean_texts`); the same texts give the same model."""

    def __init__(self, settings: TextSettings | None = None, encoder: Encoder | None = None) -> None:
        self.settings = settings or TextSettings()
        self.encoder = encoder
        self.classes: list[str] = []

    def fit(self, texts: Sequence[str], classes: Vector) -> Self:
        """Fit on one class a text; BadInput with fewer than two different ones."""
        names = np.asarray(classes).astype(str)
        self.classes = sorted(set(names))
        if len(self.classes) < 2 or len(texts) != len(names):
            raise BadInput(
                f"{len(texts)} texts with {len(names)} labels of {len(self.classes)} classes; wanted two classes"
            )
        self._vectoriser = _vectoriser(self.settings)
        terms = self._vectoriser.fit_transform(texts)
        vectors = self.encoder(texts) if self.encoder else None
        self._centre = np.zeros(0) if vectors is None else vectors.mean(axis=0)
        head = LogisticRegression(C=self.settings.inverse_penalty, max_iter=self.settings.max_iterations)
        head.fit(self._beside(terms, vectors), names)
        self._weights, self._intercepts = _one_row_a_class(head)
        return self

    def predict_proba(self, texts: Sequence[str]) -> Floats:
        """(texts, classes), in the order of `classes`; rows sum to 1."""
        starts = range(0, len(texts), CHUNK)
        parts = [self._probabilities(list(texts[start : start + CHUNK])) for start in starts]
        return np.concatenate([np.empty((0, len(self.classes))), *parts])

    def predict(self, texts: Sequence[str]) -> Vector:
        """The likeliest class of each text."""
        return np.array(self.classes, dtype=object)[self.predict_proba(texts).argmax(axis=1)]

    def top_terms(self, count: int = 10) -> pd.DataFrame:
        """The terms that speak most for each class: class, term, weight (log odds per unit of TF-IDF)."""
        names = self._vectoriser.get_feature_names_out()
        weights = self._weights[:, : len(names)]
        best = np.argsort(-weights, axis=1, kind="stable")[:, :count]
        return pd.DataFrame(
            {
                "class": np.repeat(self.classes, best.shape[1]),
                "term": names[best].ravel(),
                "weight": np.take_along_axis(weights, best, axis=1).ravel(),
            }
        )

    @property
    def version(self) -> str:
        """Twelve hex digits over the classes and weights."""
        return hashlib.sha256(json.dumps(self.classes).encode() + self._weights.tobytes()).hexdigest()[:12]

    def save(self, folder: Path) -> None:
        """Write two files into the folder (made where missing)."""
        folder.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(
            folder / ARRAYS,
            weights=self._weights,
            intercepts=self._intercepts,
            centre=self._centre,
            idf=self._vectoriser.idf_,
        )
        document = {
            "format": FORMAT,
            "settings": asdict(self.settings),
            "classes": self.classes,
            "encoded": self.encoder is not None,
            "terms": self._vectoriser.get_feature_names_out().tolist(),
            "version": self.version,
        }
        (folder / DOCUMENT).write_text(json.dumps(document, ensure_ascii=False, allow_nan=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path, encoder: Encoder | None = None) -> Self:
        """The model that `save` wrote; one that was fitted with an encoder wants the same encoder again."""
        document = _read(folder, encoder)
        model = cls(TextSettings(**document["settings"]), encoder if document["encoded"] else None)
        model.classes = document["classes"]
        with np.load(folder / ARRAYS, allow_pickle=False) as arrays:
            model._weights, model._intercepts = arrays["weights"], arrays["intercepts"]
            model._centre = arrays["centre"]
            model._vectoriser = _vectoriser(model.settings, document["terms"])
            model._vectoriser.idf_ = arrays["idf"]
        if model.version != document["version"]:
            raise BadInput(f"{folder}: {ARRAYS} does not belong to {DOCUMENT}; save the model again")
        return model

    def _probabilities(self, texts: list[str]) -> Floats:
        vectors = self.encoder(texts) if self.encoder else None
        features = self._beside(self._vectoriser.transform(texts), vectors)
        return np.asarray(softmax(features @ self._weights.T.astype(np.float64) + self._intercepts, axis=1))

    def _beside(self, terms: sparse.csr_matrix, vectors: Floats | None) -> sparse.csr_matrix:
        if vectors is None:
            return terms
        centred = vectors - self._centre
        unit = centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-12)
        return sparse.hstack([terms, sparse.csr_matrix(unit)]).tocsr()


def _vectoriser(settings: TextSettings, terms: list[str] | None = None) -> TfidfVectorizer:
    shared = {"min_df": settings.min_texts, "sublinear_tf": True, "lowercase": False, "vocabulary": terms}
    if settings.unit == "words":
        return TfidfVectorizer(analyzer=cut, max_features=settings.max_terms, **shared)
    return TfidfVectorizer(analyzer="char", ngram_range=(1, 3), max_features=settings.max_terms, **shared)


def _one_row_a_class(head: LogisticRegression) -> tuple[np.ndarray, Floats]:
    """Weights (classes, terms) in single precision, and intercepts; of two classes sklearn keeps only the second's."""
    weights, intercepts = head.coef_, head.intercept_
    if len(weights) == 1:
        weights, intercepts = np.vstack([-weights, weights]) / 2, np.concatenate([-intercepts, intercepts]) / 2
    return weights.astype(np.float32), np.asarray(intercepts, dtype=np.float64)


def _read(folder: Path, encoder: Encoder | None) -> dict[str, Any]:
    path = folder / DOCUMENT
    if not path.is_file() or not (folder / ARRAYS).is_file():
        raise BadInput(f"{folder} holds no saved text model; wanted {DOCUMENT} and {ARRAYS}")
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if document.get("format") != FORMAT:
        raise BadInput(f"{path} is of format {document.get('format')}, wanted {FORMAT}; train the text model again")
    if document["encoded"] and encoder is None:
        raise BadInput(f"{folder} was fitted with a sentence encoder; set `encoder` to the same folder")
    return document
