"""Lakes for tariff tests: the public plan table, and random operators with every rule a plan can have."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data.known import Known, as_known
from data.lake import open_lake
from data.settings import load_settings
from tests.tiny_lake import write_lake

AS_OF = dt.date(2026, 1, 1)
MONTHS = [dt.date(2025, month, 1) for month in (9, 10, 11, 12)]
FACTS = Path(__file__).parents[2] / "data" / "simulate" / "facts"
BILL = ("rent_cny", "voice_overage_cny", "data_overage_cny", "upgrade_pack_cny", "flex_pack_cny")


def known_lake(folder: Path, tables: dict[str, pd.DataFrame], as_of: dt.date = AS_OF, **settings: Any) -> Known:
    """The tables as a lake, as it was known at `as_of`."""
    lake = open_lake(write_lake(folder, tables), load_settings(**settings))
    return as_known(lake, as_of)


def public_plans() -> pd.DataFrame:
    """The 18 plans on sale of the public operator note."""
    plans = pd.read_csv(FACTS / "plans.csv")
    wanted = ["plan_id", "name", "family", "monthly_fee_cny", "data_mb", "voice_min", "data_overage_cny_per_mb"]
    sold = plans[plans["on_sale"].astype(bool)]
    return sold[[*wanted, "voice_overage_cny_per_min", "on_sale"]].reset_index(drop=True)


def public_packs() -> pd.DataFrame:
    """Packs and the auto-upgrade ladder."""
    return pd.read_csv(FACTS / "packs.csv")


def usage_of(lines: dict[str, tuple[float, float]], months: list[dt.date] = MONTHS[1:]) -> pd.DataFrame:
    """Each line's (minutes, MB), the same in every month."""
    rows = [(line, month, minutes, 0, mb) for line, (minutes, mb) in lines.items() for month in months]
    return pd.DataFrame(rows, columns=["customer_id", "month", "voice_min", "sms", "data_mb"])


def bills_of(lines: dict[str, tuple[float, ...]], months: list[dt.date] = MONTHS[1:]) -> pd.DataFrame:
    """Each line's (rent, voice overage, data overage, upgrade, flex), the same in every month."""
    rows = [(line, month, *parts) for line, parts in lines.items() for month in months]
    frame = pd.DataFrame(rows, columns=["customer_id", "month", *BILL]).astype(dict.fromkeys(BILL, float))
    return frame.assign(other_cny=3.0, total_cny=frame[list(BILL)].sum(axis=1) + 3.0, arrears_cny=0.0)


def subscribed(plans: dict[str, str], starts_on: dt.date = dt.date(2024, 1, 1)) -> pd.DataFrame:
    """Each line's plan."""
    return pd.DataFrame({"customer_id": list(plans), "plan_id": list(plans.values()), "starts_on": starts_on})


def random_operator(seed: int, lines: int = 40, plans: int = 8) -> dict[str, pd.DataFrame]:
    """Plans with any mixture of rules, lines with any mixture of months, bills, packs and plan changes."""
    rng = np.random.default_rng(seed)
    names = [f"c{i:02d}" for i in range(lines)]
    tables = {"plans": _plans(rng, plans), "packs": _packs(), "usage": _usage(rng, names)}
    tables["subscriptions"] = _subscriptions(rng, names, tables["plans"])
    tables["holdings"] = _holdings(rng, names)
    tables["bills"] = _bills(rng, tables["usage"])
    return tables


def _some(rng: np.random.Generator, values: list[Any], size: int) -> list[Any]:
    return [values[i] for i in rng.integers(len(values), size=size)]


def _plans(rng: np.random.Generator, size: int) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "plan_id": [f"p{i}" for i in range(size)],
            "name": "any",
            "family": "any",
            "monthly_fee_cny": rng.integers(10, 200, size).astype(float),
            "data_mb": _some(rng, [0.0, 300.0, 500.0, 1024.0, None], size),
            "voice_min": _some(rng, [0.0, 50.0, 200.0, None], size),
            "data_overage_cny_per_mb": _some(rng, [0.29, 0.1, 0.0, None], size),
            "voice_overage_cny_per_min": _some(rng, [0.19, 0.25, None], size),
            "on_sale": _some(rng, [True, True, True, False], size),
            "overage_cap_cny": _some(rng, [None, None, 15.0, 60.0], size),
            "overage_cap_mb": _some(rng, [None, 100.0, 1024.0], size),
            "data_rolls_over": _some(rng, [True, False, None], size),
            "sms": _some(rng, [None, 0, 20], size),
            "sms_overage_cny": _some(rng, [None, 0.1], size),
            "data_round_mb": _some(rng, [None, 100.0], size),
        }
    )
    return frame.astype({"sms": "Int64"})


def _packs() -> pd.DataFrame:
    rows = [
        ("auto", 1, "auto_upgrade", 10.0, 70.0),
        ("auto", 2, "auto_upgrade", 20.0, 150.0),
        ("auto", 3, "auto_upgrade", 30.0, 500.0),
        ("d10", 1, "data", 10.0, 100.0),
        ("flex", 1, "flex", 15.0, 200.0),
        ("ring", 1, "service", 5.0, None),
    ]
    frame = pd.DataFrame(rows, columns=["pack_id", "tier", "kind", "fee_cny", "data_mb"])
    return frame.assign(name="any", effective="now")


def _usage(rng: np.random.Generator, names: list[str]) -> pd.DataFrame:
    frame = pd.DataFrame([(n, m) for n in names for m in MONTHS], columns=["customer_id", "month"])
    size = len(frame)
    frame["voice_min"] = np.round(rng.gamma(1.0, 150.0, size), 1)
    frame["sms"] = rng.integers(0, 60, size)
    frame["data_mb"] = np.round(rng.gamma(1.0, 700.0, size), 1)
    frame["rollover_mb"] = np.where(rng.random(size) < 0.5, np.round(rng.random(size) * 300), np.nan)
    return frame[rng.random(size) < 0.95].reset_index(drop=True)


def _subscriptions(rng: np.random.Generator, names: list[str], plans: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for name in names:
        first, second = rng.choice(plans["plan_id"], 2, replace=False)
        change = MONTHS[rng.integers(4)] if rng.random() < 0.4 else None
        rows.append((name, first, dt.date(2024, 1, 1), change))
        if change:
            rows.append((name, second, change, None))
    return pd.DataFrame(rows, columns=["customer_id", "plan_id", "starts_on", "ends_on"])


def _holdings(rng: np.random.Generator, names: list[str]) -> pd.DataFrame:
    rows = [
        (name, pack, dt.date(2025, 1, 1), MONTHS[2] if rng.random() < 0.3 else None)
        for name in names
        for pack in ("auto", "d10", "flex", "ring")
        if rng.random() < 0.3
    ]
    return pd.DataFrame(rows, columns=["customer_id", "pack_id", "starts_on", "ends_on"])


def _bills(rng: np.random.Generator, usage: pd.DataFrame) -> pd.DataFrame:
    frame = usage[["customer_id", "month"]][rng.random(len(usage)) < 0.7].reset_index(drop=True)
    size = len(frame)
    frame["rent_cny"] = 58.0
    frame["voice_overage_cny"] = np.round(rng.random(size) * 20, 2)
    frame["data_overage_cny"] = np.round(rng.random(size) * 40, 2)
    frame["upgrade_pack_cny"] = rng.choice([0.0, 10.0, 20.0, 30.0], size)
    frame["flex_pack_cny"] = rng.choice([0.0, 10.0, 15.0, 25.0], size)
    frame["other_cny"] = 1.0
    frame["total_cny"] = 100.0
    frame["arrears_cny"] = 0.0
    return frame
