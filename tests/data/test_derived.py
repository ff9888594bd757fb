"""Labels that models made are a table like any other: written below var, cut by the moment they were known."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

from data.derived import write_model_labels
from data.errors import BadInput
from data.known import as_known
from data.lake import open_lake
from data.settings import load_settings
from tests.tiny_lake import small_tables, write_lake

LABELS = pd.DataFrame(
    {
        "customer_id": ["c2", "c1", "c1", "c1"],
        "known_at": pd.to_datetime(["2025-12-05", "2025-11-01", "2025-12-31", "2025-12-31"]),
        "label": "topic",
        "label_text": ["billing", "network", "old", "cancel"],
        "model_version": "text-1",
    }
)


def test_labels_are_read_back_as_known_and_the_last_of_a_key_stays(tmp_path: Path) -> None:
    folder = write_lake(tmp_path / "x" / "lake", small_tables())
    settings = load_settings(var=tmp_path / "var")
    path = write_model_labels(LABELS, folder, settings)
    lake = open_lake(folder, settings)
    assert path.is_relative_to(tmp_path / "var")
    assert lake["model_labels"].label_text.to_pandas().tolist() == ["network", "cancel", "billing"]
    before = as_known(lake, dt.date(2025, 12, 31))["model_labels"]
    assert sorted(before.label_text.to_pandas()) == ["billing", "network"]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (LABELS.drop(columns="known_at"), "without known_at"),
        (LABELS.assign(customer_id=[None, "c1", "c1", "c1"]), "1 model-made labels have a null"),
    ],
)
def test_a_missing_column_or_a_null_key_is_bad_input(tmp_path: Path, wrong: pd.DataFrame, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        write_model_labels(wrong, tmp_path, load_settings(var=tmp_path))
