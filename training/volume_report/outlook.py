"""The coming weeks as planners see them: days and intervals with their bands, causes, agents, beside the last weeks."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from models.actual_calls import actual_calls
from models.forecast_table import Span, forecast_table
from models.staffing import StaffingGoal
from models.volume import VolumeModel
from models.volume_totals import ALL

PAST_DAYS = 28


@dataclass(frozen=True)
class Outlook:
    """days, rows: `models.forecast_table` by day and by the data's interval; past: calls of the last days, by day."""

    days: pd.DataFrame
    rows: pd.DataFrame
    past: pd.DataFrame
    goal: StaffingGoal

    @property
    def queues(self) -> list[str]:
        """The queues, the busiest first."""
        own = self.days[(self.days["centre"] == ALL) & (self.days["queue"] != ALL)]
        return [str(queue) for queue in own.groupby("queue")["mean"].sum().sort_values(ascending=False).index]

    @property
    def causes(self) -> pd.DataFrame:
        """One row a day: the calls of everything by cause, the largest cause first."""
        total = of_group(self.days, ALL, ALL).set_index("starts_at")
        names = [str(name) for name in total if str(name).startswith("cause_")]
        order = total[names].abs().sum().sort_values(ascending=False)
        return total[[name for name in order.index if order[name] > 0]]

    @property
    def agents(self) -> pd.DataFrame:
        """Agents scheduled over all queues and centres: days down, hours across (the busiest interval of each)."""
        total = of_group(self.rows, ALL, ALL)
        at, agents = total["starts_at"], total["agents_scheduled"].astype(float)
        cells = pd.DataFrame({"day": at.dt.normalize(), "hour": at.dt.hour, "agents": agents})
        return cells.pivot_table(index="day", columns="hour", values="agents", aggfunc="max")


def outlook(model: VolumeModel, counts: pd.DataFrame, span: Span, goal: StaffingGoal) -> Outlook:
    """From a model that knows the counts; `span` by the data's own interval."""
    days = forecast_table(model, Span(span.start, span.days, "day"), goal)
    since = counts[counts["starts_at"] >= span.start - pd.Timedelta(days=PAST_DAYS)]
    return Outlook(days, forecast_table(model, span, goal), actual_calls(since, 1440), goal)


def of_group(table: pd.DataFrame, queue: str, centre: str) -> pd.DataFrame:
    """The rows of one queue and centre, in time."""
    return table[(table["queue"] == queue) & (table["centre"] == centre)].sort_values("starts_at")
