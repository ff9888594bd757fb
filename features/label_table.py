"""The label table: one row for every line present at the as-of date, with all labels.

Each group reads its sources in one pass; the groups are then joined to the lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ibis
import pandas as pd
from ibis import _

from data.known import Known
from features import catalogue
from features.catalogue import Label, LabelGroup
from features.labels import GROUPS, rows

NEEDS = ("customers",)
USES = tuple({source: None for group in GROUPS for source in (*group.sources, "departures")})
LABELS: tuple[Label, ...] = tuple(label for group in GROUPS for label in group.labels)


def build_labels(known: Known) -> ibis.Table:
    """All labels: customer_id, as_of, then every label in the catalogue's order; one row a line not departed.

    Labels of a missing source table are null. Sort by customer_id where an order is wanted.
    """
    there = [group for group in GROUPS if group.is_there(known)]
    table = _joined(lines_present(known), [group for group in there if group.rows is not None], known)
    made_of_labels = [group.values() for group in there if group.rows is None]
    missing = [group.nulls() for group in GROUPS if group not in there]
    table = table.mutate(**_merged(missing)).mutate(**_merged(made_of_labels))
    as_of = ibis.literal(known.as_of).cast("date")
    return table.select("customer_id", as_of=as_of, **{label.name: table[label.name] for label in LABELS})


def lines_present(known: Known) -> ibis.Table:
    """customer_id of every line that had joined and was not known to have left."""
    return rows.lines_present(known).select("customer_id")


def _joined(lines: ibis.Table, groups: Sequence[LabelGroup], known: Known) -> ibis.Table:
    """The lines with the labels of all groups: one chain of left joins, which compiles far faster than nested ones."""
    chain = lines
    for group in groups:
        chain = chain.left_join(_per_line(group, known), [("customer_id", _key(group))])
    labels = {label.name: _filled(label) for group in groups for label in group.labels}
    return chain.select("customer_id", **labels)


def _per_line(group: LabelGroup, known: Known) -> ibis.Table:
    source = group.rows_of(known)
    key = {_key(group): source.customer_id}
    if group.one_row_each:
        return source.select(**key, **group.values())
    return source.group_by(**key).aggregate(**group.values())


def _key(group: LabelGroup) -> str:
    return f"line_of_{group.name}"


def _filled(label: Label) -> Any:
    return _[label.name].fill_null(_zero(label)) if label.zero else _[label.name]


def _merged(parts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {name: value for part in parts for name, value in part.items()}


def _zero(label: Label) -> Any:
    return False if label.kind == "bool" else 0.0


def label_catalogue() -> pd.DataFrame:
    """Every label of the product as a table (`features.catalogue.catalogue`)."""
    return catalogue.catalogue(GROUPS)


def label_schema_hash() -> str:
    """The hash of the label table's columns: names and kinds in their order."""
    return catalogue.schema_hash(GROUPS)


def label_summary(labels: pd.DataFrame) -> pd.DataFrame:
    """One row a label of a built table: name, 中文名, unit, the share of lines with a value, and its mean or mode."""
    shown = label_catalogue()[["name", "中文名", "unit"]]
    values = [labels[name] for name in shown["name"]]
    return shown.assign(known=[float(value.notna().mean()) for value in values], typical=list(map(_typical, values)))


def _typical(values: pd.Series) -> str:
    known = values.dropna()
    if known.empty:
        return "–"
    return f"{known.mean():.4g}" if pd.api.types.is_float_dtype(known) else str(known.mode().iloc[0])
