"""The table of labels that models made (`model_labels`): written here, read by the lake like any other table.

One row a customer, moment and label; `known_at` is when the label could have been made, so that `data.known` cuts it.
It lies below `var`, never in the operator's lake. An open lake does not see a table written after it was opened.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from data.errors import BadInput
from data.lake import model_labels_path
from data.outputs import write_table
from data.schema import TABLES
from data.settings import Settings

TABLE = TABLES["model_labels"]


def write_model_labels(labels: pd.DataFrame, lake: Path, settings: Settings) -> Path:
    """Write the labels of the lake's customers over those of before; of one key the last row stays.

    Raises BadInput where a column is missing or a key is null.
    """
    missing = [name for name in TABLE.required if name not in labels]
    if missing:
        raise BadInput(f"model-made labels came without {', '.join(missing)}; wanted {', '.join(TABLE.fields)}")
    nulls = int(labels[list(TABLE.key)].isna().any(axis=1).sum())
    if nulls:
        raise BadInput(f"{nulls:,} model-made labels have a null among {', '.join(TABLE.key)}; wanted none")
    path = model_labels_path(lake, settings)
    write_table(_in_order(labels), path)
    return path


def _in_order(labels: pd.DataFrame) -> pd.DataFrame:
    key = list(TABLE.key)
    frame = labels.reindex(columns=list(TABLE.fields)).drop_duplicates(key, keep="last").sort_values(key)
    return frame.astype({"label_value": "float64", "label_text": "string", "known_at": "datetime64[us]"})
