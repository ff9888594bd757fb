"""Verbs that answer by the champions: score, churn-scores, forecast, serve."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from data.console import output, say
from data.flags import AsOfOption, EngineOption, LakeOption, OutOption, checked_out, columns_of, settings_of, write_rows
from data.settings import load_settings
from serving import forecast_verbs
from serving.forecast_files import LangOption, PlannerOutOption, checked_planner_out, write_forecast

ForecastPlan = Literal["base", "storm"]
app = typer.Typer()
app.add_typer(forecast_verbs.app, name="forecasts")


@app.command()
def score(
    lake: LakeOption = None,
    as_of: AsOfOption = None,
    engine: EngineOption = None,
    out: OutOption = None,
    limit: Annotated[int, typer.Option(min=0, help="offers a line; 0 = all eligible, also those that lose money")] = 3,
    channel: Annotated[str, typer.Option(help="one or more channels, comma-separated: a ranking each")] = "hotline",
    one_channel: Annotated[bool, typer.Option("--one-channel", help="of several, the best for each line")] = False,
    factors: Annotated[bool, typer.Option("--factors", help="context, lever, reach, costs and layer beside")] = False,
) -> None:
    """Next best offers of every line, by the champion: one row an offer, or one that says why there is none."""
    from data.lake import open_lake
    from serving.bulk import Listing
    from serving.bulk import score as run
    from serving.publish import NEEDS

    settings = settings_of(lake, engine, as_of)
    path = checked_out(out)
    opened = open_lake(settings.lake, settings, NEEDS)
    day = settings.as_of or opened.default_as_of()
    listing = Listing(limit, columns_of(channel), factors, one_channel)
    write_rows(run(opened, day, settings, listing), path, f"Next best offers as of {day}")


@app.command("churn-scores")
def churn_scores(
    lake: LakeOption = None, as_of: AsOfOption = None, engine: EngineOption = None, out: OutOption = None
) -> None:
    """The probability of every line to leave within 90 days, by the champion, with its band and why."""
    from data.lake import open_lake
    from serving.bulk import churn_scores as run
    from serving.publish import LINE_NEEDS

    settings = settings_of(lake, engine, as_of)
    path = checked_out(out)
    opened = open_lake(settings.lake, settings, LINE_NEEDS)
    day = settings.as_of or opened.default_as_of()
    write_rows(run(opened, day, settings), path, f"Risk of leaving as of {day}")


@app.command()
def forecast(
    days: Annotated[int, typer.Option(min=1)],
    lake: LakeOption = None,
    start: Annotated[str | None, typer.Option("--from", help="a day or time; default: the as-of day")] = None,
    as_of: AsOfOption = None,
    interval: Annotated[str | None, typer.Option(help="5, 15, 30, 60, day or month; default: as the data")] = None,
    service_level: Annotated[
        str, typer.Option(help="SHARE,SECONDS[,of_offered (default), of_answered or answered_or_abandoned]")
    ] = "0.8,30",
    shrinkage: Annotated[float, typer.Option(help="share of paid time that is not on the phone")] = 0.30,
    patience_s: Annotated[
        float | None, typer.Option(help="mean seconds until a caller hangs up; default never")
    ] = None,
    max_occupancy: Annotated[str, typer.Option(help="a share, or none")] = "0.85",
    promise: Annotated[str, typer.Option(help="interval: held in each; day: held over each queue's day")] = "interval",
    plan: Annotated[ForecastPlan, typer.Option(help="base, or storm: what each day would need as one")] = "base",
    engine: EngineOption = None,
    out: PlannerOutOption = None,
    lang: LangOption = "zh",
    save: Annotated[str | None, typer.Option(help="keep the answer as a version of this name")] = None,
) -> None:
    """Calls by queue, centre and interval with quantiles, agents and causes, by the champion."""
    from data.lake import open_lake
    from models.forecast_table import Span
    from serving.forecast_verb import USES, GoalFlags, forecast_lake, parse_interval, parse_moment
    from serving.forecast_versions import Asked, save_version

    settings = settings_of(lake, engine, as_of)
    path, moment = checked_planner_out(out), parse_moment(start) if start else None
    goal = GoalFlags(service_level, shrinkage, patience_s, max_occupancy, promise).goal()
    opened = open_lake(settings.lake, settings, uses=USES)
    day = settings.as_of or (moment.date() if moment else opened.default_as_of())
    span = Span(moment or parse_moment(day.isoformat()), days, parse_interval(interval), plan=plan)
    table = forecast_lake(opened, day, span, goal)
    if path:
        write_forecast(table, goal, {"as_of": day, "from": span.start.to_pydatetime()}, path, lang)
    else:
        write_rows(table, None, f"Calls of {days} days as known on {day}")
    if save:
        head = save_version(settings, table, Asked(day, span, goal), save)
        output.print(f"kept as version {head.version_id} ({head.name}); see: nextcall forecasts show {head.version_id}")


@app.command()
def sync(lake: LakeOption = None, out: OutOption = None) -> None:
    """Stored decisions and their outcomes as exposures of the lake, for the next training; again changes nothing."""
    from data.store import Store
    from serving.sync import sync as run

    settings = settings_of(lake)
    path, rows = run(settings, Store(settings.store_url), out)
    say(f"{rows:,} exposures of stored decisions in {path}; next: nextcall train uptake --lake {settings.lake}")


@app.command("queue-rates")
def queue_rates(
    lake: LakeOption = None,
    as_of: AsOfOption = None,
    measured: Annotated[Path | None, typer.Option(help="a CSV: queue, starts_at, ends_at, answer_rate")] = None,
) -> None:
    """The share of calls that each queue will answer in time, for QUEUE_BUSY: forecast, or measured today."""
    from data.lake import open_lake
    from data.store import Store
    from serving.forecast_verb import USES
    from serving.queue_load import publish_forecast_rates, publish_measured_rates

    settings = settings_of(lake, None, as_of)
    store = Store(settings.store_url)
    if measured:
        say(f"{publish_measured_rates(measured, store):,} measured answer rates are published")
        return
    opened = open_lake(settings.lake, settings, uses=USES)
    rows = publish_forecast_rates(opened, settings.as_of or opened.default_as_of(), store)
    say(f"{rows:,} forecast answer rates are published" if rows else "no agents in call_volumes: no queue is busy")


@app.command()
def serve(
    port: Annotated[int, typer.Option(min=1, max=65535)] = 3000, workers: Annotated[int, typer.Option(min=1)] = 1
) -> None:
    """Serve the web API with BentoML; without keys in the settings only callers on this machine are answered."""
    from serving.launch import serve as run

    run(load_settings(), port, workers)
