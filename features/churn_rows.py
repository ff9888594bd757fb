"""Training rows of churn: every active line on the first of each month, and whether it left in the outcome window."""

from __future__ import annotations

import datetime as dt

import ibis
import numpy as np
import pandas as pd
from ibis import _

from data.errors import BadInput
from data.lake import Lake
from features.examples import Examples, code_groups, days
from features.outcomes import left, left_known_after_days
from features.snapshots import Snapshots, as_features, feature_labels, training_as_ofs

NEEDS = ("customers", "departures", "usage")
CHURN_LABELS = tuple(feature_labels("churn"))
MOST_ROWS = 150_000  # beyond, whole persons are left out; ranking gains little from more, training time grows


def churn_examples(lake: Lake, as_of: dt.date, snapshots: Snapshots, most_rows: int = MOST_ROWS) -> Examples:
    """One row a line and month whose outcome was known at the start of `as_of`; key customer_id.

    Beyond `most_rows` rows a random share of the persons is kept, with all their rows. BadInput where no month's
    outcome is known.
    """
    wait = dt.timedelta(days=left_known_after_days(lake))
    months = [day for day in training_as_ofs(lake, as_of) if day + wait <= as_of]
    if not months:
        raise BadInput(
            f"who left is known {wait.days} days after a month began, and no month with labels lies so long before "
            f"{as_of}; wanted at least {wait.days // 30 + 2} months of usage"
        )
    outcomes = (
        ibis.union(*(left(lake, day, as_of) for day in months)) if len(months) > 1 else left(lake, months[0], as_of)
    )
    people = lake["customers"].group_by("customer_id").aggregate(person=_.person_id.max())
    known = outcomes.filter(~_.left.isnull()).left_join(people, "customer_id").drop("customer_id_right")
    known = known.mutate(person=ibis.coalesce(_.person, _.customer_id)).drop("left_arrears").to_pandas()
    return _examples(_with_labels(_some_persons(known, most_rows), snapshots, months))


def _some_persons(rows: pd.DataFrame, most_rows: int) -> pd.DataFrame:
    if len(rows) <= most_rows:
        return rows
    persons = np.sort(rows["person"].unique())
    kept = np.random.default_rng(0).permutation(persons)[: int(len(persons) * most_rows / len(rows))]
    return rows[rows["person"].isin(kept)]


def _with_labels(rows: pd.DataFrame, snapshots: Snapshots, months: list[dt.date]) -> pd.DataFrame:
    keys = rows.assign(as_of=pd.to_datetime(rows["as_of"]).dt.date)
    joined = ibis.memtable(keys).join(snapshots.table(months), ["customer_id", "as_of"])
    return (
        joined.select(*keys.columns, *CHURN_LABELS).to_pandas().sort_values(["as_of", "customer_id"], ignore_index=True)
    )


def _examples(rows: pd.DataFrame) -> Examples:
    return Examples(
        keys=rows[["customer_id"]],
        features=as_features(rows, CHURN_LABELS),
        target=rows["left"].to_numpy(float),
        as_of=days(rows["as_of"]),
        known_on=days(rows["mature_on"]),
        groups=code_groups(rows["person"]),
    )
