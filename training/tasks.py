"""What is learnt of customers: uptake and churn, each with its rows, its model, and the baselines beside it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd

from data.errors import BadInput
from data.lake import Lake, as_date
from features import churn_rows, request_features, uptake_rows
from features.examples import Examples
from features.held_windows import learnable
from features.label_table import label_catalogue
from features.offer_features import CHINESE
from features.snapshots import Snapshots
from models.base import ProbabilityModel, Rows
from models.baselines import BaseRate, Logistic
from models.boosted import BoostedClassifier, BoostSettings
from models.churn import CHURN_SETTINGS, ChurnModel
from models.leaving_effect import LeavingEffect
from models.uptake import UPTAKE_SETTINGS, CartesianSaving, UptakeModel
from training.backtest import Fit, Predict
from training.learned_leaving import learned_leaving
from training.learned_response import learned_response

MODEL = "model"
IN_BULK = "model_in_bulk"  # the same model on the same rows, with what only a call tells hidden


@dataclass(frozen=True)
class Task:
    """A kind of model: where its rows come from, what is fitted, what it must beat, how many months judge it.

    in_bulk: the features as a run without a caller sees them, where that differs. make: the model before it is fitted,
    with what the lake tells beside the rows. leaving: what is learnt beside the model of departures after a yes.
    """

    kind: str
    title: str
    examples: Callable[[Lake, dt.date, Snapshots], Examples]
    make: Callable[[Lake, dt.date, Examples, BoostSettings], BoostedClassifier]
    settings: BoostSettings
    baselines: Mapping[str, type[ProbabilityModel]]
    needs: tuple[str, ...]
    tests: int
    in_bulk: Callable[[pd.DataFrame], pd.DataFrame] | None = None
    leaving: Callable[[Lake, dt.date, Examples], LeavingEffect] | None = None

    def fit(
        self, lake: Lake, past: Examples, settings: BoostSettings, as_of: dt.date | None = None
    ) -> BoostedClassifier:
        """The model of these rows; rows of one person never stand on both sides of an inner fold.

        What it reads of the lake beside them was known at the start of `as_of`, by default of the day on which the last
        of their outcomes was known. Labels of windows that the lake had seen on few of the rows are left out.
        """
        model = self.make(lake, as_of or as_date(past.known_on.max()), past, settings)
        return model.fit(learnable(lake, past), past.target, Rows(groups=past.groups))

    def learners(self, lake: Lake, settings: BoostSettings) -> dict[str, Fit]:
        """The model (also as bulk asks it) and its baselines, as the back-test fits them."""
        fitted, hide = _Latest(lambda past: self.fit(lake, past, settings)), self.in_bulk
        found: dict[str, Fit] = {MODEL: lambda past: _predict(fitted(past))}
        if hide is not None:
            found[IN_BULK] = lambda past: lambda test: fitted(past).predict(hide(test.features))
        return found | self.baseline_learners()

    def baseline_learners(self) -> dict[str, Fit]:
        """The baselines alone."""
        return {name: _fitter(baseline) for name, baseline in self.baselines.items()}


class _Latest:
    """The model of the rows that were asked for last, so that two learners of one fold share a fit."""

    def __init__(self, fit: Callable[[Examples], BoostedClassifier]) -> None:
        self._fit = fit
        self._past: Examples | None = None
        self._model: BoostedClassifier | None = None

    def __call__(self, past: Examples) -> BoostedClassifier:
        if self._model is None or self._past is not past:
            self._past, self._model = past, self._fit(past)
        return self._model


def _uptake_model(lake: Lake, as_of: dt.date, past: Examples, settings: BoostSettings) -> UptakeModel:
    return UptakeModel(settings, learned_response(lake, as_of, past))


def _churn_model(lake: Lake, as_of: dt.date, past: Examples, settings: BoostSettings) -> ChurnModel:  # noqa: ARG001 # as `Task.make` is called
    return ChurnModel(settings)


def _fitter(baseline: type[ProbabilityModel]) -> Fit:
    return lambda past: _predict(baseline().fit(past.features, past.target, Rows(groups=past.groups)))


def _predict(model: ProbabilityModel) -> Predict:
    return lambda test: model.predict(test.features)


UPTAKE = Task(
    kind="uptake",
    title="Uptake: P(accepted | pitched)",
    examples=uptake_rows.uptake_examples,
    make=_uptake_model,
    settings=UPTAKE_SETTINGS,
    baselines={"cartesian_saving": CartesianSaving, "logistic": Logistic, "dummy": BaseRate},
    needs=uptake_rows.NEEDS,
    tests=6,
    in_bulk=request_features.without_request,
    leaving=learned_leaving,
)
CHURN = Task(
    kind="churn",
    title="Churn: P(left within 90 days)",
    examples=churn_rows.churn_examples,
    make=_churn_model,
    settings=CHURN_SETTINGS,
    baselines={"logistic": Logistic, "dummy": BaseRate},
    needs=churn_rows.NEEDS,
    tests=3,
)
TASKS = {task.kind: task for task in (UPTAKE, CHURN)}
KINDS = ("uptake", "churn", "volume")


def fit_uptake(lake: Lake, as_of: dt.date, past: Examples) -> UptakeModel:
    """The uptake model of these rows by the defaults, with the response of bills known at the start of `as_of`."""
    model = _uptake_model(lake, as_of, past, UPTAKE.settings)
    return model.fit(learnable(lake, past), past.target, Rows(groups=past.groups))


def check_kind(kind: str) -> str:
    """The kind, if there is such a model."""
    if kind not in KINDS:
        raise BadInput(f"no model is called {kind!r}; wanted one of {', '.join(KINDS)}")
    return kind


def needs_of(kind: str) -> tuple[str, ...]:
    """The tables without which the kind cannot be trained; call volume takes call_volumes or contacts."""
    return TASKS[kind].needs if kind in TASKS else ()


def feature_names() -> dict[str, tuple[str, str]]:
    """Feature to (中文名, group), for reports."""
    labels = label_catalogue()
    named = {
        name: (chinese, group) for name, chinese, group in labels[["name", "中文名", "group"]].itertuples(index=False)
    }
    offers = {name: (chinese, "offer") for name, chinese in CHINESE.items()}
    return named | offers | {name: (chinese, "call") for name, chinese in request_features.CHINESE.items()}
