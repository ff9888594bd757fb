"""How each contact goes: waiting, talking, the outcome, the text; writes `contacts`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data.simulate.arrivals import Arrivals
from data.simulate.causes import CAUSES
from data.simulate.chunk import Chunk
from data.simulate.contacts import CHANNELS, COMPLAINT, HOTLINE, INTENTS, IVR, NETWORK, QUEUE_OF, SMS, STORE, Requests
from data.simulate.happenings import QUEUES, event_ids
from data.simulate.hotline import Load, Tally
from data.simulate.kinds import NONE, Bools, Floats, Ints, sigmoid
from data.simulate.rows import amounts, codes, counts, flags, identifiers, stamps
from data.simulate.setting import CENTRES, Setting
from data.simulate.texts import ANGRY_MOOD, MOODS, NEUTRAL_MOOD, PLEASED_MOOD, Writer

CONTACTS_A_CHUNK = 100_000_000


@dataclass(frozen=True)
class Handled:
    """What came of the requests, in the same rows; NaN and NONE where it does not apply."""

    number: Ints
    agent: Ints
    wait_s: Floats
    talk_s: Floats
    hold_s: Floats
    after_call_s: Floats
    abandoned: Bools
    transfers: Ints
    resolved: Bools
    satisfaction: Ints
    template: Ints
    mood: Ints

    @property
    def answered(self) -> Bools:
        """Hotline contacts that reached an agent."""
        return self.agent != NONE


@dataclass(frozen=True)
class Desk:
    """The hotline as contacts meet it: rates, load, the tally that they are counted into, the writer of texts."""

    arrivals: Arrivals
    load: Load
    tally: Tally
    writer: Writer


def handle(chunk: Chunk, requests: Requests, desk: Desk) -> Handled:
    """Answer the requests."""
    rng, setting, takes = chunk.rng, chunk.setting, chunk.setting.world.handling
    size = requests.line.size
    hot = requests.channel == HOTLINE
    queue = np.array(QUEUE_OF)[requests.intent]
    wait, abandoned = _waiting(rng, requests, queue, hot, desk)
    answered = hot & ~abandoned
    agent = np.where(answered, setting.staff.draw(rng, requests.centre), NONE)
    transfers = np.where(answered, rng.binomial(2, np.where(requests.intent == NETWORK, 0.10, 0.05)), NONE)
    return Handled(
        number=_numbers(chunk, size),
        agent=agent,
        wait_s=np.where(hot, wait, np.nan),
        talk_s=np.where(answered, rng.gamma(1.8, np.array(takes.talk_s)[queue] / 1.8), np.nan),
        hold_s=np.where(answered, rng.gamma(0.7, np.array(takes.hold_s)[queue] / 0.7), np.nan),
        after_call_s=np.where(answered, rng.gamma(1.5, np.array(takes.after_call_s)[queue] / 1.5), np.nan),
        abandoned=abandoned,
        transfers=transfers,
        resolved=requests.resolved & ~abandoned,
        satisfaction=_satisfaction(chunk, requests, wait),
        template=_template(rng, requests.intent, desk.writer),
        mood=_mood(chunk, requests),
    )


def _waiting(rng: np.random.Generator, requests: Requests, queue: Ints, hot: Bools, desk: Desk) -> tuple[Floats, Bools]:
    place = (desk.arrivals.interval_of(requests.at_us), queue, requests.centre)
    must = rng.random(queue.size) < desk.load.p_wait[place]
    wait = np.where(
        must, rng.exponential(1.0, queue.size) * desk.load.mean_wait_s[place], rng.uniform(0.0, 4.0, queue.size)
    )
    patience = rng.exponential(desk.load.patience_s, queue.size)
    gives_up = hot & must & (patience < wait)
    return np.minimum(wait, np.where(must, patience, wait)), gives_up


def _numbers(chunk: Chunk, size: int) -> Ints:
    """Contact numbers: the chunk's number, then a counter."""
    first = chunk.number * CONTACTS_A_CHUNK + chunk.contacts_so_far
    chunk.contacts_so_far += size
    return np.arange(first, first + size, dtype=np.int64)


def _satisfaction(chunk: Chunk, requests: Requests, wait: Floats) -> Ints:
    """1 to 5, rarely given; self-service and messages are never rated."""
    rng = chunk.rng
    mean = 3.3 + 0.5 * chunk.state.satisfaction[requests.line] + np.where(requests.resolved, 0.8, -1.1)
    mean -= np.where(requests.channel == HOTLINE, wait / 250.0, 0.0)
    score = np.clip(np.round(mean + rng.normal(0.0, 0.8, wait.size)), 1, 5).astype(np.int64)
    rated = (rng.random(wait.size) < chunk.setting.world.contacts.rated_share) & ~np.isin(
        requests.channel, (IVR, SMS, STORE)
    )
    return np.where(rated, score, NONE)


def _template(rng: np.random.Generator, intent: Ints, writer: Writer) -> Ints:
    """One of the intent's templates; messages have none."""
    choices = [writer.of_intent(name) for name in INTENTS]
    width = max(map(len, choices))
    table = np.array([np.resize(choice, width) if choice.size else np.full(width, NONE) for choice in choices])
    return table[intent, rng.integers(0, width, intent.size)]


def _mood(chunk: Chunk, requests: Requests) -> Ints:
    rng, state, resolved = chunk.rng, chunk.state, requests.resolved
    heat = -2.2 + 0.5 * state.trouble[requests.line] - 0.4 * state.satisfaction[requests.line]
    heat += np.where(requests.intent == COMPLAINT, 2.2, 0.0) + np.where(resolved, 0.0, 0.7)
    angry = rng.random(heat.size) < sigmoid(heat)
    pleased = rng.random(heat.size) < np.where(resolved, 0.25, 0.04)
    return np.where(angry, ANGRY_MOOD, np.where(pleased, PLEASED_MOOD, NEUTRAL_MOOD))


def count_calls(requests: Requests, handled: Handled, desk: Desk, setting: Setting) -> None:
    """Count the hotline contacts into the operator's intervals."""
    hot = np.flatnonzero(requests.channel == HOTLINE)
    queue = np.array(QUEUE_OF)[requests.intent[hot]]
    place = (desk.arrivals.interval_of(requests.at_us[hot]), queue, requests.centre[hot])
    answered = handled.answered[hot]
    seconds = np.nan_to_num(handled.talk_s[hot] + handled.hold_s[hot] + handled.after_call_s[hot])
    in_target = answered & (handled.wait_s[hot] <= setting.world.calls.target_s)
    desk.tally.count(requests.cause[hot], place, answered.astype(np.float64), in_target.astype(np.float64), seconds)


def write_contacts(chunk: Chunk, requests: Requests, handled: Handled, writer: Writer) -> None:
    """`contacts`; a few hotline callers stay unknown, messages keep their keyword as text."""
    rng, people, setting = chunk.rng, chunk.people, chunk.setting
    hot = requests.channel == HOTLINE
    unknown = hot & ~handled.answered & (rng.random(hot.size) < 6.0 * setting.world.contacts.anonymous_share)
    spoken = handled.answered | (~hot & ~np.isin(requests.channel, (IVR, STORE, SMS)))
    text = writer.write(rng, np.maximum(handled.template, 0), handled.mood, setting.world.contacts)
    keyword = codes(np.where(requests.channel == SMS, requests.intent, NONE), INTENTS)
    told = handled.answered | ~hot
    chunk.parts.add(
        "contacts",
        {
            "contact_id": identifiers("C", handled.number, 11),
            "customer_id": identifiers("U", np.where(unknown, NONE, people.number[requests.line]), 8),
            "channel": codes(requests.channel, CHANNELS),
            "started_at": stamps(requests.at_us),
            "queue": codes(np.where(hot, np.array(QUEUE_OF)[requests.intent], NONE), QUEUES),
            "centre": codes(np.where(hot, requests.centre, NONE), CENTRES),
            "agent_id": identifiers("A", handled.agent, 4),
            "wait_s": amounts(handled.wait_s, 0),
            "talk_s": amounts(handled.talk_s, 0),
            "hold_s": amounts(handled.hold_s, 0),
            "after_call_s": amounts(handled.after_call_s, 0),
            "abandoned": flags(handled.abandoned),
            "transfers": counts(handled.transfers),
            "resolved": flags(handled.resolved, told & (requests.channel != SMS)),
            "satisfaction": counts(np.where(told, handled.satisfaction, NONE)),
            "intent": codes(np.where(told, requests.intent, NONE), INTENTS),
            "text": pc.if_else(pa.array(spoken), text, keyword),
        },
    )
    chunk.parts.add(
        "truth_contact_templates",
        {
            "contact_id": identifiers("C", handled.number[spoken], 11),
            "template_id": codes(handled.template[spoken], writer.template_ids),
            "family": codes(handled.template[spoken], writer.families),
            "intent": codes(requests.intent[spoken], INTENTS),
            "mood": codes(handled.mood[spoken], MOODS),
        },
    )
    chunk.parts.add(
        "truth_contact_causes",
        {
            "contact_id": identifiers("C", handled.number, 11),
            "cause": codes(requests.cause, CAUSES),
            "event_id": event_ids(requests.event),
        },
    )
