"""Who left after a pitch: the months in which each pitched line could still leave, and whether it did."""

from __future__ import annotations

import datetime as dt

import ibis
import numpy as np
import pandas as pd

from data.known import as_known
from data.lake import Lake
from features.outcomes import CHURN_KINDS, left_known_after_days

PERIOD_DAYS = 30
PERIODS = 6  # after half a year the next campaign has come


def leaving_after(lake: Lake, as_of: dt.date, exposures: pd.Series) -> pd.DataFrame:
    """position (in `exposures`, ids of pitches), period (0 to PERIODS - 1), left (1.0 or 0.0): a row a line at risk.

    A period counts where all of it lies before the last day whose departures are recorded at the start of `as_of`. Who
    leaves in arrears counts until then.
    """
    pitched = _pitched(lake, as_of, exposures)
    seen_until = pd.Timestamp(as_of) - pd.Timedelta(
        days=left_known_after_days(lake) - lake.settings.outcomes.churn_days
    )
    followed = (seen_until - pitched["day"]).dt.days.to_numpy(dtype=np.float64)
    gone = (pitched["left_on"] - pitched["day"]).dt.days.to_numpy(dtype=np.float64, na_value=np.inf)
    gone = np.where(np.isnan(gone), np.inf, gone)
    chose = pitched["departed"].isin(CHURN_KINDS).to_numpy()
    parts = [_period(number, followed, gone, chose) for number in range(PERIODS)]
    return pd.concat(parts, ignore_index=True)


def _period(number: int, followed: np.ndarray, gone: np.ndarray, chose: np.ndarray) -> pd.DataFrame:
    start, end = PERIOD_DAYS * number, PERIOD_DAYS * (number + 1)
    left = (gone <= end) & chose
    there = np.flatnonzero((followed >= end) & (gone > start) & ((gone > end) | chose))
    return pd.DataFrame({"position": there, "period": number, "left": left[there].astype(np.float64)})


def _pitched(lake: Lake, as_of: dt.date, exposures: pd.Series) -> pd.DataFrame:
    """day of the pitch, left_on and departed (the kind) of the first departure after it, of each id in their order."""
    known = as_known(lake, as_of)
    rows = known["exposures"].select("exposure_id", "customer_id", day=lambda t: t.decided_at.cast("date"))
    rows = rows.semi_join(ibis.memtable(pd.DataFrame({"exposure_id": exposures})), "exposure_id")
    departures = known["departures"].select("customer_id", "left_on", departed="kind")
    found = rows.left_join(departures, "customer_id").drop("customer_id_right").to_pandas()
    found = found.assign(day=pd.to_datetime(found["day"]), left_on=pd.to_datetime(found["left_on"]))
    found = found.assign(left_on=found["left_on"].where(found["left_on"] >= found["day"])).sort_values("left_on")
    return found.drop_duplicates("exposure_id").set_index("exposure_id").reindex(exposures.to_numpy()).reset_index()
