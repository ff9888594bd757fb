"""Eligibility, probability, value and order of every offer for some lines: the arrays behind one answer and behind all.

`decide` scores one line, `bulk` thousands; both read what they say from here, so that they say the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.settings import Settings
from features.request_features import Call
from models import arbitration
from models.arbitration import Factors, Flags, Floats, ValueTerms
from models.bill_response import BillResponse
from models.leaving_effect import LeavingEffect
from models.uptake import UptakeModel
from serving.binding import Binding
from serving.champions import Champion
from serving.context import context_weights, lever_weights
from serving.layers import PAIR_CODES, Held, held_back
from serving.layout import Layout, Lines
from serving.popup import UsualLevels, levels_on
from serving.situation import Situation


@dataclass(frozen=True)
class Uptake:
    """The champion that gives P(accepted | pitched), bound to the publication; what a yes does to bills and leaving."""

    model: UptakeModel
    binding: Binding
    leaving: LeavingEffect

    @classmethod
    def of(cls, champion: Champion, layout: Layout) -> Uptake:
        """Bind the champion; BadInput where its features are not those that are published."""
        binding = Binding.of(champion.model.schema, layout, champion.version)
        return cls(champion.model, binding, LeavingEffect.from_json(champion.card.leaving_effect))

    def probabilities(self, lines: Lines, wanted: Flags, call: Call | None = None) -> Floats:
        """(lines, offers), NaN where not wanted; with what the call says, if somebody is calling."""
        found = np.full(wanted.shape, np.nan)
        if wanted.any():
            found[wanted] = self.model.predict_matrix(self.binding.pair_matrix(lines, wanted, call))
        return found


@dataclass(frozen=True)
class Scored:
    """Arrays of (lines, offers); `order` holds offer positions, the first `count` of each line are eligible.

    `leaving` is what an acceptance adds to P(leaves within 90 days), null where the log does not tell. `factors` are P,
    V, C and L as they were used; `probability` and `value` are P and V whether used or not.
    """

    lines: Lines
    situation: Situation
    held: Held
    personalised: NDArray[np.bool_]
    probability: Floats
    margin: Floats
    leaving: Floats
    value: Floats
    factors: Factors
    order: NDArray[np.intp]
    count: NDArray[np.intp]
    levels: Sequence[int]

    @property
    def margin_uplift(self) -> Floats:
        """Margin over the horizon that a pitch is expected to bring, CNY."""
        return self.probability * self.margin

    @property
    def churn_uplift(self) -> Floats:
        """What a pitch is expected to add to P(leaves within 90 days): below 0 where it keeps customers."""
        return self.probability * self.leaving

    @property
    def expected_value(self) -> Floats:
        """P x V, CNY, before context and levers."""
        return self.probability * self.value

    def shown(self, limit: int) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
        """(line, rank from 1, offer) of what is shown, by line and rank.

        A limit above 0 recommends: only offers whose expected value is above 0 (where the value counts at all). 0 lists
        all eligible offers.
        """
        places = np.arange(self.order.shape[1])
        shown = places < self.count[:, None]
        if limit:
            earned = self.factors.propensity * self.factors.value
            ordered = np.take_along_axis(earned, self.order, axis=1)
            shown &= ~self.personalised[:, None] | (ordered > 0)
            shown &= shown.cumsum(axis=1) <= limit
        owners, found = np.nonzero(shown)
        ranks = shown.cumsum(axis=1)[owners, found]
        return owners, ranks, self.order[owners, found]

    def no_offer_reason(self, line: int) -> str:
        """Why a line of which nothing is shown gets no offer."""
        if self.held.line[line]:
            return self.held.line_code(line)
        if self.count[line]:
            return "NO_VALUE"
        found = {int(code) for code in self.held.pair[line]}
        return PAIR_CODES[found.pop()] if len(found) == 1 else "NOTHING_ELIGIBLE"


def score_lines(lines: Lines, situation: Situation, uptake: Uptake, settings: Settings) -> Scored:
    """Score lines. Without consent to personalisation, or where it is not wished, nothing is predicted."""
    held = held_back(lines, situation, settings)
    personal = lines.flag("personalisation_consent") & situation.personalised
    ours = held.open & personal[:, None]
    probability = uptake.probabilities(lines, ours, situation.call)
    terms = value_terms(settings, lines.layout, situation.channel)
    margin, after = margins(lines, terms, uptake.model.response.under(settings.value.response))
    leaving = np.broadcast_to(uptake.leaving.changes([offer.kind for offer in lines.layout.offers]), margin.shape)
    value = arbitration.acceptance_value(margin, terms) + arbitration.kept_margin(leaving, after, terms)
    factors = _factors(lines, situation, settings, (probability, value))
    levels = popup_levels(lines.layout, situation, settings)
    order, count = arbitration.by_priority(factors.priority, ours)
    fixed, fixed_count = _fixed_order(lines.layout, levels, held.open & ~personal[:, None])
    order = np.where(personal[:, None], order, fixed)
    count = np.where(personal, count, fixed_count)
    return Scored(lines, situation, held, personal, probability, margin, leaving, value, factors, order, count, levels)


def margins(lines: Lines, terms: ValueTerms, response: BillResponse) -> tuple[Floats, Floats]:
    """(lines, offers): margin of an acceptance over the horizon, CNY, and the monthly bill after it.

    See `[value] response`.
    """
    current = lines.fact("current_total")[:, None]
    kinds = [offer.kind for offer in lines.layout.offers]
    change = response.changes(kinds, current - lines.pair("total_after"), lines.pair("overage_saved_cny"))
    after = current + change
    own = np.array([offer.monthly_margin_cny for offer in lines.layout.offers])
    return arbitration.horizon_margin(current, after, own, terms), after


def value_terms(settings: Settings, layout: Layout, channel: str) -> ValueTerms:
    """The settings of the value; where a person talks, the agent's time costs, with the seconds that were learned."""
    own = settings.value
    return ValueTerms(
        margin_share=own.margin_share,
        horizon_months=own.horizon_months,
        acceptance_bonus_cny=own.acceptance_bonus_cny,
        agent_cny_per_hour=own.agent_cny_per_hour if settings.channel(channel).agent else 0.0,
        pitch_s=arbitration.PITCH_SECONDS if layout.pitch_s is None else layout.pitch_s,
    )


def popup_levels(layout: Layout, situation: Situation, settings: Settings) -> list[int]:
    """Pop-up priority of each offer on that day."""
    usual = UsualLevels(settings.serving.popup_levels, settings.serving.plans_first_from_day)
    offers = [(offer.offer_id, offer.kind) for offer in layout.offers]
    return levels_on(situation.day, offers, usual, layout.overrides)


def _factors(lines: Lines, situation: Situation, settings: Settings, earned: tuple[Floats, Floats]) -> Factors:
    shape = earned[0].shape
    context = context_weights(lines, situation, settings)
    lever = np.broadcast_to(lever_weights(lines, settings), shape)
    on = settings.arbitration
    switches = {"propensity": on.propensity, "value": on.value, "context": on.context, "lever": on.levers}
    return arbitration.switched(Factors(*earned, context, lever), **switches)


def _fixed_order(layout: Layout, levels: list[int], eligible: Flags) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    return arbitration.unpersonalised(levels, np.array([offer.monthly_fee_cny for offer in layout.offers]), eligible)
