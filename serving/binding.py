"""From published numbers to a champion's matrix: where each feature stands, and which code a level has there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.errors import BadInput
from models.feature_schema import Column, FeatureSchema, Floats, as_learned
from serving.layout import LINE_FACTS, PAIR_FACTS, Layout, Lines


@dataclass(frozen=True)
class Source:
    """A feature of the model: its position there, its place in the publication, the model's code by published code."""

    position: int
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
    """A model's features in a publication: those of the line, of the offer, and of the pair."""

    width: int
    of_line: Sequence[Source]
    of_offer: Sequence[Source]
    of_pair: Sequence[Source]

    @classmethod
    def of(cls, model: FeatureSchema, layout: Layout, what: str) -> Binding:
        """Bind a model's features to a publication; BadInput shows every one that is missing or of another kind."""
        line = dict(enumerate([*map(Column, LINE_FACTS), *layout.labels.columns]))
        pair = dict(enumerate([*map(Column, PAIR_FACTS), *layout.features.columns]))
        homes = [_by_name(columns) for columns in (line, dict(enumerate(layout.terms.columns)), pair)]
        found: tuple[list[Source], ...] = ([], [], [])
        difference: list[str] = []
        for position, column in enumerate(model.columns):
            home = next((i for i, columns in enumerate(homes) if column.name in columns), None)
            came = homes[home][column.name] if home is not None else None
            if home is None or came is None or came[1].kind != column.kind:
                difference.append(_difference(column, came[1] if came else None))
            else:
                found[home].append(Source(position, came[0], _codes(column, came[1])))
        if difference:
            raise BadInput(_mismatch(difference, layout, what))
        return cls(len(model.columns), *found)

    def line_matrix(self, lines: Lines) -> Floats:
        """(lines, features) of a model of lines; features of offers and pairs are left null."""
        matrix = np.full((len(lines), self.width), np.nan)
        for source in self.of_line:
            matrix[:, source.position] = source.read(lines.numbers[:, source.place])
        return as_learned(matrix)

    def pair_matrix(self, lines: Lines, wanted: NDArray[np.bool_]) -> Floats:
        """(wanted pairs, features) of a model of pairs; `wanted` is (lines, offers), rows come in its order."""
        owners, offers = np.nonzero(wanted)
        matrix = self.line_matrix(lines)[owners]
        for source in self.of_offer:
            matrix[:, source.position] = source.read(lines.layout.term_numbers[:, source.place])[offers]
        for source in self.of_pair:
            matrix[:, source.position] = source.read(lines.pairs[owners, offers, source.place])
        return as_learned(matrix)


def _by_name(columns: dict[int, Column]) -> dict[str, tuple[int, Column]]:
    return {column.name: (place, column) for place, column in columns.items()}


def _difference(column: Column, came: Column | None) -> str:
    if came is None:
        return f"- {column.name}: missing ({column.kind})"
    return f"~ {column.name}: wanted a {column.kind}, published as {came.kind}"


def _mismatch(difference: Sequence[str], layout: Layout, what: str) -> str:
    lines = "\n  ".join(difference)
    return (
        f"the published rows (labels {layout.label_hash}, {layout.as_of}) do not fit {what}:\n  {lines}\n"
        "train again with these labels and promote (nextcall train, nextcall promote), or publish again"
    )


def _codes(column: Column, came: Column) -> Floats | None:
    if column.levels is None or came.levels is None:
        return None
    codes = {level: float(code) for code, level in enumerate(column.levels)}
    return np.array([codes.get(level, np.nan) for level in came.levels] or [np.nan])
