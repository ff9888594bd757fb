"""Which columns a model was fitted on, in which order, and how a frame of them becomes a matrix of doubles."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.errors import BadInput

Floats = NDArray[np.float64]

MAX_LEVELS = 64  # a category of more levels is an identifier in disguise: its rarer levels are one level, "missing"
MIN_LEVEL_SHARE = 0.002  # a level in fewer rows than this says nothing that a split could trust
LEARNED_BITS = 29  # of 53: nearly nine decimal digits; engines sum in other orders, and differ after the fifteenth


@dataclass(frozen=True)
class Column:
    """A feature: a number, or a category with the levels that the model knows (in their order of code)."""

    name: str
    levels: tuple[str, ...] | None = None

    @property
    def kind(self) -> str:
        """`number` or `category`."""
        return "number" if self.levels is None else "category"


@dataclass(frozen=True)
class FeatureSchema:
    """The ordered features of a model.

    >>> schema = FeatureSchema.of(pd.DataFrame({"fee_cny": [58.0, None], "brand": ["a", "b"]}))
    >>> schema.encode(pd.DataFrame({"brand": ["b", "new"], "fee_cny": [128, 8]})).tolist()
    [[128.0, 1.0], [8.0, nan]]
    """

    columns: tuple[Column, ...]

    @classmethod
    def of(cls, frame: pd.DataFrame) -> FeatureSchema:
        """The schema of a training frame; raises BadInput where a column is neither a number nor a category."""
        _refuse_repeated_names(frame)
        kinds = {name: kind_of(frame[name]) for name in frame.columns}
        strange = [f"{name} ({frame[name].dtype})" for name, kind in kinds.items() if kind == "other"]
        if strange:
            raise BadInput(
                f"these columns are neither numbers nor categories: {', '.join(strange)}; "
                "turn dates into numbers of days, or leave the columns out"
            )
        return cls(tuple(Column(name, _levels(frame[name]) if kinds[name] == "category" else None) for name in kinds))

    @property
    def names(self) -> list[str]:
        """The feature names, in the order of the matrix."""
        return [column.name for column in self.columns]

    @property
    def category_positions(self) -> list[int]:
        """Which columns of the matrix hold codes."""
        return [i for i, column in enumerate(self.columns) if column.levels is not None]

    @property
    def fingerprint(self) -> str:
        """A hash of names, order, kinds and levels: equal fingerprints mean interchangeable matrices."""
        text = json.dumps(self.to_json(), ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def encode(self, frame: pd.DataFrame) -> Floats:
        """The frame as a C-ordered (rows, features) matrix: numbers, codes of levels, NaN for null or unknown."""
        self._refuse_mismatch(frame)
        matrix = np.empty((len(frame), len(self.columns)), dtype=np.float64)
        for position, column in enumerate(self.columns):
            matrix[:, position] = _codes(frame[column.name], column)
        return as_learned(matrix)

    def to_json(self) -> list[dict[str, Any]]:
        """Name and levels of each column, in order."""
        return [{"name": column.name, "levels": column.levels and list(column.levels)} for column in self.columns]

    @classmethod
    def from_json(cls, columns: Iterable[Mapping[str, Any]]) -> FeatureSchema:
        """The schema that `to_json` described."""
        return cls(
            tuple(Column(c["name"], None if c["levels"] is None else tuple(map(str, c["levels"]))) for c in columns)
        )

    def _refuse_mismatch(self, frame: pd.DataFrame) -> None:
        difference = self.difference(frame)
        if difference:
            lines = "\n  ".join(difference)
            raise BadInput(
                f"the columns are not those that the model was fitted on (schema {self.fingerprint}):\n  {lines}\n"
                "make the features with the same version of the labels, or fit the model again"
            )

    def difference(self, frame: pd.DataFrame) -> list[str]:
        """What keeps the frame from being encoded, one line a column; columns that came beside are named only then."""
        came = set(frame.columns)
        lines = [f"- {c.name}: missing ({c.kind})" for c in self.columns if c.name not in came]
        for column in self.columns:
            if column.name in came and (kind := kind_of(frame[column.name])) not in (column.kind, "empty"):
                lines.append(f"~ {column.name}: wanted a {column.kind}, came {kind} ({frame[column.name].dtype})")
        beside = sorted(map(str, came - set(self.names)))
        return lines + [f"+ {name}: came, but was not fitted on" for name in beside] if lines else []


def as_learned(numbers: Floats) -> Floats:
    """The numbers to 29 significant bits: what models are fitted on and asked with, whichever engine summed.

    Veltkamp's splitting (Dekker 1971, "A floating-point technique for extending the available precision").

    >>> as_learned(np.array([0.1 + 0.2, 0.3, np.nan, 5.0])).tolist()
    [0.2999999998137355, 0.2999999998137355, nan, 5.0]
    """
    with np.errstate(invalid="ignore", over="ignore"):
        scaled = numbers * (2.0 ** (53 - LEARNED_BITS) + 1.0)
        rounded = scaled - (scaled - numbers)
    return np.where(np.isfinite(scaled), rounded, numbers)


def kind_of(values: pd.Series[Any]) -> str:
    """`number` (booleans too), `category` (text), `empty` (all null text, fits either) or `other` (dates, lists).

    >>> kind_of(pd.Series([True, False])), kind_of(pd.Series(["a", None])), kind_of(pd.Series([None, None]))
    ('number', 'category', 'empty')
    """
    if isinstance(values.dtype, pd.CategoricalDtype):
        return "category"
    if pd.api.types.is_numeric_dtype(values.dtype):
        return "empty" if len(values) and values.isna().all() else "number"
    if not (pd.api.types.is_object_dtype(values.dtype) or pd.api.types.is_string_dtype(values.dtype)):
        return "other"
    seen = pd.api.types.infer_dtype(values, skipna=True)
    return {"empty": "empty", "boolean": "number", "decimal": "number"}.get(seen, _text_or_other(seen))


def _text_or_other(seen: str) -> str:
    if seen in ("integer", "floating", "mixed-integer-float"):
        return "number"
    return "category" if seen in ("string", "mixed-integer", "categorical") else "other"


def _levels(values: pd.Series[Any]) -> tuple[str, ...]:
    counts = values.dropna().astype(str).value_counts()
    common = counts[counts >= MIN_LEVEL_SHARE * len(values)].iloc[:MAX_LEVELS]
    return tuple(sorted(common.index))


def _codes(values: pd.Series[Any], column: Column) -> Floats:
    if column.levels is None:
        return np.asarray(pd.to_numeric(values).to_numpy(dtype=np.float64, na_value=np.nan))
    category = values.astype("category").cat
    known = pd.Index(column.levels, dtype=object).get_indexer(category.categories.astype(str))
    codes = np.append(known, -1)[category.codes.to_numpy()].astype(np.float64)
    codes[codes < 0] = np.nan
    return np.asarray(codes, dtype=np.float64)


def _refuse_repeated_names(frame: pd.DataFrame) -> None:
    repeated = sorted(set(frame.columns[frame.columns.duplicated()]))
    if repeated:
        raise BadInput(f"columns with the same name: {', '.join(map(str, repeated))}; rename or drop all but one")
