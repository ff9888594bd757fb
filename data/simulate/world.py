"""The month loop: from people to a lake and its truth."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from data.console import track
from data.errors import BadInput
from data.simulate.answers import answer, apply_answers, write_exposures
from data.simulate.arrivals import draw_arrivals
from data.simulate.billing import bill_month, pay, write_bills, write_usage, write_usage_days
from data.simulate.calendar import Calendar
from data.simulate.catalogue import read_catalogue
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
from data.simulate.event_draws import draw_happenings
from data.simulate.feelings import feel_bill, feel_contacts, pass_month
from data.simulate.handling import Desk, Handled, count_calls, handle, write_contacts
from data.simulate.happenings import Happenings, events_table
from data.simulate.hotline import Tally, call_volumes, hotline_load, others_offered
from data.simulate.leaving import Message, decide_to_leave, leave_in_arrears, write_departures
from data.simulate.pair_truth import write_pair_truth
from data.simulate.parameters import Parameters
from data.simulate.people import draw_people
from data.simulate.rows import Parts, write_parquet
from data.simulate.sales import Market, first_calls, longer_talk, run_windows
from data.simulate.setting import Setting, draw_staff
from data.simulate.state import ACTIVE
from data.simulate.tables import agents_table, offers_table, packs_table, plans_table, write_customers
from data.simulate.targets import estimate, target_offer, write_targets
from data.simulate.texts import make_writer
from data.simulate.truth import (
    write_cause_truth,
    write_churn_truth,
    write_people_truth,
    write_rate_truth,
    write_readme,
)

FOLDERS = ("lake", "truth")
TRUTH = "truth_"


@dataclass(frozen=True)
class World:
    """What all chunks share."""

    setting: Setting
    events: Happenings
    desk: Desk


def simulate(
    customers: int,
    months: int,
    seed: int,
    out: Path,
    *,
    last_month: str = "2025-12",
    world: Parameters | None = None,
) -> None:
    """Write `out/lake` and `out/truth`; the same arguments give the same bytes on any clock and core count.

    `customers` counts all lines that ever exist, those that join within the window included.
    """
    if customers < 1 or months < 1:
        raise BadInput(f"simulate: {customers} customers, {months} months; both must be at least 1")
    world = world or Parameters()
    setup = _world(np.random.default_rng([seed, 0]), Calendar(last_month, months), world)
    _clear(out)
    said = {"customers": customers, "months": months, "seed": seed, "last_month": last_month}
    write_readme(out / "truth", world, said)
    firsts = range(0, customers, world.chunk)
    steps = [(number, month) for number in range(len(firsts)) for month in range(months)]
    for number, month in track(steps, "simulating customers, month by month"):
        if month == 0:
            size = min(world.chunk, customers - firsts[number])
            chunk = _start_chunk(setup, np.random.default_rng([seed, 1, number]), (number, firsts[number], size))
        _run_month(setup, chunk, month)
        if month == months - 1:
            _finish(chunk, out)
    _write_once(np.random.default_rng([seed, 2]), setup, out)


def _clear(out: Path) -> None:
    """Make room for a new simulation; only a simulated lake is ever removed."""
    if any((out / folder).exists() for folder in FOLDERS) and not (out / "truth" / "README.json").exists():
        raise BadInput(f"{out} holds a lake that was not simulated; it stays: choose another --out")
    for folder in FOLDERS:
        shutil.rmtree(out / folder, ignore_errors=True)
        (out / folder).mkdir(parents=True)


def _world(rng: np.random.Generator, calendar: Calendar, world: Parameters) -> World:
    setting = Setting(world, read_catalogue(), calendar, draw_staff(rng, calendar, world))
    events = draw_happenings(rng, calendar, world.calls, world.events)
    arrivals = draw_arrivals(rng, calendar, events, world.calls, world.events)
    load = hotline_load(arrivals, world.calls, world.handling)
    return World(setting, events, Desk(arrivals, load, Tally.like(arrivals.rate), make_writer(rng, world.contacts)))


def _write_once(rng: np.random.Generator, setup: World, out: Path) -> None:
    desk, calls = setup.desk, setup.setting.world.calls
    offered = others_offered(rng, desk.arrivals)
    tables = {
        "plans": plans_table(),
        "packs": packs_table(),
        "offers": offers_table(setup.setting),
        "agents": agents_table(setup.setting),
        "events": events_table(setup.events, setup.setting.calendar),
        "call_volumes": call_volumes(rng, (desk.arrivals, desk.load, desk.tally), offered, calls),
    }
    for name, table in tables.items():
        write_parquet(table, out / "lake" / f"{name}.parquet")
    write_parquet(write_rate_truth(desk.arrivals), out / "truth" / "call_rates.parquet")
    causes = write_cause_truth(rng, desk.arrivals, offered, desk.tally)
    write_parquet(causes, out / "truth" / "call_causes.parquet")


def _start_chunk(setup: World, rng: np.random.Generator, where: tuple[int, int, int]) -> Chunk:
    """Draw the lines `where` = (number of the chunk, first line, lines), and give them a past."""
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
