"""Operating indicators of a lake, by month and any of its dimensions, with small groups withheld."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ibis
import pandas as pd
from ibis import _

from data.errors import BadInput
from data.lake import Lake
from features.indicators import GROUPS
from features.indicators.definition import DIMENSIONS, Indicator, IndicatorGroup, periods
from features.windows import add_months

MINIMUM_GROUP = 10  # persons below whom a group's figures are withheld
USES = tuple({source: None for group in GROUPS for source in (*group.sources, "agents", "customers", "departures")})
DATED_BY = ("usage", "bills")  # what says which month is the last closed one (Lake.default_as_of)


@dataclass(frozen=True)
class Wanted:
    """Which days, [first, end), by which dimensions, and from how many persons on a group is shown."""

    first: dt.date
    end: dt.date
    by: tuple[str, ...] = ()
    minimum_group: int = MINIMUM_GROUP


def wanted_of(lake: Lake, span: tuple[dt.date | None, dt.date | None], by: Sequence[str], minimum_group: int) -> Wanted:
    """What a person asked for; the default span is the last month before the lake's as-of date."""
    end = span[1] or (add_months(span[0], 1) if span[0] else lake.default_as_of())
    return Wanted(span[0] or add_months(end - dt.timedelta(days=1), 0), end, tuple(by), minimum_group)


def indicators(lake: Lake, wanted: Wanted) -> ibis.Table:
    """One row an indicator, month and group of the wanted dimensions.

    Columns: indicator, chinese, period_start, period_end (excluded), the dimensions, persons, suppressed, numerator,
    denominator, value, unit. Where a group has fewer than `minimum_group` persons `suppressed` is true and its persons
    and figures are null. Indicators whose source the lake lacks, or whose grain has not all the dimensions, are left
    out (`left_out`).
    Raises BadInput for an unknown dimension, an empty span, or where nothing is left.
    """
    _check(wanted)
    groups = [group for group in GROUPS if _is_shown(group, lake, wanted.by)]
    if not groups:
        raise BadInput(f"no indicator can be had by {', '.join(wanted.by)} from this lake; see --catalogue for grains")
    rows = ibis.union(*[part for group in groups for part in _group_rows(group, lake, wanted)])
    return rows.order_by("indicator", "period_start", *wanted.by)


def left_out(lake: Lake, by: Sequence[str]) -> list[str]:
    """The names of the indicators that this lake and these dimensions cannot give."""
    return [item.name for group in GROUPS if not _is_shown(group, lake, by) for item in group.indicators]


def _check(wanted: Wanted) -> None:
    unknown = sorted(set(wanted.by) - set(DIMENSIONS))
    if unknown:
        raise BadInput(f"--by came with {', '.join(unknown)}; wanted any of {', '.join(DIMENSIONS)}")
    if wanted.first >= wanted.end:
        raise BadInput(f"--from {wanted.first} to --to {wanted.end} holds no day; wanted --from before --to")


def _is_shown(group: IndicatorGroup, lake: Lake, by: Sequence[str]) -> bool:
    return group.is_there(lake) and set(by) <= set(group.grain)


def _group_rows(group: IndicatorGroup, lake: Lake, wanted: Wanted) -> list[ibis.Table]:
    spans = periods(wanted.first, wanted.end)
    records = group.records(lake, spans).filter(_.day >= wanted.first, _.day < wanted.end)
    first = ibis.literal(wanted.first).cast("date")
    records = records.mutate(period_start=ibis.greatest(_.day.truncate("M").cast("date"), first))
    sums = {name: value for item in group.indicators for name, value in _sums(item).items()}
    wide = records.group_by("period_start", *wanted.by).aggregate(**sums)
    return [_long(wide, group, item, wanted) for item in group.indicators]


def _sums(item: Indicator) -> dict[str, Any]:
    counted = item.counted if item.counted is not True else ibis.literal(True)
    amount, weight = (_as_column(value, counted) for value in (item.amount, item.weight))
    return {
        f"{item.name}_amount": amount.sum().fill_null(0.0),
        f"{item.name}_weight": weight.sum().fill_null(0.0),
        f"{item.name}_persons": ibis.ifelse(counted, _.person, None).nunique(),
    }


def _as_column(value: Any, counted: Any) -> Any:
    return ibis.ifelse(counted, value, None).cast("float64")


def _long(wide: ibis.Table, group: IndicatorGroup, item: Indicator, wanted: Wanted) -> ibis.Table:
    amount, weight = wide[f"{item.name}_amount"], wide[f"{item.name}_weight"]
    persons = wide[f"{item.name}_persons"] if group.holds_persons else ibis.null("int64")
    withheld = persons.between(1, wanted.minimum_group - 1).fill_null(False)
    denominator = ibis.null("float64") if item.is_total else weight
    value = amount if item.is_total else item.scale * amount / weight.nullif(0)
    next_month = (wide.period_start.truncate("M") + ibis.interval(months=1)).cast("date")
    return wide.select(
        indicator=ibis.literal(item.name),
        chinese=ibis.literal(item.chinese),
        period_start=wide.period_start,
        period_end=ibis.least(next_month, ibis.literal(wanted.end).cast("date")),
        **{name: wide[name] for name in wanted.by},
        persons=ibis.ifelse(withheld, None, persons),
        suppressed=withheld,
        numerator=_unless(withheld, amount),
        denominator=_unless(withheld, denominator),
        value=_unless(withheld, value),
        unit=ibis.literal(item.unit),
    )


def _unless(withheld: Any, figure: Any) -> Any:
    return ibis.ifelse(withheld, ibis.null("float64"), figure)


def indicator_catalogue() -> pd.DataFrame:
    """Every indicator as a table: name, 中文名, numerator, denominator, unit, grain, sources."""
    return pd.DataFrame([_described(group, item) for group in GROUPS for item in group.indicators])


def _described(group: IndicatorGroup, item: Indicator) -> dict[str, str]:
    return {
        "name": item.name,
        "中文名": item.chinese,
        "numerator": item.numerator,
        "denominator": item.denominator or "–",
        "unit": item.unit,
        "grain": ", ".join(group.grain),
        "sources": ", ".join(group.sources),
    }
