"""The contract's rules about rows, as Ibis conditions that are true where a row breaks one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from data.schema import Table

ERROR, FINDING = "error", "finding"


@dataclass(frozen=True)
class RowRule:
    """A rule of one column; `bad` is a condition on the table that is true (never null) where a row breaks it."""

    column: str
    rule: str
    severity: str
    wanted: str
    bad: ir.BooleanValue


def row_rules(t: ibis.Table, table: Table, key: tuple[str, ...], today: dt.date) -> Iterator[RowRule]:
    """Every rule of `table` that needs nothing but the row itself."""
    for name in key:
        yield RowRule(name, "null key", ERROR, "a value", t[name].isnull())
    for name in table.required:
        if name not in key:
            yield RowRule(name, "null", FINDING, "a value", t[name].isnull())
    yield from _lists(t, table)
    yield from _numbers(t, table)
    yield from _dates(t, table, today)


def _rule(column: str, rule: str, severity: str, wanted: str, bad: ir.BooleanValue) -> RowRule:
    return RowRule(column, rule, severity, wanted, bad.fill_null(False))


def _lists(t: ibis.Table, table: Table) -> Iterator[RowRule]:
    for severity, lists in ((ERROR, table.values), (FINDING, table.codes)):
        for name, values in lists.items():
            yield _rule(name, "value outside its list", severity, "one of " + " ".join(values), t[name].notin(values))


def _numbers(t: ibis.Table, table: Table) -> Iterator[RowRule]:
    for name in table.fees:
        yield _rule(name, "negative", ERROR, "at least 0", t[name] < 0)
    for name in (*table.non_negative, *table.refundable):
        yield _rule(name, "negative", FINDING, "at least 0", t[name] < 0)
    for name, (low, high) in table.ranges.items():
        bad = (t[name] < low) | (t[name] > high)
        yield _rule(name, "outside its range", FINDING, f"{low} to {high}", bad)
    if "propensity" in table.fields:
        bad = (t.propensity <= 0) | (t.propensity > 1) | t.propensity.isnan()
        yield _rule("propensity", "probability", ERROR, "above 0, at most 1", bad)


def _dates(t: ibis.Table, table: Table, today: dt.date) -> Iterator[RowRule]:
    for name in table.past:
        yield _rule(name, "after today", ERROR, f"at most {today}", t[name].cast("date") > ibis.literal(today))
    for start, end in table.ordered:
        yield _rule(end, "ends before it starts", ERROR, f"at least {start}", t[end] < t[start])
    if "month" in table.key:
        yield _rule("month", "not a month's first day", ERROR, "the first of a month", t.month.day() != 1)
