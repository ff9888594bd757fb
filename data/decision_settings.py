"""Settings of decisions: what weighs in, who is left in peace, how much is explored, what each channel costs.

Weights multiply an offer's priority: 1 changes nothing, 2 doubles it. Reach is the assumed share of lines that an offer
on the channel gets to within a month; it only chooses between channels.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, field_validator

OfferKind = Literal["plan", "data_pack", "handset", "retention"]
ChannelName = Literal["hotline", "ivr", "app", "web", "wechat", "weibo", "sms", "email", "store", "outbound"]
Name = TypeVar("Name", bound=str)
MOST_PITCHES = 5  # the latest pitch days that a publication keeps of each person
PORTING = ("CXXZ", "SQXZ", "PORT_QUERY", "PORT_OUT_QUERY", "PORT_CODE", "PORT_OUT_AUTHORISATION", "PORT_OUT_CODE")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ArbitrationSettings(_Strict):
    """P x V x C x L: each factor can be switched off (then it is 1); levers by offer kind and by offer."""

    propensity: bool = True
    value: bool = True
    context: bool = True
    levers: bool = True
    kind_levers: dict[OfferKind, float] = {}
    offer_levers: dict[str, float] = {}

    @field_validator("kind_levers", "offer_levers")
    @classmethod
    def _above_zero(cls, weights: dict[str, float]) -> dict[str, float]:
        return _positive(weights)


class ContextSettings(_Strict):
    """Weights by what the caller wants (intent, any case) and by use that runs past the quota this month.

    `intents` is empty because the uptake model learns from the intent itself; what stands here comes on top.
    `overage_weight`: an offer that would cover all projected use beyond the quota weighs 1 + this times its share.
    """

    intents: dict[str, dict[OfferKind, float]] = {}
    overage_weight: float = Field(default=0.5, ge=0)

    @field_validator("intents")
    @classmethod
    def _never_by_porting(cls, intents: dict[str, dict[OfferKind, float]]) -> dict[str, dict[OfferKind, float]]:
        named = sorted({name.upper() for name in intents} & set(PORTING))
        if named:
            raise ValueError(f"{', '.join(named)}: offers are never conditioned on porting (MIIT rules of 2019-12)")
        return {name.upper(): dict(_positive(weights)) for name, weights in intents.items()}


class SuitabilitySettings(_Strict):
    """When a person is left in peace; 0 or an empty list switches a rule off. Caps count all lines of the person."""

    max_pitches: int = Field(default=3, ge=0, le=MOST_PITCHES)
    pitch_days: int = Field(default=30, ge=1)
    rejected_days: int = Field(default=30, ge=0)
    complaint_days: int = Field(default=30, ge=0)
    quiet_intents: list[str] = ["complaint"]


class ExplorationSettings(_Strict):
    """`share` of decisions put a random eligible offer first; `control_share` show none. Offers weigh 1 in the draw."""

    share: float = Field(default=0.0, ge=0, lt=1)
    control_share: float = Field(default=0.0, ge=0, lt=1)
    offers: dict[str, float] = {}

    @field_validator("offers")
    @classmethod
    def _not_negative(cls, weights: dict[str, float]) -> dict[str, float]:
        wrong = [name for name, weight in weights.items() if weight < 0]
        if wrong:
            raise ValueError(f"weights of {', '.join(wrong)} are below 0")
        return weights


class ChannelSettings(_Strict):
    """One channel: cost of a contact, reach of lines that used it within 90 days or did not, whether a person talks.

    `kinds` limits the offers that may be made on it; null = all. `own_interest`: only after the customer asked (001).
    """

    cost_cny: float = Field(default=0.0, ge=0)
    reach: float = Field(default=0.1, ge=0, le=1)
    reach_used: float = Field(default=0.5, ge=0, le=1)
    agent: bool = False
    own_interest: bool = False
    kinds: list[OfferKind] | None = None


def _channel(cost: float, reach: float, used: float) -> ChannelSettings:
    return ChannelSettings(cost_cny=cost, reach=reach, reach_used=used)


def _by_agent(cost: float, reach: float, used: float, own_interest: bool = False) -> ChannelSettings:
    return ChannelSettings(cost_cny=cost, reach=reach, reach_used=used, agent=True, own_interest=own_interest)


@lru_cache(maxsize=1)
def default_channels() -> dict[ChannelName, ChannelSettings]:
    """Assumed costs and reaches; an operator's own belong in `nextcall.toml` (`[channels.sms] cost_cny = 0.03`)."""
    return {
        "hotline": _by_agent(0.0, 0.08, 0.40),
        "ivr": _channel(0.02, 0.10, 0.50),
        "app": _channel(0.0, 0.15, 0.70),
        "web": _channel(0.0, 0.05, 0.40),
        "wechat": _channel(0.01, 0.15, 0.60),
        "weibo": _channel(0.01, 0.02, 0.20),
        "sms": _channel(0.05, 0.25, 0.25),
        "email": _channel(0.01, 0.05, 0.20),
        "store": _by_agent(0.0, 0.02, 0.20),
        "outbound": _by_agent(0.30, 0.35, 0.35, own_interest=True),
    }


class PopupSettings(_Strict):
    """Pop-up windows: the file of manual priorities; the answer rate below which a queue sells nothing (null = off).

    The rate is the share answered within the service level's seconds; a queue of which nothing is known is not busy.
    """

    overrides: Path | None = None
    busy_below: float | None = Field(default=0.8, gt=0, le=1)


def _positive(weights: dict[Name, float]) -> dict[Name, float]:
    wrong = [name for name, weight in weights.items() if not weight > 0]
    if wrong:
        raise ValueError(f"weights of {', '.join(wrong)} are not above 0; to stop an offer, end its valid_to")
    return weights
