"""What an accepted offer does to a line's leaving: the hazard of the months after it, against the same line without.

An accepted offer settles a customer, a contract binds, a discount keeps, and a changed bill is felt: as overpaying or
its relief while the mean of the remembered bills follows, as a shock and as trouble when it rises. A plan's bill comes
a month later than that of an offer which starts at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.simulate.catalogue import PLAN, Offers
from data.simulate.kinds import NEVER, Bools, Floats, Ints, sigmoid
from data.simulate.leaving import leaving_logit, within_90_days
from data.simulate.people import People
from data.simulate.setting import Setting
from data.simulate.state import MEMORY, State

MONTHS = 3
DAYS_A_MONTH = 30.44


@dataclass(frozen=True)
class Leaving:
    """Logits of the monthly hazards at the start of the coming months, (lines,) each, and what follows from them."""

    logits: list[Floats]
    setting: Setting

    @property
    def within_90_days(self) -> Floats:
        """P(left_on within 90 days)."""
        return within_90_days(self.logits, self.setting.world.leaving)

    def survival(self, months: int) -> Floats:
        """P(still there in the middle of each month), shape (months, lines); the last hazard goes on."""
        hazards = np.array([sigmoid(self.logits[min(month, MONTHS - 1)]) for month in range(months)])
        stays = np.cumprod(1.0 - hazards, axis=0)
        return np.asarray(stays / np.sqrt(1.0 - hazards), dtype=np.float64)


def without_offer(people: People, state: State, setting: Setting, line: Ints, day: int) -> Leaving:
    """The coming months of `line` as they stand at `day`."""
    return Leaving([leaving_logit(people, state, setting, day, ahead)[line] for ahead in range(MONTHS)], setting)


def with_offer_taken(
    before: Leaving, people: People, state: State, where: tuple[Ints, int, int], bills: tuple[Floats, Floats]
) -> Leaving:
    """The same for lines that take an offer; `where` = (line, offer, day), `bills` = (without, with), CNY a month."""
    line, offer, day = where
    setting = before.setting
    bound = _bound(state, setting, line, offer, day)
    ratio = np.log(np.maximum(bills[1], 5.0) / np.maximum(bills[0], 5.0))
    sensitivity = people.latent.price_sensitivity[line]
    late = int(setting.catalogue.offers.kind[offer] == PLAN)
    felt = [_bill_felt(setting, ratio, sensitivity, ahead - late) for ahead in range(MONTHS)]
    return Leaving([logit + bound[ahead] + felt[ahead] for ahead, logit in enumerate(before.logits)], setting)


def _bound(state: State, setting: Setting, line: Ints, offer: int, day: int) -> list[Floats]:
    """Change of each month's logit by being settled, bound and given a discount."""
    rates, offers = setting.world.leaving, setting.catalogue.offers
    settled = rates.settled * ~_recent(state.accepted_day[line], day, rates.settled_days)
    discounted = (state.discount_until[line] != NEVER) & (state.discount_until[line] > day)
    discount = rates.discount * ((offers.discount_cny[offer] > 0) & ~discounted)
    months = []
    for ahead in range(MONTHS):
        then = day + int(DAYS_A_MONTH * ahead)
        end = state.contract_end[line]
        tied = (end != NEVER) & (end > then)
        over = (end != NEVER) & (end <= then) & (then - end < rates.over_days)
        contract = (rates.contract * ~tied - rates.contract_over * over) * _binds(offers, offer)
        months.append(np.asarray(settled + discount + contract, dtype=np.float64))
    return months


def _binds(offers: Offers, offer: int) -> bool:
    return bool(offers.contract_months[offer] > 0)


def _recent(since: Ints, day: int, days: int) -> Bools:
    return np.asarray((since != NEVER) & (day - since < days), dtype=np.bool_)


def _bill_felt(setting: Setting, ratio: Floats, sensitivity: Floats, seen: int) -> Floats:
    """Change of a month's logit when `seen` changed bills have come; `ratio` = log(with / without)."""
    if seen < 1:
        return np.zeros_like(ratio)
    rates, feelings = setting.world.leaving, setting.world.feelings
    known = min(seen, MEMORY)
    usual = (known * np.exp(ratio) + MEMORY - known) / MEMORY
    overpaying = rates.overpaying * sensitivity * np.log(usual)
    shock = np.maximum(ratio - np.log(usual), 0.0)
    trouble = feelings.shock * np.clip(np.expm1(ratio), 0.0, 1.5) * rates.trouble_memory ** (seen - 1)
    return np.asarray(overpaying + rates.shock * shock + rates.trouble * trouble, dtype=np.float64)
