"""Label tables of many as-of dates, each built once and kept below `var/cache`: the models of one run share them."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Sequence
from pathlib import Path

import ibis
import pandas as pd

from data.console import track
from data.engine import to_parquet
from data.errors import BadInput
from data.known import as_known
from data.lake import Lake, as_date
from features.fingerprint import cache_key
from features.label_table import LABELS, build_labels, label_catalogue, label_schema_hash
from features.windows import add_months, monthly_as_ofs

CATEGORIES = tuple(label.name for label in LABELS if label.kind == "category")
NUMBERS = tuple(label.name for label in LABELS if label.kind != "category")


class Snapshots:
    """The label table as of any day, from the cache where it was built before from the same data by the same code."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake
        self.folder = lake.settings.var / "cache" / "labels" / cache_key(lake, label_schema_hash())

    def table(self, as_ofs: Sequence[dt.date]) -> ibis.Table:
        """The labels of these dates, one below the other: customer_id, as_of, labels."""
        paths = [self.path(day) for day in track(as_ofs, "label snapshots")]
        return self.lake.con.read_parquet([str(path) for path in paths])

    def path(self, as_of: dt.date) -> Path:
        """The snapshot's file; built where it is not there yet."""
        path = self.folder / f"{as_of}.parquet"
        if not path.is_file():
            self.folder.mkdir(parents=True, exist_ok=True)
            unfinished = path.with_suffix(f".{os.getpid()}")
            to_parquet(build_labels(as_known(self.lake, as_of)), unfinished)
            unfinished.replace(path)
        return path


def training_as_ofs(lake: Lake, until: dt.date) -> list[dt.date]:
    """The firsts of months from the second month of usage (or bills) to `until`: each has a closed month to look at."""
    return monthly_as_ofs(add_months(first_month(lake), 1), until)


def first_month(lake: Lake) -> dt.date:
    """The first month of usage, or of bills where there is none; BadInput without either."""
    source = next((name for name in ("usage", "bills") if lake.has(name)), None)
    if source is None:
        raise BadInput(f"the lake {lake.folder} has neither usage nor bills; labels of the past need one of them")
    first = lake[source].month.min().to_pandas()
    if first is None or first != first:
        raise BadInput(f"the table {source} of {lake.folder} is empty; training needs its months")
    return as_date(first)


def feature_labels(purpose: str) -> list[str]:
    """The labels that a model for `purpose` (marketing or churn) may use.

    Ordinary and personal ones; sensitive ones only where their stated purpose names the model's and is not fairness,
    for which they are kept to measure, not to decide.
    """
    table = label_catalogue()
    stated = table["purpose"].str.split(";").str[0]
    named = stated.str.contains(purpose) & ~stated.str.contains("fairness") & (purpose != "marketing")
    return table.loc[(table["sensitivity"] != "sensitive") | named, "name"].tolist()


def as_features(frame: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Label columns as a model takes them: categories as such even where all are null, the rest as float64."""
    categories = set(CATEGORIES)
    kinds = {name: "category" if name in categories else "float64" for name in names}
    return frame[list(names)].astype(kinds)
