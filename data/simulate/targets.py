"""The monthly target list: the plain heuristic that the operator runs today.

Each plan on sale is priced at the mean use of the last three months, roughly (a noisy estimate, no response of the
customer to a new quota); within the seed's bands the cheapest becomes the line's target offer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.simulate.biller import bill
from data.simulate.catalogue import PLAN, Catalogue
from data.simulate.chunk import Chunk
from data.simulate.kinds import NONE, Bools, Floats, Ints
from data.simulate.people import People
from data.simulate.rows import codes, dates, identifiers
from data.simulate.setting import Setting
from data.simulate.state import ACTIVE, State, mean_of_last
from data.simulate.usage import Held, month_of_use


@dataclass(frozen=True)
class Estimates:
    """Rough totals of each line under each plan offer, CNY, shape (lines, plan offers), and under its present plan."""

    offers: Ints
    total_cny: Floats
    rent_cny: Floats
    present_cny: Floats
    present_rent_cny: Floats
    present_plan: Ints

    def allowed(self, setting: Setting) -> Bools:
        """Under the bill-rise guards and not the present plan; shape (lines, plan offers)."""
        sales, plans = setting.world.sales, setting.catalogue.offers.plan[self.offers]
        within = self.total_cny <= sales.total_guard * self.present_cny[:, None]
        rent = self.rent_cny <= sales.rent_guard * self.present_rent_cny[:, None]
        return within & rent & (plans[None, :] != self.present_plan[:, None])

    def best_plan(self, setting: Setting) -> Ints:
        """The plan on sale with the lowest rough total, by line."""
        return setting.catalogue.offers.plan[self.offers[self.total_cny.argmin(axis=1)]]


def estimate(people: People, state: State, setting: Setting) -> Estimates:
    """Price all plan offers at the remembered mean use."""
    catalogue = setting.catalogue
    offers = np.flatnonzero(catalogue.offers.kind == PLAN)
    held = state.held(catalogue)
    data, voice = mean_of_last(state.last_data), mean_of_last(state.last_voice)
    totals = [_total(catalogue, held, int(plan), data, voice) for plan in catalogue.offers.plan[offers]]
    rent = np.broadcast_to(catalogue.plans.fee_cny[catalogue.offers.plan[offers]], (people.size, offers.size))
    return Estimates(
        offers=offers,
        total_cny=np.column_stack(totals),
        rent_cny=rent,
        present_cny=mean_of_last(state.last_total),
        present_rent_cny=catalogue.plans.fee_cny[state.plan],
        present_plan=state.plan,
    )


def _total(catalogue: Catalogue, held: Held, plan: int, data: Floats, voice: Floats) -> Floats:
    zero = np.zeros(data.size)
    other = Held(np.full(data.size, plan, dtype=np.int64), zero, held.pack_mb, held.pack_fee_cny, held.auto)
    return bill(catalogue.plans, catalogue.ladder, month_of_use(data, voice, other)).total_cny


def target_offer(chunk: Chunk, guesses: Estimates, month: int) -> Ints:
    """The listed plan offer of each line, NONE where it is not on the list."""
    rng, people, state, setting = chunk.rng, chunk.people, chunk.state, chunk.setting
    sales = setting.world.sales
    families = np.isin(setting.catalogue.plans.families, sales.excluded_families)
    rough = guesses.total_cny * np.exp(rng.normal(0.0, sales.list_noise, guesses.total_cny.shape))
    within = (rough >= sales.low_band * guesses.present_cny[:, None]) & (
        guesses.rent_cny >= guesses.present_rent_cny[:, None]
    )
    within &= (setting.opened_days()[guesses.offers] <= setting.calendar.day(month))[None, :]
    rough = np.where(guesses.allowed(setting) & within, rough, np.inf)
    best = np.argmin(rough, axis=1)
    listed = np.isfinite(rough[np.arange(people.size), best])
    listed &= chunk.present(month) & (state.status == ACTIVE) & (state.months_billed > 0)
    listed &= (mean_of_last(state.last_data) >= sales.low_data_mb) & ~families[state.plan]
    listed &= people.visible.marketing_consent & ~people.visible.do_not_market
    return np.where(listed, guesses.offers[best], NONE)


def write_targets(chunk: Chunk, listed: Ints, month: int) -> None:
    """`targets` of the month's run."""
    line = np.flatnonzero(listed != NONE)
    people, setting = chunk.people, chunk.setting
    calendar = setting.calendar
    chunk.parts.add(
        "targets",
        {
            "run_id": codes(np.zeros(line.size, dtype=np.int64), [f"R{calendar.name(month)}"]),
            "customer_id": identifiers("U", people.number[line], 8),
            "offer_id": codes(listed[line], setting.catalogue.offers.ids),
            "scored_on": dates(np.full(line.size, calendar.day(month), dtype=np.int64)),
        },
    )
