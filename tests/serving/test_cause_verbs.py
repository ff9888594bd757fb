"""The verbs shortfall and what-if on the small operator's champion: tables that add up, flags that are named."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from data.errors import BadInput
from data.lake import Lake, open_lake
from data.settings import Settings
from models.erlang import Queue
from models.forecast_table import Span
from models.staffing import StaffingGoal
from serving.shortfall_verb import USES, Asked, shortfall_of
from serving.what_if_verb import parse_event, what_if_lake
from tests.serving import small_service
from tests.tiny_lake import small_tables, write_lake

DAY = small_service.AS_OF - pd.Timedelta(days=14).to_pytimedelta()
GOAL = StaffingGoal(queue=Queue(30.0))


@pytest.fixture(scope="module")
def lake(operator: Settings) -> Lake:
    return open_lake(operator.lake, operator, uses=USES)


def test_a_shortfall_is_told_in_parts_with_owners_that_add_up(lake: Lake) -> None:
    table = shortfall_of(lake, Asked(DAY, GOAL))
    rows = lake["call_volumes"].to_pandas()
    rows = rows[rows["starts_at"].dt.date == DAY]
    missed = 0.8 - rows["answered_in_target"].sum() / rows["offered"].sum()
    assert table["points"].sum() == pytest.approx(100 * missed)
    assert {"normal", "staffing", "handle_time", "unexplained", "plan"} <= set(table["part"])
    assert (table["owner"].str.len() > 0).all()
    assert table["calls_came"].sum() == pytest.approx(rows["offered"].sum())


def test_one_queue_alone_may_be_asked_for(lake: Lake) -> None:
    table = shortfall_of(lake, Asked(DAY, GOAL, "network", 0.4))
    rows = lake["call_volumes"].to_pandas()
    rows = rows[(rows["starts_at"].dt.date == DAY) & (rows["queue"] == "network")]
    assert table["calls_came"].sum() == pytest.approx(rows["offered"].sum())
    assert table.set_index("part").loc["shrinkage", "points"] != 0
    with pytest.raises(BadInput, match="wanted one of billing"):
        shortfall_of(lake, Asked(DAY, GOAL, "sales"))


def test_a_lake_without_call_volumes_cannot_tell_a_shortfall(tmp_path: Path) -> None:
    bare = open_lake(write_lake(tmp_path / "lake", small_tables()), Settings(var=tmp_path))
    with pytest.raises(BadInput, match="call_volumes"):
        shortfall_of(bare, Asked(DAY, GOAL))


def test_what_if_answers_in_calls_and_agents_with_totals_first(lake: Lake) -> None:
    event = parse_event("campaign,2026-01-06T09:00,2026-01-09,20000,0.1,queue=tariff")
    table = what_if_lake(lake, small_service.AS_OF, [event], Span(pd.Timestamp(small_service.AS_OF), 16, "day"), GOAL)
    whole = table[(table["queue"] == "ALL") & (table["centre"] == "ALL")]
    assert table["queue"].iloc[0] == "ALL"
    assert whole["added_calls"].sum() == pytest.approx(2000, rel=0.02)
    assert whole["added_agents"].max() > 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("campaign", "KIND,START,END"),
        ("campaign,today,2026-01-02", "starts_at"),
        ("campaign,2026-01-01,2026-01-02,many", "size"),
        ("campaign,2026-01-01,2026-01-02,5,0.1,city=x", "KIND,START,END"),
        ("parade,2026-01-01,2026-01-02", "event kind"),
    ],
)
def test_an_event_flag_that_cannot_be_read_is_named(text: str, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        parse_event(text)
