"""The main job on a lake, up to registered versions: texts, label snapshots, three models, comparison, first champions.

Checking comes before it, publishing for serving after it; `nextcall run` puts the three together.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd

from data.console import say, warn
from data.errors import BadInput
from data.lake import Lake, open_lake
from data.person import current_user
from data.settings import Settings
from training.artefacts import Registered
from training.compare import compare
from training.contact_text import label_texts
from training.fit import train
from training.registry import Registry
from training.review import promote
from training.tasks import IN_BULK, KINDS

HEADLINE = {"uptake": "auc", "churn": "auc", "volume": "wape"}


@dataclass(frozen=True)
class Done:
    """What the main job made, by kind; a kind that could not be trained is in `failed` with the reason."""

    registered: dict[str, Registered]
    failed: dict[str, str]
    champions: dict[str, int]
    comparisons: dict[str, pd.DataFrame]


def main_job(lake: Lake, as_of: dt.date, settings: Settings) -> Done:
    """Train every kind that the lake has tables for; kinds without a champion get their first one."""
    lake = with_text_labels(lake, settings)
    registered: dict[str, Registered] = {}
    failed: dict[str, str] = {}
    for kind in KINDS:
        try:
            registered[kind] = train(kind, lake, as_of)
        except BadInput as error:
            failed[kind] = str(error)
            warn(f"{kind} was not trained: {error}")
    if not registered:
        raise BadInput(
            "no model could be trained from this lake:\n" + "\n".join(f"  {k}: {e}" for k, e in failed.items())
        )
    champions = bootstrap_champions(settings)
    return Done(registered, failed, champions, {kind: compare(kind, settings) for kind in registered})


def with_text_labels(lake: Lake, settings: Settings) -> Lake:
    """The lake with labels read from its contact texts, where it has texts to learn from."""
    if not lake.has("contacts"):
        return lake
    report = label_texts(lake, settings)
    if report.labels_path is None:
        return lake
    say(f"texts: {report.texts:,} read, {report.labels:,} labels written")
    return open_lake(lake.folder, settings)


def bootstrap_champions(settings: Settings) -> dict[str, int]:
    """Make the challenger the first champion of every kind that has none; the champions' versions by kind."""
    registry = Registry(settings)
    for kind in KINDS:
        if registry.versions(kind) and registry.champion(kind) is None:
            promote(registry, registry.version(kind), by=current_user(), bootstrap=True)
    found = {kind: registry.champion(kind) for kind in KINDS}
    return {kind: champion.number for kind, champion in found.items() if champion}


def results(done: Done) -> pd.DataFrame:
    """One row a trained kind: its headline metric with spread beside the baselines, and the champion."""
    return pd.DataFrame([_result(kind, made, done.champions.get(kind)) for kind, made in done.registered.items()])


def _result(kind: str, made: Registered, champion: int | None) -> dict[str, object]:
    metric = HEADLINE[kind]
    values = made.table.set_index(made.table.columns[0])[metric]
    beside = values.iloc[1:].drop(IN_BULK, errors="ignore")
    return {
        "model": str(made.version),
        "metric": metric,
        "value": values.iloc[0],
        "sd": made.table[f"{metric}_sd"].iloc[0],
        "baselines": ", ".join(f"{name} {value:.3f}" for name, value in beside.items()),
        "champion": champion,
    }
