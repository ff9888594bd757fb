"""The contract at the door: every breach of every table at once, and the tables with their findings nulled."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import ibis
import ibis.expr.types as ir

from data.departures import recorded_on
from data.engine import engine_errors
from data.errors import Breach
from data.rules import ERROR, FINDING, RowRule, row_rules
from data.schema import TABLES, Table
from data.settings import Settings

EXAMPLES = 3
NEVER_EMPTY = ("customers", "plans", "subscriptions", "usage", "bills")


@dataclasses.dataclass
class Checked:
    """The tables after the check (findings nulled) and what was found."""

    tables: dict[str, ibis.Table]
    breaches: list[Breach]


def check_tables(
    tables: Mapping[str, ibis.Table], present: Mapping[str, frozenset[str]], settings: Settings
) -> Checked:
    """Check every table by itself, then the references between them; `present` names the columns that came."""
    checked = Checked(dict(tables), [])
    for name in tables:
        _guarded(checked, name, partial(_check_rows, checked, name, present[name], settings))
    for name in list(checked.tables):
        _guarded(checked, name, partial(_check_references, checked, name, settings))
    if {"contacts", "departures"} <= set(checked.tables):
        _guarded(checked, "contacts", partial(_check_departed, checked, settings))
    return checked


def _guarded(checked: Checked, name: str, work: Callable[[], None]) -> None:
    try:
        work()
    except engine_errors() as error:
        first = str(error).strip().splitlines()[0]
        checked.breaches.append(Breach(name, "", "unreadable", ERROR, first[:300], "readable Parquet or CSV"))
        checked.tables.pop(name, None)


def key_of(table: Table, present: frozenset[str]) -> tuple[str, ...]:
    """The table's key; customers with `valid_from` have one row per version."""
    return (*table.key, "valid_from") if table.name == "customers" and "valid_from" in present else table.key


def _check_rows(checked: Checked, name: str, present: frozenset[str], settings: Settings) -> None:
    table, t = TABLES[name], checked.tables[name]
    key = key_of(table, present)
    rules = [rule for rule in row_rules(t, table, key, settings.clock_today()) if rule.column in present]
    counts = t.aggregate(
        rows=t.count(), **{f"r{i}": rule.bad.cast("int64").sum() for i, rule in enumerate(rules)}
    ).to_pandas()
    total = int(counts["rows"].iloc[0])
    if not total:
        severity = ERROR if name in NEVER_EMPTY else FINDING
        checked.breaches.append(Breach(name, "", "no rows", severity, "an empty table", "at least one row"))
        return
    broken = [rule for i, rule in enumerate(rules) if counts[f"r{i}"].iloc[0] > 0]
    numbers = [int(counts[f"r{i}"].iloc[0]) for i in range(len(rules)) if counts[f"r{i}"].iloc[0] > 0]
    for rule, rows in zip(broken, numbers, strict=True):
        checked.breaches.append(_breach(t, table, rule, rows, settings))
    _check_duplicates(checked, table, key, settings)
    checked.tables[name] = _nulled(checked.tables[name], broken, key)


def _severity(severity: str, settings: Settings) -> str:
    return FINDING if settings.tolerate else severity


def _breach(t: ibis.Table, table: Table, rule: RowRule, rows: int, settings: Settings) -> Breach:
    columns = [t[name].cast("string").name(f"k{i}") for i, name in enumerate(table.key)]
    value = t[rule.column].cast("string").name("came")
    found = (
        t.filter(rule.bad).select(*columns, value).order_by([c.get_name() for c in columns] or "came").limit(EXAMPLES)
    )
    return _told(found.to_pandas(), table.name, rule, rows, settings)


def _told(found: object, table: str, rule: RowRule, rows: int, settings: Settings) -> Breach:
    frame = found.astype("object").where(found.notna(), "null")  # type: ignore[attr-defined] # a pandas frame
    keys = [name for name in frame.columns if name.startswith("k")] or ["came"]
    examples = ["/".join(map(str, row)) for row in frame[keys].itertuples(index=False)]
    came = " ".join(dict.fromkeys(map(str, frame["came"])))
    return Breach(table, rule.column, rule.rule, _severity(rule.severity, settings), came, rule.wanted, rows, examples)


def _check_duplicates(checked: Checked, table: Table, key: tuple[str, ...], settings: Settings) -> None:
    if not key:
        return
    t = checked.tables[table.name]
    repeated = t.group_by(list(key)).aggregate(n=lambda g: g.count()).filter(lambda g: g.n > 1)
    counted = repeated.aggregate(rows=lambda g: g.n.sum() - g.count()).to_pandas()["rows"].iloc[0]
    if not counted or counted != counted:
        return
    shown = repeated.order_by(list(key)).limit(EXAMPLES).to_pandas()
    examples = ["/".join(map(str, row)) for row in shown[list(key)].itertuples(index=False)]
    column = ", ".join(key)
    checked.breaches.append(
        Breach(
            table.name,
            column,
            "duplicate key",
            _severity(ERROR, settings),
            "repeated keys",
            "one row a key",
            int(counted),
            examples,
        )
    )
    checked.tables[table.name] = _first_of_each(t, key)


def _first_of_each(t: ibis.Table, key: tuple[str, ...]) -> ibis.Table:
    rest = [name for name in t.columns if name not in key] or list(key)
    order = ibis.row_number().over(group_by=list(key), order_by=rest)
    return t.mutate(__order=order).filter(lambda f: f["__order"] == 0).drop("__order")


def _nulled(t: ibis.Table, broken: Sequence[RowRule], key: tuple[str, ...]) -> ibis.Table:
    """Null the breaking values; a row whose key breaks a rule cannot be placed and is set aside (it was counted)."""
    for rule in broken:
        if rule.column in key:
            t = t.filter(~rule.bad)
    values: dict[str, ir.Value] = {}
    for rule in broken:
        if rule.column not in key and rule.rule != "null":
            value = values.get(rule.column, t[rule.column])
            values[rule.column] = ibis.ifelse(rule.bad, ibis.null().cast(value.type()), value)
    return t.mutate(**values) if values else t


def _check_references(checked: Checked, name: str, settings: Settings) -> None:
    table = TABLES[name]
    for column, (owner, owner_column) in table.references.items():
        if owner not in checked.tables or column not in checked.tables[name].columns:
            continue
        t = checked.tables[name]
        known = checked.tables[owner].select(owner_column).distinct().rename({column: owner_column})
        unknown = t.filter(t[column].notnull()).anti_join(known, column)
        rows = int(unknown.count().to_pandas())
        if rows:
            severity = ERROR if owner in ("plans", "offers") else FINDING
            rule = RowRule(column, f"unknown {owner_column}", severity, f"an id of {owner}", ibis.literal(True))
            checked.breaches.append(_breach(unknown, table, rule, rows, settings))
            checked.tables[name] = _null_unknown(t, known, column)


def _null_unknown(t: ibis.Table, known: ibis.Table, column: str) -> ibis.Table:
    marked = t.left_join(known.rename(__known=column), t[column] == known[column])
    return marked.mutate(**{column: marked["__known"]}).select(t.columns)


def _check_departed(checked: Checked, settings: Settings) -> None:
    """A contact after departure; its customer is nulled only once the departure was recorded: no future in the past."""
    t, left = checked.tables["contacts"], checked.tables["departures"]
    last = left.group_by(__who=left.customer_id).aggregate(__left=left.left_on.max(), __known=recorded_on(left).max())
    marked = t.left_join(last, t.customer_id == last["__who"])
    day = marked.started_at.cast("date")
    late = (day > marked["__left"]).fill_null(False)
    rows = int(marked.filter(late).count().to_pandas())
    if rows:
        rule = RowRule("customer_id", "contact after departure", FINDING, "started_at at most left_on", late)
        checked.breaches.append(_breach(marked, TABLES["contacts"], rule, rows, settings))
        known = late & (day > marked["__known"]).fill_null(False)
        customer = ibis.ifelse(known, ibis.null().cast("string"), marked.customer_id)
        checked.tables["contacts"] = marked.mutate(customer_id=customer).select(t.columns)
