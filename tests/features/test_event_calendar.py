"""Events: what of them is known when, and how they lie over days; the pieces beside a plain walk over intervals."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from features.event_calendar import (
    AFTER,
    RUNNING,
    SOON,
    SOON_HOURS,
    TAIL_DAYS,
    announced_by,
    no_events,
    pieces_of,
    tidy_events,
    with_likely_ends,
)

DAYS = pd.date_range("2026-01-01", periods=30)
ORIGIN = pd.Timestamp("2026-01-01")


def _event(kind: str, start_min: int, length_min: int, announced_min: int = -10_000) -> dict[str, object]:
    start = ORIGIN + pd.Timedelta(minutes=start_min)
    end, announced = start + pd.Timedelta(minutes=length_min), ORIGIN + pd.Timedelta(minutes=announced_min)
    return {"event_id": "e", "kind": kind, "starts_at": start, "ends_at": end, "announced_at": announced}


def _bucket(days: float, edges: tuple[int, ...]) -> int:
    return max(number for number, edge in enumerate(edges) if edge <= days)


def _plain_phase(start: pd.Timestamp, end: pd.Timestamp, at: pd.Timestamp) -> int | None:
    """The phase of the half hour from `at` on, by the definition."""
    if at + pd.Timedelta(minutes=30) > start and at < end:
        return _bucket((at.normalize() - start.normalize()).days, RUNNING)
    last_day = (end - pd.Timedelta(minutes=1)).normalize()
    hours, since = (at - end) / pd.Timedelta(hours=1), (at.normalize() - last_day).days
    if at < end or since > TAIL_DAYS:
        return None
    soon = hours < SOON_HOURS
    return len(RUNNING) + (_bucket(hours, SOON) if soon else len(SOON) + _bucket(since, AFTER))


@given(st.integers(-3000, 30_000), st.integers(1, 20_000))
def test_pieces_are_the_phases_of_a_plain_walk(start_min: int, length_min: int) -> None:
    events = tidy_events(pd.DataFrame([_event("campaign", start_min, length_min)]))
    pieces = pieces_of(events, DAYS, 30)
    found = np.full((len(DAYS), 48), -1)
    for day, phase, first, last in zip(pieces.day, pieces.phase, pieces.first, pieces.last, strict=True):
        assert (found[day, first:last] == -1).all()
        found[day, first:last] = phase
    start, end = events["starts_at"].iloc[0], events["ends_at"].iloc[0]
    for row, day in enumerate(DAYS):
        for slot in range(48):
            told = _plain_phase(start, end, day + pd.Timedelta(minutes=30 * slot))
            assert found[row, slot] == (-1 if told is None else told)


@given(st.lists(st.integers(-5000, 5000), max_size=6), st.integers(-5000, 5000))
def test_nothing_is_known_of_an_event_before_it_is_announced(announced: list[int], moment_min: int) -> None:
    events = tidy_events(pd.DataFrame([_event("launch", 0, 60, at) for at in announced])) if announced else no_events()
    moment = ORIGIN + pd.Timedelta(minutes=moment_min)
    assert len(announced_by(events, moment)) == sum(at <= moment_min for at in announced)


def test_the_end_of_an_outage_is_not_known_while_it_lasts_but_that_of_a_campaign_is() -> None:
    events = tidy_events(pd.DataFrame([_event("outage", 0, 600), _event("campaign", 0, 600)]))
    known = announced_by(events, ORIGIN + pd.Timedelta(minutes=300)).set_index("kind")["ends_at"]
    assert pd.isna(known["outage"])
    assert known["campaign"] == ORIGIN + pd.Timedelta(minutes=600)
    assert not announced_by(events, ORIGIN + pd.Timedelta(minutes=600))["ends_at"].isna().any()


def test_an_outage_that_lasts_is_given_the_usual_length_of_its_kind_but_never_ends_in_the_past() -> None:
    past = [_event("outage", -10_000 + 500 * number, 120) for number in range(3)]
    events = tidy_events(pd.DataFrame([*past, _event("outage", 0, 900)]))
    early, late = (
        with_likely_ends(announced_by(events, at), at)["ends_at"].iloc[-1]
        for at in (ORIGIN + pd.Timedelta(minutes=30), ORIGIN + pd.Timedelta(minutes=500))
    )
    assert early == ORIGIN + pd.Timedelta(minutes=120)
    assert late == ORIGIN + pd.Timedelta(minutes=500)


def test_a_kind_that_nobody_knows_counts_as_other() -> None:
    assert tidy_events(pd.DataFrame([_event("parade", 0, 60)]))["kind"].tolist() == ["other"]
