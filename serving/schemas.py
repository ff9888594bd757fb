"""What the web API takes and gives, field by field (contract, section 3)."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from data.schema import TABLES

CHANNELS = TABLES["contacts"].values["channel"]
Channel = Literal["hotline", "ivr", "app", "web", "wechat", "weibo", "sms", "email", "store", "outbound"]
Lang = Literal["zh", "en"]
Stage = Literal["shown", "not_pitched", "pitched", "accepted", "confirmed", "rejected", "effective", "reversed"]
YEARS = range(1970, 2200)
OutcomeReason = Literal["too_dear", "no_need", "later", "distrust", "contract", "other"]


def _text_only(value: Any) -> Any:
    if not isinstance(value, str):
        raise ValueError("wanted an RFC 3339 text such as 2026-01-05T10:30:00+08:00")
    return value


def _within_calendar(moment: dt.datetime) -> dt.datetime:
    """Years in which months and zones can be counted on: the ends of `datetime` overflow."""
    if moment.year not in YEARS:
        raise ValueError(f"wanted a year from {YEARS.start} to {YEARS.stop - 1}")
    return moment


Key = Annotated[str, Field(min_length=1, max_length=128)]
Time = Annotated[dt.datetime, BeforeValidator(_text_only), AfterValidator(_within_calendar)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class MonthToDate(_Body):
    """Use since the first of the month."""

    data_mb: float = Field(ge=0)
    voice_min: float = Field(ge=0)


class OfferRequest(_Body):
    """Who is on which channel; `limit` 0 lists all eligible offers, also those that lose money."""

    customer_id: Key
    channel: Channel
    at: Time | None = None
    contact_id: Key | None = None
    agent_id: Key | None = None
    queue: Key | None = None
    request_id: Key | None = None
    intent: str | None = Field(default=None, max_length=128)
    text: str | None = Field(default=None, max_length=10_000)
    month_to_date: MonthToDate | None = None
    limit: int = Field(default=3, ge=0, le=1000)
    personalised: bool = True
    lang: Lang = "zh"


class Month(BaseModel):
    """One of the last closed months: what was paid, and what would have been."""

    month: dt.date
    current_cny: float | None
    new_cny: float | None


class Reason(BaseModel):
    """Why; what the weight (0 to 1) measures stands in the table of codes."""

    code: str
    text: str
    weight: float


class FactorValues(BaseModel):
    """P x V x C x L as they counted; a factor that is switched off is 1; nulls where nothing is predicted."""

    propensity: float | None
    value_cny: float | None
    context: float | None
    lever: float | None
    priority: float | None


class Recommendation(BaseModel):
    """One offer; probability, margin and value are null where the answer is not personalised."""

    rank: int
    offer_id: str
    name: str
    kind: str
    accept_probability: float | None
    margin_uplift_cny: float | None
    churn_uplift: float | None = Field(
        description="what the pitch is expected to add to P(leaves within 90 days), below 0 where it keeps; null where "
        "the log does not tell"
    )
    expected_value_cny: float | None
    current_total_cny: float | None
    expected_total_cny: float | None
    months: list[Month]
    worst_month_cny: float | None
    total_fee_ratio: float | None
    rent_ratio: float | None
    effective_on: dt.date
    popup_priority: int
    script: str | None
    factors: FactorValues
    reasons: list[Reason]


class Suppressed(BaseModel):
    """An offer that is not shown, why, and in which layer: eligibility, applicability or suitability."""

    offer_id: str
    reason: str
    layer: str


class OfferAnswer(BaseModel):
    """The decision; `no_offer_reason` is set where there is no recommendation."""

    decision_id: str
    request_id: str
    customer_id: str
    at: dt.datetime
    valid_until: dt.datetime
    model_versions: dict[str, str]
    arm: str
    degraded: list[str]
    recommendations: list[Recommendation]
    suppressed: list[Suppressed]
    no_offer_reason: str | None = None


class OutcomeRequest(_Body):
    """What became of an offer; the same key with the same content is stored once."""

    decision_id: Key
    offer_id: Key
    stage: Stage
    at: Time
    agent_id: Key | None = None
    reason: OutcomeReason | None = None
    idempotency_key: Key


class OutcomeAnswer(BaseModel):
    """The outcome is on the disk. `repeated`: it was before."""

    idempotency_key: str
    decision_id: str
    offer_id: str
    stage: str
    stored: bool
    repeated: bool


class LineRequest(_Body):
    """One line."""

    customer_id: Key
    lang: Lang = "zh"


class RiskAnswer(BaseModel):
    """P(leaves within `horizon_days` of `as_of`); null without consent to personalisation."""

    customer_id: str
    probability: float | None
    band: str | None
    band_limits: dict[str, float]
    horizon_days: int
    as_of: dt.date
    model_version: str
    reasons: list[Reason]


class LabelValue(BaseModel):
    """One user label."""

    name: str
    name_zh: str = Field(description="中文名")
    value: float | str | bool | None
    unit: str
    window: str
    definition: str


class ProfileAnswer(BaseModel):
    """All labels of a line."""

    customer_id: str
    as_of: dt.date
    labels: list[LabelValue]


class ServiceLevel(_Body):
    """A share of the calls answered within so many seconds; of which calls, `definition` says."""

    share: float = Field(gt=0, lt=1)
    seconds: float = Field(gt=0)
    definition: Literal["of_offered", "of_answered", "answered_or_abandoned"] = "of_offered"


class SeenCalls(_Body):
    """The calls of one interval of a day that has begun."""

    queue: Key
    centre: Key
    starts_at: Time
    offered: int = Field(ge=0)


class ForecastRequest(_Body):
    """Which queues, from when (default: the day after the model's history), how far, and the staffing target.

    With a `start` inside a day the rest of it is told from the calls `seen` so far; without them, from the lake's. A
    queue and centre of which `seen` holds no row is not known (not: without calls) and is told from those that are.
    """

    queue: Key | None = None
    centre: Key | None = None
    start: Time | None = None
    days: int = Field(ge=1, le=400)
    interval_minutes: int | None = Field(default=None, ge=1, le=1440)
    quantiles: list[Annotated[float, Field(gt=0, lt=1)]] | None = None
    events: list[dict[str, Any]] | None = None
    service_level: ServiceLevel | None = None
    shrinkage: float | None = Field(default=None, ge=0, lt=1)
    patience_s: float | None = Field(default=None, gt=0)
    max_occupancy: float | None = Field(default=0.85, gt=0, le=1, description="null = no cap")
    promise: Literal["interval", "day"] = "interval"
    plan: Literal["base", "storm"] = "base"
    seen: list[SeenCalls] | None = Field(
        default=None,
        description="Calls of the intervals of the start's day that have ended. A queue and centre without any row is "
        "not known: it is told from the others. One with rows had 0 calls in an interval that it lacks and that some "
        "queue and centre has; an interval that none has is not known. null = the lake's own calls, where a queue and "
        "centre without a row had none.",
    )


class ForecastAnswer(BaseModel):
    """One row a queue, centre and interval: quantiles of the calls, agents, and the calls by cause.

    `alarms`: queues that left their band on the day of a `start` inside it; `kind` sudden: two intervals away from what
    the day so far let expect, level: the calls so far outside what was told before the day began.
    """

    model_version: str
    start: dt.datetime
    days: int
    degraded: list[str]
    alarms: list[dict[str, Any]]
    rows: list[dict[str, Any]]
