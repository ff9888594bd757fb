"""What a treatment adds: P(yes | treated) − P(yes | not treated), from rows of which some were treated at random.

An S-learner (Künzel et al. 2019, section 2): one boosted model with the treatment as a feature, asked twice. It shares
what both arms have in common and finds an effect only where splits on the treatment pay, which suits effects that are
small beside the outcome.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from data.errors import BadInput
from models.base import ProbabilityModel, Rows
from models.boosted import BoostedClassifier, BoostSettings
from models.feature_schema import Column, FeatureSchema, Floats

TREATED = "__treated__"


class UpliftModel(ProbabilityModel):
    """`predict` gives the difference of two probabilities, in −1…1; `rows.treated` (0/1) is needed to fit."""

    name: ClassVar[str] = "uplift"

    def __init__(self, settings: BoostSettings | None = None) -> None:
        super().__init__()
        self.outcome = BoostedClassifier(settings)

    def outcomes_matrix(self, matrix: Floats) -> tuple[Floats, Floats]:
        """P(yes) of encoded rows if not treated, and if treated."""
        control, treated = (np.column_stack([matrix, np.full(len(matrix), arm)]) for arm in (0.0, 1.0))
        return self.outcome.predict_matrix(control), self.outcome.predict_matrix(treated)

    def _fit(self, matrix: Floats, target: Floats, rows: Rows) -> None:
        both = np.column_stack([matrix, check_arms(rows)])
        self.outcome.fit_matrix(_with_treatment(self.schema), both, target, rows)

    def _predict(self, matrix: Floats) -> Floats:
        control, treated = self.outcomes_matrix(matrix)
        return treated - control

    def _state(self) -> dict[str, Any]:
        return self.outcome._state()

    def _texts(self) -> dict[str, str]:
        return self.outcome._texts()

    def _restore(self, state: dict[str, Any], texts: dict[str, str]) -> None:
        self.outcome._schema = _with_treatment(self.schema)
        self.outcome._restore(state, texts)


def check_arms(rows: Rows) -> Floats:
    """`rows.treated` as numbers; BadInput unless both arms are there."""
    if rows.treated is None or set(np.unique(rows.treated)) != {0, 1}:
        raise BadInput("an uplift model wants rows.treated with both 0 (control) and 1 (treated)")
    return np.asarray(rows.treated, dtype=np.float64)


def _with_treatment(schema: FeatureSchema) -> FeatureSchema:
    return FeatureSchema((*schema.columns, Column(TREATED)))
