"""The rating engine's oracle: the rules of the tariff as plain loops, one month after another."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

Ladder = list[tuple[float, float]]  # (fee CNY, MB) of each tier, rising


@dataclass
class PlainMonth:
    """What happened in a month, and the packs beside the plan."""

    data_mb: float
    voice_min: float
    sms: float
    counts: bool
    told_carry_mb: float | None = None  # rolled over into the month on the present plan, where the lake says so
    pack_mb: float = 0.0
    tier_mb: float = 0.0
    calls: list[float] = field(default_factory=list)


@dataclass
class PlainCharges:
    """CNY of one month beside rent and packs that are paid for."""

    voice: float = 0.0
    data: float = 0.0
    upgrade: float = 0.0
    left_mb: float = 0.0


def standard_price(mb: float, plan: dict[str, Any]) -> float:
    """Overage step by step: each cap covers its MB, then the next step begins."""
    price, cap, cap_mb = (plan.get(k) for k in ("data_overage_cny_per_mb", "overage_cap_cny", "overage_cap_mb"))
    price = price or 0.0
    if cap is None:
        return price * mb
    cost = 0.0
    while cap_mb and mb >= cap_mb:
        cost += cap
        mb -= cap_mb
    return cost + min(cap, price * mb)


def climbed(over_mb: float, plan: dict[str, Any], ladder: Ladder) -> tuple[float, float]:
    """Fee and MB of the tier that a month ends on: up a tier whenever fee + overage reach the next tier's fee."""
    if not ladder or over_mb <= 0 or not plan.get("data_overage_cny_per_mb"):
        return 0.0, 0.0
    tier = 0
    while tier + 1 < len(ladder):
        fee, mb = ladder[tier]
        if fee + standard_price(max(0.0, over_mb - mb), plan) < ladder[tier + 1][0] - 1e-9:
            break
        tier += 1
    return ladder[tier]


def rate(month: PlainMonth, carry_mb: float, plan: dict[str, Any], ladder: Ladder) -> PlainCharges:
    """One month under one plan."""
    used = month.data_mb
    if plan.get("data_round_mb"):
        used = math.ceil(used / plan["data_round_mb"] - 1e-9) * plan["data_round_mb"]
    used -= min(used, month.pack_mb)
    used -= min(used, carry_mb)
    quota = plan.get("data_mb")
    inside = used if quota is None else min(used, quota)
    left = 0.0 if quota is None or not plan.get("data_rolls_over") else quota - inside
    over = used - inside
    fee, tier_mb = climbed(over, plan, ladder)
    return PlainCharges(
        voice=_voice(month, plan) + _messages(month, plan),
        data=standard_price(max(0.0, over - month.tier_mb - tier_mb), plan),
        upgrade=fee,
        left_mb=left,
    )


def _voice(month: PlainMonth, plan: dict[str, Any]) -> float:
    minutes = month.voice_min
    if plan.get("voice_round_min") and month.calls:
        minutes = sum(math.ceil(c / plan["voice_round_min"] - 1e-9) * plan["voice_round_min"] for c in month.calls)
    if plan.get("voice_min") is None:
        return 0.0
    return max(0.0, minutes - plan["voice_min"]) * (plan.get("voice_overage_cny_per_min") or 0.0)


def _messages(month: PlainMonth, plan: dict[str, Any]) -> float:
    if plan.get("sms") is None:
        return 0.0
    return max(0.0, month.sms - plan["sms"]) * (plan.get("sms_overage_cny") or 0.0)


def rate_in_order(
    months: list[PlainMonth], plan: dict[str, Any], ladder: Ladder, on_present: bool
) -> list[PlainCharges]:
    """The months (earliest first) under one plan, what is left over handed to the next."""
    charges, carry = [], 0.0
    for month in months:
        if not plan.get("data_rolls_over"):
            carry = 0.0
        elif on_present and month.told_carry_mb is not None:
            carry = month.told_carry_mb
        charges.append(rate(month, carry, plan, ladder))
        carry = charges[-1].left_mb if month.counts else 0.0
    return charges
