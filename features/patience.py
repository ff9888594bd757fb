"""How long callers hold on: mean patience from waits and hang-ups on the hotline."""

from __future__ import annotations

import datetime as dt

import ibis
import pandas as pd

from features.call_counts import Tables

ENOUGH_HANGUPS = 50


def mean_patience_s(tables: Tables, since: dt.date) -> float | None:
    """Seconds: waits of all calls since `since` / hang-ups; None where too few hung up, or waits are not told.

    The maximum-likelihood mean of an exponential patience of which answered calls show only that it was longer
    (Gans, Koole, Mandelbaum 2003, section 6.3.3).
    """
    if not tables.has("contacts"):
        return None
    contacts = tables["contacts"]
    calls = contacts.filter((contacts.channel == "hotline") & (contacts.started_at.cast("date") >= ibis.literal(since)))
    calls = calls.filter(~calls.wait_s.isnull())
    row = calls.aggregate(waited=calls.wait_s.sum(), gone=calls.abandoned.cast("int64").sum()).to_pandas().iloc[0]
    gone = 0 if pd.isna(row["gone"]) else row["gone"]
    return float(row["waited"] / gone) if gone >= ENOUGH_HANGUPS else None
