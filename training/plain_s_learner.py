"""The learner of effects that anybody would write first: LightGBM as it comes, the treatment a column like the others.

The rival of `models.uplift` in `bench … --treatment`: an S-learner too, with the library's own settings, no inner
folds and no calibration.
"""

from __future__ import annotations

import lightgbm as lgb
import numpy as np

from models.base import Rows
from models.feature_schema import FeatureSchema, Floats
from models.uplift import check_arms

ROUNDS = 100  # the library's own


def plain_outcomes(schema: FeatureSchema, learn: Floats, target: Floats, rows: Rows, held: Floats) -> list[Floats]:
    """P(yes) of the held rows if not treated, and if treated; matrices as `schema` encodes them."""
    both = np.column_stack([learn, check_arms(rows)])
    data = lgb.Dataset(both, target, categorical_feature=schema.category_positions)
    settings = {"objective": "binary", "verbosity": -1, "deterministic": True, "force_row_wise": True, "seed": 7}
    booster = lgb.train(settings, data, num_boost_round=ROUNDS)
    return [np.asarray(booster.predict(np.column_stack([held, np.full(len(held), arm)]))) for arm in (0.0, 1.0)]
