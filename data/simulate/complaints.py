"""Complaints that grow out of contacts, and posts in public: `complaints`, `posts`."""

from __future__ import annotations

import numpy as np

from data.simulate.calendar import DAY_US
from data.simulate.chunk import Chunk
from data.simulate.contacts import COMPLAINT, INTENTS, NETWORK, Requests
from data.simulate.handling import Handled
from data.simulate.happenings import HOUR_US, area_names
from data.simulate.kinds import NEVER, NONE, Floats, Ints
from data.simulate.rows import codes, counts, identifiers, stamps
from data.simulate.texts import NEUTRAL_MOOD, Writer

CATEGORIES = ("network", "billing", "service", "marketing", "tariff")
DEPARTMENTS = ("网络维护部", "计费中心", "客户服务部", "市场部", "产品部")
STATUSES = ("accepted", "handled", "closed", "revisited")
COMPLAINTS_A_CHUNK = 10_000_000
PLATFORMS = ("weibo", "tieba", "xiaohongshu", "douyin")


def write_complaints(chunk: Chunk, requests: Requests, handled: Handled, writer: Writer) -> Ints:
    """Tickets of the month's contacts, as far as they got by the window's end; returns the rows of their contacts."""
    rng, contacts = chunk.rng, chunk.setting.world.contacts
    about = np.isin(requests.intent, (NETWORK, INTENTS.index("overage"), INTENTS.index("bill_query")))
    chance = np.where(requests.intent == COMPLAINT, contacts.complaint_from_complaint, 0.0)
    chance += np.where(about & ~requests.resolved, contacts.complaint_from_unresolved, 0.0)
    row = np.flatnonzero(~handled.abandoned & (rng.random(chance.size) < chance))
    row = row[requests.at_us[row] + HOUR_US // 2 < requests.limit_us[row]]
    category = _category(chunk, requests.intent[row])
    stages = _stages(chunk, requests.at_us[row] + (rng.random(row.size) * HOUR_US / 2).astype(np.int64))
    _write(chunk, requests, handled, row, (category, stages, writer))
    return row


def _category(chunk: Chunk, intent: Ints) -> Ints:
    shares = chunk.setting.world.complaints.category_shares
    drawn = chunk.rng.choice(len(CATEGORIES), intent.size, p=shares)
    return np.where(intent == NETWORK, 0, np.where(intent == COMPLAINT, drawn, 1)).astype(np.int64)


def _stages(chunk: Chunk, opened: Ints) -> list[Ints]:
    """Opened, handled, closed, revisited (受理 处理 结案 回访); what lies after the window's end has not happened."""
    rng, size, takes = chunk.rng, opened.size, chunk.setting.world.complaints
    handled = opened + (rng.gamma(1.4, takes.handled_hours / 1.4, size) * HOUR_US).astype(np.int64)
    closed = handled + (rng.gamma(1.2, takes.closed_hours / 1.2, size) * HOUR_US).astype(np.int64)
    called = closed + (rng.gamma(2.0, 1.0, size) * DAY_US).astype(np.int64)
    revisited = np.where(rng.random(size) < takes.revisited_share, called, NEVER)
    return [
        np.where(moment < chunk.setting.calendar.end_us, moment, NEVER)
        for moment in (opened, handled, closed, revisited)
    ]


def _write(
    chunk: Chunk, requests: Requests, handled: Handled, row: Ints, made: tuple[Ints, list[Ints], Writer]
) -> None:
    category, stages, writer = made
    rng, line = chunk.rng, requests.line[row]
    first = chunk.number * COMPLAINTS_A_CHUNK + chunk.complaints_so_far
    chunk.complaints_so_far += row.size
    reached = np.array([stage != NEVER for stage in stages]).sum(axis=0) - 1
    clerks = [np.where(stage == NEVER, NONE, rng.integers(0, 40, row.size)) for stage in stages]
    glad = np.clip(np.round(3.4 + rng.normal(0.0, 1.1, row.size)), 1, 5).astype(np.int64)
    customer = identifiers("U", chunk.people.number[line], 8)
    named = np.where(handled.agent[row] == NONE, NONE, handled.agent[row])
    chunk.parts.add(
        "complaints",
        {
            "complaint_id": identifiers("P", np.arange(first, first + row.size), 9),
            "customer_id": customer,
            "contact_id": identifiers("C", handled.number[row], 11),
            "complained_line": customer,
            "area": codes(chunk.people.visible.area[line], area_names()),
            "category": codes(category, CATEGORIES),
            "status": codes(reached, STATUSES),
            "opened_at": stamps(stages[0]),
            "handled_at": stamps(stages[1]),
            "closed_at": stamps(stages[2]),
            "revisited_at": stamps(stages[3]),
            "accepted_by": identifiers("K", clerks[0], 3),
            "handled_by": identifiers("K", clerks[1], 3),
            "closed_by": identifiers("K", clerks[2], 3),
            "revisited_by": identifiers("K", clerks[3], 3),
            "agent_id": identifiers("A", named, 4),
            "owner_department": codes(category, DEPARTMENTS),
            "level": counts(1 + rng.choice(3, row.size, p=chunk.setting.world.complaints.level_shares)),
            "revisit_satisfaction": counts(np.where(stages[3] == NEVER, NONE, glad)),
            "text": writer.write(
                rng, np.maximum(handled.template[row], 0), handled.mood[row], chunk.setting.world.contacts
            ),
        },
    )


def write_posts(chunk: Chunk, month: int, writer: Writer) -> None:
    """Public grumbling and praise, more of it under trouble; most of it by nobody the operator knows."""
    rng, state, calendar = chunk.rng, chunk.state, chunk.setting.calendar
    chance = chunk.setting.world.contacts.post_share * (0.5 + chunk.people.latent.digital) * (0.6 + state.trouble)
    line = np.flatnonzero(chunk.present(month) & (rng.random(chance.size) < chance))
    start, end = calendar.day(month), calendar.day(month + 1)
    last = np.where(state.leave_day[line] == NEVER, end, np.minimum(state.leave_day[line], end))
    at = start * DAY_US + (rng.random(line.size) * (last - start) * DAY_US).astype(np.int64)
    known = rng.random(line.size) < chunk.setting.world.complaints.known_post_share
    template = writer.of_intent("post")[rng.integers(0, 5, line.size)]
    mood = _post_mood(rng, state.satisfaction[line])
    first = chunk.number * COMPLAINTS_A_CHUNK + month * 100_000
    chunk.parts.add(
        "posts",
        {
            "post_id": identifiers("W", np.arange(first, first + line.size), 9),
            "posted_at": stamps(at),
            "platform": codes(rng.integers(0, len(PLATFORMS), line.size), PLATFORMS),
            "customer_id": identifiers("U", np.where(known, chunk.people.number[line], NONE), 8),
            "area": codes(chunk.people.visible.area[line], area_names()),
            "text": writer.write(rng, template, mood, chunk.setting.world.contacts),
        },
    )


def _post_mood(rng: np.random.Generator, satisfaction: Floats) -> Ints:
    score = satisfaction + rng.normal(0.0, 1.0, satisfaction.size)
    return np.where(score < -0.3, 0, np.where(score > 1.0, 2, NEUTRAL_MOOD)).astype(np.int64)
