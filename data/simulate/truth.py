"""What only a simulator knows, written beside the lake: latent people, probabilities, expected bills, call rates."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pyarrow as pa

from data.simulate.arrivals import Arrivals
from data.simulate.causes import CAUSES, OF_CUSTOMERS
from data.simulate.chunk import Chunk
from data.simulate.happenings import QUEUES
from data.simulate.hotline import Tally
from data.simulate.kinds import NEVER, Floats, Ints
from data.simulate.leaving import hazard, leaves_within_90_days
from data.simulate.parameters import Parameters
from data.simulate.rows import amounts, codes, dates, flags, identifiers, stamps
from data.simulate.setting import CENTRES, Setting
from data.simulate.state import LEAVE_KINDS

HORIZON_DAYS = 90
CAUSE_NOTES = {
    "normal": "what customers do by themselves, by weekday, hour and growth",
    "bill_day": "the bill SMS on the 3rd and the days after it, on billing and tariff",
    "holiday": "calls that a holiday takes away (negative) or its first working day adds",
    "campaign": "marketing SMS; events.size people, calls per person in parameters.events",
    "price_change": "announced changes of prices",
    "launch": "new products",
    "outage": "outages (told after they start), maintenance, storms",
    "big_event": "fairs, concerts, races: while they last",
    "other": "start of school, New Year's Eve",
    "complaints": "calls that come again: unresolved contacts, of other callers as often as of the lines; events' echo",
    "pitches": "call-backs after our own pitches",
}
FILES = {
    "customers": "latent needs and traits of each line; leaves_on, leaves_by: the true end, recorded or not",
    "churn": "P(left within 90 days, arrears apart) of each line at each month's start and the default as-of",
    "pairs": "line x offer at the default as-of: eligibility; P(accepted | pitched) by a mean agent in mid-month over "
    "the intents of the line's calls, and its logit for an unknown intent (a call adds acceptance.intent x match, "
    "acceptance.complaint, acceptance.skill x skill); next bill, 12-month margin (all stay), 12-month value (while "
    "the line stays) and P(left within 90 days), each without and with the accepted offer",
    "next_calls": "each present line's expected hotline calls of the coming month, what they will be about, and its "
    "need for data over its quota",
    "agents": "how well each agent sells, in standard deviations, and who is in the pilot",
    "exposures": "P(accepted | pitched) of each exposure with an offer, in its own call",
    "contact_templates": "template, template family (hold one out), intent and mood of each text",
    "contact_causes": "why each contact came about: one of the causes below, and the event behind it",
    "call_rates": "mean rate, day factor and realised rate of the hotline, calls per interval",
    "call_causes": "calls of call_volumes by cause: they add up to `offered`; `mean_calls` is the cause's mean rate",
}


def write_churn_truth(chunk: Chunk, day: int) -> None:
    """P(left_on within 90 days of `day`) of each present line, arrears apart.

    `churn_probability` knows who has already decided (1) and what the state says of the others;
    `undecided_probability` is the state's alone.
    """
    line = np.flatnonzero(chunk.state.present(day - 1, chunk.people.visible.joined_day))
    undecided = leaves_within_90_days(chunk.people, chunk.state, chunk.setting, day)[line]
    pending = chunk.state.leave_day[line]
    decided = (pending != NEVER) & (pending < day + HORIZON_DAYS) & (pending >= day)
    chunk.parts.add(
        "truth_churn",
        {
            "customer_id": identifiers("U", chunk.people.number[line], 8),
            "as_of": dates(np.full(line.size, day)),
            "churn_probability": amounts(np.where(decided, 1.0, undecided), 6),
            "undecided_probability": amounts(undecided, 6),
            "monthly_hazard": amounts(hazard(chunk.people, chunk.state, chunk.setting, day)[line], 6),
            "decided": flags(decided),
        },
    )


def write_people_truth(chunk: Chunk) -> None:
    """Latent parameters, and the true day and kind of leaving where the simulation got that far."""
    latent, state = chunk.people.latent, chunk.state
    columns = {name: amounts(np.asarray(value, dtype=np.float64), 4) for name, value in vars(latent).items()}
    chunk.parts.add(
        "truth_customers",
        {
            "customer_id": identifiers("U", chunk.people.number, 8),
            **columns,
            "satisfaction": amounts(state.satisfaction, 4),
            "trouble": amounts(state.trouble, 4),
            "leaves_on": dates(state.leave_day),
            "leaves_by": codes(state.leave_kind, LEAVE_KINDS),
        },
    )


def agents_truth(setting: Setting) -> pa.Table:
    """Skill of each agent."""
    staff = setting.staff
    number = np.arange(staff.skill.size)
    skill = amounts(staff.skill, 5)
    return pa.table({"agent_id": identifiers("A", number, 4), "skill": skill, "pilot": flags(staff.pilot)})


def write_rate_truth(arrivals: Arrivals) -> pa.Table:
    """Mean rate, day factor and realised rate of each queue, centre and open interval."""
    interval, queue, centre = np.nonzero(arrivals.mean_rate > 0)
    day: Ints = interval // arrivals.per_day
    return pa.table(
        {
            "queue": codes(queue, QUEUES),
            "centre": codes(centre, CENTRES),
            "starts_at": stamps(arrivals.starts_us()[interval]),
            "mean_rate": amounts(arrivals.mean_rate[interval, queue, centre], 4),
            "day_factor": amounts(arrivals.day_factor[day, queue], 5),
            "rate": amounts(arrivals.rate[interval, queue, centre], 4),
        }
    )


def write_cause_truth(rng: np.random.Generator, arrivals: Arrivals, offered: Ints, sample: Tally) -> pa.Table:
    """Calls by cause: other callers' divided by the causes' mean rates, the lines' as they were drawn.

    A negative part (holidays) is taken as its rate; what it took away is added back to `normal`.
    """
    normal = CAUSES.index("normal")
    rates = _with_repeats(arrivals.by_cause, sample)
    shares = np.maximum(rates, 0.0)
    shares[normal] -= np.maximum(-rates, 0.0).sum(axis=0)
    shares = np.moveaxis(np.maximum(shares, 0.0), 0, -1)
    shares /= np.maximum(shares.sum(axis=-1, keepdims=True), 1e-12)
    shares[..., normal] += 1.0 - shares.sum(axis=-1)
    drawn = np.moveaxis(rng.multinomial(offered, shares), -1, 0) + sample.by_cause
    calls = drawn.astype(np.float64)
    swing = arrivals.rate / np.maximum(arrivals.mean_rate, 1e-12)
    lost = np.round(np.minimum(rates, 0.0) * swing, 2)
    calls += lost
    calls[normal] -= lost.sum(axis=0)
    told = (calls != 0) | (rates != 0)
    cause, interval, queue, centre = np.nonzero(told)
    return pa.table(
        {
            "queue": codes(queue, QUEUES),
            "centre": codes(centre, CENTRES),
            "starts_at": stamps(arrivals.starts_us()[interval]),
            "cause": codes(cause, CAUSES),
            "mean_calls": amounts(rates[told], 4),
            "calls": amounts(calls[told], 2),
        }
    )


def _with_repeats(rates: Floats, sample: Tally) -> Floats:
    """Rates by cause of other callers, of whose ordinary calls as many come again as of the simulated lines'."""
    normal, again = CAUSES.index("normal"), CAUSES.index("complaints")
    seen = sample.by_cause.sum(axis=(1, 3))
    own = seen[[CAUSES.index(name) for name in OF_CUSTOMERS]].sum(axis=0)
    share = seen[again] / np.maximum(own + seen[again], 1)
    moved = rates[normal] * share[:, None]
    rates = rates.copy()
    rates[normal] -= moved
    rates[again] += moved
    return rates


def write_readme(folder: Path, world: Parameters, said: dict[str, object]) -> None:
    """README.json: what was asked for and every parameter."""
    text = json.dumps(
        {**said, "files": FILES, "causes": CAUSE_NOTES, "parameters": asdict(world)}, indent=1, ensure_ascii=False
    )
    (folder / "README.json").write_text(text + "\n", encoding="utf-8")
