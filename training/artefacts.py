"""Everything a trained version leaves: written into one folder, logged as one run, registered as one version."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pandas as pd

from data.lake import Lake
from data.outputs import write_table
from data.person import current_user
from data.settings import Settings
from features.fingerprint import data_fingerprint
from features.label_table import label_schema_hash
from models.artefact import MODEL, Card
from training.identity import now_text, package_versions
from training.registry import Registry, Version
from training.tracking import TrackedRun, tracked_run

ARTEFACT = "artefact"


class Savable(Protocol):
    """A model that writes itself as texts."""

    def save(self, folder: Path) -> None:
        """Write the folder."""


@dataclass(frozen=True)
class Product:
    """A trained model with its evidence. `table`: one row a contender, metrics with their spread, the model first."""

    kind: str
    model: Savable
    card: Card
    table: pd.DataFrame
    files: Mapping[str, pd.DataFrame] = field(default_factory=dict)


@dataclass(frozen=True)
class Registered:
    """What came of training: the version, its artefact's folder, and its back-test's table."""

    version: Version
    folder: Path
    table: pd.DataFrame


def card_of(kind: str, lake: Lake, as_of: object, **more: object) -> Card:
    """A card with who, when and which data filled in."""
    return Card(
        kind=kind,
        as_of=str(as_of),
        trained_by=current_user(),
        trained_at=now_text(),
        data_fingerprint=data_fingerprint(lake),
        label_schema_hash=label_schema_hash(),
        **more,  # type: ignore[arg-type] # the card's other fields, by name
    )


def write_product(product: Product, folder: Path) -> None:
    """Write card, model, tables and package versions into the folder."""
    product.card.write(folder)
    product.model.save(folder / MODEL)
    product.table.to_csv(folder / "metrics.csv", index=False)
    for name, frame in product.files.items():
        write_table(frame, folder / name)
    pins = "".join(f"{name}=={version}\n" for name, version in package_versions().items() if name != "python")
    (folder / "requirements.txt").write_text(pins, encoding="utf-8")


class Workshop:
    """A tracked run with a folder to fill; `register` makes the folder a version."""

    def __init__(self, run: TrackedRun, folder: Path, settings: Settings) -> None:
        self.run, self.folder, self.settings = run, folder, settings

    def register(self, product: Product) -> Registered:
        """Log parameters, metrics and the folder, and register it as the next version."""
        card = product.card
        self.run.log_params({"as_of": card.as_of, "data_fingerprint": card.data_fingerprint} | dict(card.recipe))
        self.run.log_params({f"fold_{i}": " ".join(f"{k}={v}" for k, v in f.items()) for i, f in enumerate(card.folds)})
        self.run.log_metrics(card.metrics)
        source = self.run.log_folder(self.folder, ARTEFACT)
        registry = Registry(self.settings)
        version = registry.register(product.kind, source, self.run.run_id, _tags(card))
        return Registered(version, registry.folder(version), product.table)


def _tags(card: Card) -> dict[str, str]:
    return {
        "trainer": card.trained_by,
        "as_of": card.as_of,
        "data_fingerprint": card.data_fingerprint,
        "label_schema_hash": card.label_schema_hash,
    }


@contextlib.contextmanager
def open_workshop(settings: Settings, kind: str, name: str) -> Iterator[Workshop]:
    """A tracked run with a temporary folder; the run is marked as failed where the block raises."""
    with tracked_run(settings, kind, name) as run, tempfile.TemporaryDirectory(prefix="nextcall-") as folder:
        yield Workshop(run, Path(folder), settings)


def metrics_of(row: Mapping[Any, object]) -> dict[str, float]:
    """The numbers in a row of a table of results."""
    return {str(name): float(value) for name, value in row.items() if isinstance(value, (int, float))}
