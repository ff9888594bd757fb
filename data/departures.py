"""When a departure became known; what is known of a line goes by it."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

SILENT_DELAY_DAYS = 90  # a silent departure is recorded after so many days without use


def recorded_on(t: ibis.Table) -> ir.DateValue:
    """When a departure became known: `recorded_on`, else `left_on`, 90 days later where the line went silent."""
    late = t.left_on + ibis.interval(days=SILENT_DELAY_DAYS)
    return t.recorded_on.coalesce(ibis.ifelse(t.kind == "silent", late.cast("date"), t.left_on))
