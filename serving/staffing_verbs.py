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
    """Queues that have left their band for two intervals by that moment: since when, which way, by how many calls."""
    from data.lake import open_lake
    from serving.forecast_verb import USES, parse_moment
    from serving.watch_verb import alarms_at

    settings, path, moment = settings_of(lake, None, as_of), checked_out(out), parse_moment(at, "--at")
    table = alarms_at(open_lake(settings.lake, settings, uses=USES), moment)
    write_rows(table, path, f"{len(table)} alarms on {moment:%F} by {moment:%H:%M}")
