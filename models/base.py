"""What every model shares: the public methods hold the input to the schema, a model writes only `_fit` and `_predict`.

A saved model is a folder of texts, never a pickle: `model.json` (name, schema, state, the hash of each file) and trees.
"""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.errors import BadInput
from models.feature_schema import FeatureSchema, Floats

FORMAT = 1
Vector = NDArray[Any] | pd.Series


@dataclass(frozen=True)
class Rows:
    """What is known of the training rows beside their features; each vector has one value a row.

    groups: rows of one group (a person) never stand on both sides of an inner fold.
    times: inner validation then always lies after what it was fitted on.
    """

    weights: Vector | None = None
    groups: Vector | None = None
    times: Vector | None = None
    treated: Vector | None = None

    def take(self, positions: Vector) -> Rows:
        """The same for some of the rows, by position or mask."""
        given = {f.name: getattr(self, f.name) for f in fields(self)}
        return replace(self, **{name: np.asarray(v)[positions] for name, v in given.items() if v is not None})

    def check(self, rows: int) -> None:
        """Raise BadInput unless each vector that is given has `rows` values and no null."""
        for field in fields(self):
            vector = getattr(self, field.name)
            if vector is not None and (len(vector) != rows or pd.isna(np.asarray(vector)).any()):
                raise BadInput(f"rows.{field.name}: wanted {rows} values without nulls, came {len(vector)}")


class Model(ABC):
    """A function of a table. `fit` and `predict` check and encode; the rest is the model's."""

    name: ClassVar[str]

    def __init__(self) -> None:
        self._schema: FeatureSchema | None = None

    @property
    def schema(self) -> FeatureSchema:
        """The features it was fitted on; raises BadInput before that."""
        if self._schema is None:
            raise BadInput(f"the {self.name} model is not fitted yet: call fit, or load a saved one")
        return self._schema

    def fit(self, features: pd.DataFrame, target: Vector, rows: Rows | None = None) -> Self:
        """Fit on (rows, features) and one target value a row; the frame is left untouched."""
        schema = FeatureSchema.of(features)
        return self.fit_matrix(schema, schema.encode(features), target, rows)

    def fit_matrix(self, schema: FeatureSchema, matrix: Floats, target: Vector, rows: Rows | None = None) -> Self:
        """The same from rows that `schema.encode` has encoded already."""
        rows = rows or Rows()
        numbers = self._checked_target(len(matrix), target)
        rows.check(len(matrix))
        self._schema = schema
        self._fit(matrix, numbers, rows)
        return self

    def predict(self, features: pd.DataFrame) -> Floats:
        """One number a row. Columns may come in any order; BadInput shows a diff where one is missing or other."""
        return self._predict(self.schema.encode(features))

    def predict_matrix(self, matrix: Floats) -> Floats:
        """The same from rows that `schema.encode` (or a serving table of the same schema) has encoded already."""
        if matrix.ndim != 2 or matrix.shape[1] != len(self.schema.columns):
            raise BadInput(f"the {self.name} model wants (rows, {len(self.schema.columns)}), came {matrix.shape}")
        return self._predict(matrix)

    def save(self, folder: Path) -> None:
        """Write the folder (made where missing), `model.json` last."""
        folder.mkdir(parents=True, exist_ok=True)
        files = self._texts()
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")
        document = {
            "format": FORMAT,
            "model": self.name,
            "schema": self.schema.to_json(),
            "schema_hash": self.schema.fingerprint,
            "files": {name: _digest(text) for name, text in files.items()},
            "state": self._state(),
        }
        text = json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False)
        (folder / "model.json").write_text(text, encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The model that `save` wrote: predicts the same to the last bit. BadInput where the folder is not whole."""
        document = _read_document(folder, cls.name)
        model = cls()
        model._schema = FeatureSchema.from_json(document["schema"])
        if model._schema.fingerprint != document["schema_hash"]:
            raise BadInput(f"{folder}: the schema was changed after saving; save the model again")
        model._restore(document["state"], {name: _read_text(folder, name, d) for name, d in document["files"].items()})
        return model

    def _checked_target(self, rows: int, target: Vector) -> Floats:
        numbers = np.asarray(pd.Series(target).to_numpy(dtype=np.float64, na_value=np.nan))
        if len(numbers) != rows:
            raise BadInput(f"{rows} rows of features, {len(numbers)} of target: wanted one target a row")
        if not len(numbers) or not np.isfinite(numbers).all():
            raise BadInput(
                f"the target has {int((~np.isfinite(numbers)).sum())} nulls in {len(numbers)} rows; drop them"
            )
        return numbers

    @abstractmethod
    def _fit(self, matrix: Floats, target: Floats, rows: Rows) -> None: ...

    @abstractmethod
    def _predict(self, matrix: Floats) -> Floats: ...

    @abstractmethod
    def _state(self) -> dict[str, Any]:
        """What JSON holds of the fitted model (finite numbers, texts, lists)."""

    def _texts(self) -> dict[str, str]:
        """The text files beside `model.json`, by file name."""
        return {}

    @abstractmethod
    def _restore(self, state: dict[str, Any], texts: dict[str, str]) -> None: ...


class ProbabilityModel(Model):
    """A model of yes (1) against no (0): `predict` gives probabilities."""

    def _checked_target(self, rows: int, target: Vector) -> Floats:
        numbers = super()._checked_target(rows, target)
        values = np.unique(numbers)
        if not np.array_equal(values, [0.0, 1.0]):
            raise BadInput(f"the target must hold both 0 and 1 and nothing else, came {values[:5].tolist()}")
        return numbers


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _read_document(folder: Path, name: str) -> dict[str, Any]:
    path = folder / "model.json"
    if not path.is_file():
        raise BadInput(f"{folder} holds no model.json: wanted the folder of a saved {name} model")
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if (document.get("format"), document.get("model")) != (FORMAT, name):
        came = f"a {document.get('model')} model of format {document.get('format')}"
        raise BadInput(f"{folder} holds {came}, wanted a {name} model of format {FORMAT}")
    return document


def _read_text(folder: Path, name: str, digest: str) -> str:
    path = folder / name
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    if _digest(text) != digest:
        raise BadInput(f"{path} is missing or was changed after saving; save the model again")
    return text
