"""The docs pages of labels and indicators, made from their registries: `python -m features.pages` writes them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from features.indicators.table import MINIMUM_GROUP, indicator_catalogue
from features.label_table import label_catalogue, label_schema_hash
from features.labels import GROUPS

DOCS = Path(__file__).resolve().parent.parent / "docs"
MADE = "<!-- made by python -m features.pages; do not edit -->"
LABELS_HEAD = """# User labels (用户标签)

{made}

{labels} labels in {groups} groups, schema `{schema}`. One row a line present at the as-of date; nothing dated at or
after it counts. Where a source table is missing its labels are null; *absent* is the value of a line without rows in a
source that is there. `90 days` are the days before the as-of date; `closed months` end with the last known month."""
INDICATORS_HEAD = """# Operating indicators (运营指标库)

{made}

{indicators} indicators. Value = numerator over denominator, null where that is 0 (*–* = a total), by month and any
dimensions of its grain. Records count in the period in which they began: a complaint opened in May and closed in June
is a closed complaint of May. Figures that rest on fewer than {minimum} persons are withheld. Terms are those of the
labels: answered = asked for a person on the hotline and not abandoned; handle time = talk + hold + after-call work; a
repeat call follows the customer's previous one within 7 days."""


def labels_page() -> str:
    """docs/labels.md: every label by group."""
    labels = label_catalogue()
    head = LABELS_HEAD.format(made=MADE, labels=len(labels), groups=len(GROUPS), schema=label_schema_hash())
    parts = [head]
    for group in GROUPS:
        own = labels[labels["group"] == group.name].drop(columns=["group", "sources"])
        parts.append(f"## {group.chinese} ({group.name})\n\nSources: {', '.join(group.sources)}.\n\n{markdown(own)}")
    return "\n\n".join(parts) + "\n"


def indicators_page() -> str:
    """docs/indicators.md: every indicator."""
    table = indicator_catalogue()
    head = INDICATORS_HEAD.format(made=MADE, indicators=len(table), minimum=MINIMUM_GROUP)
    return f"{head}\n\n{markdown(table)}\n"


def markdown(frame: pd.DataFrame) -> str:
    """A frame of texts as a Markdown table.

    >>> print(markdown(pd.DataFrame({"name": ["a|b"], "unit": [""]})))
    | name | unit |
    |---|---|
    | a\\|b |  |
    """
    rows = [list(frame.columns), *frame.to_numpy().tolist()]
    lines = ["| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(frame.columns), *lines[1:]])


def main() -> None:
    """Write both pages."""
    DOCS.mkdir(exist_ok=True)
    (DOCS / "labels.md").write_text(labels_page(), encoding="utf-8")
    (DOCS / "indicators.md").write_text(indicators_page(), encoding="utf-8")


if __name__ == "__main__":
    main()
