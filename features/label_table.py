"""The label table: one row for every line present at the as-of date, with all labels.

Each group reads its sources in one pass; the groups are then joined to the lines.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

import ibis
import pandas as pd

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
    lines = lines_present(known).mutate(as_of=ibis.literal(known.as_of).cast("date"))
    table = reduce(lambda labels, group: _with_group(labels, group, known), GROUPS, lines)
    return table.select("customer_id", "as_of", *(label.name for label in LABELS))


def lines_present(known: Known) -> ibis.Table:
    """customer_id of every line that had joined and was not known to have left."""
    lines = known["customers"].select("customer_id")
    if not known.has("departures"):
        return lines
    gone = known["departures"].select("customer_id").distinct()
    return lines.anti_join(gone, "customer_id")


def _with_group(table: ibis.Table, group: LabelGroup, known: Known) -> ibis.Table:
    if not group.is_there(known):
        return table.mutate(**group.nulls())
    if group.rows is None:
        return table.mutate(**group.values())
    joined = table.left_join(_per_line(group, group.rows(known)), "customer_id").drop("customer_id_right")
    zeros = {label.name: joined[label.name].fill_null(_zero(label)) for label in group.labels if label.zero}
    return joined.mutate(**zeros) if zeros else joined


def _per_line(group: LabelGroup, rows: ibis.Table) -> ibis.Table:
    if group.one_row_each:
        return rows.select("customer_id", **group.values())
    return rows.group_by("customer_id").aggregate(**group.values())


def _zero(label: Label) -> Any:
    return False if label.kind == "bool" else 0.0


def label_catalogue() -> pd.DataFrame:
    """Every label of the product as a table (`features.catalogue.catalogue`)."""
    return catalogue.catalogue(GROUPS)


def label_schema_hash() -> str:
    """The hash of the label table's columns: names and kinds in their order."""
    return catalogue.schema_hash(GROUPS)
