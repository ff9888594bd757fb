"""What a complaint counts as: its stage, how long it took, whether it repeats another; for labels and indicators."""

from __future__ import annotations

from typing import Any

import ibis
from ibis import _

REPEAT_DAYS = 30
HOUR_S = 3600
DAY_S = 86_400

HANDLED = _.handled_at.notnull() | _.closed_at.notnull()
CLOSED = _.closed_at.notnull()
OPEN = ~HANDLED
IN_HANDLING = HANDLED & ~CLOSED


def with_terms(complaints: ibis.Table) -> ibis.Table:
    """Complaints with handling_h and closing_h (hours since opening) and `repeated`.

    repeated: within 30 days after one of the same customer in the same category.
    """
    opened = complaints.opened_at.epoch_seconds()
    order = ibis.window(group_by=["customer_id", "category"], order_by=["opened_at", "complaint_id"])
    since_last_s = opened - opened.lag().over(order)
    return complaints.mutate(
        handling_h=_hours(opened, complaints.handled_at),
        closing_h=_hours(opened, complaints.closed_at),
        repeated=((since_last_s < REPEAT_DAYS * DAY_S) & complaints.customer_id.notnull()).fill_null(False),
    )


def _hours(opened_s: Any, end: Any) -> Any:
    return (end.epoch_seconds() - opened_s) / HOUR_S
