"""Training rows of uptake: pitches with a known outcome, beside the customer's labels, the offer's features, the call.

Labels and pairs are as of the first day of the pitch's month: what a monthly publication knew when the agent pitched.
The call is the pitch's own, as `features.request_features` explains.
"""

from __future__ import annotations

import datetime as dt

import ibis
import pandas as pd
from ibis import _

from data.console import track
from data.errors import BadInput
from data.known import as_known
from data.lake import Lake, as_date
from features.examples import Examples, code_groups, days
from features.offer_features import KIND, NUMBERS, OFFER_FEATURES, with_offer_features
from features.offer_pairs import offer_pairs
from features.outcomes import accepted
from features.request_features import request_features
from features.snapshots import Snapshots, as_features, feature_labels, training_as_ofs

NEEDS = ("customers", "plans", "subscriptions", "usage", "offers", "exposures")
KEYS = ("exposure_id", "customer_id", "offer_id")
UPTAKE_LABELS = tuple(feature_labels("marketing"))
CALL = ("intent", "queue", "at")


def uptake_examples(lake: Lake, as_of: dt.date, snapshots: Snapshots) -> Examples:
    """One row a pitch whose outcome was known at the start of `as_of`; keys exposure_id, customer_id, offer_id.

    Pitches to lines that had no label row, or of offers that were not in force, on the first of their month are left
    out. BadInput where nothing is left.
    """
    pitches = known_pitches(lake, as_of)
    months = [as_date(day) for day in sorted(pitches["as_of"].unique())]
    if not months:
        raise BadInput(
            f"no pitch with a known outcome at {as_of} lies in a month with labels; uptake learns from exposures with "
            "pitched = true that are older than the days to accept and reverse. Give a later --as-of or more exposures"
        )
    priced = pd.concat([_priced(lake, month, pitches) for month in track(months, "pricing pitches")])
    rows = pitches.merge(priced, on=["customer_id", "offer_id", "as_of"])
    rows = rows.merge(_labels(snapshots, months, rows), on=["customer_id", "as_of"])
    return _examples(rows.sort_values(["as_of", "exposure_id"], ignore_index=True))


def known_pitches(lake: Lake, as_of: dt.date) -> pd.DataFrame:
    """Keys, CALL (null without a contact), as_of (the first of the pitch's month), accepted, mature_on, person."""
    outcomes = accepted(lake, as_of).filter(~_.accepted.isnull())
    people = lake["customers"].group_by("customer_id").aggregate(person=_.person_id.max())
    calls = lake.optional("contacts").select("contact_id", "intent", "queue")
    rows = (
        outcomes.left_join(people, "customer_id")
        .left_join(calls, "contact_id")
        .select(
            *KEYS,
            "accepted",
            "mature_on",
            "intent",
            "queue",
            at=_.decided_at,
            as_of=_.decided_at.truncate("M").cast("date"),
            person=ibis.coalesce(_.person, _.customer_id),
        )
    )
    frame = rows.to_pandas()
    frame["as_of"] = pd.to_datetime(frame["as_of"])
    return frame[frame["as_of"].isin(pd.to_datetime(training_as_ofs(lake, as_of)))]


def _priced(lake: Lake, month: dt.date, pitches: pd.DataFrame) -> pd.DataFrame:
    asked = pitches.loc[pitches["as_of"] == pd.Timestamp(month), ["customer_id", "offer_id"]]
    return priced_offers(lake, month, asked.drop_duplicates()).assign(as_of=pd.Timestamp(month))


def priced_offers(lake: Lake, as_of: dt.date, asked: pd.DataFrame) -> pd.DataFrame:
    """customer_id, offer_id and OFFER_FEATURES at the start of `as_of` of the asked pairs that can be priced."""
    pairs = offer_pairs(as_known(lake, as_of), ibis.memtable(asked))
    return with_offer_features(pairs).select("customer_id", "offer_id", *OFFER_FEATURES).to_pandas()


def _labels(snapshots: Snapshots, months: list[dt.date], rows: pd.DataFrame) -> pd.DataFrame:
    wanted = ibis.memtable(rows[["customer_id"]].drop_duplicates())
    labels = snapshots.table(months).semi_join(wanted, "customer_id")
    frame = labels.select("customer_id", "as_of", *UPTAKE_LABELS).to_pandas()
    return frame.assign(as_of=pd.to_datetime(frame["as_of"]))


def _examples(rows: pd.DataFrame) -> Examples:
    return Examples(
        keys=rows[list(KEYS)],
        features=uptake_features(rows),
        target=rows["accepted"].to_numpy(float),
        as_of=days(rows["as_of"]),
        known_on=days(rows["mature_on"]),
        groups=code_groups(rows["person"]),
    )


def uptake_features(rows: pd.DataFrame) -> pd.DataFrame:
    """The features of a customer x offer in the order that the model learns: labels, the offer's, the request's.

    The request's are null where the rows have no CALL: as in bulk.
    """
    labels = as_features(rows, UPTAKE_LABELS)
    offers = rows[list(OFFER_FEATURES)].astype({KIND: "category", **dict.fromkeys(NUMBERS, "float64")})
    return labels.join(offers).join(request_features(rows.reindex(columns=[*CALL, KIND])))
