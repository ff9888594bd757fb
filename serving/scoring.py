"""Eligibility, probability, value and order of every offer for some lines: the arrays behind one answer and behind all.

`decide` scores one line, `bulk` thousands; both read what they say from here, so that they say the same.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.settings import Settings
from models import arbitration
from models.arbitration import Flags, Floats, ValueTerms
from models.base import Model
from serving.binding import Binding
from serving.champions import Champion
from serving.layout import Layout, Lines

LINE_CODES = (
    "",
    "NO_PLAN",
    "SUSPENDED",
    "PORT_OUT_REQUESTED",
    "NO_CONSENT",
    "DO_NOT_MARKET",
)  # the last that holds wins
PAIR_CODES = (
    "",
    "NOT_VALID",
    "PRESENT_PLAN",
    "ALREADY_HELD",
    "EXCLUDED_BY_PACK",
    "PLAN_CHANGE_PENDING",
    "UNDER_CONTRACT",
    "NOT_RATED",
    "BILL_RISE",
)


@dataclass(frozen=True)
class Uptake:
    """The champion that gives P(accepted | pitched), bound to the publication."""

    model: Model
    binding: Binding

    @classmethod
    def of(cls, champion: Champion, layout: Layout) -> Uptake:
        """Bind the champion; BadInput where its features are not those that are published."""
        return cls(champion.model, Binding.of(champion.model.schema, layout, champion.version))

    def probabilities(self, lines: Lines, wanted: Flags) -> Floats:
        """(lines, offers), NaN where not wanted."""
        found = np.full(wanted.shape, np.nan)
        if wanted.any():
            found[wanted] = self.model.predict_matrix(self.binding.pair_matrix(lines, wanted))
        return found


@dataclass(frozen=True)
class Scored:
    """Arrays of (lines, offers); `order` holds offer positions, the first `count` of each line are eligible."""

    lines: Lines
    day: dt.date
    line_code: NDArray[np.int8]
    pair_code: NDArray[np.int8]
    personalised: NDArray[np.bool_]
    probability: Floats
    margin: Floats
    value: Floats
    order: NDArray[np.intp]
    count: NDArray[np.intp]
    levels: Sequence[int]

    @property
    def margin_uplift(self) -> Floats:
        """Margin over the horizon that a pitch is expected to bring, CNY."""
        return self.probability * self.margin

    @property
    def expected_value(self) -> Floats:
        """P x V, CNY."""
        return self.probability * self.value

    def shown(self, limit: int) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
        """(line, rank from 1, offer) of what is shown, by line and rank.

        A limit above 0 recommends: it stops where the expected value is no longer above 0. 0 lists all eligible offers.
        """
        offers = self.order.shape[1]
        ranks = np.broadcast_to(np.arange(1, offers + 1), self.order.shape)
        shown = ranks <= self.count[:, None]
        if limit:
            ordered = np.take_along_axis(self.expected_value, self.order, axis=1)
            shown &= (ranks <= limit) & (~self.personalised[:, None] | (ordered > 0))
        owners, places = np.nonzero(shown)
        return owners, places + 1, self.order[owners, places]

    def no_offer_reason(self, line: int) -> str:
        """Why a line of which nothing is shown gets no offer."""
        if self.line_code[line]:
            return LINE_CODES[self.line_code[line]]
        if self.count[line]:
            return "NO_VALUE"
        found = {int(code) for code in self.pair_code[line]}
        return PAIR_CODES[found.pop()] if len(found) == 1 else "NOTHING_ELIGIBLE"


def score_lines(lines: Lines, day: dt.date, uptake: Uptake, settings: Settings, personalised: bool = True) -> Scored:
    """Score lines for a day. Without consent to personalisation, or where it is not wished, nothing is predicted."""
    line_code = _line_codes(lines)
    pair_code = _pair_codes(lines, day, settings)
    open_pairs = (pair_code == 0) & (line_code == 0)[:, None]
    personal = lines.flag("personalisation_consent") & personalised
    probability = uptake.probabilities(lines, open_pairs & personal[:, None])
    terms = value_terms(settings)
    own = np.array([offer.monthly_margin_cny for offer in lines.layout.offers])
    margin = arbitration.horizon_margin(lines.fact("current_total")[:, None], lines.pair("total_after"), own, terms)
    value = arbitration.acceptance_value(margin, terms)
    levels = popup_levels(lines.layout, day, settings)
    order, count = arbitration.by_value(probability * value, open_pairs & personal[:, None])
    fixed, fixed_count = _fixed_order(lines.layout, levels, open_pairs & ~personal[:, None])
    order = np.where(personal[:, None], order, fixed)
    count = np.where(personal, count, fixed_count)
    return Scored(lines, day, line_code, pair_code, personal, probability, margin, value, order, count, levels)


def value_terms(settings: Settings) -> ValueTerms:
    """The settings of the value of an acceptance."""
    return ValueTerms(**settings.value.model_dump())


def popup_levels(layout: Layout, day: dt.date, settings: Settings) -> list[int]:
    """Pop-up priority of each offer on that day."""
    kinds = [offer.kind for offer in layout.offers]
    return arbitration.popup_levels(
        kinds, settings.serving.popup_levels, day.day, settings.serving.plans_first_from_day
    )


def _fixed_order(layout: Layout, levels: list[int], eligible: Flags) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    return arbitration.unpersonalised(levels, np.array([offer.monthly_fee_cny for offer in layout.offers]), eligible)


def _line_codes(lines: Lines) -> NDArray[np.int8]:
    conditions = {
        "DO_NOT_MARKET": lines.flag("do_not_market"),
        "NO_CONSENT": ~lines.flag("marketing_consent"),
        "PORT_OUT_REQUESTED": lines.flag("port_out_requested"),
        "SUSPENDED": lines.flag("suspended"),
        "NO_PLAN": np.isnan(lines.fact("present_plan")),
    }
    found = np.zeros(len(lines), dtype=np.int8)
    for code in LINE_CODES[1:]:
        found[conditions[code]] = LINE_CODES.index(code)
    return found


def _pair_codes(lines: Lines, day: dt.date, settings: Settings) -> NDArray[np.int8]:
    """The first code of `PAIR_CODES` that holds, by position."""
    offers = lines.layout.offers
    current, after = lines.fact("current_total")[:, None], lines.pair("total_after")
    rent, guard = lines.fact("current_rent")[:, None], settings.guard
    conditions = {
        "NOT_VALID": _of_offers([not _valid(o.valid_from, o.valid_to, day) for o in offers]),
        "PRESENT_PLAN": _is_present(lines),
        "ALREADY_HELD": lines.pair("held") == 1.0,
        "EXCLUDED_BY_PACK": lines.pair("held") == 2.0,
        "PLAN_CHANGE_PENDING": _changes_plan(lines.layout) & (lines.fact("plan_change_on") > day.toordinal())[:, None],
        "UNDER_CONTRACT": _under_contract(lines, day),
        "NOT_RATED": np.isnan(current + after),
        "BILL_RISE": arbitration.rises_above(current, after, guard.max_total_ratio)
        | arbitration.rises_above(rent, lines.pair("rent_after"), guard.max_rent_ratio),
    }
    assert tuple(conditions) == PAIR_CODES[1:]
    return arbitration.first_code(conditions, (len(lines), len(offers)))


def _of_offers(flags: list[bool]) -> Flags:
    return np.array(flags, dtype=np.bool_)[None, :]


def _valid(valid_from: str, valid_to: str | None, day: dt.date) -> bool:
    return valid_from <= day.isoformat() and (valid_to is None or day.isoformat() < valid_to)


def _changes_plan(layout: Layout) -> Flags:
    return _of_offers([offer.kind == "plan" for offer in layout.offers])


def _is_present(lines: Lines) -> Flags:
    places = {plan.plan_id: place for place, plan in enumerate(lines.layout.plans)}
    wanted = [places.get(offer.plan_id or "", -1) for offer in lines.layout.offers]
    same = lines.fact("present_plan")[:, None] == np.array(wanted, dtype=np.float64)[None, :]
    return np.asarray(same & _changes_plan(lines.layout))


def _under_contract(lines: Lines, day: dt.date) -> Flags:
    """A running contract allows neither a plan with a lower fee nor another contract (assumed: operators' practice)."""
    runs = (lines.fact("contract_ends_on") > day.toordinal())[:, None]
    binds = _of_offers([offer.contract_months > 0 for offer in lines.layout.offers])
    lower = lines.pair("rent_after") < lines.fact("current_rent")[:, None]
    return np.asarray(runs & (binds | (lower & _changes_plan(lines.layout))))
