"""Who decides to leave, when, and how: the monthly hazard, the kinds of leaving, the portability messages."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.simulate.calendar import DAY_US, day_of_month
from data.simulate.changes import write_statuses
from data.simulate.chunk import Chunk
from data.simulate.kinds import NEVER, Floats, Ints, sigmoid
from data.simulate.parameters import LeavingParameters
from data.simulate.people import People
from data.simulate.rows import codes, dates, identifiers
from data.simulate.setting import Setting
from data.simulate.state import (
    ACTIVE,
    ARREARS,
    CANCELLED,
    LEAVE_KINDS,
    PORT_OUT,
    PRE_CANCELLED,
    SILENT,
    State,
    mean_of_last,
)


@dataclass(frozen=True)
class Message:
    """CXXZ or SQXZ messages: the line's row and the moment."""

    line: Ints
    at_us: Ints


def hazard(people: People, state: State, setting: Setting, day: int, ahead: int = 0) -> Floats:
    """P(decides to leave within a month that starts `ahead` months after `day`), from the state at `day`."""
    return sigmoid(leaving_logit(people, state, setting, day, ahead))


def leaving_logit(people: People, state: State, setting: Setting, day: int, ahead: int = 0) -> Floats:
    """Logit of the `hazard`.

    The month's competitor effect, not yet known at `day`, is averaged over: it adds half its variance to the logit of
    a small probability. Ahead, remembered trouble returns to the lines' mean by `trouble_memory` a month and a bill
    shock by half; the rest is taken as it stands.
    """
    rates, latent = setting.world.leaving, people.latent
    then = day + int(30.44 * ahead)
    bound = (state.contract_end != NEVER) & (state.contract_end > then)
    over = (state.contract_end != NEVER) & (state.contract_end <= then) & (then - state.contract_end < rates.over_days)
    years = np.maximum(then - people.visible.joined_day, 90) / 365.25
    queried = (state.queried_day != NEVER) & (then - state.queried_day <= rates.query_memory_days)
    settled = (state.accepted_day != NEVER) & (then - state.accepted_day < rates.settled_days)
    discounted = (state.discount_until != NEVER) & (state.discount_until > then)
    return np.asarray(
        rates.base
        + rates.competitor_sd**2 / 2.0
        + rates.trouble * _towards_mean(state.trouble, rates.trouble_memory**ahead)
        + rates.shock * _towards_mean(_shock(state), 0.5**ahead)
        - rates.dissatisfaction * state.satisfaction
        + rates.tenure * np.log(np.maximum(years, 1.0))
        + rates.contract * bound
        + rates.contract_over * over
        + rates.overpaying * latent.price_sensitivity * (_overpaying(state) + market_drop(setting, then))
        + rates.young * (people.visible.birth_year > setting.calendar.year(0) - 26)
        + rates.patience * latent.patience
        + rates.query * queried
        + rates.declining * _decline(state)
        + rates.settled * settled
        + rates.discount * discounted
    )


def _towards_mean(value: Floats, kept: float) -> Floats:
    return kept * value + (1.0 - kept) * value.mean()


def _shock(state: State) -> Floats:
    """Log of the last bill over the mean of the remembered ones, rises only."""
    usual = np.maximum(mean_of_last(state.last_total), 5.0)
    return np.maximum(np.log(np.maximum(state.last_total[:, 0], 5.0) / usual), 0.0)


def _overpaying(state: State) -> Floats:
    return np.log(np.maximum(mean_of_last(state.last_total), 5.0) / np.maximum(state.best_total, 5.0)).clip(-0.5, 1.5)


def market_drop(setting: Setting, day: int) -> float:
    """By how much competitors have become cheaper by `day`, in log."""
    rates, calendar = setting.world.leaving, setting.calendar
    begun = rates.market_months > 0 and day >= calendar.day(calendar.months - rates.market_months)
    return rates.market_drop if begun else 0.0


def _decline(state: State) -> Floats:
    """1 where the last month's use fell by half or more against the oldest remembered month."""
    voice = state.last_voice[:, 0] < 0.5 * state.last_voice[:, -1]
    data = state.last_data[:, 0] < 0.5 * state.last_data[:, -1]
    return (voice & data).astype(np.float64)


def leaves_within_90_days(people: People, state: State, setting: Setting, day: int) -> Floats:
    """P(left_on within 90 days | not yet decided), from three months of hazards and the lags of the kinds."""
    months = [leaving_logit(people, state, setting, day, ahead) for ahead in range(3)]
    return within_90_days(months, setting.world.leaving)


def within_90_days(logits: list[Floats], lags: LeavingParameters) -> Floats:
    """P(left_on within 90 days) from the logits of three months' hazards."""
    stays = np.ones_like(logits[0])
    for ahead, logit in enumerate(logits):
        stays *= 1.0 - sigmoid(logit) * _reached(90.0 - 30.0 * ahead, lags)
    return 1.0 - stays


def _reached(days_left: float, lags: LeavingParameters) -> float:
    """Share of the decisions, uniform in a month, whose day of leaving falls within `days_left` of its start."""

    def within(mean: float) -> float:
        upper, lower = np.exp(-(days_left - 30.0) / mean), np.exp(-days_left / mean)
        return float(1.0 - mean / 30.0 * (upper - lower))

    silent = 1.0 - lags.port_out - lags.cancelled
    return lags.port_out * within(lags.port_out_lag_days) + lags.cancelled * within(lags.cancel_lag_days) + silent


def decide_to_leave(chunk: Chunk, month: int) -> tuple[Message, Message]:
    """Draw the month's decisions into the state; returns the CXXZ and the SQXZ messages that they bring."""
    rng, people, state, setting = chunk.rng, chunk.people, chunk.state, chunk.setting
    lags, calendar = setting.world.leaving, setting.calendar
    start, end = calendar.day(month), calendar.day(month + 1)
    area = setting.rivals[month, people.visible.area]
    risk = hazard(people, state, setting, start)
    risk = sigmoid(np.log(risk / (1.0 - risk)) - lags.competitor_sd**2 / 2.0 + area)
    free = state.present(start, people.visible.joined_day) & (state.leave_day == NEVER) & (state.status == ACTIVE)
    line = np.flatnonzero(free & (rng.random(people.size) < risk))
    kind = _kinds(rng, state, line, lags)
    decided = start + rng.integers(0, end - start, line.size)
    mean_lag = np.choose(kind, [lags.port_out_lag_days, lags.cancel_lag_days, 0.0])
    leaves = decided + 1 + rng.exponential(1.0, line.size) * mean_lag
    state.leave_day[line] = _not_first(leaves.astype(np.int64))
    state.leave_kind[line] = kind
    return _messages(chunk, line[kind == PORT_OUT], decided[kind == PORT_OUT], (start, end))


def _kinds(rng: np.random.Generator, state: State, line: Ints, lags: LeavingParameters) -> Ints:
    """Light users fall silent more often than others."""
    light = mean_of_last(state.last_voice)[line] + mean_of_last(state.last_data)[line] / 10.0 < lags.light_use
    silent = 1.0 - lags.port_out - lags.cancelled
    weights = np.column_stack(
        [
            np.where(light, lags.light_port_out, 1.1) * lags.port_out,
            np.full(line.size, lags.cancelled),
            np.where(light, lags.light_silent, 0.8) * silent,
        ]
    )
    shares = np.cumsum(weights / weights.sum(axis=1, keepdims=True), axis=1)
    return np.minimum((rng.random(line.size)[:, None] > shares).sum(axis=1), SILENT).astype(np.int64)


def _not_first(day: Ints) -> Ints:
    """Nobody leaves on the first of a month, so that a month with rows is a month with some use."""
    return np.where(day_of_month(day) == 1, day + 1, day)


def _messages(chunk: Chunk, line: Ints, decided: Ints, window: tuple[int, int]) -> tuple[Message, Message]:
    rng, state, setting = chunk.rng, chunk.state, chunk.setting
    lags = setting.world.leaving
    left = state.leave_day[line]
    asks = rng.random(line.size) < lags.query_before_port
    asked = decided + (rng.random(line.size) * 0.6 * (left - decided)).astype(np.int64)
    gets_code = rng.random(line.size) < lags.code_before_port
    code = np.maximum(asked, left - rng.integers(1, 4, line.size))
    shops = np.flatnonzero(state.present(window[0], chunk.people.visible.joined_day) & (state.leave_day == NEVER))
    shops = shops[rng.random(shops.size) < setting.world.contacts.shopping_query]
    browsed = rng.integers(window[0], window[1], shops.size)
    queries = np.concatenate([line[asks], shops]), np.concatenate([asked[asks], browsed])
    state.queried_day[queries[0]] = queries[1]
    state.code_day[line[gets_code]] = code[gets_code]
    return _message(rng, *queries), _message(rng, line[gets_code], code[gets_code])


def _message(rng: np.random.Generator, line: Ints, day: Ints) -> Message:
    """Between 8 and 22 o'clock of the day."""
    return Message(line, day * DAY_US + ((8.0 + 14.0 * rng.random(day.size)) / 24.0 * DAY_US).astype(np.int64))


def leave_in_arrears(chunk: Chunk, month: int) -> None:
    """Lines with too many unpaid bills are closed in the month."""
    state, limit = chunk.state, chunk.setting.world.billing.leave_after_months
    line = np.flatnonzero((state.unpaid >= limit) & chunk.present(month) & (state.leave_day == NEVER))
    state.leave_day[line] = chunk.setting.calendar.day(month) + chunk.rng.integers(1, 27, line.size)
    state.leave_kind[line] = ARREARS


def write_departures(chunk: Chunk) -> None:
    """`departures` recorded before the window's end, and the `pre_cancelled` status that announces a cancellation."""
    people, state, setting = chunk.people, chunk.state, chunk.setting
    end = setting.calendar.end_day
    line = np.flatnonzero((state.leave_day != NEVER) & (state.leave_day < end))
    left, kind = state.leave_day[line], state.leave_kind[line]
    silent = np.where(kind == SILENT, setting.world.leaving.silent_recorded_days, 0)
    known = left + silent < end
    chunk.parts.add(
        "departures",
        {
            "customer_id": identifiers("U", people.number[line][known], 8),
            "left_on": dates(left[known]),
            "kind": codes(kind[known], LEAVE_KINDS),
            "recorded_on": dates((left + silent)[known]),
        },
    )
    notice = left - 1
    told = (kind == CANCELLED) & (day_of_month(notice) > 1)
    write_statuses(chunk, line[told], notice[told], np.full(int(told.sum()), PRE_CANCELLED))
