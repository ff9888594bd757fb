"""What is learnt of customers: uptake and churn, each with its rows, its model, and the baselines beside it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from data.errors import BadInput
from data.lake import Lake
from features import churn_rows, uptake_rows
from features.examples import Examples
from features.label_table import label_catalogue
from features.offer_features import CHINESE
from features.snapshots import Snapshots
from models.base import ProbabilityModel, Rows
from models.baselines import BaseRate, Logistic
from models.boosted import BoostedClassifier, BoostSettings
from models.churn import CHURN_SETTINGS, ChurnModel
from models.uptake import UPTAKE_SETTINGS, CartesianSaving, UptakeModel
from training.backtest import Fit, Predict

MODEL = "model"


@dataclass(frozen=True)
class Task:
    """A kind of model: where its rows come from, what is fitted, what it must beat, how many months judge it."""

    kind: str
    title: str
    examples: Callable[[Lake, dt.date, Snapshots], Examples]
    model: type[BoostedClassifier]
    settings: BoostSettings
    baselines: Mapping[str, type[ProbabilityModel]]
    needs: tuple[str, ...]
    tests: int

    def fit(self, past: Examples, settings: BoostSettings) -> BoostedClassifier:
        """The model of these rows; rows of one person never stand on both sides of an inner fold."""
        return self.model(settings).fit(past.features, past.target, Rows(groups=past.groups))

    def learners(self, settings: BoostSettings) -> dict[str, Fit]:
        """The model and its baselines, as the back-test fits them."""
        return {MODEL: lambda past: _predict(self.fit(past, settings)), **self.baseline_learners()}

    def baseline_learners(self) -> dict[str, Fit]:
        """The baselines alone."""
        return {name: _fitter(baseline) for name, baseline in self.baselines.items()}


def _fitter(baseline: type[ProbabilityModel]) -> Fit:
    return lambda past: _predict(baseline().fit(past.features, past.target, Rows(groups=past.groups)))


def _predict(model: ProbabilityModel) -> Predict:
    return lambda test: model.predict(test.features)


UPTAKE = Task(
    kind="uptake",
    title="Uptake: P(accepted | pitched)",
    examples=uptake_rows.uptake_examples,
    model=UptakeModel,
    settings=UPTAKE_SETTINGS,
    baselines={"cartesian_saving": CartesianSaving, "logistic": Logistic, "dummy": BaseRate},
    needs=uptake_rows.NEEDS,
    tests=6,
)
CHURN = Task(
    kind="churn",
    title="Churn: P(left within 90 days)",
    examples=churn_rows.churn_examples,
    model=ChurnModel,
    settings=CHURN_SETTINGS,
    baselines={"logistic": Logistic, "dummy": BaseRate},
    needs=churn_rows.NEEDS,
    tests=3,
)
TASKS = {task.kind: task for task in (UPTAKE, CHURN)}
KINDS = ("uptake", "churn", "volume")


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
    return named | {name: (chinese, "offer") for name, chinese in CHINESE.items()}
