"""Lakes of random rows in every table that labels and indicators read, around a moment T."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

T = dt.date(2025, 12, 1)
MONTHS = [dt.date(2025, month, 1) for month in range(1, 13)] + [dt.date(2026, 1, 1)]
PLANS = ["p1", "p2", "p3"]
OFFERS = {"o_plan": "plan", "o_pack": "data_pack", "o_phone": "handset", "o_keep": "retention"}
CHANNELS = ["hotline", "hotline", "ivr", "app", "wechat", "store", "sms", "outbound"]


@dataclass
class Dice:
    """Random columns of one length."""

    rng: np.random.Generator
    rows: int

    def pick(self, values: list) -> np.ndarray:
        return np.array(values, dtype=object)[self.rng.integers(len(values), size=self.rows)]

    def number(self, high: float, low: float = 0.0) -> np.ndarray:
        return np.round(self.rng.uniform(low, high, self.rows), 2)

    def whole(self, high: int, low: int = 0) -> np.ndarray:
        return self.rng.integers(low, high + 1, self.rows)

    def chance(self, share: float) -> np.ndarray:
        return self.rng.random(self.rows) < share

    def day(self, first: int = -360, last: int = 40) -> list[dt.date]:
        return [T + dt.timedelta(days=int(n)) for n in self.rng.integers(first, last, self.rows)]

    def moment(self, first: int = -360, last: int = 40) -> pd.Series:
        start = pd.Timestamp(T)
        return pd.Series(start + pd.to_timedelta(self.rng.integers(first * 86400, last * 86400, self.rows), unit="s"))

    def later(self, moments: pd.Series, days: int, share: float) -> pd.Series:
        later = moments + pd.to_timedelta(self.rng.integers(60, days * 86400, self.rows), unit="s")
        return later.where(self.chance(share))


def keys(prefix: str, rows: int) -> list[str]:
    return [f"{prefix}{n:05d}" for n in range(rows)]


def random_tables(seed: int, customers: int = 30) -> dict[str, pd.DataFrame]:
    """All tables, with rows before and after T."""
    rng = np.random.default_rng(seed)
    who = keys("c", customers)
    departures = _departures(rng, who)
    return {
        "customers": _customers(rng, who),
        **_fixed(),
        "subscriptions": _subscriptions(rng, who),
        "holdings": _holdings(rng, who),
        "statuses": _statuses(rng, who),
        **_months(rng, who),
        "usage_days": _usage_days(rng, who),
        "contacts": _while_a_line(_contacts(rng, who, 12 * customers), departures),
        "complaints": _complaints(rng, who, 3 * customers),
        "exposures": _exposures(rng, who, 8 * customers),
        "targets": _targets(rng, who, 4 * customers),
        "departures": departures,
        "call_volumes": _volumes(rng),
        "events": _events(rng, 30),
        "posts": _posts(rng, who, customers),
        "payments": _payments(rng, who, 6 * customers),
    }


def _while_a_line(contacts: pd.DataFrame, departures: pd.DataFrame) -> pd.DataFrame:
    """Contacts up to the day on which their customer left."""
    left_on = pd.to_datetime(contacts.customer_id.map(departures.set_index("customer_id").left_on))
    return contacts[left_on.isna() | (contacts.started_at < left_on)].reset_index(drop=True)


def _fixed() -> dict[str, pd.DataFrame]:
    plans = {
        "plan_id": PLANS,
        "name": PLANS,
        "family": ["a", "a", "b"],
        "monthly_fee_cny": [38.0, 58.0, 128.0],
        "data_mb": [300.0, 500.0, None],
        "voice_min": [50.0, 100.0, 420.0],
        "on_sale": [True, True, False],
        "voice_overage_cny_per_min": [0.25, 0.19, 0.19],
        "data_rolls_over": [False, True, True],
        "sms": [10, 30, None],
        "overage_cap_cny": [None, None, 60.0],
    }
    packs = {
        "pack_id": ["auto", "auto", "d10", "flex", "mail"],
        "tier": [1, 2, 1, 1, 1],
        "effective": ["now"] * 5,
        "name": ["升档", "升档", "流量包", "随意玩", "宽带融合"],
        "fee_cny": [10.0, 20.0, 10.0, 15.0, 5.0],
        "kind": ["auto_upgrade", "auto_upgrade", "data", "flex", "service"],
        "data_mb": [70.0, 150.0, 100.0, 200.0, None],
    }
    offers = {
        "offer_id": list(OFFERS),
        "kind": list(OFFERS.values()),
        "name": list(OFFERS),
        "plan_id": ["p2", None, None, None],
        "monthly_fee_cny": [58.0, 10.0, 30.0, 0.0],
        "contract_months": [None, None, 24, 12],
        "valid_from": [dt.date(2024, 1, 1)] * 4,
    }
    agents = {"agent_id": keys("a", 6), "team": list("xxxyyy"), "centre": ["north"] * 3 + ["south"] * 3}
    frames = {"plans": plans, "packs": packs, "offers": offers, "agents": agents}
    return {name: pd.DataFrame(columns) for name, columns in frames.items()}


def _customers(rng: np.random.Generator, who: list[str]) -> pd.DataFrame:
    dice = Dice(rng, len(who))
    return pd.DataFrame(
        {
            "customer_id": who,
            "person_id": dice.pick(keys("x", len(who) // 2)),
            "joined_on": dice.day(-900, -10),
            "main_line_id": np.where(dice.chance(0.1), who[0], None),
            "brand": dice.pick(["甲", "乙"]),
            "area": dice.pick(["east", "west", None]),
            "birth_year": dice.whole(2005, 1950),
            "gender": dice.pick(["F", "M"]),
            "handset_model": dice.pick(["m1", "m2"]),
            "handset_since": dice.day(-900, -10),
            "handset_generation": dice.pick(["3G", "4G", "5G"]),
            "marketing_consent": dice.chance(0.9),
            "personalisation_consent": dice.chance(0.9),
            "vip": dice.chance(0.1),
            "fixed_mobile_bundle": dice.chance(0.2),
            "contract_ends_on": dice.day(-10, 400),
        }
    )


def _subscriptions(rng: np.random.Generator, who: list[str]) -> pd.DataFrame:
    dice = Dice(rng, len(who))
    cut = [MONTHS[n] for n in dice.whole(12, 3)]
    first = pd.DataFrame(
        {"customer_id": who, "plan_id": dice.pick(PLANS), "starts_on": dt.date(2024, 1, 1), "ends_on": cut}
    )
    second = pd.DataFrame({"customer_id": who, "plan_id": dice.pick(PLANS), "starts_on": cut, "ends_on": None})
    return pd.concat([first, second], ignore_index=True)


def _holdings(rng: np.random.Generator, who: list[str]) -> pd.DataFrame:
    dice = Dice(rng, 2 * len(who))
    starts = dice.day()
    ends = [
        day + dt.timedelta(days=int(n)) if n < 300 else None for day, n in zip(starts, dice.whole(500, 1), strict=True)
    ]
    frame = pd.DataFrame(
        {
            "customer_id": dice.pick(who),
            "pack_id": dice.pick(["auto", "d10", "flex", "mail"]),
            "starts_on": starts,
            "ends_on": ends,
        }
    )
    return frame.drop_duplicates(["customer_id", "pack_id", "starts_on"])


def _statuses(rng: np.random.Generator, who: list[str]) -> pd.DataFrame:
    dice = Dice(rng, 2 * len(who))
    frame = pd.DataFrame(
        {
            "customer_id": dice.pick(who),
            "starts_on": dice.day(),
            "status": dice.pick(["active", "suspended_arrears", "suspended_request"]),
        }
    )
    return frame.drop_duplicates(["customer_id", "starts_on"])


def _months(rng: np.random.Generator, who: list[str]) -> dict[str, pd.DataFrame]:
    grid = pd.MultiIndex.from_product([who, MONTHS], names=["customer_id", "month"]).to_frame(index=False)
    grid = grid[rng.random(len(grid)) < 0.9].reset_index(drop=True)
    dice = Dice(rng, len(grid))
    idle = dice.chance(0.1)
    usage = grid.assign(
        voice_min=np.where(idle, 0.0, dice.number(200)),
        sms=dice.whole(20),
        data_mb=np.where(idle, 0.0, dice.number(900)),
        rollover_mb=dice.number(100),
        active_days=dice.whole(30),
    )
    parts = {
        name: np.where(dice.chance(0.5), dice.number(30), 0.0)
        for name in ("voice_overage_cny", "data_overage_cny", "upgrade_pack_cny", "flex_pack_cny")
    }
    bills = grid.assign(rent_cny=dice.pick([38.0, 58.0]).astype(float), **parts, other_cny=dice.number(5, -60))
    bills["total_cny"] = bills[["rent_cny", *parts, "other_cny"]].sum(axis=1).round(2)
    paid = [
        (pd.Timestamp(month) + pd.Timedelta(days=31 + int(n))).date() if n < 60 else None
        for month, n in zip(grid["month"], dice.whole(80, 1), strict=True)
    ]
    return {
        "usage": usage,
        "bills": bills.assign(
            paid_on=paid, arrears_cny=np.where(dice.chance(0.1), 20.0, 0.0), balance_cny=dice.number(90)
        ),
    }


def _usage_days(rng: np.random.Generator, who: list[str]) -> pd.DataFrame:
    days = [T + dt.timedelta(days=n) for n in range(-35, 20)]
    grid = pd.MultiIndex.from_product([who, days], names=["customer_id", "day"]).to_frame(index=False)
    dice = Dice(rng, len(grid))
    return grid.assign(
        voice_min=dice.number(9), sms=dice.whole(2), data_mb=np.where(dice.chance(0.3), 0.0, dice.number(40))
    )


def _contacts(rng: np.random.Generator, who: list[str], rows: int) -> pd.DataFrame:
    dice = Dice(rng, rows)
    answered = ~dice.chance(0.15)
    return pd.DataFrame(
        {
            "contact_id": keys("k", rows),
            "customer_id": dice.pick([*who, None]),
            "channel": dice.pick(CHANNELS),
            "started_at": dice.moment(),
            "queue": dice.pick(["bill", "net", None]),
            "centre": dice.pick(["north", "south"]),
            "agent_id": dice.pick(keys("a", 6)),
            "wait_s": dice.number(90),
            "talk_s": np.where(answered, dice.number(400), np.nan),
            "hold_s": dice.number(40),
            "after_call_s": dice.number(30),
            "abandoned": ~answered,
            "transfers": dice.whole(2),
            "resolved": dice.pick([True, False, None]),
            "satisfaction": dice.pick([1, 2, 4, 5, None]),
            "intent": dice.pick(["BILL", "NET", "CXXZ", "SQXZ", None]),
        }
    )


def _complaints(rng: np.random.Generator, who: list[str], rows: int) -> pd.DataFrame:
    dice = Dice(rng, rows)
    opened = dice.moment()
    handled = dice.later(opened, 10, 0.8)
    closed = dice.later(handled, 20, 0.7)
    return pd.DataFrame(
        {
            "complaint_id": keys("m", rows),
            "customer_id": dice.pick([*who, None]),
            "contact_id": dice.pick([*keys("k", 50), None]),
            "area": dice.pick(["east", "west"]),
            "category": dice.pick(["network", "billing"]),
            "opened_at": opened,
            "handled_at": handled,
            "closed_at": closed,
            "revisited_at": dice.later(closed, 9, 0.5),
            "agent_id": dice.pick(keys("a", 6)),
            "level": dice.pick([1, 2, 3, None]),
            "revisit_satisfaction": dice.pick([1, 3, 5, None]),
        }
    )


def _exposures(rng: np.random.Generator, who: list[str], rows: int) -> pd.DataFrame:
    dice = Dice(rng, rows)
    decided = dice.moment()
    popped = dice.chance(0.8)
    pitched = popped & dice.chance(0.7)
    accepted = pitched & dice.chance(0.5)
    rejected = pitched & ~accepted
    accepted_at = dice.later(decided, 12, 1.0).where(accepted)
    return pd.DataFrame(
        {
            "exposure_id": keys("e", rows),
            "customer_id": dice.pick(who),
            "contact_id": dice.pick([*keys("k", 50), None]),
            "offer_id": dice.pick([*OFFERS, None]),
            "channel": "hotline",
            "decided_at": decided,
            "randomised": dice.chance(0.2),
            "suppressed_reason": np.where(popped, None, dice.pick(["FATIGUE", "BILL_RISE"])),
            "popped_up": popped,
            "pitched": pitched,
            "accepted": accepted,
            "accepted_at": accepted_at,
            "rejected_at": dice.later(decided, 3, 1.0).where(rejected),
            "reject_reason": np.where(rejected, dice.pick(["too_dear", "later"]), None),
            "confirmed_at": dice.later(accepted_at, 3, 0.8),
            "reversed_at": dice.later(accepted_at, 50, 0.2),
            "effective_on": [None if pd.isna(at) else (at + pd.Timedelta(days=5)).date() for at in accepted_at],
            "agent_id": dice.pick(keys("a", 6)),
        }
    )


def _targets(rng: np.random.Generator, who: list[str], rows: int) -> pd.DataFrame:
    dice = Dice(rng, rows)
    frame = pd.DataFrame(
        {
            "run_id": dice.pick(keys("r", 9)),
            "customer_id": dice.pick(who),
            "offer_id": dice.pick(list(OFFERS)),
            "scored_on": dice.day(),
        }
    )
    return frame.drop_duplicates(["run_id", "customer_id", "offer_id"])


def _departures(rng: np.random.Generator, who: list[str]) -> pd.DataFrame:
    gone = [name for name in who if rng.random() < 0.3]
    dice = Dice(rng, len(gone))
    return pd.DataFrame(
        {
            "customer_id": gone,
            "left_on": dice.day(-120, 30),
            "kind": dice.pick(["port_out", "cancelled", "silent", "arrears"]),
        }
    )


def _volumes(rng: np.random.Generator) -> pd.DataFrame:
    times = pd.date_range("2025-11-24 08:00", periods=20, freq="30min")
    grid = pd.MultiIndex.from_product(
        [["bill", "net"], ["north", "south"], times], names=["queue", "centre", "starts_at"]
    ).to_frame(index=False)
    dice = Dice(rng, len(grid))
    offered = dice.whole(40)
    answered = offered - np.minimum(offered, dice.whole(5))
    return grid.assign(
        offered=offered,
        answered=answered,
        abandoned=offered - answered,
        handle_s=answered * 200.0,
        answered_in_target=answered // 2,
        target_s=30,
        agents=dice.number(9, 2),
    )


def _events(rng: np.random.Generator, rows: int) -> pd.DataFrame:
    dice = Dice(rng, rows)
    starts = dice.moment(-100, 40)
    return pd.DataFrame(
        {
            "event_id": keys("v", rows),
            "kind": dice.pick(["outage", "campaign", "maintenance"]),
            "area": dice.pick(["east", "west", None]),
            "starts_at": starts,
            "ends_at": dice.later(starts, 3, 1.0),
            "announced_at": starts,
        }
    )


def _posts(rng: np.random.Generator, who: list[str], rows: int) -> pd.DataFrame:
    dice = Dice(rng, rows)
    return pd.DataFrame(
        {
            "post_id": keys("w", rows),
            "posted_at": dice.moment(),
            "platform": "weibo",
            "customer_id": dice.pick([*who, None]),
            "text": "慢",
        }
    )


def _payments(rng: np.random.Generator, who: list[str], rows: int) -> pd.DataFrame:
    dice = Dice(rng, rows)
    return pd.DataFrame(
        {
            "customer_id": dice.pick(who),
            "paid_at": dice.moment(),
            "amount_cny": dice.pick([30.0, 50.0, 100.0]).astype(float),
        }
    )
