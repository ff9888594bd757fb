"""Puts the planner's report together: what comes, why, with how many agents, and how far such forecasts missed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from data.console import cell
from data.known import Known, as_known
from data.lake import Lake
from features.call_counts import call_counts
from features.call_drivers import read_drivers
from models import forecast_words as words
from models.forecast_table import Span
from models.staffing import StaffingGoal
from models.volume import VolumeModel
from models.volume_totals import ALL
from training.volume_report import charts
from training.volume_report.measures import by, by_event, coverage, leaves, overall
from training.volume_report.outlook import Outlook, of_group, outlook
from training.volume_report.replay import ReplayPlan, replay

PLANNER_REPORT = "volume_report.html"
CLOSE_DAYS = 3  # drawn by interval
QUEUES = 30  # drawn apart, the busiest first
HALF = 470  # pixels: two drawings side by side
LOOKS = {"wape": "ours", "wape_average": "theirs", "floor": "floor"}


@dataclass(frozen=True)
class ReportDays:
    """How many days ahead the report looks, and which past origins it replays."""

    ahead: int = 28
    replay: ReplayPlan = field(default_factory=ReplayPlan)


def write_volume_report(
    lake: Lake, as_of: dt.date, model: VolumeModel, path: Path, facts: dict[str, object], days: ReportDays | None = None
) -> Path:
    """Write the page of a fitted model; it is given the calls known at the as-of. No outside hosts."""
    days, known = days or ReportDays(), as_known(lake, as_of)
    counts = call_counts(known)
    model.with_history(counts, read_drivers(known))
    coming = outlook(model, counts, Span(pd.Timestamp(as_of), days.ahead), StaffingGoal())
    cells = replay(lake, as_of, days.replay)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page(coming, cells, _events(known), {"as_of": as_of} | facts), encoding="utf-8")
    return path


def page(coming: Outlook, cells: pd.DataFrame, events: pd.DataFrame, facts: dict[str, object]) -> str:
    """The page as HTML."""
    own = leaves(cells)
    total = cells[(cells["queue"] == ALL) & (cells["centre"] == ALL)]
    return _template().render(
        facts=facts,
        goal=coming.goal,
        origins=cells["origin"].nunique(),
        replayed=(cells["origin"].min(), cells["starts_at"].max()),
        all=overall(own),
        total=overall(total),
        measured=_measured(own, events),
        coverages={name: coverage(own, name) for name in ("cover_80", "cover_95")},
        lines=_lines(own),
        **_drawn(coming),
    )


def _events(known: Known) -> pd.DataFrame:
    """Columns kind, queue, starts_at, ends_at; what a lake without events has none of."""
    return known.optional("events").select("kind", "queue", "starts_at", "ends_at").to_pandas()


def _lines(own: pd.DataFrame) -> dict[str, Any]:
    return {
        "lead": charts.lines(by(own, "lead"), LOOKS),
        "hour": charts.lines(by(own, own["starts_at"].dt.hour), LOOKS),
    }


def _measured(own: pd.DataFrame, events: pd.DataFrame) -> list[tuple[str, list[tuple[tuple[str, str], Any]]]]:
    """Tables of measures: (which, rows of ((中文, English), measures))."""
    weekdays = by(own, own["starts_at"].dt.weekday)
    series = by(own, own["queue"] + " · " + own["centre"])
    return [
        ("weekday", [((words.weekday(n, "zh"), words.weekday(n, "en")), row) for n, row in _rows(weekdays)]),
        ("event", [(_event(kind), row) for kind, row in _rows(by_event(own, events))]),
        ("series", [((str(name), str(name)), row) for name, row in _rows(series)]),
    ]


def _rows(table: pd.DataFrame) -> list[tuple[Any, Any]]:
    return list(zip(table.index, table.itertuples(index=False), strict=True))


def _event(kind: str) -> tuple[str, str]:
    return ("无事件", "no event") if kind == "none" else (words.cause(kind, "zh"), words.cause(kind, "en"))


def _drawn(coming: Outlook) -> dict[str, Any]:
    rows, causes, agents = of_group(coming.rows, ALL, ALL), coming.causes, coming.agents
    close = rows[rows["starts_at"] < rows["starts_at"].min().normalize() + pd.Timedelta(days=CLOSE_DAYS)]
    names = [name.removeprefix("cause_") for name in map(str, causes.columns)]
    return {
        "fan": _fan(coming, ALL, charts.WIDTH),
        "fans": [(queue, _fan(coming, queue, HALF)) for queue in coming.queues[:QUEUES]],
        "left_out": len(coming.queues[QUEUES:]),
        "close": charts.fan_with_agents(close),
        "causes": charts.stack(causes),
        "cause_names": [(words.cause(name, "zh"), words.cause(name, "en")) for name in names],
        "cause_sums": [float(causes[name].sum()) for name in causes],
        "agents": charts.heat(agents),
        "days": len(agents),
    }


def _fan(coming: Outlook, queue: str, width: int) -> Markup:
    return charts.fan(of_group(coming.days, queue, ALL), of_group(coming.past, queue, ALL), width)


def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters["cell"] = cell
    environment.filters["percent"] = _percent
    return environment.get_template("page.html.jinja")


def _percent(share: float, sign: bool = False) -> str:
    """A share as a percentage.

    >>> _percent(0.1234), _percent(-0.05, True), _percent(float("nan"))
    ('12.3 %', '-5.0 %', '–')
    """
    if pd.isna(share):
        return "–"
    return f"{100 * share:+.1f} %" if sign else f"{100 * share:.1f} %"
