"""What a decision knows beside the published rows: the moment, the channel, and what the call has brought so far."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from features.contact_terms import PORT_CODE_INTENTS, PORT_QUERY_INTENTS
from features.request_features import Call


@dataclass(frozen=True)
class MonthToDate:
    """Use since the first of the month, in MB and minutes."""

    data_mb: float
    voice_min: float


@dataclass(frozen=True)
class Situation:
    """`full`: offers whose capacity of the month is used up; `busy`: the queue answers too few in time.

    In bulk nobody calls: only `at` and `channel` are set, and a request that brings no more is answered as bulk is.
    """

    at: dt.datetime
    channel: str = "hotline"
    personalised: bool = True
    intent: str | None = None
    queue: str | None = None
    month_to_date: MonthToDate | None = None
    busy: bool = False
    full: frozenset[str] = field(default_factory=frozenset)

    @property
    def day(self) -> dt.date:
        """The day of the decision."""
        return self.at.date()

    @property
    def asked_to_port(self) -> bool:
        """Whether the caller asks for a port-out authorisation code."""
        return (self.intent or "").upper() in PORT_CODE_INTENTS

    @property
    def call(self) -> Call:
        """The call as the model may know it: never that the caller asks about porting."""
        porting = (self.intent or "").upper() in (*PORT_CODE_INTENTS, *PORT_QUERY_INTENTS)
        return Call(None if porting else self.intent, self.queue, self.at)

    @property
    def elapsed(self) -> float:
        """The share of the month that has passed.

        >>> Situation(dt.datetime(2026, 4, 16)).elapsed
        0.5
        """
        first = dt.datetime(self.at.year, self.at.month, 1)
        end = (first + dt.timedelta(days=32)).replace(day=1)
        return (self.at - first) / (end - first)
