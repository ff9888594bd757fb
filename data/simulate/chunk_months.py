"""The month loop of a chunk: from people to their rows of the lake and of the truth."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np

from data.simulate.answers import answer, apply_answers, write_exposures
from data.simulate.billing import bill_month, pay, write_bills, write_usage, write_usage_days
from data.simulate.changes import change_by_themselves, start_month, write_open, write_statuses
from data.simulate.chunk import Chunk
from data.simulate.complaints import write_complaints, write_posts
from data.simulate.contacts import (
    CXXZ,
    SQXZ,
    Requests,
    draw_requests,
    message_requests,
    repeats,
    within_hours,
)
from data.simulate.enrol import enrol
from data.simulate.event_contacts import event_requests, pitch_requests
from data.simulate.feelings import feel_bill, feel_contacts, pass_month
from data.simulate.handling import Handled, count_calls, handle, write_contacts
from data.simulate.hotline import Tally
from data.simulate.leaving import Message, decide_to_leave, leave_in_arrears, write_departures
from data.simulate.pair_truth import write_pair_truth
from data.simulate.people import draw_people
from data.simulate.rows import Parts
from data.simulate.sales import Market, first_calls, longer_talk, run_windows
from data.simulate.state import ACTIVE
from data.simulate.tables import write_customers
from data.simulate.targets import estimate, target_offer, write_targets
from data.simulate.truth import (
    write_churn_truth,
    write_people_truth,
)
from data.simulate.world import World

TRUTH = "truth_"
Where = tuple[int, int, int]  # number of the chunk, its first line, its lines


def simulate_chunk(setup: World, seed: int, where: Where, out: Path, months: Iterable[int]) -> Tally:
    """Write the chunk's part files; returns its hotline contacts. It depends on the seed and the chunk alone."""
    arrivals = setup.desk.arrivals
    setup = replace(setup, desk=replace(setup.desk, tally=Tally.like(arrivals.rate)))
    chunk = _start_chunk(setup, np.random.default_rng([seed, 1, where[0]]), where)
    for month in months:
        _run_month(setup, chunk, month)
    _finish(chunk, out)
    return setup.desk.tally


def _start_chunk(setup: World, rng: np.random.Generator, where: Where) -> Chunk:
    """Draw the lines of the chunk, and give them a past."""
    number, first, size = where
    setting = setup.setting
    people = draw_people(rng, first, size, setting.calendar, setting.world)
    chunk = Chunk(number, rng, people, enrol(rng, people, setting), setting, Parts())
    _warm_up(chunk)
    write_statuses(chunk, np.arange(size), people.visible.joined_day, np.full(size, ACTIVE))
    return chunk


def _warm_up(chunk: Chunk) -> None:
    """Months before the window: use, bills and feelings only, nobody leaves."""
    for month in range(-chunk.setting.world.warm_up_months, 0):
        feel_bill(chunk, bill_month(chunk, month))
        pass_month(chunk)


def _run_month(setup: World, chunk: Chunk, month: int) -> None:
    """Changes, decisions, contacts and sales, then the bill: what is bought in a month is billed in it."""
    start_month(chunk, month)
    guesses = estimate(chunk.people, chunk.state, chunk.setting)
    chunk.state.best_total = guesses.total_cny.min(axis=1)
    write_churn_truth(chunk, chunk.setting.calendar.day(month))
    messages = decide_to_leave(chunk, month)
    leave_in_arrears(chunk, month)
    market = Market(month, guesses, target_offer(chunk, guesses, month))
    write_targets(chunk, market.listed, month)
    _get_in_touch(setup, chunk, market, messages)
    write_posts(chunk, month, setup.desk.writer)
    change_by_themselves(chunk, month, guesses.best_plan(chunk.setting))
    _bill(chunk, month)
    pass_month(chunk)


def _get_in_touch(setup: World, chunk: Chunk, market: Market, messages: tuple[Message, Message]) -> None:
    """The month's contacts, the sales that they open, the complaints that they become."""
    desk, state, setting = setup.desk, chunk.state, chunk.setting
    requests = draw_requests(chunk, desk.arrivals, market.month).with_more(
        event_requests(chunk, desk.arrivals, setup.events, market.month),
        message_requests(state, messages[0], CXXZ, setting),
        message_requests(state, messages[1], SQXZ, setting),
    )
    requests = within_hours(requests.with_more(repeats(chunk, requests)), desk.arrivals)
    handled, back = _sell(setup, chunk, requests, market)
    for asked, met in ((requests, handled), (back, handle(chunk, back, desk))):
        count_calls(asked, met, desk, setting)
        write_contacts(chunk, asked, met, desk.writer)
        write_complaints(chunk, asked, met, desk.writer)
        feel_contacts(chunk, asked, met)


def _sell(setup: World, chunk: Chunk, requests: Requests, market: Market) -> tuple[Handled, Requests]:
    """What came of the requests, and those that the pitches bring."""
    handled = handle(chunk, requests, setup.desk)
    shown = run_windows(chunk, market, first_calls(requests, handled))
    answers = answer(chunk, shown, market.month)
    apply_answers(chunk, shown, answers)
    write_exposures(chunk, shown, answers, handled)
    back = pitch_requests(chunk, shown, answers, setup.desk.arrivals, market.month)
    return longer_talk(chunk, handled, shown), back


def _bill(chunk: Chunk, month: int) -> None:
    billed = bill_month(chunk, month)
    feel_bill(chunk, billed)
    write_usage(chunk, billed)
    calendar = chunk.setting.calendar
    if calendar.day(month + 1) > calendar.end_day - chunk.setting.world.day_rows:
        write_usage_days(chunk, billed)
    write_bills(chunk, billed, pay(chunk, billed))


def _finish(chunk: Chunk, out: Path) -> None:
    """What is only known at the end, then the chunk's part files."""
    write_customers(chunk)
    write_open(chunk)
    write_departures(chunk)
    write_churn_truth(chunk, chunk.setting.calendar.end_day)
    write_people_truth(chunk)
    write_pair_truth(chunk, estimate(chunk.people, chunk.state, chunk.setting))
    _write_parts(chunk, out)


def _write_parts(chunk: Chunk, out: Path) -> None:
    truth = Parts()
    for name in [name for name in chunk.parts.tables if name.startswith(TRUTH)]:
        truth.tables[name.removeprefix(TRUTH)] = chunk.parts.tables.pop(name)
    chunk.parts.write(out / "lake", chunk.number)
    truth.write(out / "truth", chunk.number)
