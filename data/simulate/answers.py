"""What pitched customers answer, and what their yes changes; writes `exposures` and their truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.simulate.calendar import DAY_US, MINUTE_US
from data.simulate.catalogue import DATA_PACK, HANDSET, PLAN, RETENTION
from data.simulate.chunk import Chunk
from data.simulate.handling import Handled
from data.simulate.happenings import HOUR_US
from data.simulate.kinds import NEVER, NONE, Bools, Floats, Ints
from data.simulate.rows import amounts, codes, dates, flags, identifiers, stamps
from data.simulate.sales import ARMS, SUPPRESSED, Shown

REASONS = ("too_dear", "no_need", "later", "distrust", "contract", "other")
EXPOSURES_A_CHUNK = 100_000_000
NEW_HANDSETS = {"phone_a": 4, "phone_b": 6, "phone_c": 7}  # offer: model


@dataclass(frozen=True)
class Answers:
    """In the rows of `Shown`; times in microseconds, NEVER where it did not happen."""

    accepted: Bools
    accepted_us: Ints
    rejected_us: Ints
    reason: Ints
    confirmed_us: Ints
    reversed_us: Ints
    effective_day: Ints

    @property
    def takes_effect(self) -> Bools:
        """Confirmed and not taken back."""
        return (self.confirmed_us != NEVER) & (self.reversed_us == NEVER)


def answer(chunk: Chunk, shown: Shown, month: int) -> Answers:
    """Draw the answers from the true probability of each pitch."""
    rng, setting, calls = chunk.rng, chunk.setting, shown.calls
    size, sales = calls.line.size, setting.world.sales
    accepted = shown.pitched & (rng.random(size) < np.nan_to_num(shown.probability))
    in_call = calls.at_us + (2.0 + 5.0 * rng.random(size)) * MINUTE_US
    back = calls.at_us + np.minimum(rng.exponential(sales.call_back_days, size), 6.5) * DAY_US
    said = np.where(rng.random(size) < sales.at_once, in_call, back).astype(np.int64)
    leaves = chunk.state.leave_day[calls.line]
    last = np.minimum(setting.calendar.day(month + 1), np.where(leaves == NEVER, np.iinfo(np.int32).max, leaves))
    said = np.minimum(said, np.maximum(last * DAY_US - HOUR_US, calls.at_us))
    confirmed = accepted & (rng.random(size) < sales.confirm)
    reversed_ = confirmed & (rng.random(size) < sales.reversal)
    kind = setting.catalogue.offers.kind[np.maximum(shown.offer, 0)]
    next_cycle = setting.calendar.day(month + 1)
    return Answers(
        accepted=accepted,
        accepted_us=np.where(accepted, said, NEVER),
        rejected_us=np.where(shown.pitched & ~accepted, in_call.astype(np.int64), NEVER),
        reason=np.where(shown.pitched & ~accepted, rng.choice(len(REASONS), size, p=sales.reason_shares), NONE),
        confirmed_us=np.where(confirmed, said + (rng.random(size) * HOUR_US / 2).astype(np.int64), NEVER),
        reversed_us=np.where(reversed_, said + ((1.0 + 24.0 * rng.random(size)) * DAY_US).astype(np.int64), NEVER),
        effective_day=np.where(confirmed, np.where(kind == PLAN, next_cycle, said // DAY_US), NEVER),
    )


def apply_answers(chunk: Chunk, shown: Shown, answers: Answers) -> None:
    """Change what the lines hold; remember the pop-up and the pitch."""
    state, offers = chunk.state, chunk.setting.catalogue.offers
    calls = shown.calls
    popped = shown.popped_up
    state.last_popup[calls.line[popped]] = calls.day[popped]
    state.fatigue[calls.line[shown.pitched]] += 1.0
    taken = np.flatnonzero(answers.takes_effect)
    line, offer, day = calls.line[taken], shown.offer[taken], answers.effective_day[taken]
    kind = offers.kind[offer]
    plan, pack = kind == PLAN, kind == DATA_PACK
    state.accepted_day[line] = day
    state.next_plan[line[plan]] = offers.plan[offer[plan]]
    state.held_since[line[pack], offers.pack[offer[pack]]] = day[pack]
    bound = (kind == HANDSET) | (kind == RETENTION)
    until = day + (offers.contract_months[offer] * 30.44).astype(np.int64)
    state.discount_cny[line[bound]] = offers.discount_cny[offer[bound]]
    state.discount_until[line[bound]] = until[bound]
    state.contract_start[line[bound]] = day[bound]
    state.contract_end[line[bound]] = np.maximum(state.contract_end[line[bound]], until[bound])
    phones = np.array([NEW_HANDSETS.get(name, 0) for name in offers.ids])
    phone = kind == HANDSET
    state.handset[line[phone]] = phones[offer[phone]]
    state.handset_since[line[phone]] = day[phone]


def write_exposures(chunk: Chunk, shown: Shown, answers: Answers, handled: Handled) -> None:
    """`exposures`, as known at the window's end."""
    calls, end = shown.calls, chunk.setting.calendar.end_us
    first = chunk.number * EXPOSURES_A_CHUNK + chunk.exposures_so_far
    chunk.exposures_so_far += calls.line.size
    number = np.arange(first, first + calls.line.size, dtype=np.int64)
    known = {
        name: _by(getattr(answers, name), end) for name in ("accepted_us", "rejected_us", "confirmed_us", "reversed_us")
    }
    offer = codes(shown.offer, chunk.setting.catalogue.offers.ids)
    zeros = np.zeros(calls.line.size, dtype=np.int64)
    chunk.parts.add(
        "exposures",
        {
            "exposure_id": identifiers("X", number, 11),
            "decision_id": identifiers("D", number, 11),
            "campaign_id": codes(zeros, ["inbound"]),
            "customer_id": identifiers("U", chunk.people.number[calls.line], 8),
            "contact_id": identifiers("C", handled.number[calls.contact], 11),
            "offer_id": offer,
            "channel": codes(zeros, ["hotline"]),
            "decided_at": stamps(calls.at_us),
            "arm": codes(shown.arm, ARMS),
            "propensity": amounts(shown.propensity, 12),
            "randomised": flags(chunk.setting.staff.pilot[calls.agent] & (shown.arm != NONE)),
            "suppressed_reason": codes(shown.suppressed, SUPPRESSED),
            "popped_up": flags(shown.popped_up),
            "pitched": flags(shown.pitched),
            "accepted": flags(known["accepted_us"] != NEVER),
            "accepted_at": stamps(known["accepted_us"]),
            "rejected_at": stamps(known["rejected_us"]),
            "reject_reason": codes(np.where(known["rejected_us"] == NEVER, NONE, answers.reason), REASONS),
            "confirmed_at": stamps(known["confirmed_us"]),
            "effective_on": dates(np.where(known["confirmed_us"] == NEVER, NEVER, answers.effective_day)),
            "reversed_at": stamps(known["reversed_us"]),
            "agent_id": identifiers("A", calls.agent, 4),
        },
    )
    _write_truth(chunk, number, shown.probability)


def _by(moment: Ints, end: int) -> Ints:
    return np.where(moment < end, moment, NEVER)


def _write_truth(chunk: Chunk, number: Ints, probability: Floats) -> None:
    chunk.parts.add(
        "truth_exposures",
        {"exposure_id": identifiers("X", number, 11), "accept_probability": amounts(probability, 12)},
    )
