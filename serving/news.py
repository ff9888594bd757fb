"""What outcomes tell since the publication: coming plan changes, packs now held, pitches and refusals of the person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import numpy as np

from data.decision_settings import MOST_PITCHES
from data.outcome_log import Told, told
from data.store import Store
from serving.clock import cycle_end
from serving.layout import LINE_FACTS, PAIR_FACTS, Lines

PLAN_CHANGE = LINE_FACTS.index("plan_change_on")
PITCHED = slice(LINE_FACTS.index("pitched_on_1"), LINE_FACTS.index("pitched_on_1") + MOST_PITCHES)
HELD, REJECTED = PAIR_FACTS.index("held"), PAIR_FACTS.index("rejected_on")
TALKED = ("pitched", "accepted", "confirmed", "rejected")  # stages of an offer that somebody has spoken about


def line_news(line: Lines, store: Store, publication_id: int) -> Lines:
    """One line with what was told about its person's lines."""
    own = line.customers[0]
    siblings = store.person_lines(publication_id, own)
    news = told(store, siblings)
    return with_news(line, news, dict.fromkeys(siblings, own)) if news else line


def with_news(lines: Lines, news: Sequence[Told], people: Mapping[str, str]) -> Lines:
    """The lines with the outcomes' news in their facts. `people`: the person of each line that shares one."""
    if not news:
        return lines
    fresh = Lines(lines.layout, lines.customers, lines.numbers.copy())
    since = dt.datetime.combine(lines.layout.as_of, dt.time())
    _change(fresh, news)
    _tire(fresh, [row for row in news if row.at >= since and row.stage in TALKED], people)
    _refuse(fresh, [row for row in news if row.stage == "rejected"], people)
    return fresh


def _change(lines: Lines, news: Sequence[Told]) -> None:
    """An accepted plan is in force from the next cycle, one change a month; a pack is held, and excludes its group."""
    places = {customer: place for place, customer in enumerate(lines.customers)}
    offers = {offer.offer_id: (place, offer.kind) for place, offer in enumerate(lines.layout.offers)}
    groups = np.array([offer.pack_group or "" for offer in lines.layout.offers])
    taken_back = {(row.decision_id, row.offer_id) for row in news if row.stage == "reversed"}
    for row in news:
        known = row.customer_id in places and row.offer_id in offers
        if row.stage != "accepted" or not known or (row.decision_id, row.offer_id) in taken_back:
            continue
        line, (offer, kind) = places[row.customer_id], offers[row.offer_id]
        if kind == "plan":
            day = float(cycle_end(row.at.date()).toordinal())
            lines.numbers[line, PLAN_CHANGE] = np.fmax(lines.numbers[line, PLAN_CHANGE], day)
        elif kind == "data_pack":
            clash = np.flatnonzero((groups == groups[offer]) & (groups != ""))
            lines.pairs[line, clash, HELD] = np.where(lines.pairs[line, clash, HELD] == 1.0, 1.0, 2.0)
            lines.pairs[line, offer, HELD] = 1.0


def _tire(lines: Lines, news: Sequence[Told], people: Mapping[str, str]) -> None:
    """The latest pitch days of the person, the latest first; what is told twice of an offer is one pitch."""
    pitches = {(row.decision_id, row.offer_id): row for row in news}
    days: dict[str, list[float]] = {}
    for row in pitches.values():
        person = people.get(row.customer_id, row.customer_id)
        days.setdefault(person, []).append(float(row.at.date().toordinal()))
    for line, customer in enumerate(lines.customers if days else ()):
        found = days.get(people.get(customer, customer))
        if found:
            known = lines.numbers[line, PITCHED]
            latest = sorted([*found, *known[~np.isnan(known)]], reverse=True)[:MOST_PITCHES]
            lines.numbers[line, PITCHED] = latest + [np.nan] * (MOST_PITCHES - len(latest))


def _refuse(lines: Lines, news: Sequence[Told], people: Mapping[str, str]) -> None:
    offers = {offer.offer_id: place for place, offer in enumerate(lines.layout.offers)}
    said_no = {(people.get(row.customer_id, row.customer_id), offers.get(row.offer_id)): row.at for row in news}
    by_person: dict[str, list[tuple[int, float]]] = {}
    for (person, offer), at in said_no.items():
        if offer is not None:
            by_person.setdefault(person, []).append((offer, float(at.date().toordinal())))
    for line, customer in enumerate(lines.customers if by_person else ()):
        for offer, day in by_person.get(people.get(customer, customer), ()):
            lines.pairs[line, offer, REJECTED] = np.fmax(lines.pairs[line, offer, REJECTED], day)
