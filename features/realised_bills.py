"""What customers paid after a pitch: the mean bill of some months that follow the pitch's own month."""

from __future__ import annotations

import datetime as dt

import ibis
import pandas as pd
from ibis import _

from data.known import as_known
from data.lake import Lake

FIRST, LAST = 2, 7  # months after the pitch's: an answer may take days, and a new plan starts with the month after it


def realised_bills(lake: Lake, as_of: dt.date, pitches: pd.DataFrame) -> pd.DataFrame:
    """exposure_id, months (how many were billed), paid_cny (their mean bill, less `other_cny`), by exposure_id.

    `pitches`: exposure_id, customer_id, month (the first of the pitch's month). Only bills known at the start of
    `as_of` count; a pitch without such a bill has no row. One-off and contract items stand in `other_cny`: they are no
    answer to a plan or a pack, and hide the bill's change in their noise.
    """
    bills = as_known(lake, as_of)["bills"].drop_null("total_cny")
    bills = bills.select("customer_id", "month", paid_cny=bills.total_cny - bills.other_cny.fill_null(0.0))
    asked = pitches.assign(pitched=pd.to_datetime(pitches["month"])).drop(columns="month")
    joined = ibis.memtable(asked).inner_join(bills, "customer_id")
    start = joined.pitched.cast("date")
    after = 12 * (joined.month.year() - start.year()) + joined.month.month() - start.month()
    counted = joined.filter(after >= FIRST, after <= LAST)
    found = counted.group_by("exposure_id").aggregate(months=_.count(), paid_cny=_.paid_cny.mean())
    return found.order_by("exposure_id").to_pandas()
