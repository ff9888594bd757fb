"""Who gets in touch in a month, about what, and what comes of it: the `contacts` table."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from data.simulate.arrivals import Arrivals
from data.simulate.calendar import DAY_US
from data.simulate.causes import CAUSES, OF_CUSTOMERS, shares_of
from data.simulate.chunk import Chunk
from data.simulate.happenings import HOUR_US, QUEUES
from data.simulate.kinds import NEVER, NONE, Bools, Floats, Ints, sigmoid
from data.simulate.leaving import Message
from data.simulate.people import People
from data.simulate.service_parameters import ContactParameters
from data.simulate.setting import CENTRE_SHARES, Setting
from data.simulate.state import State, mean_of_last

INTENTS = (
    "bill_query",
    "overage",
    "plan_change",
    "data_pack",
    "network",
    "complaint",
    "cancel",
    "balance",
    "contract",
    "service_off",
    "other",
    "CXXZ",
    "SQXZ",
)
_QUEUE_NAMES = {"bill_query": "billing", "overage": "billing", "balance": "billing", "network": "network"}
_QUEUE_NAMES |= {"complaint": "complaints", "cancel": "complaints"}
QUEUE_OF = tuple(QUEUES.index(_QUEUE_NAMES.get(intent, "tariff")) for intent in INTENTS)
CXXZ, SQXZ = INTENTS.index("CXXZ"), INTENTS.index("SQXZ")
NETWORK, COMPLAINT, CANCEL = INTENTS.index("network"), INTENTS.index("complaint"), INTENTS.index("cancel")
CHANNELS = ("hotline", "app", "wechat", "ivr", "web", "store", "outbound", "weibo", "email", "sms")
HOTLINE, IVR, STORE, SMS = 0, CHANNELS.index("ivr"), CHANNELS.index("store"), CHANNELS.index("sms")


@dataclass(frozen=True)
class Requests:
    """Who gets in touch, in rows: the line's row, intent, channel, moment and the first moment it may not reach.

    `cause` is an index into CAUSES, `event` the row of the event that made them call (NONE: none).
    """

    line: Ints
    intent: Ints
    channel: Ints
    at_us: Ints
    centre: Ints
    limit_us: Ints
    resolved: Bools
    cause: Ints
    event: Ints

    def rows(self, chosen: Ints | Bools) -> Requests:
        """Some of the rows."""
        return Requests(**{name: getattr(self, name)[chosen] for name in self.__dataclass_fields__})

    def with_more(self, *more: Requests) -> Requests:
        """These and other rows, those within their limit, in the order of time."""
        every = (self, *more)
        columns = (np.concatenate([getattr(part, name) for part in every]) for name in self.__dataclass_fields__)
        both = Requests(*columns)
        inside = both.rows(both.at_us < both.limit_us)
        return inside.rows(np.argsort(inside.at_us, kind="stable"))


def contact_rates(people: People, state: State, contacts: ContactParameters) -> Floats:
    """Expected contacts a month by line and intent, shape (lines, 11), before the line's own frailty."""
    latent = people.latent
    usual = np.maximum(mean_of_last(state.last_total), 10.0)
    rise = np.clip(state.last_total[:, 0] / usual - 1.0, 0.0, 2.0)
    overage = np.clip(state.last_overage[:, 0] / usual, 0.0, 1.5)
    trouble = np.clip(state.trouble, 0.0, 4.0)
    impatience = np.exp(contacts.complaint_patience * latent.patience)
    unpaid = 1.0 + contacts.balance_unpaid * (state.unpaid > 0)
    uses_data = latent.data_need_mb > 0
    columns = (
        contacts.bill_query * (1.0 + contacts.bill_rise * rise + contacts.bill_trouble * trouble),
        contacts.overage * (contacts.overage_floor + contacts.overage_driver * overage),
        contacts.plan_change * latent.price_sensitivity * (contacts.plan_floor + contacts.plan_driver * overage),
        contacts.data_pack * uses_data * (contacts.pack_floor + contacts.pack_driver * overage),
        contacts.network * np.exp(contacts.network_coverage * latent.coverage),
        contacts.complaint * (0.5 + contacts.complaint_trouble * trouble) * impatience,
        contacts.cancel * (0.6 + contacts.cancel_trouble * trouble - 0.3 * np.minimum(state.satisfaction, 1.0)),
        contacts.balance * np.where(people.visible.prepaid, 1.5, 0.6) * unpaid,
        contacts.contract * np.where(state.contract_end != NEVER, 1.8, 0.5),
        contacts.service_off * np.ones(people.size),
        contacts.other * np.ones(people.size),
    )
    return np.column_stack(columns)


def draw_requests(chunk: Chunk, arrivals: Arrivals, month: int) -> Requests:
    """The month's spontaneous contacts; lines under suspension still call."""
    rng, people, state, setting = chunk.rng, chunk.people, chunk.state, chunk.setting
    contacts, calendar = setting.world.contacts, setting.calendar
    start, end = calendar.day(month), calendar.day(month + 1)
    rates = contact_rates(people, state, contacts)
    present = chunk.present(month)
    number = rng.poisson(rates.sum(axis=1) * people.latent.contact_frailty * present)
    line = np.repeat(np.arange(people.size), number)
    shares = np.cumsum(rates, axis=1) / rates.sum(axis=1, keepdims=True)
    intent = (rng.random(line.size)[:, None] > shares[line]).sum(axis=1).clip(0, len(QUEUE_OF) - 3)
    channel = _channel(rng, people.latent.digital[line], intent, contacts)
    limit = np.where(state.leave_day == NEVER, end, np.minimum(state.leave_day, end))[line]
    at, centre = _moments(rng, arrivals, channel, intent, (np.full(line.size, start), np.maximum(limit, start + 1)))
    cause = _own_cause(rng, arrivals, np.array(QUEUE_OF)[intent], at, centre)
    solved = drawn_resolved(chunk, line, intent)
    return Requests(line, intent, channel, at, centre, limit * DAY_US, solved, cause, np.full(line.size, NONE))


def hotline_chance(digital: Floats, intent: Ints, contacts: ContactParameters) -> Floats:
    """The chance that a contact is a hotline call: for the less digital and for anger. The two broadcast."""
    anger = np.where(np.isin(intent, (COMPLAINT, CANCEL)), 1.5, 1.0)
    return np.asarray(contacts.hotline_share * (1.5 - digital) * anger)


def _channel(rng: np.random.Generator, digital: Floats, intent: Ints, contacts: ContactParameters) -> Ints:
    """The hotline by its chance; the rest by fixed shares."""
    hot = hotline_chance(digital, intent, contacts)
    shares = np.cumsum(contacts.other_channel_shares) / sum(contacts.other_channel_shares)
    other = 1 + np.searchsorted(shares, rng.random(intent.size)).clip(0, shares.size - 1)
    return np.where(rng.random(intent.size) < hot, HOTLINE, other)


def _moments(
    rng: np.random.Generator, arrivals: Arrivals, channel: Ints, intent: Ints, days: tuple[Ints, Ints]
) -> tuple[Ints, Ints]:
    """Times from the rate of the contact's queue (other channels: from the round-the-clock queue)."""
    queue = np.where(channel == HOTLINE, np.array(QUEUE_OF)[intent], QUEUES.index("network"))
    rate = arrivals.own_rate()
    at, centre = np.zeros(queue.size, dtype=np.int64), np.zeros(queue.size, dtype=np.int64)
    for number in range(len(QUEUES)):
        here = np.flatnonzero(queue == number)
        at[here], centre[here] = arrivals.draw_times(rng, rate[:, number], days[0][here], days[1][here])
    return at, centre


def _own_cause(rng: np.random.Generator, arrivals: Arrivals, queue: Ints, at_us: Ints, centre: Ints) -> Ints:
    """Which of the customers' own causes, by their shares in the interval."""
    shares = shares_of(arrivals.by_cause, (arrivals.interval_of(at_us), queue, centre), OF_CUSTOMERS)
    drawn = (rng.random(queue.size)[:, None] > np.cumsum(shares, axis=1)[:, :-1]).sum(axis=1)
    return np.array([CAUSES.index(name) for name in OF_CUSTOMERS])[drawn]


def message_requests(state: State, messages: Message, intent: int, setting: Setting) -> Requests:
    """CXXZ and SQXZ messages, at most to the window's end."""
    limit = np.full(messages.line.size, setting.calendar.end_us)
    leaves = state.leave_day[messages.line]
    limit = np.where(leaves == NEVER, limit, np.minimum(limit, leaves * DAY_US))
    channel = np.full(messages.line.size, SMS, dtype=np.int64)
    wanted = np.full(messages.line.size, intent, dtype=np.int64)
    zeros = np.zeros_like(channel)
    none = np.full(zeros.size, NONE)
    return Requests(messages.line, wanted, channel, messages.at_us, zeros, limit, channel > 0, zeros, none)


def drawn_resolved(chunk: Chunk, line: Ints, intent: Ints) -> Bools:
    """Whether each request would be resolved when it is answered."""
    contacts = chunk.setting.world.contacts
    logit = contacts.resolved + 0.15 * chunk.state.satisfaction[line]
    logit += contacts.unresolved_network * (intent == NETWORK) + contacts.unresolved_complaint * (intent == COMPLAINT)
    return chunk.rng.random(line.size) < sigmoid(logit)


def repeats(chunk: Chunk, requests: Requests) -> Requests:
    """Some unresolved contacts come again after hours or days, on the hotline."""
    rng, contacts = chunk.rng, chunk.setting.world.contacts
    again = np.flatnonzero(~requests.resolved & (rng.random(requests.line.size) < contacts.repeat_share))
    later = requests.rows(again)
    gap = (2 * HOUR_US + rng.exponential(contacts.repeat_days, again.size) * DAY_US).astype(np.int64)
    solved = drawn_resolved(chunk, later.line, later.intent)
    centre, cause = drawn_centre(rng, again.size), np.full(again.size, CAUSES.index("complaints"))
    hot = np.zeros_like(again)
    return replace(later, at_us=later.at_us + gap, channel=hot, centre=centre, resolved=solved, cause=cause)


def within_hours(requests: Requests, arrivals: Arrivals) -> Requests:
    """Hotline requests in closed hours come twelve hours later; what then passes its limit is dropped."""
    later = np.where(closed(requests, arrivals), 12 * HOUR_US, 0)
    return replace(requests, at_us=requests.at_us + later).with_more()


def closed(requests: Requests, arrivals: Arrivals) -> Bools:
    """Hotline requests while their queue is closed."""
    interval = np.clip(arrivals.interval_of(requests.at_us), 0, arrivals.rate.shape[0] - 1)
    queue = np.array(QUEUE_OF)[requests.intent]
    silent = arrivals.mean_rate[interval, queue, requests.centre] <= 0
    return np.asarray((requests.channel == HOTLINE) & silent, dtype=np.bool_)


def drawn_centre(rng: np.random.Generator, size: int) -> Ints:
    """A centre for each row."""
    return (rng.random(size) >= CENTRE_SHARES[0]).astype(np.int64)
