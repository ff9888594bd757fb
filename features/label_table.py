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
from features.labels import GROUPS

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
    lines = known["customers"].select("customer_id")
    if not known.has("departures"):
        return lines
    gone = known["departures"].select("customer_id").distinct()
    return lines.anti_join(gone, "customer_id")


def _joined(lines: ibis.Table, groups: Sequence[LabelGroup], known: Known) -> ibis.Table:
    """The lines with the labels of all groups: one chain of left joins, which compiles far faster than nested ones."""
    chain = lines
    for group in groups:
        chain = chain.left_join(_per_line(group, known), [("customer_id", _key(group))])
    labels = {label.name: _filled(label) for group in groups for label in group.labels}
    return chain.select("customer_id", **labels)


def _per_line(group: LabelGroup, known: Known) -> ibis.Table:
    rows = group.rows_of(known)
    key = {_key(group): rows.customer_id}
    if group.one_row_each:
        return rows.select(**key, **group.values())
    return rows.group_by(**key).aggregate(**group.values())


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
