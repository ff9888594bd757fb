"""Will the line leave: P(port-out, cancelled or silent within the outcome window), of the active lines."""

from __future__ import annotations

from typing import ClassVar

from models.boosted import BoostedClassifier, BoostSettings

CHURN_SETTINGS = BoostSettings(num_leaves=15, min_data_in_leaf=100, feature_fraction=0.3, lambda_l2=10.0)


class ChurnModel(BoostedClassifier):
    """Boosted trees on the line's labels."""

    name: ClassVar[str] = "churn"

    def __init__(self, settings: BoostSettings | None = None) -> None:
        super().__init__(settings or CHURN_SETTINGS)
