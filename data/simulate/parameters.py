"""What the embedded operator assumes: every structural parameter once, with its unit and its source.

"A15" is the published description of an operator's 743,990 lines (CCF BDCI 2018), "seed" the funnel of the pop-up
sales notes, "volume" the measured facts about call arrivals; "assumed" says that nobody published it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from data.simulate.event_parameters import EventParameters
from data.simulate.service_parameters import (
    CallParameters,
    ComplaintParameters,
    ContactParameters,
    FeelingParameters,
    HandlingParameters,
)


@dataclass(frozen=True)
class PeopleParameters:
    """Who the customers are."""

    joiner_share_a_month: float = 0.012  # of all lines, joining in a month of the window; assumed
    joiner_share_max: float = 0.35  # of all lines; assumed
    tenure_log_median: float = 2.9  # log months; A15: median 17 months online
    tenure_log_sd: float = 1.30  # A15: mean 42, third quartile 65 months
    tenure_max: float = 274.0  # months; A15: maximum
    age_shift: float = 17.0  # years; A15: mostly 20 to 40, right-skewed
    age_gamma_shape: float = 2.6  # assumed with the scale below
    age_gamma_scale: float = 7.0  # years
    birth_year_missing: float = 0.06  # share; A15: 0 means missing
    odd_gender_share: float = 0.0008  # share with an unlisted code; A15 shows several codings
    gender_missing: float = 0.04  # share; assumed
    lines_per_person: float = 1.15  # assumed
    contract_share: float = 0.36  # lines under contract at the start; A15: median contract 0, third quartile 12
    marketing_consent: float = 0.88  # share; assumed
    personalisation_consent: float = 0.93  # share; assumed
    do_not_market: float = 0.03  # share; assumed
    vip_share: float = 0.06  # share; assumed
    bundle_share: float = 0.27  # fixed-mobile bundles; assumed
    prepaid_share: float = 0.45  # lines whose bill shows a balance; assumed
    bad_payer_share: float = 0.04  # assumed


@dataclass(frozen=True)
class UsageParameters:
    """What customers need, and how the tariff bends what they use."""

    no_data_share: float = 0.23  # lines that never use data; A15: a quarter of the months are at 0 MB
    data_log_median: float = 6.8  # log MB a month among data users; A15: median 300, third quartile 1,535 overall
    data_log_sd: float = 1.85  # A15: heavy tail
    data_need_max_mb: float = 60_000.0  # the 50 GB stop of 2015, with room; tariff note
    data_saturation_mb: float = 30_000.0  # growth slows towards this much beyond the present need; assumed
    data_growth: float = 0.018  # log a month; assumed (about 24 % a year)
    data_growth_sd: float = 0.012  # log a month between customers; assumed
    voice_log_median: float = 4.9  # log minutes a month; assumed (about 135 min)
    voice_log_sd: float = 0.95  # assumed
    voice_growth: float = -0.004  # log a month; assumed
    voice_growth_sd: float = 0.006  # log a month between customers; assumed
    voice_saturation_min: float = 6_000.0  # as for data; assumed
    data_month_sd: float = 0.35  # log, within a customer between months; the 35 % of the tariff note
    voice_month_sd: float = 0.25  # log; assumed
    month_memory: float = 0.4  # autocorrelation of the month's deviation; assumed
    quota_elasticity: float = 0.10  # d log use / d log quota within [need / 4, need * 4]; assumed
    fear_alpha: float = 3.2  # beta shape of overage fear (share of need beyond the quota that is given up); assumed
    fear_beta: float = 1.6  # beta shape; assumed
    stop_share: float = 0.35  # lines that switch data off at the quota (fear 1); assumed
    voice_given_up: float = 0.90  # share of minutes beyond the quota given up at fear 1; assumed
    overage_budget_cny: float = 70.0  # where use beyond the quota saturates, at the plan's price; assumed
    spring_festival_voice: float = 0.18  # log, in its month; assumed
    spring_festival_data: float = 0.10  # log; assumed
    summer_data: float = 0.08  # log in July and August; assumed
    sms_median: float = 12.0  # messages a month; assumed


@dataclass(frozen=True)
class ChoiceParameters:
    """How lines come to their plans; all assumed."""

    need_steps_mb: tuple[float, ...] = (0.0, 400.0, 1500.0)  # lines without data, light, middle, heavy
    family_shares: tuple[tuple[str, float, float, float, float], ...] = (  # of each of those four groups
        ("4g_feixiang", 0.28, 0.40, 0.41, 0.30),
        ("4g_zixuan", 0.16, 0.20, 0.19, 0.14),
        ("4g_legacy", 0.04, 0.16, 0.16, 0.14),
        ("internet_card", 0.00, 0.03, 0.11, 0.36),
        ("shenzhouxing", 0.36, 0.05, 0.01, 0.00),
        ("global_tone", 0.02, 0.01, 0.03, 0.03),
        ("student", 0.00, 0.05, 0.05, 0.02),
        ("child", 0.02, 0.02, 0.00, 0.00),
        ("family", 0.07, 0.04, 0.03, 0.01),
        ("ip", 0.05, 0.01, 0.01, 0.00),
    )
    age_months: int = 6  # the plan was chosen for the need of then
    noise_cny: float = 27.0  # gumbel scale of the choice within a family
    overage_dislike: float = 3.5  # CNY that a CNY of overage feels dearer than rent
    data_worth_cny: float = 110.0  # what 500 MB of satisfied need is worth a month
    data_worth_power: float = 0.40  # worth grows with this power of the need
    own_change: float = 0.007  # lines a month that change their plan by themselves, times price sensitivity
    own_change_saving: float = 0.88  # they go where the rough estimate is below this share of today's bill


@dataclass(frozen=True)
class BillingParameters:
    """Packs, payments and what else stands on a bill."""

    auto_pack_share: float = 0.62  # data users on uncapped plans that hold the ladder; assumed
    data_pack_share: float = 0.06  # data users that hold a data pack at the start; assumed
    flex_share: float = 0.04  # assumed
    service_share: float = 0.25  # each service pack; assumed
    refund_share: float = 0.010  # bills with a refund; A15: fees below zero occur
    refund_mean_cny: float = 22.0  # assumed
    other_share: float = 0.35  # bills with other charges; assumed
    other_mean_cny: float = 11.0  # assumed
    correction_share: float = 0.002  # bills with an odd correction of a charge; assumed
    good_payer: float = 0.992  # probability to pay a bill within its month; assumed
    bad_payer: float = 0.58  # the same for bad payers; assumed
    suspend_after_months: int = 2  # unpaid bills in a row; assumed
    leave_after_months: int = 4  # unpaid bills in a row; assumed
    request_suspension: float = 0.0012  # share a month; assumed
    suspension_fee_cny: float = 5.0  # rent kept while suspended on request (停机保号); assumed
    pack_drop: float = 0.05  # share of held data packs given up a month; assumed
    request_ends: float = 0.5  # monthly probability that a suspension on request ends; assumed


@dataclass(frozen=True)
class SalesParameters:
    """The funnel: target lists, pop-ups, pitches, the randomised pilot."""

    list_noise: float = 0.05  # log sd of the rough estimate behind the target lists; assumed
    popup_quiet: float = 0.31  # logging rule: probability that no other rule suppresses; with caps near 27 % (seed)
    pitch_rate: float = 0.09  # share of pop-ups that ordinary agents pitch (seed)
    explore: float = 0.10  # epsilon of the ordinary policy; assumed
    control_share: float = 0.10  # of pilot calls that see nothing; assumed
    fatigue_days: int = 30  # no second pop-up within; assumed
    plan_first_after_day: int = 20  # plan offers come first after the 20th (seed)
    pilot_show: float = 0.92  # pilot pop-ups that the window really shows; assumed
    total_guard: float = 1.5  # highest new / old total that may be offered; the seed's band
    rent_guard: float = 2.0  # highest new / old rent that may be offered; the seed's band
    reversal: float = 0.03  # accepted offers taken back within 30 days; assumed
    confirm: float = 0.96  # accepted offers that are confirmed by SMS; assumed
    low_band: float = 0.6  # lowest new / old total on a target list; the seed's band
    low_data_mb: float = 5.0  # lower mean data is no target; the seed
    excluded_families: tuple[str, ...] = ("student", "child", "family", "ip")  # no targets; the seed
    busy_share: float = 0.55  # of the rule-suppressed pop-ups, those for a busy queue; assumed
    pitch_shift: float = -0.48  # logit: keeps the mean at `pitch_rate` under the three drivers below; assumed
    pitch_bill: float = 0.7  # logit per log of the bill over 75 CNY: what the agent sees; assumed
    pitch_skill: float = 0.6  # logit per sd of the agent; assumed
    pitch_fit: float = 0.8  # logit where the call is about tariffs, packs or contracts; assumed
    pitch_openness: float = 0.3  # logit per sd of the customer's openness, which agents hear and no log holds; assumed
    late_offers: tuple[tuple[str, int], ...] = ()  # offers that enter only so many months before the end
    handset_due_days: int = 90  # handsets are offered from this many days before a contract's end; assumed
    retention_tenure_days: int = 365  # retention offers are for everybody beyond; assumed
    pack_min_overage_cny: float = 5.0  # the ordinary window holds a pack from this mean overage on; assumed
    reason_shares: tuple[float, ...] = (0.30, 0.27, 0.22, 0.09, 0.05, 0.07)  # of rejections: too_dear … other; assumed
    at_once: float = 0.85  # acceptances within the call; the rest comes within days; assumed
    call_back_days: float = 1.5  # mean of the rest; assumed
    question_share: float = 0.05  # of pitches after which the customer calls again with questions; assumed


@dataclass(frozen=True)
class AcceptanceParameters:
    """Logit of P(accepted | pitched); all assumed, set so that 8 to 15 % of pitches are accepted."""

    base_plan: float = -3.05
    base_pack: float = -2.30
    base_handset: float = -3.75
    base_retention: float = -3.25
    saving: float = 1.80  # per unit of tanh(saving / 20 CNY), times price sensitivity
    rise: float = -1.80  # per unit of tanh(bill rise / 25 CNY), times price sensitivity
    risk: float = -0.60  # per unit of tanh(worse bad month / 30 CNY), times price sensitivity
    headroom: float = 1.00  # per unit of relief from overage worry, times fear
    plan_timing: float = 0.60  # per billing cycle elapsed beyond its middle: a plan starts with the next
    pack_timing: float = -0.50  # the same for packs, of which less is left to use
    run_out: float = 0.55  # a pack where the quota is expected to have run out by the day of the pitch
    satisfaction: float = 0.45  # per unit
    trouble: float = -0.45  # per unit
    intent: float = 1.30  # the call is about what is offered
    complaint: float = -1.0  # the call complains or cancels
    fatigue: float = -0.55  # per recent pitch (halves in two months)
    skill: float = 0.35  # per sd of the agent
    openness: float = 0.40  # per sd of the customer's own openness to offers
    contract_end: float = 0.9  # a handset is due: contract over or within two months of it
    old_handset: float = 0.5  # handset older than two years
    saving_scale_cny: float = 20.0
    rise_scale_cny: float = 25.0
    worry_scale_cny: float = 20.0
    risk_scale_cny: float = 30.0
    shock_months: int = 0  # the last months in which prices matter more; 0: none
    shock_sensitivity: float = 1.0  # factor on price sensitivity in those months
    due_days: int = 60  # a handset is due from this many days before the contract's end
    old_days: int = 730
    matches: tuple[tuple[str, str, float], ...] = (  # kind of offer, reason of the call, how far the two fit
        ("plan", "plan_change", 1.0),
        ("plan", "overage", 0.6),
        ("plan", "bill_query", 0.3),
        ("data_pack", "data_pack", 1.0),
        ("data_pack", "overage", 0.8),
        ("data_pack", "plan_change", 0.2),
        ("handset", "contract", 1.0),
        ("retention", "bill_query", 0.5),
        ("retention", "plan_change", 0.4),
        ("retention", "contract", 0.4),
        ("retention", "cancel", 0.8),
    )


@dataclass(frozen=True)
class LeavingParameters:
    """Logit of the monthly hazard to decide to leave; all assumed but the level (1.5 to 2.5 % a month)."""

    base: float = -4.00
    trouble: float = 1.20  # per unit of remembered trouble
    shock: float = 1.20  # per unit of log(bill / usual bill), rises only
    dissatisfaction: float = 0.45  # per unit
    tenure: float = -0.50  # per log-year above one year
    contract: float = -0.90  # while a contract binds
    contract_over: float = 0.80  # in the two months after its end
    overpaying: float = 0.90  # per unit of log(bill / best plan of the market), times price sensitivity
    competitor_sd: float = 0.22  # of the area's competitor effect from month to month
    young: float = 0.25  # under 26
    patience: float = -0.20  # per sd
    settled: float = -0.25  # within half a year of an accepted offer
    settled_days: int = 183
    discount: float = -0.25  # while a discount of the operator runs
    market_months: int = 0  # the last months in which competitors are cheaper; 0: none
    market_drop: float = 0.0  # by how much, in log
    query: float = 1.3  # after a portability query
    declining: float = 1.0  # use fell by half against the quarter before
    port_out: float = 0.46  # share of decisions; the rest is cancelled or silent
    cancelled: float = 0.24
    port_out_lag_days: float = 16.0  # from the decision to the day of leaving, mean
    query_before_port: float = 0.82  # port-outs preceded by CXXZ
    code_before_port: float = 0.95  # and by SQXZ
    silent_recorded_days: int = 90  # the contract's default
    trouble_memory: float = 0.65  # per month
    cancel_lag_days: float = 5.0  # from the decision to a cancellation, mean
    query_memory_days: int = 62
    over_days: int = 62  # a contract's end is felt for this long
    light_use: float = 60.0  # minutes + MB / 10 a month; lighter lines rather fall silent
    light_port_out: float = 0.5  # their weight of port_out against the share above; others 1.1
    light_silent: float = 2.2  # their weight of silent; others 0.8


@dataclass(frozen=True)
class Parameters:
    """The whole tree; `chunk` lines are drawn together from one generator."""

    people: PeopleParameters = field(default_factory=PeopleParameters)
    usage: UsageParameters = field(default_factory=UsageParameters)
    choice: ChoiceParameters = field(default_factory=ChoiceParameters)
    billing: BillingParameters = field(default_factory=BillingParameters)
    contacts: ContactParameters = field(default_factory=ContactParameters)
    handling: HandlingParameters = field(default_factory=HandlingParameters)
    complaints: ComplaintParameters = field(default_factory=ComplaintParameters)
    feelings: FeelingParameters = field(default_factory=FeelingParameters)
    calls: CallParameters = field(default_factory=CallParameters)
    events: EventParameters = field(default_factory=EventParameters)
    sales: SalesParameters = field(default_factory=SalesParameters)
    acceptance: AcceptanceParameters = field(default_factory=AcceptanceParameters)
    leaving: LeavingParameters = field(default_factory=LeavingParameters)
    chunk: int = 25_000  # lines; part of the result, so never set it from the number of cores
    warm_up_months: int = 4  # simulated before the window so that it starts with a past
    day_rows: int = 40  # days of usage_days before the end
    agents: int = 120
    teams: int = 8  # the last team is the pilot
    margin_share: float = 0.45  # of revenue; the contract's default
    margin_months: int = 12
