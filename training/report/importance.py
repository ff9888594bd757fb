"""Which labels, and which groups of labels, the model leans on: mean |SHAP|."""

from __future__ import annotations

import pandas as pd

from models.attributions import Attributions, attribute
from training.report.inputs import ReportInputs

TOP = 25
ROWS_OF_A_PLOT = 500


def mean_shares(inputs: ReportInputs) -> dict[str, float]:
    """Each feature's share of the mean |SHAP|; sums to 1, or to 0 where nothing was learnt."""
    importance = attribute(inputs.model, inputs.drawn(ROWS_OF_A_PLOT)).importance()
    return {str(name): float(value) for name, value in (importance / max(importance.sum(), 1e-300)).items()}


def label_importance(inputs: ReportInputs, attributions: Attributions, rows: pd.DataFrame) -> pd.DataFrame:
    """One row a label, largest first: feature, label, group, mean_abs, share (of all labels), direction.

    direction: rank correlation of the label's value with its contribution; null for categories.
    """
    importance = attributions.importance().head(TOP)
    total = attributions.importance().sum()
    return pd.DataFrame(
        {
            "feature": importance.index,
            "label": [inputs.label(name) for name in importance.index],
            "group": [inputs.groups.get(name, "") for name in importance.index],
            "mean_abs": importance.to_numpy(),
            "share": importance.to_numpy() / total if total else 0.0,
            "direction": [direction(rows[name], attributions.by_feature[name]) for name in importance.index],
        }
    )


def group_importance(inputs: ReportInputs, attributions: Attributions) -> pd.DataFrame:
    """One row a group, largest first: group, mean_abs (of the group's summed contribution)."""
    importance = attributions.group_importance(inputs.groups)
    return pd.DataFrame({"group": importance.index, "mean_abs": importance.to_numpy()})


def direction(values: pd.Series, contributions: pd.Series) -> float | None:
    """Spearman's rank correlation where both vary and the values are numbers, else None."""
    if not pd.api.types.is_numeric_dtype(values.dtype):
        return None
    both = pd.DataFrame({"value": values.astype("float64").to_numpy(), "shap": contributions.to_numpy()}).dropna()
    ranks = both.rank()
    if len(ranks) < 2 or (ranks.std() == 0).any():
        return None
    return float(ranks.value.corr(ranks.shap))
