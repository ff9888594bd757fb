"""MLflow runs: parameters, metrics, files. With `registry`, the only file of `training` that imports mlflow.

The default store is SQLite below `var`, with artefacts beside it; any tracking server by URI.
"""

from __future__ import annotations

import contextlib
import logging
import os
import time
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # read when mlflow is imported, hence before it

import pandas as pd
from mlflow.entities import Metric, Param
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

from data.errors import WorkFailed
from data.settings import Settings

PARAM_LENGTH = 500  # characters; older servers refuse more
QUIET = ("alembic", "mlflow.store.db.utils")


def open_client(settings: Settings) -> MlflowClient:
    """A client of the tracking server and registry of the settings; the SQLite file is made where missing."""
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    if settings.tracking_uri.startswith("sqlite:"):
        settings.var.mkdir(parents=True, exist_ok=True)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".*noload")  # mlflow 3.17's mappers on SQLAlchemy 2.1
            return MlflowClient(tracking_uri=settings.tracking_uri, registry_uri=settings.tracking_uri)
    except MlflowException as error:
        raise WorkFailed(f"the tracking server {settings.tracking_uri} does not answer: {error.message}") from error


class TrackedRun:
    """One run that is being logged."""

    def __init__(self, client: MlflowClient, run_id: str) -> None:
        self.client, self.run_id = client, run_id

    def log_params(self, params: Mapping[str, object]) -> None:
        """Log parameters; long values are cut."""
        self.client.log_batch(self.run_id, params=[Param(k, str(v)[:PARAM_LENGTH]) for k, v in params.items()])

    def log_metrics(self, metrics: Mapping[str, float]) -> None:
        """Log finite metrics."""
        now = int(time.time() * 1000)
        finite = {k: float(v) for k, v in metrics.items() if v == v}
        self.client.log_batch(self.run_id, metrics=[Metric(k, v, now, 0) for k, v in finite.items()])

    def log_folder(self, folder: Path, name: str) -> str:
        """Log a folder's files as artefact `name`; returns its URI."""
        self.client.log_artifacts(self.run_id, str(folder), name)
        return f"{self.client.get_run(self.run_id).info.artifact_uri}/{name}"

    def log_table(self, table: pd.DataFrame, name: str) -> None:
        """Log a table as a CSV file."""
        self.client.log_text(self.run_id, table.to_csv(index=False), name)

    @contextlib.contextmanager
    def child(self, name: str) -> Iterator[TrackedRun]:
        """A nested run, e.g. a trial of a study."""
        experiment = self.client.get_run(self.run_id).info.experiment_id
        with _run(self.client, experiment, name, {"mlflow.parentRunId": self.run_id}) as run:
            yield run


@contextlib.contextmanager
def tracked_run(settings: Settings, kind: str, name: str) -> Iterator[TrackedRun]:
    """A run in the experiment of `kind`; it ends as FAILED where the block raises."""
    client = open_client(settings)
    with _run(client, experiment_id(client, settings, kind), name, {}) as run:
        yield run


@contextlib.contextmanager
def _run(client: MlflowClient, experiment: str, name: str, tags: dict[str, Any]) -> Iterator[TrackedRun]:
    run_id = client.create_run(experiment, run_name=name, tags=tags).info.run_id
    try:
        yield TrackedRun(client, run_id)
    except BaseException:
        client.set_terminated(run_id, status="FAILED")
        raise
    client.set_terminated(run_id)


def experiment_id(client: MlflowClient, settings: Settings, kind: str) -> str:
    """The experiment `<prefix>-<kind>`, made where missing."""
    name = f"{settings.tracking.registry_prefix}-{kind}"
    found = client.get_experiment_by_name(name)
    if found is not None:
        return str(found.experiment_id)
    local = settings.tracking_uri.startswith("sqlite:")
    files = (settings.var / "mlruns" / name).resolve().as_uri() if local else None
    return str(client.create_experiment(name, artifact_location=files))
