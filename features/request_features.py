"""What an agent knows of the call when an offer could be pitched: the caller's reason, the queue, the day and hour.

Training reads them from the contact in which the pitch was made, serving from the request; in bulk nobody is calling
and all of them are null. The labels hide a contact's intent for its first 24 hours, because somebody fills it in later.
Here it is what the caller says at the start of the call and what the desktop passes on, so the pitch's own contact
counts at once. The running month's use is no feature: a lake keeps `usage_days` of the running month alone, so that
past pitches have none to learn from.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

REASON, QUEUE, DAY, HOUR, ASKS = "call_intent", "call_queue", "call_day", "call_hour", "call_asks_for_kind"
CALL_FEATURES = (REASON, QUEUE, DAY, HOUR)  # the same for every offer
REQUEST_FEATURES = (*CALL_FEATURES, ASKS)  # the last one differs by the offer's kind
CATEGORIES = (REASON, QUEUE)
MONOTONE = {ASKS: 1}
CHINESE = {
    REASON: "来电意图",
    QUEUE: "来电队列",
    DAY: "来电日（账期第几天）",
    HOUR: "来电时点（小时）",
    ASKS: "来电意图与产品类型相符",
}
ASKED_FOR = {  # which calls are about a kind of product; other words for a reason are learnt from the reason alone
    "plan": ("plan_change", "overage", "bill_query"),
    "data_pack": ("data_pack", "overage"),
    "handset": ("contract",),
    "retention": ("cancel",),
}
Value = str | float | None


@dataclass(frozen=True)
class Call:
    """The call of a request; all null where nobody is calling."""

    intent: str | None = None
    queue: str | None = None
    at: dt.datetime | None = None

    @property
    def known(self) -> bool:
        """Whether the request says anything about the call; its moment alone does not."""
        return self.intent is not None or self.queue is not None


def call_values(call: Call) -> dict[str, Value]:
    """The CALL_FEATURES of a request; day 1 to 31 of the month, hour 0 to 23. All null where the call is not known.

    >>> call_values(Call("overage", "tariff", dt.datetime(2026, 1, 22, 9, 30)))
    {'call_intent': 'overage', 'call_queue': 'tariff', 'call_day': 22.0, 'call_hour': 9.0}
    >>> set(call_values(Call(at=dt.datetime(2026, 1, 22))).values())
    {None}
    """
    at = call.at if call.known else None
    moment = (None, None) if at is None else (float(at.day), float(at.hour))
    return dict(zip(CALL_FEATURES, (call.intent, call.queue, *moment), strict=True))


def asks_for(intent: str | None, kinds: Sequence[str]) -> list[float | None]:
    """ASKS of each offer kind: 1 where such calls are about this kind of product, 0 where not, null for no intent.

    >>> asks_for("overage", ["plan", "data_pack", "handset"]), asks_for(None, ["plan"])
    ([1.0, 1.0, 0.0], [None])
    """
    return [None if intent is None else float(intent in ASKED_FOR.get(kind, ())) for kind in kinds]


def request_features(calls: pd.DataFrame) -> pd.DataFrame:
    """REQUEST_FEATURES of rows with intent, queue, at and offer_kind: what `call_values` and `asks_for` give each."""
    known = calls["intent"].notna() | calls["queue"].notna()
    at = pd.to_datetime(calls["at"]).where(known)
    asked = pd.MultiIndex.from_tuples([(kind, intent) for kind, about in ASKED_FOR.items() for intent in about])
    matches = pd.MultiIndex.from_frame(calls[["offer_kind", "intent"]].astype(object)).isin(asked)
    return pd.DataFrame(
        {
            REASON: calls["intent"].astype("category"),
            QUEUE: calls["queue"].astype("category"),
            DAY: at.dt.day.astype("float64"),
            HOUR: at.dt.hour.astype("float64"),
            ASKS: pd.Series(matches.astype("float64"), calls.index).where(calls["intent"].notna()),
        }
    )


def without_request(features: pd.DataFrame) -> pd.DataFrame:
    """The same rows as bulk sees them: REQUEST_FEATURES null, of the same kinds."""
    empty = {name: pd.Series(pd.Categorical([None] * len(features)), features.index) for name in CATEGORIES}
    numbers = dict.fromkeys(set(REQUEST_FEATURES) - set(CATEGORIES), float("nan"))
    return features.assign(**empty, **numbers)
