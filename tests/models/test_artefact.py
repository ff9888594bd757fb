"""The artefact folder that training writes and serving reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.errors import BadInput
from models.artefact import Card, folder_sha256


def test_a_card_is_read_as_it_was_written(tmp_path: Path) -> None:
    card = Card("churn", "2026-01-01", "ann", "now", "d", "l", "f", recipe={"seed": 7}, folds=[{"fold": "2025-07-01"}])
    card.write(tmp_path)
    assert Card.read(tmp_path) == card


def test_a_folder_without_a_card_says_what_was_wanted(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"holds no card.json; wanted the artefact of a trained model"):
        Card.read(tmp_path)


def test_the_hash_tells_every_change_of_name_or_content(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "trees_0.txt").write_text("tree")
    first = folder_sha256(tmp_path)
    assert folder_sha256(tmp_path) == first
    (tmp_path / "model" / "trees_0.txt").write_text("treE")
    changed = folder_sha256(tmp_path)
    (tmp_path / "model" / "trees_0.txt").rename(tmp_path / "model" / "trees_1.txt")
    assert len({first, changed, folder_sha256(tmp_path)}) == 3
