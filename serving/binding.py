"""From published numbers to a champion's matrix: where each feature stands, and which code a level has there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.errors import BadInput
from models.feature_schema import Column, FeatureSchema, Floats
from serving.layout import Layout, Lines


@dataclass(frozen=True)
class Source:
    """A feature of the model: its place among labels or pair columns, and the model's code by published code."""

    place: int
    codes: Floats | None

    def read(self, values: Floats) -> Floats:
        """Published values as the model's."""
        if self.codes is None:
            return values
        unknown = np.isnan(values)
        return np.asarray(np.where(unknown, np.nan, self.codes[np.where(unknown, 0, values).astype(np.intp)]))


@dataclass(frozen=True)
class Binding:
    """A model's features in a publication; positions are those of the model's matrix."""

    width: int
    labels: dict[int, Source]
    pairs: dict[int, Source]

    @classmethod
    def of(cls, model: FeatureSchema, layout: Layout, what: str) -> Binding:
        """Bind a model's features to a publication; BadInput shows every feature that is missing or of another kind."""
        labels = {c.name: (i, c) for i, c in enumerate(layout.labels.columns)}
        start = len(layout.pair_columns) - len(layout.features.columns)
        pairs = {c.name: (start + i, c) for i, c in enumerate(layout.features.columns)}
        difference = [line for column in model.columns if (line := _difference(column, labels | pairs))]
        if difference:
            raise BadInput(
                f"the published rows (labels {layout.label_hash}, {layout.as_of}) do not fit {what}:\n  "
                + "\n  ".join(difference)
                + "\ntrain again with these labels and promote (nextcall train, nextcall promote), or publish again"
            )
        sources = {
            c.name: Source(place, _codes(c, there)) for c in model.columns for place, there in _at(c, labels, pairs)
        }
        return cls(
            len(model.columns),
            {i: sources[c.name] for i, c in enumerate(model.columns) if c.name not in pairs},
            {i: sources[c.name] for i, c in enumerate(model.columns) if c.name in pairs},
        )

    def line_matrix(self, lines: Lines) -> Floats:
        """(lines, features) of a model of lines."""
        matrix = np.empty((len(lines), self.width))
        for position, source in self.labels.items():
            matrix[:, position] = source.read(lines.labels[:, source.place])
        return matrix

    def pair_matrix(self, lines: Lines, wanted: NDArray[np.bool_]) -> Floats:
        """(wanted pairs, features) of a model of pairs; `wanted` is (lines, offers), rows come in its order."""
        owners, offers = np.nonzero(wanted)
        matrix = self.line_matrix(lines)[owners]
        for position, source in self.pairs.items():
            matrix[:, position] = source.read(lines.pairs[owners, offers, source.place])
        return matrix


def _at(
    column: Column, labels: dict[str, tuple[int, Column]], pairs: dict[str, tuple[int, Column]]
) -> list[tuple[int, Column]]:
    return [pairs.get(column.name) or labels[column.name]]


def _difference(column: Column, there: dict[str, tuple[int, Column]]) -> str | None:
    if column.name not in there:
        return f"- {column.name}: missing ({column.kind})"
    kind = there[column.name][1].kind
    return None if kind == column.kind else f"~ {column.name}: wanted a {column.kind}, published as {kind}"


def _codes(column: Column, there: Column) -> Floats | None:
    if column.levels is None or there.levels is None:
        return None
    codes = {level: float(code) for code, level in enumerate(column.levels)}
    return np.array([codes.get(level, np.nan) for level in there.levels] or [np.nan])
