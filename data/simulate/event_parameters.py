"""What the embedded operator assumes about events: how often, how large, and how many calls they bring."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class EventKind:
    """One kind of event whose calls are proportional to the people it addresses; all assumed.

    `calls_per_person` hotline calls come of each person addressed, on average over events. Where `fade_days` is above
    0 they fade with that mean from the start on; where it is 0 they come while the event lasts, at the speed of
    working hours, fewer at night, with a tail of hours.
    """

    kind: str
    a_year: float  # drawn events a year, spread over the window; the yearly facts come on top
    calls_per_person: float
    fade_days: float
    queue: str
    people: tuple[float, float] = (0.0, 0.0)  # least and most people addressed, log-uniform between
    days: tuple[float, float] = (0.0, 0.0)  # how long it lasts
    announced_days: tuple[int, int] = (0, 0)  # before the start
    start_hour: float = 9.0
    local: bool = False  # in one area, else everywhere


EVENT_KINDS = (
    EventKind("campaign", 14.0, 0.025, 1.6, "tariff", (60_000, 450_000), (3.0, 6.0), (5, 14)),
    EventKind("price_change", 2.0, 0.018, 5.0, "billing", (200_000, 1_000_000), (14.0, 30.0), (25, 40)),
    EventKind("launch", 2.0, 0.012, 4.0, "tariff", (150_000, 500_000), (14.0, 30.0), (10, 20)),
    EventKind("big_event", 4.0, 0.015, 0.0, "network", (40_000, 150_000), (1.0, 3.0), (30, 60), 8.0, True),
    EventKind("maintenance", 2.0, 0.008, 0.0, "network", (50_000, 120_000), (0.2, 0.4), (5, 10), 0.0, True),
    EventKind("weather", 3.0, 0.012, 0.0, "network", (40_000, 200_000), (0.3, 1.2), (1, 2), 10.0, True),
    EventKind("school_start", 0.0, 0.006, 2.5, "tariff"),
    EventKind("other", 0.0, 0.004, 0.0, "network"),
    EventKind("outage", 0.0, 0.020, 0.0, "network", local=True),
)


@dataclass(frozen=True)
class EventParameters:
    """Events and what follows them; all assumed."""

    kinds: tuple[EventKind, ...] = EVENT_KINDS
    operator_lines: float = 2_000_000.0  # the whole operator's, whose hotline `CallParameters` describes
    effect_sd: float = 0.30  # log sd of calls per person between events of a kind
    spill: float = 0.15  # share of an event's calls that reach the other queues, by their size
    tail_hours: float = 2.0  # mean of the calls that come after an event without fade
    echo: float = 0.10  # share of an event's calls that come again, in the complaints queue
    echo_days: float = 2.5  # mean days until then
    hotline_share: float = 0.6  # of the contacts that an event brings; the rest comes by app and WeChat
    outages_per_area_month: float = 0.30
    outage_share: float = 0.15  # median share of an area's people in an outage
    outage_share_sd: float = 0.8  # log sd of that share
    told_minutes: tuple[float, float] = (15.0, 60.0)  # from an outage's start to its announcement
    ahead_days: int = 60  # events that start so soon after the window are in the lake once they are announced
    pitch_calls_a_day: float = 8.0  # calls that pitches bring to the operator's other callers
