"""What a report is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from data.errors import BadInput
from models.attributions import Explained
from models.base import Vector


@dataclass(frozen=True)
class ReportInputs:
    """A trained model and what is to be shown of it. No customer ids are needed, and none are shown.

    sample: rows of features as the model takes them; at most 2,000, drawn evenly, are explained.
    metrics: the back-test's table with its baselines, shown as it is.
    names: feature -> (中文名, group of labels); a feature that is not in it goes by its own name.
    facts: dates, fingerprints, versions, in order.
    target, probability: out-of-fold outcomes (0 or 1) and probabilities of the same rows, for the calibration.
    raw_unit: what the contributions are in; prediction: what the model's answer is called.
    """

    title: str
    model: Explained
    sample: pd.DataFrame
    metrics: pd.DataFrame
    names: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    facts: Mapping[str, object] = field(default_factory=dict)
    target: Vector | None = None
    probability: Vector | None = None
    raw_unit: str = "log odds"
    prediction: str = "probability"

    def check(self) -> None:
        """Raise BadInput where there is nothing to explain, or outcomes and probabilities do not belong together."""
        if self.sample.empty:
            raise BadInput(f"the report '{self.title}' came without rows; wanted a sample of the model's features")
        if (self.target is None) != (self.probability is None):
            raise BadInput("a report wants target and probability together (out-of-fold), or neither")
        if self.target is not None and self.probability is not None and len(self.target) != len(self.probability):
            raise BadInput(f"{len(self.target)} targets, {len(self.probability)} probabilities; wanted as many")

    def drawn(self, most: int) -> pd.DataFrame:
        """At most so many rows of the sample, evenly."""
        chosen = np.linspace(0, len(self.sample) - 1, min(len(self.sample), most)).astype(int)
        return self.sample.iloc[chosen].reset_index(drop=True)

    def label(self, feature: str) -> str:
        """中文名 and name of a feature."""
        chinese = self.names.get(feature, ("", ""))[0]
        return f"{chinese} {feature}".strip()

    @property
    def groups(self) -> dict[str, str]:
        """Feature -> group."""
        return {feature: group for feature, (_, group) in self.names.items()}

    @property
    def outcomes(self) -> tuple[np.ndarray, np.ndarray] | None:
        """Out-of-fold outcomes and probabilities as numbers, if given."""
        if self.target is None or self.probability is None:
            return None
        return np.asarray(self.target, dtype=np.float64), np.asarray(self.probability, dtype=np.float64)
