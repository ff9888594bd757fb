"""Versions, aliases, and the gate in front of the champion."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from data.errors import BadInput
from data.settings import Settings
from models.artefact import Card
from training.registry import Registry, Version
from training.review import APPROVED, REJECTED, decide, promote, reviews, status_of, submit
from training.tracking import tracked_run


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """One SQLite store for the module: making it takes seconds."""
    return Settings(var=tmp_path_factory.mktemp("registry"))


@pytest.fixture
def settings(server: Settings, request: pytest.FixtureRequest) -> Settings:
    """A registry of its own for each test, by prefix."""
    prefix = request.node.name.replace("[", "_").replace("]", "")
    return server.model_copy(update={"tracking": server.tracking.model_copy(update={"registry_prefix": prefix})})


@pytest.fixture
def registry(settings: Settings) -> Iterator[Registry]:
    yield Registry(settings)


def registered(registry: Registry, folder: Path, trainer: str = "ann", kind: str = "uptake") -> Version:
    """An artefact, logged and registered."""
    Card(kind, "2026-01-01", trainer, "now", "d", "l", "f").write(folder)
    with tracked_run(registry.settings, kind, "a run") as run:
        run.log_params({"long": "x" * 900})
        run.log_metrics({"auc": 0.7, "undefined": float("nan")})
        source = run.log_folder(folder, "artefact")
    return registry.register(kind, source, run.run_id, {"trainer": trainer, "as_of": "2026-01-01"})


def test_a_new_version_is_the_challenger_and_its_artefact_can_be_read(registry: Registry, tmp_path: Path) -> None:
    first, second = registered(registry, tmp_path), registered(registry, tmp_path)
    assert (first.number, second.number) == (1, 2)
    assert registry.version("uptake").number == 2
    assert [v.aliases for v in registry.versions("uptake")] == [("challenger",), ()]
    assert Card.read(registry.folder(second)).trained_by == "ann"


def test_an_unknown_version_names_those_there_are(registry: Registry, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"no version challenger; registered: none \(run: nextcall train uptake\)"):
        registry.version("uptake")
    registered(registry, tmp_path)
    with pytest.raises(BadInput, match=r"no version 9; registered: 1"):
        registry.version("uptake", 9)


def test_the_first_champion_is_set_by_bootstrap_and_recorded_as_such(registry: Registry, tmp_path: Path) -> None:
    champion = promote(registry, registered(registry, tmp_path), by="ann", bootstrap=True)
    assert registry.champion("uptake") == champion
    assert (champion.tags["promotion.how"], champion.tags["promotion.by"]) == ("bootstrap", "ann")


def test_bootstrap_is_refused_where_there_is_a_champion(registry: Registry, tmp_path: Path) -> None:
    promote(registry, registered(registry, tmp_path), by="ann", bootstrap=True)
    with pytest.raises(BadInput, match=r"without a champion; uptake version 1 is champion"):
        promote(registry, registered(registry, tmp_path), by="ann", bootstrap=True)


def test_an_unreviewed_version_is_not_promoted(registry: Registry, tmp_path: Path) -> None:
    version = registered(registry, tmp_path)
    with pytest.raises(BadInput, match=r"is draft, wanted approved.*nextcall review submit"):
        promote(registry, version, by="bob")
    assert registry.champion("uptake") is None


def test_an_approved_version_is_promoted_and_the_former_one_stays_registered(
    registry: Registry, tmp_path: Path
) -> None:
    promote(registry, registered(registry, tmp_path), by="ann", bootstrap=True)
    version = registered(registry, tmp_path)
    submit(registry, version, by="ann")
    decide(registry, registry.version("uptake"), APPROVED, by="bob", comment="calibration looks right")
    champion = promote(registry, registry.version("uptake"), by="bob")
    assert champion.number == 2
    assert champion.tags["promotion.how"] == "review"
    table = reviews(registry, "uptake").set_index("version")
    assert table.loc[2, "alias"] == "challenger, champion" or table.loc[2, "alias"] == "champion, challenger"
    assert (table.loc[2, "review"], table.loc[2, "comment"]) == ("approved", "calibration looks right")
    assert table.loc[1, "alias"] == ""


def test_the_trainer_cannot_approve_the_own_version(registry: Registry, tmp_path: Path) -> None:
    version = registered(registry, tmp_path, trainer="ann")
    submit(registry, version, by="ann")
    with pytest.raises(BadInput, match=r"trained by ann; the reviewer must be somebody else"):
        decide(registry, registry.version("uptake"), APPROVED, by="ann")


def test_an_approval_written_past_the_verbs_does_not_help_the_trainer(registry: Registry, tmp_path: Path) -> None:
    version = registered(registry, tmp_path, trainer="ann")
    submit(registry, version, by="ann")
    registry.tag(version, {"review.status": APPROVED, "review.by": "ann"})
    with pytest.raises(BadInput, match="the reviewer must be somebody else"):
        promote(registry, registry.version("uptake"), by="bob")


def test_an_artefact_changed_after_approval_is_not_promoted(registry: Registry, tmp_path: Path) -> None:
    version = registered(registry, tmp_path)
    submit(registry, version, by="ann")
    decide(registry, registry.version("uptake"), APPROVED, by="bob")
    (registry.folder(version) / "card.json").write_text("{}")
    with pytest.raises(BadInput, match=r"was changed after it was submitted; submit it again"):
        promote(registry, registry.version("uptake"), by="bob")


def test_a_rejected_version_is_not_promoted(registry: Registry, tmp_path: Path) -> None:
    version = registered(registry, tmp_path)
    submit(registry, version, by="ann")
    decide(registry, registry.version("uptake"), REJECTED, by="bob", comment="leaks")
    assert status_of(registry.version("uptake")) == REJECTED
    with pytest.raises(BadInput, match="is rejected, wanted approved"):
        promote(registry, registry.version("uptake"), by="bob")


def test_a_decision_wants_a_submission(registry: Registry, tmp_path: Path) -> None:
    version = registered(registry, tmp_path)
    with pytest.raises(BadInput, match=r"is draft, wanted submitted"):
        decide(registry, version, APPROVED, by="bob")


def test_kinds_have_aliases_of_their_own(registry: Registry, tmp_path: Path) -> None:
    promote(registry, registered(registry, tmp_path, kind="churn"), by="ann", bootstrap=True)
    assert registry.champion("uptake") is None
    assert registry.versions("volume") == []


def test_a_run_that_raises_is_marked_failed(settings: Settings) -> None:
    with pytest.raises(RuntimeError), tracked_run(settings, "churn", "bad") as run:
        raise RuntimeError
    assert run.client.get_run(run.run_id).info.status == "FAILED"
