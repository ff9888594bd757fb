"""The gate in front of the champion: submitted, approved by somebody else than the trainer, unchanged since.

States are tags of the registered version (MLflow has no approvals of its own): review.status in draft, submitted,
changes_requested, approved, rejected; review.by, review.at, review.comment, review.pack_sha256.
"""

from __future__ import annotations

import pandas as pd

from data.errors import BadInput
from models.artefact import folder_sha256
from training.identity import now_text
from training.registry import Registry, Version

DRAFT, SUBMITTED, CHANGES, APPROVED, REJECTED = "draft", "submitted", "changes_requested", "approved", "rejected"
STATUS, HASH, TRAINER = "review.status", "review.pack_sha256", "trainer"


def status_of(version: Version) -> str:
    """The review's state; `draft` until somebody submits the version."""
    return version.tags.get(STATUS, DRAFT)


def reviews(registry: Registry, kind: str) -> pd.DataFrame:
    """One row a version, the newest first: aliases, trainer, review state, reviewer, comment."""
    rows = [
        {
            "version": version.number,
            "alias": ", ".join(version.aliases),
            "as_of": version.tags.get("as_of"),
            "trainer": version.tags.get(TRAINER),
            "review": status_of(version),
            "by": version.tags.get("review.by"),
            "at": version.tags.get("review.at"),
            "comment": version.tags.get("review.comment"),
        }
        for version in registry.versions(kind)
    ]
    return pd.DataFrame(rows)


def submit(registry: Registry, version: Version, by: str) -> None:
    """Ask for a review of the artefact as it is now: its hash is what an approval will stand for."""
    pack = folder_sha256(registry.folder(version))
    registry.tag(version, {STATUS: SUBMITTED, HASH: pack, "review.submitted_by": by, "review.at": now_text()})


def decide(registry: Registry, version: Version, status: str, by: str, comment: str = "") -> None:
    """Approve, reject or ask for changes, of a version that was submitted and was not trained by the same person."""
    if status_of(version) != SUBMITTED:
        raise BadInput(
            f"{version} is {status_of(version)}, wanted submitted; first: "
            f"nextcall review submit {version.kind} --version {version.number}"
        )
    _refuse_trainer(version, by)
    _refuse_changed(registry, version)
    registry.tag(version, {STATUS: status, "review.by": by, "review.at": now_text(), "review.comment": comment})


def promote(registry: Registry, version: Version, by: str, bootstrap: bool = False) -> Version:
    """Make the version champion: through the gate, or as the first champion of an empty registry (`bootstrap`)."""
    if bootstrap:
        _refuse_second_bootstrap(registry, version)
    else:
        check_gate(registry, version)
    how = "bootstrap" if bootstrap else "review"
    return registry.promote(version, {"promotion.how": how, "promotion.by": by, "promotion.at": now_text()})


def check_gate(registry: Registry, version: Version) -> None:
    """Raise BadInput unless the version may become champion."""
    if status_of(version) != APPROVED:
        raise BadInput(
            f"{version} is {status_of(version)}, wanted approved; have it reviewed by somebody else than its trainer "
            f"({version.tags.get(TRAINER)}): nextcall review submit, then nextcall review approve"
        )
    _refuse_trainer(version, version.tags.get("review.by", ""))
    _refuse_changed(registry, version)


def _refuse_trainer(version: Version, reviewer: str) -> None:
    if not reviewer or reviewer == version.tags.get(TRAINER):
        raise BadInput(f"{version} was trained by {reviewer or 'nobody named'}; the reviewer must be somebody else")


def _refuse_changed(registry: Registry, version: Version) -> None:
    came, wanted = folder_sha256(registry.folder(version)), version.tags.get(HASH)
    if came != wanted:
        raise BadInput(
            f"the artefact of {version} has the hash {came[:12]}…, the review is about {str(wanted)[:12]}…: it was "
            "changed after it was submitted; submit it again"
        )


def _refuse_second_bootstrap(registry: Registry, version: Version) -> None:
    champion = registry.champion(version.kind)
    if champion is not None:
        raise BadInput(
            f"--bootstrap is for a registry without a champion; {champion} is champion. Have {version} reviewed "
            "instead: nextcall review submit"
        )


def review_step(
    registry: Registry, step: str, which: tuple[str, int | None], by: str, comment: str = ""
) -> pd.DataFrame:
    """Do one step of a review on (kind, version; None = the challenger) and give the reviews as they are then."""
    kind, number = which
    decisions = {"approve": APPROVED, "reject": REJECTED, "request-changes": CHANGES}
    if step == "submit":
        submit(registry, registry.version(kind, number), by)
    elif step in decisions:
        decide(registry, registry.version(kind, number), decisions[step], by, comment)
    table = reviews(registry, kind)
    return table[table["version"] == registry.version(kind, number).number] if step == "show" else table
