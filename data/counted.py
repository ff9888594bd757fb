"""Tables that are counted from another where they are missing (contract, section 1): `usage` from `usage_records`."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from data.schema import TABLES

COUNTED_FROM = {"usage": "usage_records"}


def counted_usage(records: ir.Table) -> ir.Table:
    """Single records by line and month, as `usage`; what records do not tell is null."""
    dated = records.filter(records.customer_id.notnull()).mutate(month=records.at.truncate("M").cast("date"))

    def total(kind: str) -> ir.Value:
        return dated.amount.sum(where=dated.kind == kind).fill_null(0.0)

    counted = dated.group_by("customer_id", "month").agg(
        voice_min=total("voice"), sms=total("sms").cast("int64"), data_mb=total("data")
    )
    fields = TABLES["usage"].fields.values()
    return counted.select(
        **{f.name: counted[f.name] if f.name in counted.columns else ibis.null(f.ibis_type) for f in fields}
    )
