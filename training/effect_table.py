"""How many randomised decisions it takes to learn what an offer does to leaving, by a simulated operator's truth.

Half of the drawn decisions are pitched, half are controls to whom the same drawn offer is not shown. Who leaves within
90 days follows from the truth: with the offer for those who accept, without it for everybody else. A learner is worth
its place where its effects lie closer to the true ones than zero does. Only a simulated lake has such a truth.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.base import ProbabilityModel, Rows
from models.boosted import BoostSettings
from models.feature_schema import Floats
from models.meta_learners import DRLearner, TLearner, XLearner
from models.uplift import UpliftModel

SETTINGS = BoostSettings(
    learning_rate=0.03, num_leaves=4, min_data_in_leaf=200, feature_fraction=1.0, lambda_l2=10.0, max_rounds=400
)
LEARNERS: Mapping[str, type[ProbabilityModel]] = {
    "s_learner": UpliftModel,
    "t_learner": TLearner,
    "x_learner": XLearner,
    "dr_learner": DRLearner,
}


@dataclass(frozen=True)
class Decisions:
    """Randomised decisions: features, 1 = pitched, 1 = left within 90 days, the true effect of the pitch on leaving."""

    features: pd.DataFrame
    treated: Floats
    left: Floats
    effect: Floats

    def take(self, rows: slice) -> Decisions:
        """Some of the rows."""
        return Decisions(self.features.iloc[rows], self.treated[rows], self.left[rows], self.effect[rows])


def drawn_decisions(pitches: pd.DataFrame, features: pd.DataFrame, seed: int) -> Decisions:
    """Decisions from the rows of `training.randomised_table.randomised_rows`, in a random order."""
    rng = np.random.default_rng([seed, 5])
    order = rng.permutation(len(pitches))
    pitches, features = pitches.iloc[order], features.iloc[order].reset_index(drop=True)
    treated = (rng.random(len(pitches)) < 0.5).astype(np.float64)
    without, taken = (pitches[f"churn90_{end}"].to_numpy(dtype=np.float64) for end in ("without", "with"))
    accepts = pitches["y"].to_numpy(dtype=np.float64)
    chance = np.where(treated * accepts == 1, taken, without)
    effect = pitches["accept_probability"].to_numpy(dtype=np.float64) * (taken - without)
    return Decisions(features, treated, (rng.random(len(pitches)) < chance).astype(np.float64), effect)


def effect_table(decisions: Decisions, sizes: Sequence[int], test: int) -> pd.DataFrame:
    """Each learner and size on the last `test` decisions.

    Columns: decisions, learner, mean_effect (true: in the rows `truth`), rmse, rmse_over_zero (below 1: better than
    saying that no offer changes anything), correlation with the true effect.
    """
    held = decisions.take(slice(len(decisions.left) - test, None))
    rows = [{"decisions": 0, "learner": "truth", "mean_effect": held.effect.mean(), "rmse": 0.0}]
    for size in sizes:
        learnt = decisions.take(slice(0, size))
        rows += [_judged(name, learnt, held) for name in ("mean", *LEARNERS)]
    return pd.DataFrame(rows)


def _judged(name: str, learnt: Decisions, held: Decisions) -> dict[str, object]:
    found = _effects(name, learnt, held)
    zero = np.sqrt(np.mean(np.square(held.effect)))
    rmse = np.sqrt(np.mean(np.square(found - held.effect)))
    return {
        "decisions": len(learnt.left),
        "learner": name,
        "mean_effect": float(found.mean()),
        "rmse": float(rmse),
        "rmse_over_zero": float(rmse / zero),
        "correlation": float(np.corrcoef(found, held.effect)[0, 1]) if np.ptp(found) > 0 else None,
    }


def _effects(name: str, learnt: Decisions, held: Decisions) -> Floats:
    if name == "mean":
        arms = [learnt.left[learnt.treated == arm].mean() for arm in (0, 1)]
        return np.full(len(held.left), arms[1] - arms[0])
    model = LEARNERS[name](SETTINGS)  # type: ignore[call-arg] # every learner of effects takes settings
    return model.fit(learnt.features, learnt.left, Rows(treated=learnt.treated)).predict(held.features)
