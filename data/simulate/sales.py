"""From a hotline call to a changed plan: pop-up, pitch, answer; the `exposures` table.

Only the first answered call of a line in a month can open the window. Ordinary agents: lines on the target list, one of
the window's offers by priority (epsilon-greedy, exact propensity), pitched or not at the agent's will, which follows
what the agent sees. The pilot team: every line that may be sold to, a control share sees nothing, else one of all
eligible offers drawn uniformly, and every window shown is pitched.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from data.simulate.acceptance import Pitch, accept_probability, consequence, next_month
from data.simulate.calendar import DAY_US, day_of_month
from data.simulate.chunk import Chunk
from data.simulate.contacts import CANCEL, COMPLAINT, HOTLINE, INTENTS, Requests
from data.simulate.eligible import eligible, ordinary_menu, ordinary_score, uniform_choice
from data.simulate.handling import Handled
from data.simulate.kinds import NEVER, NONE, Bools, Floats, Ints, sigmoid
from data.simulate.state import ACTIVE
from data.simulate.targets import Estimates

ARMS = ("exploit", "explore", "control")
EXPLOIT, EXPLORE, CONTROL = range(3)
SUPPRESSED = (
    "NO_CONSENT",
    "DO_NOT_MARKET",
    "PORT_OUT_REQUESTED",
    "SUSPENDED",
    "FATIGUE",
    "COMPLAINT_CALL",
    "NO_ELIGIBLE_OFFER",
    "QUEUE_BUSY",
    "LOW_PRIORITY",
    "WINDOW_CLOSED",
)
LISTEN_S = 20.0  # from the answer to the window
CODE = {name: number for number, name in enumerate(SUPPRESSED)}


@dataclass(frozen=True)
class Calls:
    """Sales opportunities in rows: the contact's row, the line's row, and what is seen of the call."""

    contact: Ints
    line: Ints
    agent: Ints
    intent: Ints
    at_us: Ints

    @property
    def day(self) -> Ints:
        """The call's day."""
        return np.asarray(self.at_us // DAY_US, dtype=np.int64)

    def rows(self, chosen: Ints | Bools) -> Calls:
        """Some of the rows."""
        return Calls(
            self.contact[chosen], self.line[chosen], self.agent[chosen], self.intent[chosen], self.at_us[chosen]
        )


@dataclass(frozen=True)
class Shown:
    """What the window did for each call: offer, propensity, arm, reason of suppression (NONE: none).

    Controls have no offer (NONE); where a hard rule stopped the listed offer there is no arm and no propensity.
    """

    calls: Calls
    offer: Ints
    propensity: Floats
    arm: Ints
    suppressed: Ints
    pitched: Bools
    probability: Floats

    def rows(self, chosen: Bools) -> Shown:
        """Some of the rows."""
        return Shown(
            self.calls.rows(chosen),
            self.offer[chosen],
            self.propensity[chosen],
            self.arm[chosen],
            self.suppressed[chosen],
            self.pitched[chosen],
            self.probability[chosen],
        )

    @property
    def popped_up(self) -> Bools:
        """The window was really shown."""
        return (self.suppressed == NONE) & (self.arm != CONTROL)


def first_calls(requests: Requests, handled: Handled) -> Calls:
    """The first answered hotline contact of each line in the month, from the moment at which an agent has it."""
    answered = np.flatnonzero((requests.channel == HOTLINE) & handled.answered)
    _, first = np.unique(requests.line[answered], return_index=True)
    row = np.sort(answered[first])
    heard = requests.at_us[row] + ((handled.wait_s[row] + LISTEN_S) * 1e6).astype(np.int64)
    heard = np.minimum(heard, requests.limit_us[row] - 1_000_000)
    return Calls(row, requests.line[row], handled.agent[row], requests.intent[row], heard)


@dataclass(frozen=True)
class Market:
    """What the sales rules know in a month: rough estimates and the target list."""

    month: int
    guesses: Estimates
    listed: Ints


def run_windows(chunk: Chunk, market: Market, calls: Calls) -> Shown:
    """Decide, show and pitch for each call."""
    setting = chunk.setting
    pilot = setting.staff.pilot[calls.agent]
    calls = calls.rows(pilot | (market.listed[calls.line] != NONE))
    pilot = setting.staff.pilot[calls.agent]
    menu = eligible(chunk, market.guesses, calls.line, calls.day)
    hard = _hard_rules(chunk, calls, menu)
    offer, propensity, arm = _choose(chunk, market, calls, menu)
    suppressed = np.where(hard != NONE, hard, _soft_rules(chunk, pilot, calls))
    suppressed = np.where((arm == CONTROL) & (hard == NONE), NONE, suppressed)
    free, listed = hard == NONE, market.listed[calls.line]
    shown = Shown(
        calls,
        np.where(free, offer, listed),
        np.where(free, propensity, np.nan),
        np.where(free, arm, NONE),
        suppressed,
        np.zeros(calls.line.size, dtype=np.bool_),
        np.full(calls.line.size, np.nan),
    )
    return _pitch(chunk, market, shown.rows(free | (listed != NONE)))


def _hard_rules(chunk: Chunk, calls: Calls, menu: Bools) -> Ints:
    """Rules that hold for the pilot too; the first that applies."""
    state, setting, seen = chunk.state, chunk.setting, chunk.people.visible
    line, day = calls.line, calls.day
    recent = (state.last_popup[line] != NEVER) & (day - state.last_popup[line] < setting.world.sales.fatigue_days)
    asked = (state.code_day[line] != NEVER) & (state.code_day[line] <= day)
    rules = [
        (~seen.marketing_consent[line], "NO_CONSENT"),
        (seen.do_not_market[line], "DO_NOT_MARKET"),
        (asked, "PORT_OUT_REQUESTED"),
        (state.status[line] != ACTIVE, "SUSPENDED"),
        (recent, "FATIGUE"),
        (~menu.any(axis=1), "NO_ELIGIBLE_OFFER"),
    ]
    return np.select([rule for rule, _ in rules], [CODE[name] for _, name in rules], NONE)


def _soft_rules(chunk: Chunk, pilot: Bools, calls: Calls) -> Ints:
    """Rules of the ordinary window; the pilot's fails only rarely, for technical reasons."""
    sales = chunk.setting.world.sales
    uniform = chunk.rng.random(pilot.size)
    angry = np.isin(calls.intent, (COMPLAINT, CANCEL))
    busy = uniform > sales.popup_quiet + (1.0 - sales.popup_quiet) * (1.0 - sales.busy_share)
    ordinary = np.select(
        [angry, busy, uniform > sales.popup_quiet],
        [CODE["COMPLAINT_CALL"], CODE["QUEUE_BUSY"], CODE["LOW_PRIORITY"]],
        NONE,
    )
    return np.where(pilot, np.where(uniform < sales.pilot_show, NONE, CODE["WINDOW_CLOSED"]), ordinary)


def _choose(chunk: Chunk, market: Market, calls: Calls, menu: Bools) -> tuple[Ints, Floats, Ints]:
    """The offer, the exact probability with which it was chosen, and the arm."""
    rng, setting, sales = chunk.rng, chunk.setting, chunk.setting.world.sales
    pilot = setting.staff.pilot[calls.agent]
    menu = menu | ~np.any(menu, axis=1, keepdims=True)
    offer, chance = uniform_choice(rng, menu)
    control = pilot & (rng.random(pilot.size) < sales.control_share)
    usual = ordinary_menu(chunk, market.guesses, menu, np.maximum(market.listed, 0), calls.line)
    usual = np.where(np.any(usual, axis=1, keepdims=True), usual, menu)
    late = day_of_month(calls.day) > sales.plan_first_after_day
    score = ordinary_score(setting, late, calls.intent == INTENTS.index("contract"))
    best = np.argmax(np.where(usual, score, -1.0), axis=1)
    other, other_chance = uniform_choice(rng, usual)
    picked = np.where(rng.random(pilot.size) < sales.explore, other, best)
    usual_chance = sales.explore * other_chance + (1.0 - sales.explore) * (picked == best)
    offer = np.where(pilot, np.where(control, NONE, offer), picked)
    chance = np.where(pilot, np.where(control, sales.control_share, (1.0 - sales.control_share) * chance), usual_chance)
    return offer, chance, np.where(control, CONTROL, np.where(pilot, EXPLORE, EXPLOIT))


def _pitch(chunk: Chunk, market: Market, shown: Shown) -> Shown:
    """Agents choose whom to pitch by what they see and hear: a high bill, a fitting call, an open ear, their skill."""
    rng, people, state, setting = chunk.rng, chunk.people, chunk.state, chunk.setting
    calls, chosen = shown.calls, np.flatnonzero(shown.offer != NONE)
    skill = setting.staff.skill[calls.agent]
    sales = setting.world.sales
    rate = sales.pitch_rate
    bill_seen = np.log(np.maximum(market.guesses.present_cny[calls.line], 10.0) / 75.0)
    fits = np.isin(calls.intent, [INTENTS.index(name) for name in ("plan_change", "data_pack", "overage", "contract")])
    logit = np.log(rate / (1.0 - rate)) + sales.pitch_shift
    logit += sales.pitch_bill * bill_seen + sales.pitch_skill * skill + sales.pitch_fit * fits
    logit += sales.pitch_openness * people.latent.openness[calls.line]
    wants = rng.random(calls.line.size) < sigmoid(logit)
    pitched = shown.popped_up & (setting.staff.pilot[calls.agent] | wants)
    pitch = Pitch(calls.line, np.maximum(shown.offer, 0), calls.intent, skill, calls.day).rows(chosen)
    probability = np.full(calls.line.size, np.nan)
    ahead = next_month(people, state, setting, market.month + 1).rows(pitch.line)
    held = state.held(setting.catalogue).rows(pitch.line)
    outcome = consequence(ahead, held, setting, pitch.offer, None)
    probability[chosen] = accept_probability(people, state, setting, pitch, outcome)
    return replace(shown, pitched=pitched, probability=probability)


def longer_talk(chunk: Chunk, handled: Handled, shown: Shown) -> Handled:
    """A pitch takes time."""
    talk = handled.talk_s.copy()
    rows = shown.calls.contact[shown.pitched]
    talk[rows] += chunk.rng.gamma(2.5, chunk.setting.world.handling.pitch_talk_s / 2.5, rows.size)
    return replace(handled, talk_s=talk)
