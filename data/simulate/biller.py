"""What a month costs: the operator's own plain biller.

It is kept apart from the rating engine on purpose, and is that engine's oracle. The rules, in order:

1. Rent is the full monthly fee of the plan in force in the month. Plans change on the first of a month only; nothing is
   prorated (a joiner's or leaver's credit stands in `other_cny`).
2. Voice overage is (minutes - quota) x price, where the quota is not unlimited.
3. Data is taken first from the packs held in the month (kinds `data` and `flex`, full quota in the month of the start),
   then from what rolled over, then from the plan's quota.
4. What is left is overage. Holders of the auto-upgrade ladder start each month without a tier. The first MB of overage
   opens tier 1; tier k gives `quota_k` MB in all, beyond it each MB costs the plan's price, and when fee_k + that cost
   reaches fee_(k+1) the line jumps to tier k+1: at quota_k + (fee_(k+1) - fee_k) / price. The top tier is left by
   nobody. The tier's fee is `upgrade_pack_cny`, the rest `data_overage_cny`.
5. Without the ladder overage costs price x MB; under a staircase each `overage_cap_cny` covers up to `overage_cap_mb`,
   then the next step begins.
6. Unused plan quota is what rolls over, on plans that roll over, to the next month only; a plan change loses it.
7. Pack fees of kinds `data` and `flex` are `flex_pack_cny`; each component is rounded to 0.01 CNY.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.simulate.catalogue import Ladder, Plans
from data.simulate.kinds import Bools, Floats, Ints


@dataclass(frozen=True)
class MonthOfUse:
    """Line-months in rows: the plan's index, what was used, what was at hand beside the plan's quota."""

    plan: Ints
    data_mb: Floats
    voice_min: Floats
    rollover_mb: Floats
    pack_mb: Floats
    pack_fee_cny: Floats
    auto: Bools


@dataclass(frozen=True)
class Bill:
    """The components of rule 1 to 7, CNY, and what rolls over, MB; shape as the input's rows."""

    rent_cny: Floats
    voice_overage_cny: Floats
    data_overage_cny: Floats
    upgrade_pack_cny: Floats
    flex_pack_cny: Floats
    unused_mb: Floats

    @property
    def total_cny(self) -> Floats:
        """Everything but `other_cny`."""
        return (
            self.rent_cny + self.voice_overage_cny + self.data_overage_cny + self.upgrade_pack_cny + self.flex_pack_cny
        )

    @property
    def overage_cny(self) -> Floats:
        """What the customer did not plan for."""
        return self.voice_overage_cny + self.data_overage_cny + self.upgrade_pack_cny


def staircase_cny(overage_mb: Floats, price: Floats, cap_cny: Floats, cap_mb: Floats) -> Floats:
    """Rule 5: the cost of `overage_mb`; infinite caps mean no staircase.

    >>> inf = np.array([np.inf])
    >>> float(staircase_cny(np.array([1500.0]), np.array([0.29]), np.array([60.0]), np.array([1024.0]))[0])
    120.0
    >>> float(staircase_cny(np.array([100.0]), np.array([0.25]), inf, inf)[0])
    25.0
    """
    steps = np.floor(overage_mb / cap_mb)
    full = np.where(steps > 0, steps * np.where(np.isinf(cap_cny), 0.0, cap_cny), 0.0)
    rest = overage_mb - np.where(steps > 0, steps * np.where(np.isinf(cap_mb), 0.0, cap_mb), 0.0)
    return full + np.minimum(cap_cny, price * rest)


def ladder_cny(overage_mb: Floats, price: Floats, ladder: Ladder) -> tuple[Floats, Floats]:
    """Rule 4: the tier's fee and the overage beside it, for holders of the ladder.

    A jump happens exactly where the next tier becomes the cheaper one, so the tier in force is the cheapest.

    >>> note = Ladder(np.array([80.0, 150.0, 200.0, 300.0]), np.array([1024.0, 3072.0, 5120.0, 10240.0]))
    >>> fees, rest = ladder_cny(np.array([1723.0, 1725.0, 3571.0, 3573.0, 6119.0, 6121.0]), np.full(6, 0.1), note)
    >>> fees.tolist()
    [80.0, 150.0, 150.0, 200.0, 200.0, 300.0]
    """
    beyond = price[:, None] * np.maximum(overage_mb[:, None] - ladder.quota_mb[None, :], 0.0)
    tier = np.argmin(ladder.fee_cny[None, :] + beyond, axis=1)
    used = overage_mb > 0
    fee = np.where(used, ladder.fee_cny[tier], 0.0)
    rest = np.where(used, beyond[np.arange(tier.size), tier], 0.0)
    return fee, rest


def bill(plans: Plans, ladder: Ladder, use: MonthOfUse) -> Bill:
    """The bill of each row of `use`."""
    plan = use.plan
    quota = plans.data_mb[plan]
    beyond_packs = np.maximum(use.data_mb - use.pack_mb - use.rollover_mb, 0.0)
    overage = np.maximum(beyond_packs - quota, 0.0)
    plain = staircase_cny(overage, plans.data_price[plan], plans.cap_cny[plan], plans.cap_mb[plan])
    tier_fee, tier_rest = np.zeros_like(overage), np.zeros_like(overage)
    climbs = np.flatnonzero(use.auto & (overage > 0))
    tier_fee[climbs], tier_rest[climbs] = ladder_cny(overage[climbs], plans.data_price[plan[climbs]], ladder)
    extra_minutes = np.maximum(use.voice_min - plans.voice_min[plan], 0.0)
    return Bill(
        rent_cny=plans.fee_cny[plan],
        voice_overage_cny=np.round(extra_minutes * plans.voice_price[plan], 2),
        data_overage_cny=np.where(use.auto, np.round(tier_rest, 2), np.round(plain, 2)),
        upgrade_pack_cny=np.where(use.auto, tier_fee, 0.0),
        flex_pack_cny=use.pack_fee_cny,
        unused_mb=np.where(plans.rolls_over[plan], np.maximum(quota - beyond_packs, 0.0), 0.0),
    )
