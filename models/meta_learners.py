"""What a treatment adds, by meta-learners: models of the outcome first, then of the effect that they imply.

`models.uplift` holds the S-learner. T: one model an arm. X: each arm's rows against the other arm's model (both Künzel
et al. 2019, "Metalearners for estimating heterogeneous treatment effects", section 2). DR: cross-fitted doubly robust
scores (Kennedy 2023, "Towards optimal doubly robust estimation of heterogeneous causal effects", algorithm 1).
Rows are treated at random with one chance for all, or `rows.weights` undo what made the chances differ.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from models.base import Model, ProbabilityModel, Rows
from models.boosted import BoostedClassifier, BoostSettings
from models.boosted_numbers import BoostedNumber
from models.feature_schema import Floats
from models.inner_folds import inner_folds
from models.uplift import check_arms

CONTROL, TREATED = "control", "treated"
CROSS_FITS = 3


class TLearner(ProbabilityModel):
    """P(yes | treated) − P(yes | not treated) from one model an arm; `parts` are its models by name."""

    name: ClassVar[str] = "t_learner"
    effect_parts: ClassVar[tuple[str, ...]] = ()

    def __init__(self, settings: BoostSettings | None = None) -> None:
        super().__init__()
        self.settings = settings or BoostSettings()
        outcomes: dict[str, Model] = {arm: BoostedClassifier(self.settings) for arm in (CONTROL, TREATED)}
        self.parts = outcomes | {name: BoostedNumber(self.settings) for name in self.effect_parts}
        self.share = 0.5

    def outcomes_matrix(self, matrix: Floats) -> tuple[Floats, Floats]:
        """P(yes) of encoded rows if not treated, and if treated."""
        return self.parts[CONTROL].predict_matrix(matrix), self.parts[TREATED].predict_matrix(matrix)

    def _fit(self, matrix: Floats, target: Floats, rows: Rows) -> None:
        treated = check_arms(rows) == 1
        self.share = float(np.average(treated, weights=rows.weights))
        for arm, name in enumerate((CONTROL, TREATED)):
            self._fit_part(name, matrix, target, rows, treated == arm)

    def _fit_part(self, name: str, matrix: Floats, target: Floats, rows: Rows, kept: Floats) -> None:
        one = rows.take(kept)
        some = Rows(weights=one.weights, groups=one.groups, times=one.times)
        self.parts[name].fit_matrix(self.schema, matrix[kept], target[kept], some)

    def _predict(self, matrix: Floats) -> Floats:
        control, treated = self.outcomes_matrix(matrix)
        return treated - control

    def _state(self) -> dict[str, Any]:
        return {"share": self.share, **{name: part._state() for name, part in self.parts.items()}}

    def _texts(self) -> dict[str, str]:
        return {f"{name}_{file}": text for name, part in self.parts.items() for file, text in part._texts().items()}

    def _restore(self, state: dict[str, Any], texts: dict[str, str]) -> None:
        self.share = state["share"]
        for name, part in self.parts.items():
            own = {file.removeprefix(f"{name}_"): text for file, text in texts.items() if file.startswith(f"{name}_")}
            part._schema = self.schema
            part._restore(state[name], own)


class XLearner(TLearner):
    """Each arm's outcomes less what the other arm's model expects, mixed by the chance of having been treated."""

    name: ClassVar[str] = "x_learner"
    effect_parts: ClassVar[tuple[str, ...]] = ("effect_of_control", "effect_of_treated")

    def _fit(self, matrix: Floats, target: Floats, rows: Rows) -> None:
        super()._fit(matrix, target, rows)
        treated = check_arms(rows) == 1
        control_says, treated_says = self.outcomes_matrix(matrix)
        self._fit_part("effect_of_control", matrix, treated_says - target, rows, ~treated)
        self._fit_part("effect_of_treated", matrix, target - control_says, rows, treated)

    def _predict(self, matrix: Floats) -> Floats:
        of_control, of_treated = (self.parts[name].predict_matrix(matrix) for name in self.effect_parts)
        return self.share * of_control + (1.0 - self.share) * of_treated


class DRLearner(TLearner):
    """A model of doubly robust scores whose outcome models have not seen the row they score."""

    name: ClassVar[str] = "dr_learner"
    effect_parts: ClassVar[tuple[str, ...]] = ("effect",)

    def _fit(self, matrix: Floats, target: Floats, rows: Rows) -> None:
        super()._fit(matrix, target, rows)
        scores = self._scores(matrix, target, rows)
        self._fit_part("effect", matrix, scores, rows, np.isfinite(scores))

    def _scores(self, matrix: Floats, target: Floats, rows: Rows) -> Floats:
        """Null for the rows that no cross-fit could hold out."""
        treated, scores = check_arms(rows), np.full(len(target), np.nan)
        for learn, held in inner_folds(target, rows, CROSS_FITS, self.settings.seed):
            nuisance = TLearner(self.settings).fit_matrix(self.schema, matrix[learn], target[learn], rows.take(learn))
            control, other = nuisance.outcomes_matrix(matrix[held])
            own = np.where(treated[held] == 1, other, control)
            chance = np.where(treated[held] == 1, self.share, self.share - 1.0)
            scores[held] = other - control + (target[held] - own) / chance
        return scores

    def _predict(self, matrix: Floats) -> Floats:
        return self.parts["effect"].predict_matrix(matrix)
