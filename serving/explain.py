"""Why each shown offer suits its line: `models.offer_reasons` on published rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.feature_schema import Floats
from models.offer_reasons import After, Before, ranked_codes, reason_weights
from serving.scoring import Scored

Places = NDArray[np.intp]


def shown_reasons(scored: Scored, owners: Places, offers: Places) -> list[list[tuple[str, float]]]:
    """(code, weight) of each shown (line, offer), the heaviest first; where not personalised, only that."""
    ranked = ranked_codes(reason_weights(_before(scored, owners), _after(scored, owners, offers)))
    personalised = scored.personalised[owners].tolist()
    rows = zip(ranked, personalised, strict=True)
    return [(why or [("EXPECTED_VALUE", 1.0)]) if own else [("UNPERSONALISED", 1.0)] for why, own in rows]


def _before(scored: Scored, owners: Places) -> Before:
    lines = scored.lines
    return Before(
        total=lines.fact("current_total")[owners],
        rent=lines.fact("current_rent")[owners],
        data_overage=lines.fact("current_data_overage")[owners],
        voice_overage=lines.fact("current_voice_overage")[owners],
        quota_mb=lines.of_plan("quota_mb")[owners],
        quota_min=lines.of_plan("quota_min")[owners],
        mean_data_mb=lines.label("data_mb_mean_3m")[owners],
        data_growth_mb=lines.label("data_slope_mb_per_month")[owners],
        days_to_contract_end=lines.fact("contract_ends_on")[owners] - scored.situation.day.toordinal(),
    )


def _after(scored: Scored, owners: Places, offers: Places) -> After:
    lines = scored.lines

    def pair(name: str) -> Floats:
        return lines.pair(name)[owners, offers]

    return After(
        total=pair("total_after"),
        rent=pair("rent_after"),
        data_overage=pair("data_overage_after"),
        voice_overage=pair("voice_overage_after"),
        quota_mb=_quota(scored, owners, offers, "quota_mb"),
        quota_min=_quota(scored, owners, offers, "quota_min"),
    )


def _quota(scored: Scored, owners: Places, offers: Places, name: str) -> Floats:
    """A plan offer brings its plan's quota, any other adds to the present one."""
    kinds = scored.lines.layout.offers
    replaces = np.array([offer.kind == "plan" for offer in kinds])[offers]
    brought = np.array([getattr(offer, name) for offer in kinds])[offers]
    return np.asarray(np.where(replaces, brought, scored.lines.of_plan(name)[owners] + brought))
