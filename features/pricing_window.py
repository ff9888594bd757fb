"""What a pricing run looks at: how many closed months, which pack rule, and the lake's small catalogues."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

import ibis.expr.types as ir

from data.errors import BadInput
from data.known import Known
from features.held_packs import PackCatalogue, pack_catalogue
from features.plan_terms import PlanTerms, voice_rounds
from features.rating_usage import voice_column
from features.windows import add_months, last_closed_month

PackRule = Literal["carried", "rerated"]


@dataclass(frozen=True)
class PricingOptions:
    """How pairs are priced.

    `packs`: `carried` takes the pack fees that were paid, and the MB they bought, to any plan (the seed's input);
    `rerated` climbs the auto-upgrade ladder anew and charges held packs. `flex_in_current`: the flex pack's fee is part
    of what the customer pays today (the seed leaves it out).
    """

    months: int = 3
    packs: PackRule = "carried"
    flex_in_current: bool = True

    def __post_init__(self) -> None:
        if self.months < 1:
            raise BadInput(f"--months came as {self.months}; wanted 1 or more closed months")


@dataclass(frozen=True)
class PricingWindow:
    """The closed months, latest first, with what the small tables say.

    `rounds`: the multiples to which some plan rounds calls up; `rolls_over`: some plan does.
    """

    months: tuple[dt.date, ...]
    rounds: tuple[float, ...]
    rolls_over: bool
    packs: PackCatalogue
    options: PricingOptions

    @property
    def positions(self) -> range:
        """The months by position: 0 is the latest."""
        return range(len(self.months))

    @property
    def months_and_before(self) -> tuple[dt.date, ...]:
        """The months and, last, the one before them: it rolls over into them."""
        return (*self.months, add_months(self.months[-1], -1))

    def voice(self, table: ir.Table, terms: PlanTerms, suffix: str) -> ir.NumericValue:
        """The minutes of a month (columns that end in `suffix`), each call rounded up as the row's plan wants it."""
        minutes = table[voice_column(None) + suffix]
        for i, multiple in enumerate(self.rounds):
            minutes = (terms.round_min == multiple).ifelse(table[voice_column(i) + suffix], minutes)
        return minutes


def pricing_window(known: Known, options: PricingOptions) -> PricingWindow:
    """The window of the last closed months as of `known.as_of`."""
    latest = last_closed_month(known.as_of, known.settings.bill_delay_days)
    months = tuple(add_months(latest, -i) for i in range(options.months))
    plans = known["plans"]
    rolls_over = bool(plans.filter(plans.data_rolls_over.fill_null(False)).count().execute())
    return PricingWindow(months, voice_rounds(plans), rolls_over, pack_catalogue(known), options)
