"""What the embedded operator assumes about contacts, complaints, feelings and the hotline.

The second part of the tree in `parameters`; events have theirs in `event_parameters`. "volume" names the measured
facts about call arrivals.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ContactParameters:
    """What makes customers call, and what comes of it."""

    bill_query: float = 0.075  # contacts a month and line, all channels, at no trouble; assumed, so are all below
    overage: float = 0.018
    plan_change: float = 0.055
    data_pack: float = 0.036
    network: float = 0.045
    complaint: float = 0.010
    cancel: float = 0.010
    balance: float = 0.085
    contract: float = 0.026
    service_off: float = 0.028
    other: float = 0.070
    frailty_shape: float = 1.6  # gamma shape of a customer's own rate: few customers make most calls; assumed
    hotline_share: float = 0.36  # of contacts; 15 % of targets call the hotline in a month (seed)
    repeat_share: float = 0.28  # of unresolved contacts that come again within days; assumed
    repeat_days: float = 2.5  # mean gap; assumed
    resolved: float = 1.1  # logit of resolution; assumed
    rated_share: float = 0.17  # answered contacts with a satisfaction score; assumed
    anonymous_share: float = 0.03  # hotline contacts without a known line; assumed
    complaint_from_complaint: float = 0.75  # complaint tickets per contact that complains; assumed
    complaint_from_unresolved: float = 0.06  # per unresolved contact about network, overage or bills; assumed
    post_share: float = 0.004  # posts a line and month; assumed
    shopping_query: float = 0.004  # CXXZ queries a month by lines that do not leave; assumed
    drop_piece: float = 0.05  # text: share of phrases left out; assumed
    noisy_piece: float = 0.22  # text: share of phrases with a typo, a lost word or a filler; assumed
    other_channel_shares: tuple[float, ...] = (
        0.33,
        0.20,
        0.21,
        0.11,
        0.09,
        0.03,
        0.015,
        0.015,
    )  # app to email; assumed
    bill_rise: float = 2.5  # bill queries: relative rise per unit of (bill / usual - 1); assumed, as all drivers below
    bill_trouble: float = 0.3  # per unit of trouble
    overage_floor: float = 0.15  # contacts about overage at no overage, relative
    overage_driver: float = 3.5  # per unit of overage / usual bill
    plan_floor: float = 0.7  # plan changes at no overage, relative
    plan_driver: float = 1.2  # per unit of overage / usual bill
    pack_floor: float = 0.5  # data packs at no overage, relative
    pack_driver: float = 1.5  # per unit of overage / usual bill
    network_coverage: float = -0.6  # log rate per unit of coverage
    complaint_trouble: float = 1.6  # per unit of trouble
    complaint_patience: float = -0.3  # log rate per sd of patience
    cancel_trouble: float = 0.8  # per unit of trouble
    balance_unpaid: float = 2.0  # with an unpaid bill
    unresolved_network: float = -0.8  # logit of resolution
    unresolved_complaint: float = -1.1


@dataclass(frozen=True)
class HandlingParameters:
    """How long contacts take; tuples go by queue."""

    talk_s: tuple[float, ...] = (190.0, 255.0, 270.0, 380.0)  # mean; assumed
    hold_s: tuple[float, ...] = (12.0, 22.0, 25.0, 40.0)  # mean; assumed
    after_call_s: tuple[float, ...] = (22.0, 35.0, 30.0, 75.0)  # mean; assumed
    patience_s: float = 240.0  # mean; measured centres have 360 to 720, ours are less patient; assumed
    pitch_talk_s: float = 70.0  # mean talk that a pitch adds; assumed


@dataclass(frozen=True)
class ComplaintParameters:
    """Tickets."""

    category_shares: tuple[float, ...] = (0.05, 0.42, 0.22, 0.21, 0.10)  # of contacts that complain; assumed
    level_shares: tuple[float, ...] = (0.72, 0.23, 0.05)  # 普通 重要 重大; assumed
    handled_hours: float = 30.0  # mean from acceptance to handling; assumed
    closed_hours: float = 16.8  # mean from handling to closing; assumed
    revisited_share: float = 0.62  # closed tickets with a call-back; assumed
    known_post_share: float = 0.3  # posts whose author the operator knows; assumed


@dataclass(frozen=True)
class FeelingParameters:
    """What adds to remembered trouble, and how fast feelings fade; all assumed."""

    shock: float = 0.8  # per unit of (bill / usual - 1), capped at 1.5
    unresolved: float = 0.45  # per unresolved contact
    complaint: float = 0.35  # per contact that complains
    network: float = 0.15  # per contact about the network
    wait: float = 0.10  # per minute of waiting
    coverage: float = 0.04  # per month at coverage 0, falling with coverage
    satisfaction_memory: float = 0.85  # per month
    fatigue_memory: float = 0.70  # per month


@dataclass(frozen=True)
class CallParameters:
    """The whole operator's hotline; the simulated lines are a part of it."""

    interval_min: int = 30
    day_sd: float = 0.15  # log sd of the shared day factor; volume: CV .07 to .34
    queue_day_sd: tuple[float, ...] = (0.0, 0.06, 0.18, 0.30)  # of the queue's own day factor; volume: CV .07 to .34
    day_memory: float = 0.45  # its autocorrelation from day to day; volume: errors of a day move together
    interval_shape: float = 30.0  # gamma shape of the interval noise; with the day factor: dispersion 4 to 11
    growth_a_month: float = 0.006  # log; assumed
    bill_sms_lift: float = 0.45  # on the billing queue on the day of the bill SMS, then decaying; assumed
    holiday_factor: float = 0.62  # of a normal day; assumed
    after_holiday_factor: float = 1.18  # on the first working day; assumed
    target_s: int = 30  # answered within, 30 s (30秒接通率)
    roster_beta: float = 1.2  # square-root rule: agents for a load A are A + beta * sqrt(A); assumed
    busy_calls: tuple[float, ...] = (230.0, 170.0, 110.0, 48.0)  # both centres, busiest half hour, by queue; assumed
    peaks: tuple[tuple[float, float, float], ...] = ((10.2, 1.9, 1.0), (15.7, 2.4, 0.85), (20.0, 1.7, 0.45))  # hour,
    # width in hours, height of each; two daily peaks and an evening shoulder (planners' practice); assumed
    night_level: float = 0.03  # against the morning peak; assumed
    open_hours: tuple[tuple[int, int], ...] = ((0, 24), (7, 23), (0, 24), (8, 21))  # by queue; assumed
    weekend: tuple[float, ...] = (0.78, 0.82, 0.95, 0.70)  # against a working day, by queue; assumed
    monday: tuple[float, ...] = (1.12, 1.08, 1.02, 1.15)  # the same; assumed
    second_centre_areas: int = 6  # areas from this index on are felt in the second centre; assumed
    bill_sms_day: int = 3  # day of the month; assumed
