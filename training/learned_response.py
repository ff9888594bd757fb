"""What acceptances of plans and packs did to the bills of this lake: the log's pitches beside the bills after them."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from data.lake import Lake
from features.examples import Examples
from features.offer_features import KIND
from features.offer_pairs import REPRICED
from features.realised_bills import realised_bills
from models.bill_response import BillResponse, learn_response


def learned_response(lake: Lake, as_of: dt.date, examples: Examples) -> BillResponse:
    """From the examples of uptake and the bills known at the start of `as_of`; empty without bills."""
    if not lake.has("bills"):
        return BillResponse()
    pitches = examples.keys[["exposure_id", "customer_id"]].assign(month=examples.as_of)
    paid = realised_bills(lake, as_of, pitches)[["exposure_id", "paid_cny"]]
    rows = _priced(examples).merge(paid.rename(columns={"paid_cny": "paid"}), on="exposure_id")
    return learn_response(rows[rows["kind"].isin(REPRICED)])


def _priced(examples: Examples) -> pd.DataFrame:
    offered = examples.features
    return pd.DataFrame(
        {
            "exposure_id": examples.keys["exposure_id"].to_numpy(),
            "kind": offered[KIND].astype(str).to_numpy(),
            "accepted": examples.target,
            "current_total": offered["current_total"].to_numpy(float),
            "saving": offered["saving_cny"].to_numpy(float),
            "overage_saved": offered["overage_saved_cny"].to_numpy(float),
            "overage_now": (offered["overage_after_cny"] + offered["overage_saved_cny"]).to_numpy(float),
        }
    )
