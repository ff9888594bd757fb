"""`nextcall train uptake --trials N` end to end: tuned on the past, pruned, resumed, logged, registered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import mlflow
import pytest
from optuna.study import get_all_study_names
from optuna.trial import TrialState
from typer.testing import CliRunner

import nextcall
import training.tune
from data.settings import Settings
from models.artefact import Card
from models.boosted import BoostSettings
from training.registry import Registry
from training.tasks import TASKS
from training.tune import open_study, storage_url

QUICK = BoostSettings(max_rounds=20, patience=3, folds=2, num_threads=1)
DONE = (TrialState.COMPLETE, TrialState.PRUNED)


@pytest.fixture
def settings(operator_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A registry of its own, the label snapshots of the session; short fits."""
    (operator_settings.var / "cache").mkdir(exist_ok=True)
    (tmp_path / "cache").symlink_to(operator_settings.var / "cache")
    monkeypatch.setenv("NEXTCALL_VAR", str(tmp_path))
    monkeypatch.setitem(TASKS, "uptake", replace(TASKS["uptake"], settings=QUICK, tests=1))
    return operator_settings.model_copy(update={"var": tmp_path})


def train(settings: Settings, trials: int) -> None:
    """The command as a person types it."""
    words = ["train", "uptake", "--lake", str(settings.lake), "--trials", str(trials)]
    told = CliRunner().invoke(nextcall.app, words, catch_exceptions=False)
    assert told.exit_code == 0, told.output


def stopped_after(trials: int, loss: Callable[..., float]) -> Callable[..., float]:
    """The loss of a trial, until somebody presses Ctrl-C."""
    left = iter(range(trials))

    def limited(*arguments: Any) -> float:
        if next(left, None) is None:
            raise KeyboardInterrupt
        return loss(*arguments)

    return limited


def test_stopped_trials_are_resumed_and_the_best_is_what_is_registered(settings: Settings) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training.tune, "_loss", stopped_after(3, training.tune._loss))
        with pytest.raises((KeyboardInterrupt, SystemExit, AssertionError)):
            train(settings, trials=7)
    assert Registry(settings).versions("uptake") == []
    [name] = get_all_study_names(storage_url(settings))
    before = {trial.number: trial.params for trial in open_study(settings, name).get_trials(states=DONE)}
    assert len(before) == 3
    assert before[0]["num_leaves"] == QUICK.num_leaves, "the untuned settings are tried first"

    train(settings, trials=7)
    study = open_study(settings, name)
    after = {trial.number: trial.params for trial in study.get_trials(states=DONE)}
    assert len(after) == 7
    assert before.items() <= after.items(), "the trials of the first run count and are not run again"
    registry = Registry(settings)
    recipe = Card.read(registry.folder(registry.version("uptake"))).recipe
    assert {name: recipe[name] for name in study.best_params} == study.best_params
    client = mlflow.MlflowClient(settings.tracking_uri)
    runs = client.search_runs([experiment.experiment_id for experiment in client.search_experiments()])
    assert sum(run.info.run_name.startswith("trial ") for run in runs) == 7
