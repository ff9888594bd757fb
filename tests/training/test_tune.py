"""Tuning sees only the past, resumes a study, and keeps it in SQLite below `var`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from data.errors import BadInput
from data.settings import Settings
from features.examples import Examples
from models.base import Rows
from models.boosted import BoostedClassifier, BoostSettings
from tests.training.examples import made_up
from training.backtest import rolling_months
from training.tune import open_study, past_of, tune

QUICK = BoostSettings(max_rounds=30, patience=5, folds=2, num_threads=1)


def plain(learn: Examples, settings: BoostSettings) -> BoostedClassifier:
    return BoostedClassifier(settings).fit(learn.features, learn.target, Rows(groups=learn.groups))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(var=tmp_path)


def test_a_study_is_resumed_where_it_stopped(settings: Settings) -> None:
    past = past_of(made_up(600), tests=2)
    tune(open_study(settings, "uptake"), past, QUICK, trials=2, fit=plain)
    study = open_study(settings, "uptake")
    assert len(study.trials) == 2
    best = tune(study, past, QUICK, trials=3, fit=plain)
    assert len(study.trials) == 3
    assert best.seed == QUICK.seed
    assert study.best_value <= study.trials[0].value
    assert (settings.var / "optuna.db").is_file()


def test_the_untuned_settings_are_the_first_trial(settings: Settings) -> None:
    study = open_study(settings, "churn")
    tune(study, past_of(made_up(600), tests=2), QUICK, trials=1, fit=plain)
    assert study.trials[0].params["num_leaves"] == QUICK.num_leaves
    assert replace(QUICK, **study.trials[0].params) == QUICK


def test_tuning_sees_nothing_that_was_unknown_before_the_first_test_month() -> None:
    examples = made_up()
    first = rolling_months(3)(examples)[0].name
    past = past_of(examples, tests=3)
    assert (past.known_on <= np.datetime64(first)).all()
    assert len(past) == int((examples.known_on <= np.datetime64(first)).sum())


def test_too_few_rows_are_refused(settings: Settings) -> None:
    examples = made_up()
    one_class = examples.take(np.flatnonzero(examples.target == 1)[:30])
    with pytest.raises(BadInput, match=r"30 rows .* too few to tune on; leave --trials out"):
        tune(open_study(settings, "uptake"), one_class, QUICK, trials=1, fit=plain)
