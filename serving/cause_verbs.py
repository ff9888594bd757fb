"""Verbs about why people call: shortfall (the day after) and what-if (before an event)."""

from __future__ import annotations

from typing import Annotated

import typer

from data.flags import AsOfOption, LakeOption, OutOption, checked_out, settings_of, write_rows

app = typer.Typer()

LevelOption = Annotated[str, typer.Option("--service-level", help="share of offered calls answered, within seconds")]
ShrinkageOption = Annotated[float, typer.Option(help="share of paid time that is not on the phone, as planned")]
PatienceOption = Annotated[float | None, typer.Option(help="mean seconds until a caller hangs up")]


@app.command()
def shortfall(
    day: Annotated[str, typer.Option(help="the day, YYYY-MM-DD")],
    lake: LakeOption = None,
    queue: Annotated[str | None, typer.Option(help="one queue; default: all")] = None,
    service_level: LevelOption = "0.8,30",
    shrinkage: ShrinkageOption = 0.30,
    shrinkage_came: Annotated[float | None, typer.Option(help="the same as it came; default: as planned")] = None,
    patience_s: PatienceOption = None,
    out: OutOption = None,
) -> None:
    """Why a day answered fewer in time than promised: points by cause, handle time and staffing, and who owns each."""
    from data.lake import open_lake
    from serving.forecast_verb import GoalFlags, parse_moment
    from serving.shortfall_verb import USES, Asked, shortfall_of

    settings, path, on = settings_of(lake), checked_out(out), parse_moment(day).date()
    goal = GoalFlags(service_level, shrinkage, patience_s).goal()
    asked = Asked(on, goal, queue, shrinkage_came)
    table = shortfall_of(open_lake(settings.lake, settings, uses=USES), asked)
    write_rows(table, path, f"{table['points'].sum():+.2f} points below the promise on {on}, in parts")


@app.command("what-if")
def what_if(
    event: Annotated[
        list[str],
        typer.Option(help="KIND,START,END,PEOPLE[,CALL_SHARE][,queue=NAME][,area=NAME]; more than one may be given"),
    ],
    days: Annotated[int, typer.Option(min=1)] = 14,
    lake: LakeOption = None,
    as_of: AsOfOption = None,
    interval: Annotated[str, typer.Option(help="5, 15, 30, 60, day or month")] = "day",
    service_level: LevelOption = "0.8,30",
    shrinkage: ShrinkageOption = 0.30,
    patience_s: PatienceOption = None,
    out: OutOption = None,
) -> None:
    """What an event would add in calls and agents: by its kind's past per person addressed, or by a stated share."""
    from data.lake import open_lake
    from models.forecast_table import Span
    from serving.forecast_verb import USES, GoalFlags, parse_interval, parse_moment
    from serving.what_if_verb import parse_event, what_if_lake

    settings, path = settings_of(lake, None, as_of), checked_out(out)
    asked = [parse_event(text) for text in event]
    opened = open_lake(settings.lake, settings, uses=USES)
    known_on = settings.as_of or opened.default_as_of()
    span = Span(parse_moment(known_on.isoformat()), days, parse_interval(interval))
    goal = GoalFlags(service_level, shrinkage, patience_s).goal()
    table = what_if_lake(opened, known_on, asked, span, goal)
    write_rows(table, path, f"Added by {len(asked)} event(s) in {days} days as known on {known_on}")
