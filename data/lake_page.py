"""The docs page of the lake, made from the schema: `docs/lake.md`."""

from __future__ import annotations

from data.columns import COLUMNS
from data.schema import TABLES, Field, Table

_HEAD = """# The lake

A lake is a folder with one Parquet data set per table: `<table>.parquet`, a folder `<table>/` of part files (Hive
partitions allowed), or `<table>.csv[.gz]` (UTF-8 or GB18030). A table that a command does not need may be missing.
Times are naive local time, intervals half-open, money CNY, data MB (1 GB = 1024 MB), voice minutes. Key columns are
bold; `?` = may be null or absent. Another schema is mapped in `nextcall.toml`, never by editing code:

```toml
[tables.usage]
path = "flux_*.csv"
columns.customer_id = "USER_ID"
columns.data_mb = { from = "FLUX_KB", unit = "KB" }
columns.month = { from = "ACCT_MONTH", format = "%Y%m" }
columns.voice_min = { sql = "seconds / 60" }
columns.sms = { value = 0 }
```

`nextcall check --lake DIR` lists every breach of every table at once. This page is made by `nextcall check --tables`.
"""


def lake_page() -> str:
    """The page as Markdown."""
    return "\n".join([_HEAD, *(_section(table) for table in TABLES.values())])


def _section(table: Table) -> str:
    rows = [_row(table, field) for field in table.fields.values()]
    return "\n".join([f"## {table.name}", "", "| column | type | unit | meaning |", "|---|---|---|---|", *rows, ""])


def _row(table: Table, field: Field) -> str:
    column = COLUMNS[field.name]
    shown = f"**{field.name}**" if field.name in table.key else field.name + ("?" if field.nullable else "")
    listed = (*table.values.get(field.name, ()), *table.codes.get(field.name, ()))
    notes = [column.meaning, " ".join(f"`{value}`" for value in listed)]
    if field.name in table.references:
        notes.append("must be in `{}`".format(".".join(table.references[field.name])))
    if field.name in table.ranges:
        notes.append("{} to {}".format(*table.ranges[field.name]))
    return f"| {shown} | {field.kind} | {column.unit} | {'; '.join(note for note in notes if note)} |"
