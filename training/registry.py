"""Registered versions and their aliases; `_move_alias` is the only place where an alias moves.

A version is an artefact folder (`models.artefact`), never a pickle. Aliases: `challenger` is the latest registered,
`champion` is what serving loads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlparse

from mlflow.artifacts import download_artifacts
from mlflow.entities.model_registry import ModelVersion as _Entry
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

from data.errors import BadInput
from data.settings import Settings
from models.artefact import CHALLENGER, CHAMPION, registered_name
from training.tracking import open_client


@dataclass(frozen=True)
class Version:
    """A registered version; `aliases` may hold `challenger` and `champion`."""

    kind: str
    number: int
    source: str
    run_id: str
    tags: dict[str, str]
    aliases: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.kind} version {self.number}"


class Registry:
    """The registry of the settings' tracking server."""

    def __init__(self, settings: Settings, client: MlflowClient | None = None) -> None:
        self.settings = settings
        self._client = client or open_client(settings)

    def register(self, kind: str, source: str, run_id: str, tags: Mapping[str, str]) -> Version:
        """Register the artefact at `source` as the next version of `kind`; it becomes the challenger."""
        name = self._name(kind)
        if self._aliases(kind) is None:
            self._client.create_registered_model(name)
        made = self._client.create_model_version(name, source, run_id=run_id, tags=dict(tags))
        self._move_alias(kind, CHALLENGER, int(made.version))
        return self.version(kind, int(made.version))

    def promote(self, version: Version, tags: Mapping[str, str]) -> Version:
        """Make the version the champion; who may do so, and when, is the gate's to say (`training.review`)."""
        self.tag(version, tags)
        self._move_alias(version.kind, CHAMPION, version.number)
        return self.version(version.kind, version.number)

    def _move_alias(self, kind: str, alias: str, number: int) -> None:
        self._client.set_registered_model_alias(self._name(kind), alias, str(number))

    def tag(self, version: Version, tags: Mapping[str, str]) -> None:
        """Set tags of a version."""
        for key, value in tags.items():
            self._client.set_model_version_tag(self._name(version.kind), str(version.number), key, value)

    def versions(self, kind: str) -> list[Version]:
        """All versions of a kind, the newest first; empty where none is registered."""
        aliases = self._aliases(kind)
        if aliases is None:
            return []
        found = self._client.search_model_versions(f"name='{self._name(kind)}'")
        return sorted((_read(kind, entry, aliases) for entry in found), key=lambda v: -v.number)

    def version(self, kind: str, number: int | None = None) -> Version:
        """A version by number, else the challenger; BadInput names the versions there are."""
        versions = self.versions(kind)
        wanted = [v for v in versions if v.number == number or (number is None and CHALLENGER in v.aliases)]
        if not wanted:
            there = ", ".join(str(v.number) for v in versions) or f"none (run: nextcall train {kind})"
            raise BadInput(f"{kind} has no version {number or CHALLENGER}; registered: {there}")
        return wanted[0]

    def champion(self, kind: str) -> Version | None:
        """The champion, or None."""
        return next((v for v in self.versions(kind) if CHAMPION in v.aliases), None)

    def folder(self, version: Version) -> Path:
        """The version's artefact as a local folder; downloaded where the server keeps it elsewhere."""
        parsed = urlparse(version.source)
        if parsed.scheme in ("", "file") and Path(unquote(parsed.path)).is_dir():
            return Path(unquote(parsed.path))
        try:
            return Path(download_artifacts(artifact_uri=version.source, tracking_uri=self.settings.tracking_uri))
        except (MlflowException, OSError) as error:
            raise BadInput(f"the artefact of {version} at {version.source} cannot be read: {error}") from error

    def _aliases(self, kind: str) -> dict[str, str] | None:
        """The aliases of the registered model; None where it is not registered. Search results carry no aliases."""
        try:
            return dict(self._client.get_registered_model(self._name(kind)).aliases)
        except MlflowException as error:
            if error.error_code == "RESOURCE_DOES_NOT_EXIST":
                return None
            raise

    def _name(self, kind: str) -> str:
        return registered_name(self.settings.tracking.registry_prefix, kind)


def _read(kind: str, entry: _Entry, aliases: Mapping[str, str]) -> Version:
    mine = tuple(sorted(alias for alias, number in aliases.items() if int(number) == int(entry.version)))
    return Version(kind, int(entry.version), entry.source or "", entry.run_id or "", dict(entry.tags), mine)
