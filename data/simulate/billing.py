"""A month's use, bill and payment of every line: `usage`, `usage_days`, `bills`, `payments`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.simulate.biller import Bill, bill
from data.simulate.calendar import DAY_US
from data.simulate.chunk import Chunk
from data.simulate.kinds import NEVER, Bools, Floats, Ints
from data.simulate.parameters import BillingParameters
from data.simulate.rows import amounts, counts, dates, identifiers, stamps
from data.simulate.state import ACTIVE, SUSPENDED_REQUEST, State
from data.simulate.usage import mean_need, month_of_use, next_deviation, respond, respond_voice


@dataclass(frozen=True)
class BilledMonth:
    """Use and bill of all lines in a month; `rows` are the lines that have them."""

    month: int
    rows: Bools
    fraction: Floats
    data_mb: Floats
    voice_min: Floats
    bill: Bill
    other_cny: Floats

    @property
    def total_cny(self) -> Floats:
        """The whole bill."""
        return np.round(self.bill.total_cny + self.other_cny, 2)


def bill_month(chunk: Chunk, month: int) -> BilledMonth:
    """Use the month, bill it, and carry its traces into the state."""
    rng, people, state, setting = chunk.rng, chunk.people, chunk.state, chunk.setting
    usage, start = setting.world.usage, setting.calendar.day(month)
    rows = chunk.present(month)
    fraction = _fraction(state, start, setting.calendar.day(month + 1))
    for name, sd in (("data_deviation", usage.data_month_sd), ("voice_deviation", usage.voice_month_sd)):
        setattr(state, name, next_deviation(rng, getattr(state, name), sd, usage.month_memory))
    data, voice = mean_need(people.latent, setting.calendar, month, usage)
    held, open_line = state.held(setting.catalogue), fraction * (state.status == ACTIVE)
    used = respond(
        data * np.exp(state.data_deviation) * open_line, held, people.latent.data_fear, setting.catalogue, usage
    )
    spoken = voice * np.exp(state.voice_deviation) * open_line
    spoken = respond_voice(spoken, held, people.latent.data_fear, setting.catalogue, usage)
    use = month_of_use(used, spoken, held)
    priced = _odd_corrections(rng, bill(setting.catalogue.plans, setting.catalogue.ladder, use), setting.world.billing)
    other = _other(chunk, priced, fraction, start)
    state.rollover_mb = np.where(rows, priced.unused_mb, 0.0)
    state.remember(rows & (state.status == ACTIVE) & (fraction == 1.0), priced, use.data_mb, use.voice_min)
    return BilledMonth(month, rows, fraction, use.data_mb, use.voice_min, priced, other)


def _fraction(state: State, start: int, end: int) -> Floats:
    """Share of the month before a line leaves."""
    leaves = (state.leave_day != NEVER) & (state.leave_day < end)
    return np.where(leaves, np.clip((state.leave_day - start) / (end - start), 0.0, 1.0), 1.0)


def _odd_corrections(rng: np.random.Generator, priced: Bill, billing: BillingParameters) -> Bill:
    """A few bills on which somebody halved the overage by hand: no rating rule explains them."""
    odd = rng.random(priced.rent_cny.size) < billing.correction_share
    halved = np.where(odd, np.round(priced.data_overage_cny / 2.0, 2), priced.data_overage_cny)
    voice = np.where(odd, np.round(priced.voice_overage_cny / 2.0, 2), priced.voice_overage_cny)
    return Bill(priced.rent_cny, voice, halved, priced.upgrade_pack_cny, priced.flex_pack_cny, priced.unused_mb)


def _other(chunk: Chunk, priced: Bill, fraction: Floats, start: int) -> Floats:
    """Services, other charges, refunds, discounts, credits of leavers and of lines suspended on request."""
    rng, state, billing = chunk.rng, chunk.state, chunk.setting.world.billing
    packs, size = chunk.setting.catalogue.packs, fraction.size
    services = packs.of_kind("service")
    other = (state.held_since[:, services] != NEVER) @ packs.fee_cny[services]
    other += (rng.random(size) < billing.other_share) * rng.exponential(billing.other_mean_cny, size)
    refund = (rng.random(size) < billing.refund_share) * (5.0 + rng.exponential(billing.refund_mean_cny, size))
    discount = np.where((state.discount_until != NEVER) & (state.discount_until > start), state.discount_cny, 0.0)
    rest = (1.0 - fraction) * priced.rent_cny
    paused = np.where(
        state.status == SUSPENDED_REQUEST, np.maximum(priced.rent_cny - billing.suspension_fee_cny, 0.0), 0.0
    )
    return np.round(other - refund - discount - rest - paused, 2)


def write_usage(chunk: Chunk, month: BilledMonth) -> None:
    """`usage` of the month."""
    rng, people, state, setting = chunk.rng, chunk.people, chunk.state, chunk.setting
    line = np.flatnonzero(month.rows)
    days = setting.calendar.length(month.month)
    sms = rng.poisson(people.latent.sms_need[line] * month.fraction[line] * (state.status[line] == ACTIVE))
    chance = 1.0 - np.exp(-(month.voice_min[line] / 40.0 + month.data_mb[line] / 60.0))
    chunk.parts.add(
        "usage",
        {
            "customer_id": identifiers("U", people.number[line], 8),
            "month": dates(np.full(line.size, setting.calendar.day(month.month), dtype=np.int64)),
            "voice_min": amounts(month.voice_min[line], 1),
            "sms": counts(sms),
            "data_mb": amounts(month.data_mb[line]),
            "rollover_mb": amounts(month.bill.unused_mb[line]),
            "active_days": counts(rng.binomial((days * month.fraction[line]).astype(np.int64), chance)),
        },
    )


def write_usage_days(chunk: Chunk, month: BilledMonth) -> None:
    """`usage_days`: the month's use spread over the days until leaving; the last `day_rows` days of the window."""
    rng, people, setting = chunk.rng, chunk.people, chunk.setting
    start, days = setting.calendar.day(month.month), setting.calendar.length(month.month)
    first = max(0, setting.calendar.end_day - setting.world.day_rows - start)
    line = np.flatnonzero(month.rows & (month.data_mb + month.voice_min > 0))
    until = np.ceil(month.fraction[line] * days)[:, None]
    alive = np.arange(days)[None, :] < until
    data, voice = (rng.standard_gamma(shape, (line.size, days)) * alive + 1e-9 * alive for shape in (0.9, 0.6))
    data *= (month.data_mb[line] / data.sum(axis=1))[:, None]
    voice *= (month.voice_min[line] / voice.sum(axis=1))[:, None]
    row, day = np.nonzero(alive[:, first:])
    day = day + first
    chunk.parts.add(
        "usage_days",
        {
            "customer_id": identifiers("U", people.number[line], 8).take(row),
            "day": dates(start + day),
            "voice_min": amounts(voice[row, day], 1),
            "sms": counts(rng.poisson(0.4, row.size)),
            "data_mb": amounts(data[row, day]),
        },
    )


@dataclass(frozen=True)
class Payment:
    """When each line's bill was paid (NEVER: not in its month), and what it owed from before."""

    paid_day: Ints
    arrears_cny: Floats


def pay(chunk: Chunk, month: BilledMonth) -> Payment:
    """Pay or not, in the month after; unpaid bills add up in the state."""
    rng, people, state, setting = chunk.rng, chunk.people, chunk.state, chunk.setting
    billing, size = setting.world.billing, people.size
    owed = state.arrears_cny.copy()
    chance = np.where(people.latent.bad_payer, billing.bad_payer, billing.good_payer)
    pays = rng.random(size) < chance
    day = setting.calendar.day(month.month + 1) + np.minimum(rng.gamma(2.0, 4.0, size), 27.0).astype(np.int64)
    gone = (state.leave_day != NEVER) & (state.leave_day <= day)
    pays &= ~gone
    state.arrears_cny = np.where(month.rows, np.where(pays, 0.0, np.maximum(owed + month.total_cny, 0.0)), owed)
    state.unpaid = np.where(month.rows, np.where(pays, 0, state.unpaid + 1), state.unpaid)
    return Payment(np.where(pays, day, NEVER), np.round(owed, 2))


def write_bills(chunk: Chunk, month: BilledMonth, paid: Payment) -> None:
    """`bills` and `payments`; what is paid after the window's end is not yet known."""
    rng, people, setting = chunk.rng, chunk.people, chunk.setting
    line = np.flatnonzero(month.rows)
    day = np.where(paid.paid_day < setting.calendar.end_day, paid.paid_day, NEVER)[line]
    total, billed = month.total_cny[line], month.bill
    balance = np.where(people.visible.prepaid[line], rng.exponential(38.0, line.size), np.nan)
    number = people.number[line]
    chunk.parts.add(
        "bills",
        {
            "customer_id": identifiers("U", number, 8),
            "month": dates(np.full(line.size, setting.calendar.day(month.month), dtype=np.int64)),
            "rent_cny": amounts(billed.rent_cny[line]),
            "voice_overage_cny": amounts(billed.voice_overage_cny[line]),
            "data_overage_cny": amounts(billed.data_overage_cny[line]),
            "upgrade_pack_cny": amounts(billed.upgrade_pack_cny[line]),
            "flex_pack_cny": amounts(billed.flex_pack_cny[line]),
            "other_cny": amounts(month.other_cny[line]),
            "total_cny": amounts(total),
            "paid_on": dates(day),
            "arrears_cny": amounts(paid.arrears_cny[line]),
            "balance_cny": amounts(balance),
        },
    )
    owed = np.maximum(total + paid.arrears_cny[line], 0.0)
    settled = (day != NEVER) & (owed > 0)
    at = day[settled] * DAY_US + (rng.random(int(settled.sum())) * 0.6 + 0.33) * DAY_US
    chunk.parts.add(
        "payments",
        {
            "customer_id": identifiers("U", number[settled], 8),
            "paid_at": stamps(at.astype(np.int64)),
            "amount_cny": amounts(owed[settled]),
        },
    )
