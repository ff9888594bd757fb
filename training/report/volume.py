"""The call-volume model as something to report: its trees, which correct the shape of the levelled forecast."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from features.volume_history import History
from models.attributions import PlainBoosters
from models.volume import HORIZON_DAYS, VolumeModel, counts_grid
from models.volume_learning import training_pairs
from models.volume_trees import TOGETHER
from training.report.inputs import ReportInputs

PAIRS = 60  # (origin, target) days, drawn evenly over the past, of the first TOGETHER series
UNIT = "√calls above the levelled forecast"


def volume_inputs(
    model: VolumeModel, counts: pd.DataFrame, metrics: pd.DataFrame, facts: Mapping[str, object]
) -> ReportInputs | None:
    """What a report of the model shows on the counts it was fitted on; None where it has no trees to explain."""
    if not model.trees.boosters:
        return None
    grid = counts_grid(counts, model.interval_min)
    pairs = training_pairs(grid, HORIZON_DAYS, model.settings.seed)
    some = pairs.part(np.linspace(0, len(pairs) - 1, min(len(pairs), PAIRS)).astype(int))
    seen = model.trees.levelled(History(grid, model.calendar).part(slice(TOGETHER)))
    features = seen.features(some, seen.level(some))
    sample = features[features.root_level.notna()].reset_index(drop=True)
    title = "Call volume 话务量 · SHAP report"
    return ReportInputs(
        title, PlainBoosters(model.trees.boosters), sample, metrics, facts=facts, raw_unit=UNIT, prediction="correction"
    )
