"""Is the value of an acceptance right? What V says of an offer's 12-month margin beside what the truth says."""

from __future__ import annotations

import numpy as np
import pandas as pd

from data.lake import Lake
from features.offer_features import KIND
from models.arbitration import ValueTerms, horizon_margin
from models.bill_response import BillResponse
from models.feature_schema import Floats


def value_bias(
    lake: Lake, pitches: pd.DataFrame, features: pd.DataFrame, response: BillResponse | None = None
) -> pd.DataFrame:
    """kind ("all" first), pitches (priced), estimated, true (means, CNY), bias_pct (of the mean absolute truth), r.

    `pitches` and `features` as `randomised_rows` gives them; V is the settings' own, `response` what was learned.
    """
    estimated = believed_value(lake, pitches, features, response)
    true = (pitches["margin12_with_cny"] - pitches["margin12_without_cny"]).to_numpy(dtype=np.float64)
    kinds, rated = features[KIND].astype(str).to_numpy(), ~np.isnan(estimated)
    groups = {"all": rated} | {kind: rated & (kinds == kind) for kind in sorted(set(kinds[rated]))}
    return pd.DataFrame([{"kind": name, **_compared(estimated[rows], true[rows])} for name, rows in groups.items()])


def believed_value(
    lake: Lake, pitches: pd.DataFrame, features: pd.DataFrame, response: BillResponse | None = None
) -> Floats:
    """V of each pitch, CNY, before the agent's time."""
    own = lake["offers"].select("offer_id", "monthly_margin_cny").to_pandas().set_index("offer_id")
    now = features["current_total"].to_numpy(dtype=np.float64)
    saving, overage_saved = (features[name].to_numpy(dtype=np.float64) for name in ("saving_cny", "overage_saved_cny"))
    believed = (response or BillResponse()).under(lake.settings.value.response)
    after = now + believed.changes(list(features[KIND].astype(str)), saving, overage_saved)
    margin = own["monthly_margin_cny"].reindex(pitches["offer_id"]).to_numpy(dtype=np.float64)
    terms = lake.settings.value
    return horizon_margin(now, after, margin, ValueTerms(terms.margin_share, terms.horizon_months))


def _compared(estimated: Floats, true: Floats) -> dict[str, float]:
    return {
        "pitches": len(true),
        "estimated": float(estimated.mean()),
        "true": float(true.mean()),
        "bias_pct": 100 * float((estimated - true).mean() / np.abs(true).mean()),
        "r": float(np.corrcoef(estimated, true)[0, 1]) if np.ptp(estimated) * np.ptp(true) > 0 else float("nan"),
    }
