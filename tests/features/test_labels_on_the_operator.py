"""No label is the same for every line of the embedded operator."""

import datetime as dt

import pandas as pd

from data.derived import write_model_labels
from data.lake import open_lake
from data.settings import load_settings
from data.simulate import simulate
from features.label_table import LABELS
from tests.features.lakes import labels_of

AS_OFS = (dt.date(2025, 8, 1), dt.date(2025, 10, 1), dt.date(2026, 1, 1))  # rare events need more than one look


def text_labels(customers):
    """What a text model would have said: two texts of each of a few customers."""
    rows = [
        {"label": "topic", "label_text": "network", "label_value": 0.9},
        {"label": "sentiment", "label_text": None, "label_value": -0.5},
        {"label": "topic", "label_text": "bill", "label_value": 0.8},
        {"label": "sentiment", "label_text": None, "label_value": 0.4},
    ]
    days = [pd.Timestamp(2025, month, 1) for month in (6, 6, 7, 7)]
    frame = pd.DataFrame(rows).assign(known_at=days, model_version="test")
    few = pd.concat([frame.head(2 * (n % 2 + 1)).assign(customer_id=who) for n, who in enumerate(customers)])
    return few.reset_index(drop=True)


def test_no_label_is_constant(tmp_path):
    simulate(customers=5_000, months=15, seed=5, out=tmp_path)
    folder, settings = tmp_path / "lake", load_settings(var=tmp_path / "var")
    customers = open_lake(folder, settings, uses=["customers"])["customers"].customer_id.to_pandas().head(50)
    write_model_labels(text_labels(customers), folder, settings)
    lake = open_lake(folder, settings)
    labels = pd.concat([labels_of(lake, day) for day in AS_OFS])
    different = labels[[label.name for label in LABELS]].nunique(dropna=False)
    assert different[different < 2].empty, list(different[different < 2].index)
