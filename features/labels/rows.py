"""Rows that several label groups start from: recent rows, closed months, spells on plans, ranks within a customer."""

from __future__ import annotations

import datetime as dt
from typing import Any

import ibis
from ibis import _

from data.known import Known
from features.windows import days_ago, last_closed_month, months_ago

YEAR_DAYS = 365


def lines_present(known: Known) -> ibis.Table:
    """The `customers` rows of every line that had joined and was not known to have left."""
    lines = known["customers"]
    if not known.has("departures"):
        return lines
    return lines.anti_join(known["departures"].select("customer_id").distinct(), "customer_id")


def recent(table: ibis.Table, moment: str, as_of: dt.date, days: int = YEAR_DAYS) -> ibis.Table:
    """The customers' rows of the last `days` days before the as-of date, with `days_ago` (1 = the day before)."""
    rows = table.mutate(days_ago=days_ago(table[moment], as_of))
    return rows.filter(_.customer_id.notnull(), _.days_ago.between(1, days))


def closed_months(table: ibis.Table, known: Known, months: int = 12) -> ibis.Table:
    """The last closed months, with `ago` (0 = the latest) and `position` (0 = the customer's latest row)."""
    latest = last_closed_month(known.as_of, known.settings.bill_delay_days)
    rows = table.mutate(ago=months_ago(table.month, latest)).filter(_.ago.between(0, months - 1))
    order = ibis.window(group_by="customer_id", order_by="ago")
    return rows.mutate(position=ibis.row_number().over(order))


def run_length(flag: Any) -> Any:
    """Closed months in a row, up to the latest, in which the flag holds; a month without a row ends the run."""
    goes_on = flag.fill_null(False) & (_.position == _.ago)
    return ibis.coalesce(_.position.min(where=~goes_on), _.count())


def slope(value: Any, months: int) -> Any:
    """Least-squares slope per month over the last closed months; positive = rising.

    `ago` falls as time goes on, hence the sign. Null with fewer than two different months.
    """
    return -value.cov(_.ago, how="pop", where=_.ago < months) / _spread(months)


def _spread(months: int) -> Any:
    return _.ago.var(how="pop", where=_.ago < months).nullif(0)


def variation(value: Any, where: Any) -> Any:
    """Coefficient of variation: population standard deviation over the mean; null where the mean is 0 or below."""
    mean = value.mean(where=where)
    return value.std(how="pop", where=where) / ibis.ifelse(mean > 0, mean, None)


def share(part: Any, where: Any = True) -> Any:
    """The share of rows (of those with `where`) in which `part` holds; null where there are none."""
    return part.cast("float64").mean(where=where)


def ranked(rows: ibis.Table, **orders: list[Any]) -> ibis.Table:
    """The rows with one rank a name (0 = first) within the customer, in the given order."""
    ranks = {
        name: ibis.row_number().over(ibis.window(group_by="customer_id", order_by=order))
        for name, order in orders.items()
    }
    return rows.mutate(**ranks)


def commonest(rows: ibis.Table, column: str) -> ibis.Table:
    """The rows with `<column>_rank` 0 on one row of each customer's commonest value (ties: first in the alphabet)."""
    times = _.count().over(ibis.window(group_by=["customer_id", column]))
    known_first = [ibis.desc(_[column].notnull()), ibis.desc(f"{column}_times"), column]
    return ranked(rows.mutate(**{f"{column}_times": times}), **{f"{column}_rank": known_first})


def spells(known: Known) -> ibis.Table:
    """Subscriptions that had begun before or on the as-of day, with the plan's columns prefixed `plan_`."""
    plans = known["plans"]
    facts = plans.select(plan_id="plan_id", **{f"plan_{name}": name for name in plans.columns if name != "plan_id"})
    begun = known["subscriptions"].filter(_.starts_on <= known.as_of)
    return begun.join(facts, "plan_id")
