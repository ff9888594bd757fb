"""Labels as one ordered float64 matrix: categories as codes of a stored dictionary, a hash that names the layout."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from data.errors import BadInput
from features.catalogue import Label

UNKNOWN = np.nan


@dataclass(frozen=True)
class MatrixSchema:
    """The columns of a label matrix in their order, and each category's values in the order of their codes."""

    names: tuple[str, ...]
    categories: dict[str, tuple[str, ...]]

    @property
    def hash(self) -> str:
        """Twelve hex digits over names, order and dictionaries; equal hashes mean interchangeable matrices."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:12]

    def to_json(self) -> str:
        """The schema as JSON text."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> MatrixSchema:
        """The schema that `to_json` wrote."""
        content = json.loads(text)
        categories = {name: tuple(values) for name, values in content["categories"].items()}
        return cls(tuple(content["names"]), categories)


def matrix_schema(labels: tuple[Label, ...], frame: pd.DataFrame) -> MatrixSchema:
    """The schema of these labels with the categories that occur in the frame, in the alphabet's order."""
    _missing(frame, [label.name for label in labels])
    found = {label.name: frame[label.name].dropna() for label in labels if label.kind == "category"}
    categories = {name: tuple(sorted(map(str, values.unique()))) for name, values in found.items()}
    return MatrixSchema(tuple(label.name for label in labels), categories)


def to_matrix(frame: pd.DataFrame, schema: MatrixSchema) -> np.ndarray:
    """The frame's labels as float64 (rows × names); nulls and unseen categories are NaN, booleans 0 and 1.

    >>> schema = MatrixSchema(("brand", "fee"), {"brand": ("a", "b")})
    >>> to_matrix(pd.DataFrame({"fee": [1.0, None], "brand": ["b", "z"]}), schema).tolist()
    [[1.0, 1.0], [nan, nan]]
    """
    _missing(frame, schema.names)
    columns = [_codes(frame[name], schema.categories.get(name)) for name in schema.names]
    return np.column_stack(columns) if columns else np.empty((len(frame), 0))


def _codes(values: pd.Series, categories: tuple[str, ...] | None) -> np.ndarray:
    if categories is None:
        return values.astype(np.float64).to_numpy()
    codes = pd.Index(categories).get_indexer(pd.Index(values.astype(object))).astype(np.float64)
    return np.where(codes < 0, UNKNOWN, codes)


def _missing(frame: pd.DataFrame, names: Any) -> None:
    absent = [name for name in names if name not in frame]
    if absent:
        raise BadInput(f"the label table lacks {', '.join(absent)}; build it again: nextcall labels")
