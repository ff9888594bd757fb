"""A small operator with champions in a registry of its own: models fitted on made-up answers, through the real code."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from data.known import as_known
from data.lake import Lake, open_lake
from data.settings import Settings, load_settings
from data.simulate import simulate
from features.call_counts import call_counts
from features.churn_rows import CHURN_LABELS
from features.label_table import label_schema_hash
from features.offer_features import with_offer_features
from features.offer_pairs import offer_pairs
from features.snapshots import Snapshots, as_features
from features.uptake_rows import uptake_features
from models.artefact import MODEL, PREDICTIONS, Card
from models.base import Model
from models.boosted import BoostSettings
from models.churn import ChurnModel
from models.uptake import UPTAKE_SETTINGS, UptakeModel
from models.volume import VolumeModel
from training.registry import Registry

AS_OF = dt.date(2026, 1, 1)
QUICK = BoostSettings(max_rounds=30, folds=2, num_threads=1)
QUICK_UPTAKE = replace(UPTAKE_SETTINGS, max_rounds=30, folds=2, num_threads=1, ensemble=1)


def build(folder: Path, customers: int = 400) -> Settings:
    """Simulate, fit, register and promote; the settings that everything of this operator is opened with."""
    simulate(customers=customers, months=6, seed=11, out=folder)
    settings = settings_of(folder)
    lake = open_small(settings)
    labels = pd.read_parquet(Snapshots(lake).path(AS_OF))
    champion(settings, "uptake", _uptake(lake, labels))
    champion(settings, "churn", _churn(labels))
    champion(settings, "volume", VolumeModel().fit(call_counts(as_known(lake, AS_OF)), horizon=7))
    return settings


def settings_of(folder: Path) -> Settings:
    """The settings of an operator that was built before."""
    return load_settings(lake=folder / "lake", var=folder / "var", as_of=AS_OF, today=AS_OF)


def open_small(settings: Settings) -> Lake:
    """The operator's lake."""
    return open_lake(settings.lake, settings)


def champion(settings: Settings, kind: str, model: Model | VolumeModel) -> None:
    """Save the model as an artefact, register it and make it the champion."""
    registry = Registry(settings)
    folder = settings.var / "artefacts" / f"{kind}-{len(registry.versions(kind)) + 1}"
    model.save(folder / MODEL)
    card = Card(kind, AS_OF.isoformat(), "a test", "2026-01-01T00:00:00", "none", label_schema_hash(), "none")
    card.write(folder)
    pd.DataFrame({"p_model": np.linspace(0.0, 0.2, 11)}).to_parquet(folder / PREDICTIONS)
    version = registry.register(kind, str(folder.resolve()), "", {})
    registry.promote(version, {})


def pair_rows(lake: Lake, labels: pd.DataFrame) -> pd.DataFrame:
    """Every line x offer with labels and offer features, as training would have them."""
    pairs = with_offer_features(offer_pairs(as_known(lake, AS_OF))).to_pandas()
    return pairs.merge(labels, on="customer_id", suffixes=("", "_label"))


def _uptake(lake: Lake, labels: pd.DataFrame) -> UptakeModel:
    rng = np.random.default_rng(1)
    rows = pair_rows(lake, labels).sort_values(["customer_id", "offer_id"]).sample(3000, random_state=1)
    chance = 1 / (1 + np.exp(2.0 - rows["saving_cny"].fillna(0.0).clip(-100, 100) / 30))
    target = (rng.random(len(rows)) < chance).astype(float)
    return UptakeModel(QUICK_UPTAKE).fit(uptake_features(rows), target)


def _churn(labels: pd.DataFrame) -> ChurnModel:
    rng = np.random.default_rng(2)
    rows = labels.sort_values("customer_id")
    chance = np.where(rows["tenure_months"].fillna(0.0) < 12, 0.3, 0.05)
    return ChurnModel(QUICK).fit(as_features(rows, CHURN_LABELS), (rng.random(len(rows)) < chance).astype(float))
