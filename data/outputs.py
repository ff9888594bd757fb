"""Files that verbs write: Parquet, CSV (UTF-8 with BOM, for Excel) or JSON, by the file's ending."""

from __future__ import annotations

import json
from pathlib import Path

import ibis
import numpy as np
import pandas as pd

from data.engine import to_parquet
from data.errors import BadInput

ENDINGS = (".parquet", ".csv", ".json")


def check_ending(path: Path) -> Path:
    """The path, if its ending is one that can be written."""
    if path.suffix.lower() not in ENDINGS:
        raise BadInput(f"--out came as {path.name}; wanted a name that ends in {', '.join(ENDINGS)}")
    return path


def write_table(table: ibis.Table | pd.DataFrame, path: Path) -> None:
    """Write a table to `path`; lists become JSON text in CSV."""
    check_ending(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix.lower() == ".parquet" and not isinstance(table, pd.DataFrame):
        to_parquet(table, path)
        return
    frame = table if isinstance(table, pd.DataFrame) else table.to_pandas()
    if path.suffix.lower() == ".parquet":
        frame.to_parquet(path, index=False, coerce_timestamps="us", compression="zstd")
    elif path.suffix.lower() == ".json":
        frame.to_json(path, orient="records", date_format="iso", force_ascii=False, double_precision=15)
    else:
        _with_json_lists(frame).to_csv(path, index=False, encoding="utf-8-sig")


def _with_json_lists(frame: pd.DataFrame) -> pd.DataFrame:
    listed = [name for name in frame.columns if frame[name].map(lambda v: isinstance(v, (list, np.ndarray))).any()]
    return frame.assign(**{name: frame[name].map(as_json) for name in listed})


def as_json(value: object) -> object:
    """A list as JSON text, anything else as it is.

    >>> as_json(["SAVES_MONEY"]), as_json(None)
    ('["SAVES_MONEY"]', None)
    """
    if isinstance(value, np.ndarray):
        value = value.tolist()
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, list) else value
