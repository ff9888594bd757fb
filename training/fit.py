"""`nextcall train uptake|churn`: rows, back-test beside the baselines, fit on all that is known, log, register."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from functools import partial

import pandas as pd

from data.console import say
from data.errors import BadInput
from data.lake import Lake
from features.examples import Examples
from features.fingerprint import data_fingerprint
from features.held_windows import partly_seen
from features.snapshots import Snapshots
from models.artefact import PREDICTIONS, Card
from models.boosted import BoostedClassifier, BoostSettings
from models.leaving_effect import LeavingEffect
from models.metrics import probability_metrics
from training.artefacts import Product, Registered, Workshop, card_of, metrics_of, open_workshop, write_product
from training.backtest import Backtest, backtest, months_or_persons, summary
from training.plots import write_plots
from training.report import ReportInputs, mean_shares, write_report
from training.tasks import MODEL, TASKS, Task, feature_names
from training.tune import log_trials, open_study, past_of, tune
from training.volume_fit import train_volume


def train(kind: str, lake: Lake, as_of: dt.date, trials: int = 0) -> Registered:
    """Train a kind of model on what was known at the start of `as_of`; the new version is the challenger."""
    if lake.settings.engine != "duckdb":
        raise BadInput(f"training runs on DuckDB; came --engine {lake.settings.engine}, leave it out")
    if kind == "volume":
        return train_volume(lake, as_of)
    return train_table(TASKS[kind], lake, as_of, trials)


def train_table(task: Task, lake: Lake, as_of: dt.date, trials: int = 0) -> Registered:
    """Uptake or churn: the back-test, then the fit on every row with a known outcome."""
    examples = task.examples(lake, as_of, Snapshots(lake))
    say(f"{task.kind}: {len(examples):,} rows with a known outcome, {examples.target.mean():.1%} positive")
    with open_workshop(lake.settings, task.kind, f"{task.kind} as of {as_of}") as shop:
        settings = _settings(task, lake, examples, trials, shop)
        judged = backtest(examples, months_or_persons(task.tests), task.learners(lake, settings), probability_metrics)
        model = task.fit(lake, examples, settings, as_of)
        _say_left_out(partly_seen(lake, examples))
        product = _product(task, judged, model, _card(task, lake, as_of, examples, judged, model))
        write_product(product, shop.folder)
        inputs = report_inputs(task, model, product, examples)
        write_plots(judged.predictions, mean_shares(inputs), shop.folder / "plots")
        write_report(inputs, shop.folder / "report")
        return shop.register(product)


def _say_left_out(labels: list[str]) -> None:
    if labels:
        say(f"{len(labels)} labels left out, since the lake is younger than their windows on most rows: {labels[0]} …")


def _settings(task: Task, lake: Lake, examples: Examples, trials: int, shop: Workshop) -> BoostSettings:
    if not trials:
        return task.settings
    study = open_study(lake.settings, f"{task.kind}-{data_fingerprint(lake)}-{examples.known_on.max()}")
    settings = tune(study, past_of(examples, task.tests), task.settings, trials, partial(task.fit, lake))
    log_trials(study, shop.run)
    return settings


def _card(
    task: Task, lake: Lake, as_of: dt.date, examples: Examples, judged: Backtest, model: BoostedClassifier
) -> Card:
    scores = summary(judged.scores).set_index("learner").loc[MODEL]
    return card_of(
        task.kind,
        lake,
        as_of,
        feature_schema_hash=model.schema.fingerprint,
        leaving_effect=task.leaving(lake, as_of, examples).to_json() if task.leaving else {},
        recipe=asdict(model.settings),
        metrics=metrics_of(scores.to_dict()),
        folds=judged.folds.to_dict("records"),
        facts={
            "rows": len(examples),
            "positives": int(examples.target.sum()),
            "features": len(model.schema.columns),
            "rounds": model.rounds,
            "inner_log_loss": model.inner_log_loss,
        },
    )


def _product(task: Task, judged: Backtest, model: BoostedClassifier, card: Card) -> Product:
    files = {PREDICTIONS: judged.predictions, "folds.csv": judged.folds, "scores.csv": judged.scores}
    if card.leaving_effect:
        files["leaving_effect.csv"] = LeavingEffect.from_json(card.leaving_effect).table()
    return Product(task.kind, model, card, summary(judged.scores, first=MODEL), files)


def report_inputs(task: Task, model: BoostedClassifier, product: Product, examples: Examples) -> ReportInputs:
    """What the SHAP report is made of; the sample is the latest month's rows."""
    judged = product.files[PREDICTIONS]
    latest = examples.features[examples.as_of == examples.as_of.max()]
    card = product.card
    return ReportInputs(
        title=task.title,
        model=model,
        sample=latest,
        metrics=product.table,
        names=feature_names(),
        facts=_facts(card),
        target=judged["y"].to_numpy(),
        probability=judged[f"p_{MODEL}"].to_numpy(),
    )


def _facts(card: Card) -> dict[str, object]:
    told = {name: getattr(card, name) for name in ("as_of", "trained_by", "data_fingerprint", "label_schema_hash")}
    months = pd.DataFrame(card.folds)
    return told | card.facts | {"folds": ", ".join(months["fold"])}
