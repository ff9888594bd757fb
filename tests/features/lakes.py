"""Opening small lakes for the tests of labels, indicators and outcomes."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd

from data.known import as_known
from data.lake import Lake, open_lake
from data.settings import load_settings
from features.label_table import build_labels
from tests.features.random_lake import T
from tests.tiny_lake import write_lake

TODAY = dt.date(2026, 6, 1)


def lake_of(folder: Path, tables: dict[str, pd.DataFrame], engine: str = "duckdb") -> Lake:
    """The tables as an opened lake."""
    return open_lake(write_lake(folder, tables), load_settings(today=TODAY, engine=engine))


def labels_of(lake: Lake, as_of: dt.date = T) -> pd.DataFrame:
    """The label table, indexed by customer in order."""
    return build_labels(as_known(lake, as_of)).to_pandas().set_index("customer_id").sort_index()
