"""The data audit (数据审核): per column the nulls, blanks, outliers, extremes, the share complete and the action taken.

Outliers and extremes are counted by standard deviations from the mean, 3 and 5, as SPSS Modeler's Data Audit node does
by default (domain A4). Nothing is coerced: trees bear outliers; the door nulls what breaks the contract.
"""

from __future__ import annotations

from collections import Counter

import ibis
import pandas as pd

from data.errors import Breach
from data.lake import Lake

OUTLIER_SD = 3.0
EXTREME_SD = 5.0


def audit(lake: Lake) -> pd.DataFrame:
    """One row a column: table, column, rows, valid, null, blank, outlier, extreme, complete (share), action."""
    nulled = _nulled(lake.breaches)
    rows = [row for name in lake.names for row in audit_table(name, lake[name])]
    frame = pd.DataFrame(rows)
    actions = [nulled[(str(row["table"]), str(row["column"]))] for row in rows]
    frame["action"] = [f"{n:,} nulled at the door" if n else "kept" for n in actions]
    return frame


def _nulled(breaches: list[Breach]) -> Counter[tuple[str, str]]:
    counted: Counter[tuple[str, str]] = Counter()
    for breach in breaches:
        if breach.rule not in ("null", "no rows"):
            counted[(breach.table, breach.column)] += breach.rows
    return counted


def audit_table(name: str, t: ibis.Table) -> list[dict[str, object]]:
    """The audit of one table, in two passes: moments, then counts."""
    numeric = [c for c in t.columns if t[c].type().is_numeric()]
    moments = {f"{c}__{s}": getattr(t[c].cast("float64"), s)() for c in numeric for s in ("mean", "std")}
    moments_row = t.aggregate(__rows=t.count(), **moments).to_pandas().iloc[0]
    counts = t.aggregate(
        **{f"{c}__null": t[c].isnull().cast("int64").sum() for c in t.columns},
        **{f"{c}__blank": _blank(t, c) for c in t.columns if t[c].type().is_string()},
        **{f"{c}__{sd}": _beyond(t, c, moments_row, sd) for c in numeric for sd in (OUTLIER_SD, EXTREME_SD)},
    ).to_pandas()
    found = counts.astype("float64").fillna(0.0).iloc[0].to_dict()
    return [_row(name, c, int(moments_row["__rows"]), found) for c in t.columns]


def _blank(t: ibis.Table, column: str) -> ibis.expr.types.IntegerScalar:
    return (t[column].strip() == "").cast("int64").sum()


def _beyond(t: ibis.Table, column: str, moments: pd.Series, sd: float) -> ibis.expr.types.IntegerScalar:
    mean, std = moments[f"{column}__mean"], moments[f"{column}__std"]
    if pd.isna(mean) or pd.isna(std):
        return ibis.literal(0)
    return ((t[column].cast("float64") - float(mean)).abs() > sd * float(std)).cast("int64").sum()


def _row(table: str, column: str, rows: int, found: dict[str, float]) -> dict[str, object]:
    null, blank = int(found.get(f"{column}__null", 0)), int(found.get(f"{column}__blank", 0))
    extreme = int(found.get(f"{column}__{EXTREME_SD}", 0))
    valid = rows - null - blank
    return {
        "table": table,
        "column": column,
        "rows": rows,
        "valid": valid,
        "null": null,
        "blank": blank,
        "outlier": int(found.get(f"{column}__{OUTLIER_SD}", 0)) - extreme,
        "extreme": extreme,
        "complete": valid / rows if rows else 0.0,
    }
