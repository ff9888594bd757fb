"""The bill that a line should expect under what it holds or might hold: the truth behind savings."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from data.simulate.biller import bill
from data.simulate.catalogue import DATA_PACK, HANDSET, PLAN, RETENTION, Catalogue
from data.simulate.kinds import Floats, Ints
from data.simulate.parameters import UsageParameters
from data.simulate.usage import Held, month_of_use, respond, respond_voice

NODES = np.sqrt(3.0) * np.array([-1.0, 0.0, 1.0])
WEIGHTS = np.array([1.0, 4.0, 1.0]) / 6.0


@dataclass(frozen=True)
class Outlook:
    """A month ahead, in rows: median needs, the mean of its log deviation, and the fear of overage.

    `spread` is the share of a month's standard deviation that is still open.
    """

    data_mb: Floats
    voice_min: Floats
    data_deviation: Floats
    voice_deviation: Floats
    fear: Floats
    spread: float

    def rows(self, chosen: Ints) -> Outlook:
        """Some of the rows."""
        return Outlook(
            self.data_mb[chosen],
            self.voice_min[chosen],
            self.data_deviation[chosen],
            self.voice_deviation[chosen],
            self.fear[chosen],
            self.spread,
        )


@dataclass(frozen=True)
class Expected:
    """Expected month, in rows: bill without `other_cny` (CNY), of it unplanned (CNY), data used (MB).

    `bad_cny` is the bill of a month of much use (1.7 standard deviations up).
    """

    total_cny: Floats
    overage_cny: Floats
    data_mb: Floats
    bad_cny: Floats


def expected_month(outlook: Outlook, held: Held, catalogue: Catalogue, usage: UsageParameters) -> Expected:
    """Mean over the month's log-normal deviation by three-point Gauss-Hermite quadrature.

    One node serves data and voice together: the bill is a sum of a data and a voice part, so their dependence
    does not matter for its mean.
    """
    size = held.plan.size
    total, overage, data = np.zeros(size), np.zeros(size), np.zeros(size)
    for node, weight in zip(NODES, WEIGHTS, strict=True):
        need = outlook.data_mb * np.exp(outlook.data_deviation + node * outlook.spread * usage.data_month_sd)
        voice = outlook.voice_min * np.exp(outlook.voice_deviation + node * outlook.spread * usage.voice_month_sd)
        used = respond(need, held, outlook.fear, catalogue, usage)
        voice = respond_voice(voice, held, outlook.fear, catalogue, usage)
        priced = bill(catalogue.plans, catalogue.ladder, month_of_use(used, voice, held))
        total += weight * priced.total_cny
        overage += weight * priced.overage_cny
        data += weight * used
    return Expected(total, overage, data, priced.total_cny)


def with_offer(held: Held, offer: Ints, catalogue: Catalogue) -> Held:
    """What each row would hold after accepting its offer (index); a new plan loses what rolled over."""
    offers, packs = catalogue.offers, catalogue.packs
    changes = offers.kind[offer] == PLAN
    adds = offers.kind[offer] == DATA_PACK
    return replace(
        held,
        plan=np.where(changes, offers.plan[offer], held.plan),
        rollover_mb=np.where(changes, 0.0, held.rollover_mb),
        pack_mb=held.pack_mb + np.where(adds, packs.data_mb[offers.pack[offer]], 0.0),
        pack_fee_cny=held.pack_fee_cny + np.where(adds, packs.fee_cny[offers.pack[offer]], 0.0),
    )


def discount_of(offer: Ints, catalogue: Catalogue) -> Floats:
    """Monthly discount of handset and retention offers, CNY."""
    kind = catalogue.offers.kind[offer]
    return np.where((kind == HANDSET) | (kind == RETENTION), catalogue.offers.discount_cny[offer], 0.0)
