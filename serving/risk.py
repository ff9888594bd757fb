"""P(leaves within 90 days) of some lines, its band, and what raises it: behind `churn_risk` and `churn-scores`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from models.artefact import PREDICTIONS
from models.attributions import Explained
from models.feature_schema import Floats
from serving.binding import Binding
from serving.champions import Champion
from serving.layout import Layout, Lines

BANDS = ("low", "medium", "high")
SHARES = (0.7, 0.9)  # of the champion's out-of-fold probabilities: the highest tenth is high, the next fifth medium
DEFAULT_LIMITS = (0.05, 0.15)  # where a champion brought no out-of-fold probabilities
REASONS = 3
PREDICTED = "p_model"  # of the out-of-fold file


@dataclass(frozen=True)
class Risk:
    """Arrays of (lines,): null probability and empty band without consent to personalisation; codes are label names."""

    probability: Floats
    bands: list[str | None]
    reasons: list[list[tuple[str, float]]]


@dataclass(frozen=True)
class RiskModel:
    """The churn champion, bound to a publication."""

    champion: Champion
    binding: Binding

    @classmethod
    def of(cls, champion: Champion, layout: Layout) -> RiskModel:
        """Bind the champion; BadInput where its features are not those that are published."""
        return cls(champion, Binding.of(champion.model.schema, layout, champion.version))

    @cached_property
    def limits(self) -> tuple[float, float]:
        """From which probability on a line is medium, and high."""
        path = self.champion.folder / PREDICTIONS
        if not path.is_file():
            return DEFAULT_LIMITS
        low, high = np.quantile(pd.read_parquet(path, columns=[PREDICTED])[PREDICTED].to_numpy(), SHARES)
        return float(low), float(high)

    def risk(self, lines: Lines) -> Risk:
        """Risk of each line; what raises it by exact TreeSHAP, weights as shares of all that moves it."""
        personal = lines.flag("personalisation_consent")
        probability = np.full(len(lines), np.nan)
        reasons: list[list[tuple[str, float]]] = [[("UNPERSONALISED", 1.0)] for _ in range(len(lines))]
        if personal.any():
            matrix = self.binding.line_matrix(lines)[personal]
            probability[personal] = self.champion.model.predict_matrix(matrix)
            for place, why in zip(np.flatnonzero(personal), self._reasons(matrix), strict=True):
                reasons[place] = why
        bands = [
            None if np.isnan(p) else BANDS[int(np.searchsorted(self.limits, p, side="right"))] for p in probability
        ]
        return Risk(probability, bands, reasons)

    def _reasons(self, matrix: Floats) -> list[list[tuple[str, float]]]:
        model: Explained = self.champion.model
        contributions = model.contributions_matrix(matrix)[:, :-1]
        weights = contributions / np.maximum(np.abs(contributions).sum(axis=1, keepdims=True), 1e-300)
        top = np.argsort(-weights, axis=1, kind="stable")[:, :REASONS]
        names = np.array(model.schema.names, dtype=object)[top].tolist()
        shares = np.take_along_axis(weights, top, axis=1).tolist()
        rows = zip(names, shares, strict=True)
        return [[pair for pair in zip(name, share, strict=True) if pair[1] > 0] for name, share in rows]
