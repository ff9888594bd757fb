"""From published numbers and the request to a champion's matrix: where each feature stands, which code a level has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.errors import BadInput
from features.request_features import ASKS, CALL_FEATURES, CATEGORIES, Call, asks_for, call_values
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
    """A model's features in a publication: those of the line, of the offer, and of the pair; `of_call` in the request.

    `of_call` holds positions in the model with the feature's column there.
    """

    width: int
    of_line: Sequence[Source]
    of_offer: Sequence[Source]
    of_pair: Sequence[Source]
    of_call: Sequence[tuple[int, Column]] = ()

    @classmethod
    def of(cls, model: FeatureSchema, layout: Layout, what: str) -> Binding:
        """Bind a model's features to a publication; BadInput shows every one that is missing or of another kind."""
        line = dict(enumerate([*map(Column, LINE_FACTS), *layout.labels.columns]))
        pair = dict(enumerate([*map(Column, PAIR_FACTS), *layout.features.columns]))
        homes = [_by_name(columns) for columns in (line, dict(enumerate(layout.terms.columns)), pair)]
        found: tuple[list[Source], list[Source], list[Source]] = ([], [], [])
        difference: list[str] = []
        of_call = [(i, column) for i, column in enumerate(model.columns) if _is_of_call(column)]
        for position, column in enumerate(model.columns):
            if _is_of_call(column):
                continue
            home = next((i for i, columns in enumerate(homes) if column.name in columns), None)
            came = homes[home][column.name] if home is not None else None
            if home is None or came is None or came[1].kind != column.kind:
                difference.append(_difference(column, came[1] if came else None))
            else:
                found[home].append(Source(position, came[0], _codes(column, came[1])))
        if difference:
            raise BadInput(_mismatch(difference, layout, what))
        return cls(len(model.columns), found[0], found[1], found[2], of_call)

    def line_matrix(self, lines: Lines) -> Floats:
        """(lines, features) of a model of lines; features of offers and pairs are left null."""
        matrix = np.full((len(lines), self.width), np.nan)
        for source in self.of_line:
            matrix[:, source.position] = source.read(lines.numbers[:, source.place])
        return as_learned(matrix)

    def pair_matrix(self, lines: Lines, wanted: NDArray[np.bool_], call: Call | None = None) -> Floats:
        """(wanted pairs, features) of a model of pairs; `wanted` is (lines, offers), rows come in its order.

        Features of the call are null without one.
        """
        owners, offers = np.nonzero(wanted)
        matrix = self.line_matrix(lines)[owners]
        for source in self.of_offer:
            matrix[:, source.position] = source.read(lines.layout.term_numbers[:, source.place])[offers]
        for source in self.of_pair:
            matrix[:, source.position] = source.read(lines.pairs[owners, offers, source.place])
        if call is not None and call.known:
            self._fill_call(matrix, call, [lines.layout.offers[place].kind for place in offers.tolist()])
        return as_learned(matrix)

    def _fill_call(self, matrix: Floats, call: Call, kinds: Sequence[str]) -> None:
        values = call_values(call)
        for position, column in self.of_call:
            if column.name == ASKS:
                matrix[:, position] = np.array(asks_for(call.intent, kinds), dtype=np.float64)
            else:
                matrix[:, position] = _code_of(values[column.name], column)


def _is_of_call(column: Column) -> bool:
    """Whether the feature is one of the request, and of the kind that a request gives."""
    kind = "category" if column.name in CATEGORIES else "number"
    return column.name in (*CALL_FEATURES, ASKS) and column.kind == kind


def _code_of(value: str | float | None, column: Column) -> float:
    """The number, or the code of a text among the model's levels; null for a text that the model does not know."""
    if value is None or isinstance(value, float):
        return np.nan if value is None else value
    levels = column.levels or ()
    return float(levels.index(value)) if value in levels else np.nan


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
