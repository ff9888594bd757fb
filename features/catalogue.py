"""What a user label is: its name, 中文名, definition, unit, window, sources, sensitivity, purpose, and its value.

A label's value is an Ibis expression over the rows of its group, so that text and formula stand side by side. A group
reads its sources once; where one of them is missing from the lake, its labels are null. A customer without rows in a
source that is there has 0 in labels marked `zero`, null in the others.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

import ibis
import pandas as pd

from data.known import Known

LabelKind = Literal["numeric", "category", "bool"]
Sensitivity = Literal["ordinary", "personal", "sensitive"]
IBIS_TYPE: dict[LabelKind, str] = {"numeric": "float64", "category": "string", "bool": "boolean"}


@dataclass(frozen=True)
class Label:
    """One user label; `value` is an expression over the rows of its group."""

    name: str
    chinese: str
    definition: str
    unit: str
    window: str
    value: Any
    kind: LabelKind = "numeric"
    zero: bool = False
    sensitivity: Sensitivity | None = None
    purpose: str | None = None

    def typed(self) -> Any:
        """The value in the type of its kind."""
        return self.value.cast(IBIS_TYPE[self.kind])


@dataclass(frozen=True)
class LabelGroup:
    """Labels made from the same rows.

    `rows` gives the rows, with a column customer_id: many a customer, which the values then aggregate, or, with
    `one_row_each`, one a customer, of which the values are columns. Without `rows` the values are made of the labels
    of the groups before. Sensitivity and purpose hold for labels that name none.
    """

    name: str
    chinese: str
    sources: tuple[str, ...]
    labels: tuple[Label, ...]
    purpose: str
    rows: Callable[[Known], ibis.Table] | None = None
    sensitivity: Sensitivity = "personal"
    one_row_each: bool = False

    def rows_of(self, known: Known) -> ibis.Table:
        """The rows; a group made of labels has none of its own."""
        if self.rows is None:
            raise ValueError(f"the label group {self.name} is made of other labels")
        return self.rows(known)

    def values(self) -> dict[str, Any]:
        """The labels' expressions by name, typed."""
        return {label.name: label.typed() for label in self.labels}

    def nulls(self) -> dict[str, Any]:
        """Typed nulls by name."""
        return {label.name: ibis.null(IBIS_TYPE[label.kind]) for label in self.labels}

    def is_there(self, known: Known) -> bool:
        """Whether the lake has every source."""
        return all(known.has(source) for source in self.sources)


def catalogue(groups: Iterable[LabelGroup]) -> pd.DataFrame:
    """The labels as a table, one a row; `absent` is the value of a customer without rows in a source that is there."""
    return pd.DataFrame([_described(group, label) for group in groups for label in group.labels])


def _described(group: LabelGroup, label: Label) -> dict[str, str]:
    return {
        "name": label.name,
        "中文名": label.chinese,
        "group": group.name,
        "definition": label.definition,
        "unit": label.unit,
        "window": label.window,
        "kind": label.kind,
        "sources": ", ".join(group.sources),
        "sensitivity": label.sensitivity or group.sensitivity,
        "purpose": label.purpose or group.purpose,
        "absent": "0" if label.zero else "null",
    }


def schema_hash(groups: Iterable[LabelGroup]) -> str:
    """Twelve hex digits over the ordered names and kinds: two label tables with the same hash have the same columns."""
    columns = [(label.name, label.kind) for group in groups for label in group.labels]
    return hashlib.sha256(json.dumps(columns).encode()).hexdigest()[:12]
