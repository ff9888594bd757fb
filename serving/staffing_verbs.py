"""Verbs about today and the roster: watch (alarms), shifts (who comes when), balance (who helps whom)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from data.flags import AsOfOption, LakeOption, OutOption, checked_out, settings_of, write_rows

app = typer.Typer()

ForecastOption = Annotated[Path, typer.Option(help="a file of `nextcall forecast`")]


@app.command()
def watch(
    at: Annotated[str, typer.Option(help="the moment, YYYY-MM-DDTHH:MM; later calls are not read")],
    lake: LakeOption = None,
    as_of: AsOfOption = None,
    out: OutOption = None,
) -> None:
    """Queues that have left their band (suddenly, or the day's level), areas that call more, outages announced."""
    from data.lake import open_lake
    from serving.forecast_verb import parse_moment
    from serving.watch_verb import USES, alarms_at

    settings, path, moment = settings_of(lake, None, as_of), checked_out(out), parse_moment(at, "--at")
    table = alarms_at(open_lake(settings.lake, settings, uses=USES), moment)
    told = int((table["direction"] == "announced").sum())
    write_rows(table, path, f"{moment:%F} by {moment:%H:%M}: {len(table) - told} alarms, {told} outages announced")


@app.command()
def shifts(
    forecast: ForecastOption,
    templates: Annotated[Path, typer.Option(help="a table: name, start (HH:MM), hours, breaks (02:00+15 04:00+30)")],
    queue: Annotated[str, typer.Option(help="a queue, or ALL")] = "ALL",
    centre: Annotated[str, typer.Option(help="a centre, or ALL")] = "ALL",
    most_agents: Annotated[int | None, typer.Option(min=1, help="shifts a day at most")] = None,
    absence: Annotated[
        float,
        typer.Option(help="share of rostered people not there (leave, training): shrinkage less the templates' breaks"),
    ] = 0.0,
    out: OutOption = None,
) -> None:
    """How many agents take each shift template on each day, so that the forecast's need is covered (OR-tools).

    The need is agents on the phone. Breaks are in the templates; absence and training only in --absence.
    """
    from data.console import output
    from serving.roster import coverage, read_need
    from serving.roster import roster as run

    path = checked_out(out)
    made, table = run(read_need(forecast), (queue, centre), templates, most_agents, absence)
    write_rows(table, path, f"Shifts for {queue} in {centre}")
    output.print(coverage(made, absence))


@app.command()
def balance(
    forecast: ForecastOption,
    available: Annotated[Path, typer.Option(help="a table: queue, centre, starts_at, agents (on the phone)")],
    other_queue: Annotated[float, typer.Option(help="what an agent is worth in another queue; 0 = never")] = 0.85,
    other_centre: Annotated[float, typer.Option(help="the same in another centre")] = 1.0,
    most: Annotated[float, typer.Option(help="agents lent at most between two places")] = float("inf"),
    out: OutOption = None,
) -> None:
    """Which idle agents help which busy queue or centre, interval by interval, for the least that is missing."""
    from data.console import output
    from models.balance import Rules
    from serving.roster import balance_files

    path = checked_out(out)
    moves, left = balance_files(forecast, available, Rules(other_queue, other_centre, most))
    write_rows(moves, path, "Who helps whom")
    before, after = left["missing_before"].sum(), left["missing_after"].sum()
    output.print(f"{before:,.1f} agent-intervals are missing before, {after:,.1f} after helping each other")
