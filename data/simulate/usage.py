"""What a line uses in a month: need, bent by the quota and by the fear of overage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from lunardate import LunarDate

from data.simulate.biller import MonthOfUse
from data.simulate.calendar import Calendar
from data.simulate.catalogue import Catalogue
from data.simulate.kinds import Bools, Floats, Ints
from data.simulate.parameters import UsageParameters
from data.simulate.people import Latent


@dataclass(frozen=True)
class Held:
    """What a line holds in a month, in rows: plan index, MB at hand beside its quota, pack fees, the ladder."""

    plan: Ints
    rollover_mb: Floats
    pack_mb: Floats
    pack_fee_cny: Floats
    auto: Bools

    def rows(self, chosen: Ints | Bools) -> Held:
        """Some of the rows."""
        return Held(
            self.plan[chosen],
            self.rollover_mb[chosen],
            self.pack_mb[chosen],
            self.pack_fee_cny[chosen],
            self.auto[chosen],
        )


def season(calendar: Calendar, month: int, usage: UsageParameters) -> tuple[float, float]:
    """Factors on data and voice need in a month."""
    of_year = calendar.month_of_year(month)
    festival = LunarDate(calendar.year(month), 1, 1).to_solar_date().month == of_year
    summer = usage.summer_data if of_year in (7, 8) else 0.0
    data = summer + (usage.spring_festival_data if festival else 0.0)
    return float(np.exp(data)), float(np.exp(usage.spring_festival_voice if festival else 0.0))


def mean_need(latent: Latent, calendar: Calendar, month: int, usage: UsageParameters) -> tuple[Floats, Floats]:
    """Median data (MB) and voice (minutes) need of each line in a month, before its own deviation."""
    data_season, voice_season = season(calendar, month, usage)
    data = grown(latent.data_need_mb, latent.data_growth, month, usage.data_saturation_mb) * data_season
    voice = grown(latent.voice_need_min, latent.voice_growth, month, usage.voice_saturation_min) * voice_season
    return np.minimum(data, usage.data_need_max_mb), voice


def grown(need: Floats, growth: Floats, months: int, room: float) -> Floats:
    """Logistic growth from `need` by `growth` (log a month) after `months`; it levels off at need + `room`.

    >>> grown(np.array([100.0, 100.0]), np.array([0.02, 0.02]), 1200, 500.0).round(6).tolist()
    [600.0, 600.0]
    """
    free = need * np.exp(growth * months)
    return np.asarray(free * (need + room) / (room + free), dtype=np.float64)


def respond(need_mb: Floats, held: Held, fear: Floats, catalogue: Catalogue, usage: UsageParameters) -> Floats:
    """Data that is used, MB: need stretched a little towards what is at hand, and given up beyond it.

    Beyond the quota the fearful share of the need is given up, and the rest saturates where it would cost
    `overage_budget_cny` at the plan's price (a capped plan or a ladder makes it cheaper, so more is used).
    """
    plans = catalogue.plans
    free = held.pack_mb + held.rollover_mb + plans.data_mb[held.plan]
    stretch = np.clip((free + 50.0) / (need_mb + 50.0), 0.25, 4.0) ** usage.quota_elasticity
    wanted = need_mb * stretch
    beyond = np.maximum(wanted - free, 0.0)
    discount = np.where(held.auto, 6.0, np.where(np.isfinite(plans.cap_cny[held.plan]), 5.0, 1.0))
    scale = usage.overage_budget_cny / plans.data_price[held.plan] * discount
    kept = scale * -np.expm1(-beyond * (1.0 - fear) / scale)
    return np.minimum(wanted, free) + kept


def respond_voice(need_min: Floats, held: Held, fear: Floats, catalogue: Catalogue, usage: UsageParameters) -> Floats:
    """Minutes that are used: part of the need beyond the quota moves to other services."""
    quota = catalogue.plans.voice_min[held.plan]
    beyond = np.maximum(need_min - quota, 0.0)
    return np.minimum(need_min, quota) + beyond * (1.0 - usage.voice_given_up * fear)


def month_of_use(data_mb: Floats, voice_min: Floats, held: Held) -> MonthOfUse:
    """Use as it is billed: MB to two decimals, minutes to one."""
    return MonthOfUse(
        plan=held.plan,
        data_mb=np.round(data_mb, 2),
        voice_min=np.round(voice_min, 1),
        rollover_mb=held.rollover_mb,
        pack_mb=held.pack_mb,
        pack_fee_cny=held.pack_fee_cny,
        auto=held.auto,
    )


def next_deviation(rng: np.random.Generator, before: Floats, sd: float, memory: float) -> Floats:
    """The month's log deviation from the median need: a stationary first-order process."""
    return memory * before + np.sqrt(1.0 - memory**2) * sd * rng.standard_normal(before.size)
