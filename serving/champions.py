"""The registry's champions: the only file of `serving` that speaks to MLflow.

An artefact is a folder (`models.artefact`): a card and a saved model, read without training's code.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # read when mlflow is imported, hence before it

from mlflow.artifacts import download_artifacts
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

from data.errors import BadInput, WorkFailed
from data.settings import Settings
from models.artefact import CHAMPION, MODEL, Card, registered_name

SQLITE = "sqlite:///"
KINDS = ("uptake", "churn", "volume")
CLASSES = {
    "uptake": ("models.uptake", "UptakeModel"),
    "churn": ("models.churn", "ChurnModel"),
    "volume": ("models.volume", "VolumeModel"),
}
ABSENT = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")  # no such model; a model without that alias


@dataclass(frozen=True)
class Champion:
    """A version that serving answers with."""

    kind: str
    version: str
    card: Card
    model: Any
    folder: Path


def what_to_run(missing: Sequence[str]) -> str:
    """The message where champions are missing.

    >>> what_to_run(["churn"])
    'no champion of churn yet; run: nextcall run --lake DIR (or: nextcall train churn, ...promote churn --bootstrap)'
    """
    steps = ", ".join(f"nextcall train {kind}, nextcall promote {kind} --bootstrap" for kind in missing)
    return f"no champion of {', '.join(missing)} yet; run: nextcall run --lake DIR (or: {steps})"


def load_champions(settings: Settings, kinds: Sequence[str] = KINDS) -> dict[str, Champion]:
    """The champions that there are, by kind."""
    if _nothing_yet(settings):
        return {}
    client = _client(settings)
    found = {kind: _champion(client, settings, kind) for kind in kinds}
    return {kind: champion for kind, champion in found.items() if champion}


def need_champion(settings: Settings, kind: str) -> Champion:
    """The champion of a kind; BadInput says what to run where there is none."""
    found = load_champions(settings, [kind]).get(kind)
    if found is None:
        raise BadInput(what_to_run([kind]))
    return found


def champion_versions(settings: Settings) -> dict[str, str]:
    """The champions' versions, without loading them."""
    if _nothing_yet(settings):
        return {}
    client = _client(settings)
    found = {kind: _version(client, settings, kind) for kind in KINDS}
    return {kind: version[0] for kind, version in found.items() if version}


def _nothing_yet(settings: Settings) -> bool:
    """Whether the registry is a SQLite file that nobody has made; asking MLflow would make it."""
    uri = settings.tracking_uri
    return uri.startswith(SQLITE) and not Path(uri.removeprefix(SQLITE)).is_file()


def _client(settings: Settings) -> MlflowClient:
    for name in ("alembic", "mlflow.store.db.utils"):
        logging.getLogger(name).setLevel(logging.WARNING)
    try:
        return MlflowClient(tracking_uri=settings.tracking_uri, registry_uri=settings.tracking_uri)
    except MlflowException as error:
        raise WorkFailed(f"the tracking server {settings.tracking_uri} does not answer: {error.message}") from error


def _version(client: MlflowClient, settings: Settings, kind: str) -> tuple[str, str] | None:
    name = registered_name(settings.tracking.registry_prefix, kind)
    try:
        entry = client.get_model_version_by_alias(name, CHAMPION)
    except MlflowException as error:
        if error.error_code in ABSENT:
            return None
        raise WorkFailed(f"the registry {settings.tracking_uri} does not answer: {error.message}") from error
    return f"{name}/{entry.version}", str(entry.source)


def _champion(client: MlflowClient, settings: Settings, kind: str) -> Champion | None:
    found = _version(client, settings, kind)
    if found is None:
        return None
    version, source = found
    folder = _folder(source, settings)
    module, name = CLASSES[kind]
    model = getattr(import_module(module), name).load(folder / MODEL)
    return Champion(kind, version, Card.read(folder), model, folder)


def _folder(source: str, settings: Settings) -> Path:
    parsed = urlparse(source)
    if parsed.scheme in ("", "file") and Path(unquote(parsed.path)).is_dir():
        return Path(unquote(parsed.path))
    try:
        return Path(download_artifacts(artifact_uri=source, tracking_uri=settings.tracking_uri))
    except (MlflowException, OSError) as error:
        raise WorkFailed(f"the artefact at {source} cannot be read: {error}") from error
