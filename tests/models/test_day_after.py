"""The day after: what came is booked to the last call, and the plan is what was known at the day's start."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

from data.errors import BadInput
from features.call_drivers import Drivers
from features.event_calendar import tidy_events
from features.volume_history import Calendar
from models.day_after import DayRecord, Shrinkages, checked_rows, day_pair
from models.erlang import Queue
from models.shortfall import DayPair, shortfall
from models.staffing import StaffingGoal
from models.volume import VolumeModel
from models.volume_learning import TreeSettings
from tests.models.event_world import END, campaign, campaigns, world

DAY = END - pd.Timedelta(days=5)
GOAL = StaffingGoal(queue=Queue(30.0, 240.0))


def _surprise() -> pd.DataFrame:
    """A large campaign of which the planners heard only on the day itself."""
    late = campaign(DAY, 400_000.0, "surprise", days=2) | {"announced_at": DAY + pd.Timedelta(hours=9)}
    return tidy_events(pd.concat([campaigns(), pd.DataFrame([late])], ignore_index=True))


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    counts, _ = world(_surprise())
    answered = (counts["offered"] * 0.7).round()
    return counts.assign(answered_in_target=answered, agents=np.ceil(counts["offered"].mean() * 0.2))


@pytest.fixture(scope="module")
def compared(rows: pd.DataFrame) -> Iterator[tuple[DayPair, DayRecord]]:
    before, upto = rows[rows["starts_at"] < DAY], rows[rows["starts_at"] < DAY + pd.Timedelta(days=1)]
    settings = TreeSettings(rounds=10, min_rounds=10)
    model = VolumeModel(Calendar(), settings).fit(before, drivers=Drivers(_surprise()))
    record = DayRecord(checked_rows(upto, DAY), before.tail(5000), upto, Drivers(_surprise()))
    yield day_pair(model, record, GOAL, Shrinkages(0.3, 0.3)), record


def test_every_call_that_came_is_booked(compared: tuple[DayPair, DayRecord]) -> None:
    pair, record = compared
    assert pair.came.total.sum() == pytest.approx(record.rows["offered"].sum())
    assert set(pair.came.calls) == set(pair.plan.calls)


def test_a_campaign_told_on_the_day_is_no_part_of_the_plan_but_of_what_came(
    compared: tuple[DayPair, DayRecord],
) -> None:
    pair, record = compared
    assert pair.plan.calls["campaign"].sum() < 0.05 * record.rows["offered"].sum()
    assert pair.came.calls["campaign"].sum() > 0.15 * record.rows["offered"].sum()


def test_its_calls_are_most_of_the_shortfall_that_demand_made(compared: tuple[DayPair, DayRecord]) -> None:
    pair, record = compared
    table = shortfall(pair, record.answered_in_time, GOAL.share).set_index("part")
    demand = table[~table["calls_came"].isna()]["points"]
    assert demand.idxmax() == "campaign"
    assert table["points"].sum() == pytest.approx(100 * (GOAL.share - record.answered_in_time))


def test_a_day_that_cannot_be_divided_says_why(rows: pd.DataFrame) -> None:
    with pytest.raises(BadInput, match="wanted a day with calls"):
        checked_rows(rows, END + pd.Timedelta(days=9))
    with pytest.raises(BadInput, match="lacks agents"):
        checked_rows(rows.assign(agents=np.nan), DAY)
