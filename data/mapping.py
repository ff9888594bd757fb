"""A source's columns as the contract's columns: renamed, converted, parsed, decoded, held to their types."""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from data.columns import COLUMNS
from data.engine import with_sql_columns
from data.errors import BadInput, Breach
from data.schema import Field, Table
from data.settings import ColumnSource, TableSource
from data.units import factor

SQL_COLUMN = "__sql_{}"


@dataclass(frozen=True)
class Mapped:
    """A source in the contract's columns, what was wrong with them, and which of them came."""

    table: ibis.Table
    breaches: list[Breach]
    present: frozenset[str]


def map_source(raw: ibis.Table, table: Table, source: TableSource, is_text: bool) -> Mapped:
    """Select the contract's columns of `table` from `raw`; every missing or mistyped column is a breach."""
    raw = _with_sql_columns(raw, table, source)
    breaches: list[Breach] = []
    chosen: dict[str, ir.Value] = {}
    present: set[str] = set()
    for field in table.fields.values():
        wanted = _source_of(field, source)
        value = _value(raw, field, wanted, is_text)
        if value is None:
            chosen[field.name] = ibis.null().cast(field.ibis_type)
            breaches += _absent(table, field, wanted)
            continue
        present.add(field.name)
        chosen[field.name], wrong = _typed(raw, table, field, value, lenient=is_text or _is_mapped(field, source))
        breaches += wrong
    return Mapped(raw.select(**chosen), breaches, frozenset(present))


def _source_of(field: Field, source: TableSource) -> ColumnSource:
    named = source.columns.get(field.name, field.name)
    return ColumnSource.model_validate({"from": named}) if isinstance(named, str) else named


def _is_mapped(field: Field, source: TableSource) -> bool:
    return isinstance(source.columns.get(field.name), ColumnSource)


def _with_sql_columns(raw: ibis.Table, table: Table, source: TableSource) -> ibis.Table:
    wanted = {
        SQL_COLUMN.format(name): column.sql
        for name, column in source.columns.items()
        if isinstance(column, ColumnSource) and column.sql
    }
    unknown = sorted(set(source.columns) - set(table.fields))
    if unknown:
        came, listed = ", ".join(unknown), ", ".join(table.fields)
        raise BadInput(f"nextcall.toml maps {table.name}.{came}, which the contract does not have; wanted of {listed}")
    return with_sql_columns(raw, wanted) if wanted else raw


def _value(raw: ibis.Table, field: Field, wanted: ColumnSource, is_text: bool) -> ir.Value | None:
    if wanted.value is not None:
        return ibis.literal(wanted.value).cast(field.ibis_type)
    if wanted.sql:
        return raw[SQL_COLUMN.format(field.name)]
    name = wanted.from_ or field.name
    if name not in raw.columns:
        return None
    value = _decoded(raw[name], wanted)
    if wanted.format:
        value = _parsed_date(value.cast("string"), wanted.format, field)
    if wanted.unit:
        value = _number(value, is_text) * factor(wanted.unit, COLUMNS[field.name].unit, f"{field.name}")
    return value


def _decoded(value: ir.Value, wanted: ColumnSource) -> ir.Value:
    if not wanted.values and not wanted.null:
        return value
    text = value.cast("string")
    for blank in wanted.null:
        text = text.nullif(blank)
    if not wanted.values:
        return text
    return text.cases(*((code, _spelt(value)) for code, value in wanted.values.items()), else_=text)


def _spelt(value: str | float | bool) -> str:
    """As the reader of the column's type takes it.

    >>> _spelt(True), _spelt(3), _spelt("M")
    ('true', '3', 'M')
    """
    return str(value).lower() if isinstance(value, bool) else str(value)


def _number(value: ir.Value, is_text: bool) -> ir.Value:
    return value.try_cast("float64") if is_text or value.type().is_string() else value.cast("float64")


def _parsed_date(text: ir.Value, pattern: str, field: Field) -> ir.Value:
    """Parse by a strptime pattern; a pattern without a day means the month's first (Spark needs one to parse)."""
    parsed = text.as_timestamp(pattern) if "%d" in pattern else (text + "01").as_timestamp(pattern + "%d")
    return parsed.cast(field.ibis_type)


def accepts(kind: str, came: dt.DataType) -> bool:
    """Whether a column of type `came` may stand for the contract's `kind`.

    >>> accepts("float", dt.Decimal(10, 2)), accepts("int", dt.int16), accepts("int", dt.float64)
    (True, True, False)
    """
    accepted = {
        "str": came.is_string(),
        "int": came.is_integer(),
        "float": came.is_numeric() and not came.is_boolean(),
        "bool": came.is_boolean(),
        "date": came.is_date() or came.is_timestamp(),
        "ts": came.is_timestamp() or came.is_date(),
    }
    return accepted[kind] or came.is_null()


def _typed(
    raw: ibis.Table, table: Table, field: Field, value: ir.Value, *, lenient: bool
) -> tuple[ir.Value, list[Breach]]:
    came = value.type()
    if lenient and not accepts(field.kind, came):
        parsed = _parse(value, field)
        return parsed, _wrong(raw, table, field, value, value.notnull() & parsed.isnull(), "text, e.g. {}")
    if accepts(field.kind, came):
        typed = _cast(value, field)
        if field.kind == "date" and came.is_timestamp():
            return typed, _wrong(raw, table, field, value, value != value.truncate("D"), "a time of day, e.g. {}")
        return typed, []
    nothing = ibis.null().cast(field.ibis_type)
    return nothing, _wrong(raw, table, field, value, value.notnull(), f"{came}, e.g. {{}}")


def _parse(value: ir.Value, field: Field) -> ir.Value:
    if field.kind == "str":
        return value.cast("string")
    text = value.cast("string").strip()
    if field.kind == "int":
        number = text.try_cast("float64")
        return ibis.ifelse(number == number.floor(), number, ibis.null()).cast("int64")
    return text.try_cast(field.ibis_type)


def _cast(value: ir.Value, field: Field) -> ir.Value:
    if field.kind == "ts" and value.type().is_timestamp():
        return value.cast("timestamp").cast(field.ibis_type)
    return value.cast(field.ibis_type)


def _wrong(
    raw: ibis.Table, table: Table, field: Field, value: ir.Value, bad: ir.BooleanValue, came: str
) -> list[Breach]:
    counted = raw.aggregate(rows=bad.fill_null(False).cast("int64").sum(), example=value.cast("string").max(where=bad))
    rows, example = counted.to_pandas().iloc[0][["rows", "example"]]
    if not rows or rows != rows:
        return []
    return [
        Breach(table.name, field.name, "type", "error", came.format(example), field.kind, int(rows), [str(example)])
    ]


def _absent(table: Table, field: Field, wanted: ColumnSource) -> list[Breach]:
    renamed = wanted.from_ if wanted.from_ not in (None, field.name) else None
    if field.nullable and not renamed:
        return []
    came = f"no column {renamed}" if renamed else "absent"
    return [
        Breach(
            table.name, field.name, "required column", "error", came, f"{field.kind} ({COLUMNS[field.name].meaning})"
        )
    ]
