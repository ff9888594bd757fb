"""A lake as named Ibis tables in the contract's columns, held to the contract at the door."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import ibis

from data.check import check_tables
from data.counted import COUNTED_FROM, counted_usage
from data.engine import connect
from data.errors import BadInput, Breach, LakeError
from data.mapping import map_source
from data.rules import ERROR
from data.schema import TABLES, Table
from data.settings import Settings, TableSource
from data.sources import Files, UnreadableError, find_files, find_table, raw_table


class Lake:
    """Named tables; `breaches` are the findings that the check left (errors never get this far)."""

    def __init__(
        self,
        con: ibis.BaseBackend,
        folder: Path,
        settings: Settings,
        tables: dict[str, ibis.Table],
        breaches: Sequence[Breach],
    ) -> None:
        self.con = con
        self.folder = folder
        self.settings = settings
        self.breaches = list(breaches)
        self._tables = tables

    def has(self, name: str) -> bool:
        """Whether the table is in the lake, or is counted from one that is."""
        return name in self._tables or COUNTED_FROM.get(name) in self._tables

    @property
    def names(self) -> list[str]:
        """The tables that are there, in the contract's order."""
        return [name for name in TABLES if name in self._tables]

    def __getitem__(self, name: str) -> ibis.Table:
        """The table with exactly the contract's columns, in its order and types."""
        if not self.has(name):
            raise BadInput(f"the lake {self.folder} has no table {name}; wanted {name}.parquet or a folder {name}/")
        return self._tables[name] if name in self._tables else counted_usage(self._tables[COUNTED_FROM[name]])

    def optional(self, name: str) -> ibis.Table:
        """The table, or an empty one with its columns."""
        if self.has(name):
            return self[name]
        nulls = {field.name: ibis.null().cast(field.ibis_type) for field in TABLES[name].fields.values()}
        some = next(iter(self._tables.values()))  # Spark's cache knows no in-memory tables
        return some.filter(ibis.literal(False)).select(**nulls)

    def default_as_of(self) -> dt.date:
        """The first day of the month after the last in `usage`, else `bills`, else the day after the last row."""
        for name in ("usage", "bills"):
            if self.has(name):
                last = self[name].month.max().to_pandas()
                if last is not None and last == last:
                    return next_month(as_date(last))
        return self._day_after_last_row()

    def _day_after_last_row(self) -> dt.date:
        dated = {
            "contacts": "started_at",
            "call_volumes": "starts_at",
            "exposures": "decided_at",
        }
        lasts = [self._tables[name][column].max().to_pandas() for name, column in dated.items() if name in self._tables]
        days = [as_date(last) for last in lasts if last is not None and last == last]
        if not days:
            raise BadInput(f"the lake {self.folder} has no dated rows to take an as-of date from; give --as-of DATE")
        return max(days) + dt.timedelta(days=1)


def as_date(value: object) -> dt.date:
    """A date from what an engine returns for a date or timestamp."""
    return dt.date.fromisoformat(str(value)[:10])


def next_month(day: dt.date) -> dt.date:
    """The first day of the month after `day`.

    >>> next_month(dt.date(2025, 12, 31))
    datetime.date(2026, 1, 1)
    """
    return (day.replace(day=1) + dt.timedelta(days=32)).replace(day=1)


def open_lake(path: Path, settings: Settings, needs: Sequence[str] = (), uses: Sequence[str] | None = None) -> Lake:
    """Open the lake at `path`: the tables that are needed, and of `uses` (default: all) those that are there.

    Raises LakeError with every breach of every table, BadInput where there is no lake.
    """
    lake, breaches = inspect_lake(path, settings, needs, uses)
    errors = [breach for breach in breaches if breach.severity == ERROR]
    if errors:
        raise LakeError(errors)
    return lake


def inspect_lake(
    path: Path, settings: Settings, needs: Sequence[str] = (), uses: Sequence[str] | None = None
) -> tuple[Lake, list[Breach]]:
    """The lake and everything that is wrong with it, errors and findings; for `nextcall check`."""
    if not path.is_dir() and not settings.tables:
        raise BadInput(f"there is no lake at {path}; wanted a folder of Parquet tables (make one: nextcall simulate)")
    con = connect(settings)
    door = _Door(con, path, settings)
    wanted = [name for name in TABLES if uses is None or name in uses or name in needs]
    for name in wanted:
        stands_in = COUNTED_FROM.get(name)
        door.open(TABLES[name], needed=name in needs and not stands_in)
        if stands_in and not door.came(name):
            door.open(TABLES[stands_in], needed=False)
            if name in needs and not door.came(stands_in):
                door.missing(TABLES[name])
    checked = check_tables(door.tables, door.present, settings)
    breaches = door.breaches + checked.breaches
    return Lake(con, path, settings, checked.tables, breaches), breaches


class _Door:
    """Opens tables one by one and remembers what was wrong."""

    def __init__(self, con: ibis.BaseBackend, folder: Path, settings: Settings) -> None:
        self.con, self.folder, self.settings = con, folder, settings
        self.tables: dict[str, ibis.Table] = {}
        self.present: dict[str, frozenset[str]] = {}
        self.breaches: list[Breach] = []

    def open(self, table: Table, needed: bool) -> None:
        """Open one table, once; what is wrong with it becomes a breach."""
        if self.came(table.name):
            return
        try:
            parts = [self._source(table, source, files) for source, files in self._sources(table)]
        except UnreadableError as error:
            self._breach(table, "unreadable", str(error), "readable Parquet or CSV")
            return
        if parts:
            self.tables[table.name] = ibis.union(*parts) if len(parts) > 1 else parts[0]
        elif needed:
            self.missing(table)

    def came(self, name: str) -> bool:
        """Whether the table was there, sound or not."""
        return name in self.tables or any(breach.table == name for breach in self.breaches)

    def missing(self, table: Table) -> None:
        """A table that is needed did not come."""
        self._breach(table, "missing table", "nothing", f"{table.name}.parquet or a folder {table.name}/")

    def _breach(self, table: Table, rule: str, came: str, wanted: str) -> None:
        self.breaches.append(Breach(table.name, "", rule, ERROR, came, wanted))

    def _sources(self, table: Table) -> list[tuple[TableSource, Files]]:
        named = self.settings.tables.get(table.name)
        sources = [named] if isinstance(named, TableSource) else named or [TableSource()]
        found = [(source, self._files(table, source)) for source in sources]
        return [(source, files) for source, files in found if files is not None]

    def _files(self, table: Table, source: TableSource) -> Files | None:
        if source.path is None:
            return self._model_labels() if table.name == "model_labels" else find_table(self.folder, table.name)
        in_lake, beside = self.folder / source.path, self.settings.config_folder / source.path
        there = in_lake.exists() or any(in_lake.parent.glob(in_lake.name))
        return find_files(in_lake if there else beside)

    def _model_labels(self) -> Files | None:
        path = model_labels_path(self.folder, self.settings)
        return find_files(path) if path.exists() else None

    def _source(self, table: Table, source: TableSource, files: Files) -> ibis.Table:
        raw = raw_table(self.con, files, self.settings.var / "cache" / "csv", source.delimiter, source.encoding)
        mapped = map_source(raw, table, source, files.text)
        self.breaches += mapped.breaches
        self.present[table.name] = self.present.get(table.name, frozenset()) | mapped.present
        return mapped.table


def model_labels_path(folder: Path, settings: Settings) -> Path:
    """Where the labels that models made of this lake are kept: below `var`, never in the operator's lake."""
    return settings.var / "model_labels" / f"{folder.resolve().parent.name}-{folder.resolve().name}.parquet"
