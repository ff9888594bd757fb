"""The truth of every line and offer at the window's end: acceptance, bills, margins and leaving, with and without."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

from data.simulate.acceptance import Pitch, accept_logit, consequence, fullness, next_month, over_intents
from data.simulate.catalogue import DATA_PACK
from data.simulate.chunk import Chunk
from data.simulate.contacts import INTENTS, contact_rates, hotline_chance
from data.simulate.eligible import eligible
from data.simulate.kinds import NONE, Bools, Floats, Ints
from data.simulate.offer_effects import Leaving, with_offer_taken, without_offer
from data.simulate.pricing import Expected, Outlook, discount_of, expected_month, with_offer
from data.simulate.rows import amounts, codes, flags, identifiers
from data.simulate.setting import Setting
from data.simulate.targets import Estimates
from data.simulate.usage import Held

MIDDLE_DAY = 15  # of the coming month: when the pitch takes place
SHARE = "share_"  # of a line's coming hotline calls, by intent
YEAR_MONTHS = (2, 9)  # months after the window that stand for the halves of a year


@dataclass(frozen=True)
class Lines:
    """Lines that are present at the end, and what does not depend on the offer; `…s` go by month: next, YEAR_MONTHS."""

    chunk: Chunk
    line: Ints
    menu: Bools
    held: Held
    outlooks: list[Outlook]
    presents: list[Expected]
    calls: Floats
    leaving: Leaving
    year: Floats
    staying: Floats

    @cached_property
    def intents(self) -> Floats:
        """Shares of the intents in a line's coming hotline calls, shape (lines, intents)."""
        return np.asarray(self.calls / self.calls.sum(axis=1, keepdims=True))


def write_pair_truth(chunk: Chunk, guesses: Estimates) -> None:
    """Each present line x offer: acceptance by a mean agent in mid-month, what follows with and without; CNY.

    Bills are expected for the first month after the window (a plan: as if in force from its first day), margins are
    margin share x twelve months of bills with the need growing on, less discounts; `value12_…` are the same, counted
    while the line stays. One pass per offer.
    """
    lines = _lines(chunk, guesses)
    _write_calls(lines)
    for offer in range(len(chunk.setting.catalogue.offers.ids)):
        chunk.parts.add("truth_pairs", _columns(lines, offer))


def _lines(chunk: Chunk, guesses: Estimates) -> Lines:
    people, state, setting = chunk.people, chunk.state, chunk.setting
    day, month = setting.calendar.end_day, setting.calendar.months
    line = np.flatnonzero(state.present(day - 1, people.visible.joined_day))
    held = state.held(setting.catalogue).rows(line)
    leaving = without_offer(people, state, setting, line, day)
    outlooks = [next_month(people, state, setting, month + k, k + 1).rows(line) for k in (0, *YEAR_MONTHS)]
    presents = [expected_month(ahead, held, setting.catalogue, setting.world.usage) for ahead in outlooks]
    year = setting.world.margin_share * _by_month([month.total_cny for month in presents[1:]], setting)
    return Lines(
        chunk=chunk,
        line=line,
        menu=eligible(chunk, guesses, line, np.full(line.size, day)),
        held=held,
        outlooks=outlooks,
        presents=presents,
        calls=hotline_calls(chunk, line),
        leaving=leaving,
        year=year,
        staying=leaving.survival(len(year)),
    )


def _write_calls(lines: Lines) -> None:
    """How many hotline calls are to come, what they will be about, and how full the quota will be."""
    catalogue, ahead = lines.chunk.setting.catalogue, lines.outlooks[0]
    shares = {f"{SHARE}{INTENTS[number]}": amounts(column, 6) for number, column in enumerate(lines.intents.T)}
    lines.chunk.parts.add(
        "truth_next_calls",
        {
            "customer_id": identifiers("U", lines.chunk.people.number[lines.line], 8),
            "calls": amounts(lines.calls.sum(axis=1), 6),
            **shares,
            "fullness": amounts(fullness(ahead, lines.held, catalogue), 5),
        },
    )


def hotline_calls(chunk: Chunk, line: Ints) -> Floats:
    """A line's expected hotline calls of the coming month by intent, shape (lines, intents); repeats apart."""
    contacts, latent = chunk.setting.world.contacts, chunk.people.latent
    rates = contact_rates(chunk.people, chunk.state, contacts)[line]
    chance = hotline_chance(latent.digital[line, None], np.arange(rates.shape[1]), contacts)
    return np.asarray(rates * latent.contact_frailty[line, None] * chance, dtype=np.float64)


def _columns(lines: Lines, offer: int) -> dict[str, pa.Array]:
    chunk, line, setting = lines.chunk, lines.line, lines.chunk.setting
    chosen = np.full(line.size, offer, dtype=np.int64)
    outcome = consequence(lines.outlooks[0], lines.held, setting, chosen, lines.presents[0])
    day = setting.calendar.end_day
    pitch = Pitch(line, chosen, np.full(line.size, NONE), np.zeros(line.size), np.full(line.size, day + MIDDLE_DAY))
    logit = accept_logit(chunk.people, chunk.state, setting, pitch, outcome)
    kind = int(setting.catalogue.offers.kind[offer])
    bills = (outcome.present.total_cny, outcome.new.total_cny)
    leaving = with_offer_taken(lines.leaving, chunk.people, chunk.state, (line, offer, day), bills)
    margin = _margins(lines, offer)
    return {
        "customer_id": identifiers("U", chunk.people.number[line], 8),
        "offer_id": codes(chosen, setting.catalogue.offers.ids),
        "eligible": flags(lines.menu[:, offer]),
        "accept_probability": amounts(over_intents(logit, kind, lines.intents, setting.world.acceptance), 6),
        "accept_logit": amounts(logit, 5),
        "present_bill_cny": amounts(bills[0]),
        "next_bill_cny": amounts(bills[1] - outcome.discount_cny),
        "margin12_without_cny": amounts(lines.year.sum(axis=0)),
        "margin12_with_cny": amounts(margin.sum(axis=0)),
        "churn90_without": amounts(lines.leaving.within_90_days, 6),
        "churn90_with": amounts(leaving.within_90_days, 6),
        "value12_without_cny": amounts((lines.year * lines.staying).sum(axis=0)),
        "value12_with_cny": amounts((margin * leaving.survival(len(margin))).sum(axis=0)),
    }


def _by_month(bills: list[Floats], setting: Setting) -> Floats:
    """Bills of the coming months from those of YEAR_MONTHS, shape (months, lines)."""
    return np.repeat(bills, setting.world.margin_months // len(YEAR_MONTHS), axis=0)


def _margins(lines: Lines, offer: int) -> Floats:
    """Margin of each of the coming months with the offer, CNY, shape (months, lines); packs are given up in time."""
    setting, catalogue = lines.chunk.setting, lines.chunk.setting.catalogue
    chosen = np.full(lines.line.size, offer, dtype=np.int64)
    changed = with_offer(lines.held, chosen, catalogue)
    months = [expected_month(ahead, changed, catalogue, setting.world.usage) for ahead in lines.outlooks[1:]]
    year = _by_month([month.total_cny for month in months], setting)
    passed = np.arange(len(year))[:, None]
    discounted = passed < catalogue.offers.contract_months[offer]
    margin = setting.world.margin_share * (year - discounted * discount_of(chosen, catalogue))
    if catalogue.offers.kind[offer] != DATA_PACK:
        return np.asarray(margin)
    kept = (1.0 - setting.world.billing.pack_drop) ** passed
    return np.asarray(kept * margin + (1.0 - kept) * lines.year)
