"""Optuna over the boosted trees' settings, on rows that were known before the first test month of the back-test.

A study lives in SQLite below `var`, named after its data: the same command again goes on where it stopped. A trial that
is worse than the median after an inner fold is pruned.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from optuna.trial import Trial, TrialState
from sklearn.metrics import log_loss

from data.console import track
from data.errors import BadInput
from data.settings import Settings
from features.examples import Examples
from models.base import Rows
from models.boosted import BoostedClassifier, BoostSettings
from models.inner_folds import Fold, inner_folds
from training.backtest import rolling_months
from training.tracking import TrackedRun

INNER_FOLDS = 3
FitWith = Callable[[Examples, BoostSettings], BoostedClassifier]


def past_of(examples: Examples, tests: int) -> Examples:
    """The rows known before the first of the last `tests` test months: what tuning may see."""
    folds = rolling_months(tests)(examples)
    if not folds:
        raise BadInput(
            "the history is too short for a test month, so nothing lies before one to tune on; leave --trials out"
        )
    return examples.take(folds[0].learn)


def storage_url(settings: Settings) -> str:
    """The studies' SQLite file below `var`."""
    settings.var.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{(Path(settings.var) / 'optuna.db').resolve()}"


def open_study(settings: Settings, name: str) -> optuna.Study:
    """The named study, made where missing; the sampler's seed is the settings'."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna.create_study(
        storage=storage_url(settings),
        study_name=name,
        load_if_exists=True,
        sampler=optuna.samplers.TPESampler(seed=settings.seed),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=5),
    )


def tune(study: optuna.Study, past: Examples, base: BoostSettings, trials: int, fit: FitWith) -> BoostSettings:
    """The best settings of what `fit` makes, after `trials` trials in all (those of earlier runs count).

    `base` is the first one tried.
    """
    folds = inner_folds(past.target, Rows(groups=past.groups), INNER_FOLDS, base.seed)
    if not folds:
        raise BadInput(f"{len(past)} rows before the first test month are too few to tune on; leave --trials out")
    if not study.trials:
        study.enqueue_trial({name: getattr(base, name) for name in _RANGES})
    for _ in track(range(trials - len(_finished(study))), "tuning"):
        study.optimize(lambda trial: _loss(trial, past, folds, base, fit), n_trials=1)
    return with_params(base, study.best_params)


def with_params(base: BoostSettings, params: dict[str, Any]) -> BoostSettings:
    """The settings with a trial's parameters."""
    return replace(base, **params)


def log_trials(study: optuna.Study, run: TrackedRun) -> None:
    """Each trial as a nested run."""
    for trial in _finished(study):
        with run.child(f"trial {trial.number}") as child:
            child.log_params({**trial.params, "state": trial.state.name})
            if trial.value is not None:
                child.log_metrics({"inner_log_loss": trial.value})


_RANGES: dict[str, tuple[float, float, bool]] = {  # lowest, highest, on a log scale
    "learning_rate": (0.02, 0.12, True),
    "num_leaves": (5, 40, True),
    "min_data_in_leaf": (10, 200, True),
    "feature_fraction": (0.2, 0.9, False),
    "bagging_fraction": (0.5, 1.0, False),
    "lambda_l2": (0.1, 50.0, True),
}
_WHOLE = ("num_leaves", "min_data_in_leaf")


def _suggest(trial: Trial) -> dict[str, float]:
    whole = {n: trial.suggest_int(n, int(lo), int(hi), log=log) for n, (lo, hi, log) in _RANGES.items() if n in _WHOLE}
    real = {n: trial.suggest_float(n, lo, hi, log=log) for n, (lo, hi, log) in _RANGES.items() if n not in _WHOLE}
    return {**whole, **real}


def _loss(trial: Trial, past: Examples, folds: list[Fold], base: BoostSettings, fit: FitWith) -> float:
    settings = with_params(base, _suggest(trial))
    losses: list[float] = []
    for step, (learn, held) in enumerate(folds):
        losses.append(_held_out_loss(fit(past.take(learn), settings), past.take(held)))
        trial.report(float(np.mean(losses)), step)
        if trial.should_prune():
            raise optuna.TrialPruned
    return float(np.mean(losses))


def _held_out_loss(model: BoostedClassifier, held: Examples) -> float:
    return float(log_loss(held.target, model.predict(held.features)))


def _finished(study: optuna.Study) -> list[optuna.trial.FrozenTrial]:
    return study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.PRUNED))
